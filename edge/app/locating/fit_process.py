"""Starts the process that makes a fit, and brings back what it made."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

from edge.app.locating.fit_child import EXIT_NO_FIT, FitRequest
from edge.errors import ControlError, EdgeError

# -P: what lies in the working directory is no part of the process.
COMMAND = (sys.executable, "-P", "-m", "edge.app.locating.fit_child")
ENVIRONMENT = {"PYTHONPATH": str(Path(__file__).resolve().parents[3]), "PYTHONUTF8": "1"}
# On the slowest board that we serve a large home takes some minutes.
WITHIN_S = 1_800.0
TELL_EVERY_S = 1.0
CAUSE_MAX_CHARS = 200


class FitProcessError(EdgeError):
    """The process ended without a fit."""


async def fitted(request: FitRequest) -> AsyncGenerator[bytes | None, None]:
    """None every TELL_EVERY_S while it works, then the fit's bytes.

    Raises ControlError when nothing can be learned from the walks, FitProcessError when the
    process failed. Whoever stops iterating ends it.
    """
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=ENVIRONMENT,
    )
    spoken = asyncio.create_task(
        process.communicate(msgspec.msgpack.encode(request)), name="locator-fit"
    )
    loop = asyncio.get_running_loop()
    end_s = loop.time() + WITHIN_S
    try:
        while not spoken.done():
            if loop.time() >= end_s:
                text = f"no fit within {WITHIN_S:.0f} s; see what else loads this machine"
                raise FitProcessError(text)
            await asyncio.wait({spoken}, timeout=TELL_EVERY_S)
            if not spoken.done():
                yield None
    finally:
        if process.returncode is None:
            process.kill()
        out, err = await spoken
    if process.returncode == EXIT_NO_FIT:
        raise ControlError(err.decode(errors="replace").strip()[:CAUSE_MAX_CHARS])
    if process.returncode != 0:
        cause = err.decode(errors="replace").strip().rpartition("\n")[2][:CAUSE_MAX_CHARS]
        raise FitProcessError(f"the fit's process ended with {process.returncode}: {cause}")
    yield out
