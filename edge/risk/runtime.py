"""The gateway's side of a model: a process per batch, with a bound on all it may take.

Implements `edge.ports.Model`. Whatever happens to the process (it is missing a
file, refuses, crashes, hangs, talks too much) comes out as one
`ModelUnavailableError` with its code, and no process is left behind.
"""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from edge.domain import Record
from edge.errors import ModelUnavailableError
from edge.ports import IndexAnswer, ModelAnswer
from edge.resources import resource
from edge.risk.runtime_memory import RSS_MAX_BYTES, ended_over
from edge.risk.signature import SIGNERS_MAX_BYTES, read_signers
from edge.risk.wire import REPLY_MAX_BYTES, REQUEST_MAX_BYTES, ROWS_MAX, Reply, Request

# What a run may take, start included, and what `python -m benchmarks model` holds it to: 0.2 to
# 0.4 s on a desktop core.
RUN_TARGET_S = 1.0
# Past this it is ended: a card or a processor that is busy with something else makes a run slow
# without making it wrong. No rule waits for it.
TIMEOUT_S = 10.0

# A killed process is gone within milliseconds; one that the kernel holds in a broken disk read is
# left to it, and reaped when it lets go.
BURIAL_MAX_S = 5.0

# What a crash says fits into its last line.
STDERR_MAX_BYTES = 8 * 1024
CAUSE_MAX_CHARS = 200

CHUNK_BYTES = 64 * 1024
INDEX_MAX = 100.0

# -P: what lies in the working directory is no part of the process.
COMMAND = (sys.executable, "-P", "-m", "edge.risk.runtime_child")

# The public keys of those who may sign models, as the release has them.
SIGNERS = "config/model-signers.json"

# Refusals that the process may send; anything else of it is a crash.
REFUSALS = frozenset(
    {
        "memory",
        "missing_file",
        "wrong_hash",
        "wrong_signature",
        "no_runtime",
        "too_large",
        "bad_output",
        "golden",
    }
)

# The process sees nothing of the gateway's environment: this package, one thread, plain UTF-8.
ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    "PYTHONUTF8": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class _Spoken(Record, frozen=True, kw_only=True):
    """What a process left behind when it ended."""

    status: int
    stdout: bytes
    stderr: bytes


