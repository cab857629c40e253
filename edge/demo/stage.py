"""Starts, watches and ends the processes of the demonstration."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from edge.errors import EdgeError

# A process that was asked to stop has this long before it is ended.
STOP_WITHIN_S = 10.0
# Python, imports and a broker on a slow board; in an emulated one a start took more than 30 s.
READY_WITHIN_S = 120.0
POLL_S = 0.05
# What a command of ours exits with when the state of things refuses it.
EXIT_REFUSED = 1
LINE_MAX_BYTES = 1024 * 1024

MOSQUITTO_PLACES = ("mosquitto", "/usr/sbin/mosquitto")


class StageError(EdgeError):
    """A process of the demonstration did not start, or ended by itself."""


class RefusedError(StageError):
    """A command was refused by the state of things: it may be done another time."""


class Actor:
    """One process: its name, its lines, its end."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log

    async def lines(self) -> AsyncIterator[str]:
        """Standard output, a line at a time, to its end."""
        out = self.process.stdout
        if out is None:
            return
        while line := await out.readline():
            yield line.decode(errors="replace").rstrip("\n")

    async def stop(self) -> None:
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


class Stage:
    """All processes of one demonstration, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.actors: list[Actor] = []

    async def start(
        self, name: str, *command: str, env: dict[str, str] | None = None, read: bool = False
    ) -> Actor:
        """Start `command`; its errors go to `<name>.log`, its output too unless it is read."""
        log = self.folder / f"{name}.log"
        with log.open("ab") as sink:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if read else sink,
                stderr=sink,
                env=os.environ | (env or {}),
                start_new_session=True,  # Ctrl-C is for the narrator, who ends them in order
                limit=LINE_MAX_BYTES,
            )
        actor = Actor(name, process, log)
        self.actors.append(actor)
        return actor

    async def until(self, done: Callable[[], bool], actor: Actor, what: str) -> None:
        """Wait for `done`; raises StageError when `actor` ends before, or takes too long."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not done():
                    if actor.process.returncode is not None:
                        text = f"{actor.name} ended with {actor.process.returncode}"
                        raise StageError(f"{text}; see {actor.log}")
                    await asyncio.sleep(POLL_S)
        except TimeoutError as error:
            text = f"{actor.name}: no {what} within {READY_WITHIN_S:.0f} s; see {actor.log}"
            raise StageError(text) from error

    async def stop(self) -> None:
        """End everything, the last one started first."""
        for actor in reversed(self.actors):
            await actor.stop()

    async def run(self, *command: str, env: dict[str, str] | None = None) -> str:
        """A command that ends by itself; its output, or StageError with what it said."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | (env or {}),
            start_new_session=True,
        )
        out, err = await process.communicate()
        if process.returncode:
            text = f"{' '.join(command[:4])} exited with {process.returncode}"
            kind = RefusedError if process.returncode == EXIT_REFUSED else StageError
            raise kind(f"{text}: {err.decode(errors='replace').strip()}")
        return out.decode()


def program(*args: str) -> tuple[str, ...]:
    """This installation's `kotivahti` with `args`."""
    return (sys.executable, "-m", "edge", *args)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def listening(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(0.2)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def mosquitto() -> str | None:
    """Mosquitto's path; None when it is not installed."""
    return next((found for place in MOSQUITTO_PLACES if (found := shutil.which(place))), None)
