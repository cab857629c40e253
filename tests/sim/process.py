"""A virtual home as it is used: a process of its own, told what to do over its socket."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from edge.sim.control import tell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# Interpreter start and Bumble's import, on a busy two-core machine.
READY_S = 20.0
STOP_S = 10.0


class SimProcess:
    """One running `python -m edge.sim home`."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process) -> None:
        self.folder = folder
        self.process = process
        self.printed: list[str] = []
        self.report: dict[str, Any] = {}

    async def ready(self) -> None:
        async with asyncio.timeout(READY_S):
            while "ready, " not in await self.line():
                pass
        self.report = json.loads((self.folder / "sim.json").read_text(encoding="utf-8"))

    async def line(self) -> str:
        """The next line that it prints; AssertionError when it has ended."""
        assert self.process.stdout is not None
        line = (await self.process.stdout.readline()).decode()
        assert line, f"the virtual home ended: {self.printed}"
        self.printed.append(line)
        return line

    async def tell(self, command: str) -> str:
        return await tell(self.folder / "sim.sock", command)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit status."""
        if self.process.returncode is None:
            self.process.send_signal(how)
        async with asyncio.timeout(STOP_S):
            rest, _ = await self.process.communicate()
        self.printed += rest.decode().splitlines()
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def sim_process(folder: Path, *options: str) -> AsyncIterator[SimProcess]:
    """Start it in `folder` and wait until it is ready; killed if the test leaves it running."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "edge.sim",
        "home",
        "--dir",
        str(folder),
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    home = SimProcess(folder, process)
    try:
        await home.ready()
        yield home
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
