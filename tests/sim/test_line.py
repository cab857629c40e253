"""The virtual serial port: clean bytes both ways, and a plug that can be pulled."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from edge.sim.line import ON_THE_WAY_MAX_BYTES, Cable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


async def _until(true: Callable[[], bool]) -> None:
    """Wait for it, five seconds at most."""
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.005)


async def test_bytes_said_before_anybody_opens_wait_unchanged(tmp_path: Path) -> None:
    """No echo to the appliance, no line discipline on the way: CR LF stays CR LF."""
    heard: list[bytes] = []
    cable = Cable(tmp_path / "dev" / "robot-1", heard.append)
    cable.plug()
    cable.say(b"$hello\r\n")
    # The kernel carries bytes through a pty in its own time.
    await _until(lambda: not cable.quiet)
    port = os.open(cable.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    assert os.read(port, 100) == b"$hello\r\n"
    await _until(lambda: cable.quiet)
    os.write(port, b"ACK 1,1\r\n")
    await _until(lambda: heard == [b"ACK 1,1\r\n"])
    os.close(port)
    cable.pull()


async def test_a_pulled_plug_is_gone_and_says_nothing(tmp_path: Path) -> None:
    """The name vanishes with the cable; what is said meanwhile is counted as lost."""
    cable = Cable(tmp_path / "robot-1", lambda _: None)
    cable.plug()
    assert cable.name.is_symlink()
    cable.pull()
    assert not cable.name.is_symlink()
    cable.say(b"$lost\r\n")
    assert cable.lost_bytes == 7
    cable.pull()


async def test_a_line_that_nobody_reads_is_bounded(tmp_path: Path) -> None:
    """An appliance beside a dead gateway talks for weeks and keeps 64 kB of it."""
    cable = Cable(tmp_path / "robot-1", lambda _: None)
    cable.plug()
    for _ in range(ON_THE_WAY_MAX_BYTES // 100 * 3):
        cable.say(b"x" * 100)
    assert len(cable._on_the_way) <= ON_THE_WAY_MAX_BYTES
    assert cable.lost_bytes > 0
    cable.pull()
