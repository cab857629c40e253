"""Commands from outside: one line each, from standard input or the socket in the folder."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from edge.errors import ControlError

# One command line.
COMMAND_MAX_BYTES = 400
# How long `tell` waits for the home's answer.
ANSWER_MAX_S = 5.0

Do = Callable[[str], Awaitable[str]]


class CommandSocket:
    """A Unix socket: a line in, a line "ok ..." or "error ..." out."""

    def __init__(self, path: Path, do: Do) -> None:
        self._path = path
        self._do = do
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(
            self._serve, self._path, limit=COMMAND_MAX_BYTES
        )
        self._path.chmod(0o600)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await reader.readline()
            writer.write((await answer(self._do, line.decode("utf-8", "replace"))).encode() + b"\n")
            await writer.drain()
        except (ConnectionError, ValueError):  # gone, or a line longer than the bound
            return
        finally:
            writer.close()


async def answer(do: Do, line: str) -> str:
    """Carry out one line; what cannot be done is said, not raised."""
    try:
        return f"ok {await do(line)}"
    except ControlError as error:
        return f"error {error}"


async def follow_stdin(do: Do, show: Callable[[str], None]) -> None:
    """Carry out what is typed or piped in, until the input ends."""
    reader = asyncio.StreamReader(limit=COMMAND_MAX_BYTES)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    try:
        while line := await reader.readline():
            if line.strip():
                show(await answer(do, line.decode("utf-8", "replace")))
    finally:
        transport.close()


async def tell(socket: Path, command: str) -> str:
    """Send one command to a running home; raises ControlError with its refusal."""
    try:
        async with asyncio.timeout(ANSWER_MAX_S):
            reader, writer = await asyncio.open_unix_connection(socket)
            writer.write(command.encode() + b"\n")
            line = (await reader.readline()).decode().strip()
            writer.close()
            await writer.wait_closed()
    except OSError as error:
        raise ControlError(f"no virtual home answers at {socket}: {error}") from error
    verdict, _, text = line.partition(" ")
    if verdict != "ok":
        raise ControlError(text or "the virtual home ended")
    return text