class ModelProcess:
    """`edge.ports.Model` over short-lived processes; any number of calls at once."""

    def __init__(
        self,
        models_dir: Path,
        command: Sequence[str] = COMMAND,
        timeout_s: float = TIMEOUT_S,
        signers: Path | None = None,
        rss_max_bytes: int = RSS_MAX_BYTES,
    ) -> None:
        """`signers`: the public keys whose signatures count; the release's own when None."""
        self._models_dir = models_dir
        self._signers = signers or resource(SIGNERS)
        self._command = tuple(command)
        self._timeout_s = timeout_s
        self._rss_max_bytes = rss_max_bytes

    async def assess(
        self, model: str, rows: Sequence[Mapping[str, float | None]]
    ) -> list[ModelAnswer]:
        """One answer a row, in order; raises ModelUnavailableError with its code."""
        return await self._asked(model, rows)

    async def again(
        self, named: str, manifest: str, rows: Sequence[Mapping[str, float | None]]
    ) -> list[ModelAnswer]:
        """As `assess`, of the version that was asked once ("home-risk/1.0.0") and no other."""
        model, _, version = named.partition("/")
        return await self._asked(model, rows, version, manifest)

    async def _asked(
        self,
        model: str,
        rows: Sequence[Mapping[str, float | None]],
        version: str = "",
        manifest: str = "",
    ) -> list[ModelAnswer]:
        if not rows:
            return []
        request = self._request(model, rows, version, manifest)
        try:
            async with asyncio.timeout(self._timeout_s):
                spoken = await self._speak(request)
        except TimeoutError as error:
            text = f"{model}: no answer within {self._timeout_s:g} s; see what else loads this host"
            raise ModelUnavailableError("timeout", text) from error
        return _answers(model, _reply(model, spoken), len(rows))

    def _request(
        self, model: str, rows: Sequence[Mapping[str, float | None]], version: str, manifest: str
    ) -> bytes:
        if len(rows) > ROWS_MAX:
            text = f"{model}: {len(rows)} rows at once; send {ROWS_MAX} at most"
            raise ModelUnavailableError("too_large", text)
        directory = str(self._models_dir.resolve())
        request = msgspec.json.encode(
            Request(
                models_dir=directory,
                model=model,
                signers=signers_of(self._signers),
                rows=[dict(row) for row in rows],
                version=version,
                manifest=manifest,
            )
        )
        if len(request) > REQUEST_MAX_BYTES:
            text = f"{model}: a batch of {len(request)} bytes; send {REQUEST_MAX_BYTES} at most"
            raise ModelUnavailableError("too_large", text)
        return request

    async def _speak(self, request: bytes) -> _Spoken:
        """Start the process, write the request, read until it ends; never leave it behind."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=ENVIRONMENT,
                limit=CHUNK_BYTES,
            )
        except OSError as error:
            text = f"{self._command[0]}: cannot be started ({error.strerror}); reinstall"
            raise ModelUnavailableError("crashed", text) from error
        try:
            spoken, over = await asyncio.gather(
                _converse(process, request), ended_over(process, self._rss_max_bytes)
            )
        finally:
            await _bury(process)
        if over is not None:
            text = f"its process held {over} bytes and may hold {self._rss_max_bytes}; reinstall"
            raise ModelUnavailableError("memory", text)
        return spoken


def signers_of(file: Path) -> dict[str, str]:
    """The public keys of a release; raises ModelUnavailableError."""
    try:
        with file.open("rb") as opened:
            return read_signers(opened.read(SIGNERS_MAX_BYTES))
    except OSError as error:
        text = f"{file}: cannot be read ({error.strerror}); restore it from the release"
        raise ModelUnavailableError("missing_file", text) from error


async def _converse(process: asyncio.subprocess.Process, request: bytes) -> _Spoken:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_write(process, request))
        stdout = tasks.create_task(_listen(process))
        stderr = tasks.create_task(_tail(process.stderr))
    return _Spoken(status=await process.wait(), stdout=stdout.result(), stderr=stderr.result())


async def _write(process: asyncio.subprocess.Process, request: bytes) -> None:
    if process.stdin is None:
        return
    try:
        process.stdin.write(request)
        await process.stdin.drain()
    except ConnectionError:
        return  # it ended before it read all; its status says why
    finally:
        process.stdin.close()


async def _listen(process: asyncio.subprocess.Process) -> bytes:
    """What it writes, to its end; past the bound it is killed, and the caller sees the length."""
    data = bytearray()
    while process.stdout is not None and (chunk := await process.stdout.read(CHUNK_BYTES)):
        if len(data) <= REPLY_MAX_BYTES:
            data += chunk
        if len(data) > REPLY_MAX_BYTES and process.returncode is None:
            process.kill()
    return bytes(data)


async def _tail(stream: asyncio.StreamReader | None) -> bytes:
    """The end of what it complained about; read to the end, or it would wait to be heard."""
    data = b""
    while stream is not None and (chunk := await stream.read(CHUNK_BYTES)):
        data = (data + chunk)[-STDERR_MAX_BYTES:]
    return data


async def _bury(process: asyncio.subprocess.Process) -> None:
    """Kill it if it lives, drain its pipes, reap it; a second cancellation waits for that."""
    if process.returncode is None:
        process.kill()
    loop = asyncio.get_running_loop()
    end = loop.create_task(_drain(process), name="model_burial")
    last = loop.time() + BURIAL_MAX_S
    cancelled = False
    while not end.done() and loop.time() < last:
        try:
            await asyncio.wait({end}, timeout=last - loop.time())
        except asyncio.CancelledError:
            cancelled = True
    end.cancel()
    if cancelled:
        raise asyncio.CancelledError


async def _drain(process: asyncio.subprocess.Process) -> None:
    """Read what is left in the pipes: a pipe that is not at its end keeps its process open."""
    for stream in (process.stdout, process.stderr):
        while stream is not None and await stream.read(CHUNK_BYTES):
            continue
    await process.wait()


def _reply(model: str, spoken: _Spoken) -> Reply:
    if len(spoken.stdout) > REPLY_MAX_BYTES:
        text = f"{model}: its process wrote more than {REPLY_MAX_BYTES} bytes; reinstall"
        raise ModelUnavailableError("too_large", text)
    if spoken.status != 0:
        how = f"signal {-spoken.status}" if spoken.status < 0 else f"status {spoken.status}"
        cause = spoken.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        text = f"{model}: its process ended with {how}: {cause[:CAUSE_MAX_CHARS]}"
        raise ModelUnavailableError("crashed", text)
    try:
        return msgspec.json.decode(spoken.stdout, type=Reply)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = f"{model}: its process gave no reply that can be read ({error}); reinstall"
        raise ModelUnavailableError("bad_output", text) from error


def _answers(model: str, reply: Reply, count: int) -> list[ModelAnswer]:
    if reply.refusal is not None:
        code = reply.refusal.code if reply.refusal.code in REFUSALS else "crashed"
        raise ModelUnavailableError(code, reply.refusal.text)
    numbers = [n for a in reply.answers for n in (a.outside, *a.contributions.values())]
    told = [one for a in reply.answers for one in a.indices.values()]
    numbers += [n for one in told for n in (one.logit, *one.contributions.values())]
    sound = all(math.isfinite(n) for n in numbers)
    indices = [a.index for a in reply.answers] + [one.index for one in told]
    sound = sound and all(0.0 <= index <= INDEX_MAX for index in indices)
    if len(reply.answers) != count or not sound or reply.model.partition("/")[0] != model:
        text = f"{model}: {len(reply.answers)} answers to {count} rows, or not numbers; reinstall"
        raise ModelUnavailableError("bad_output", text)
    return [
        ModelAnswer(
            index=answer.index,
            contributions=answer.contributions,
            model=reply.model,
            manifest=reply.manifest,
            missing=tuple(answer.missing),
            outside=answer.outside,
            indices={
                name: IndexAnswer(index=one.index, logit=one.logit, contributions=one.contributions)
                for name, one in answer.indices.items()
            },
            alert_from=reply.alert_from,
            calm_below=reply.calm_below,
        )
        for answer in reply.answers
    ]
