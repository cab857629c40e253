"""A pty as a serial device: a name that stays, an end that the test holds."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import termios
import tty
from pathlib import Path

# A pty's buffer is read and written without waiting; this long for the other side to act.
PATIENCE_S = 5.0
# Far below what a pty holds (4 kB).
LINE_MAX_BYTES = 1_024


class Plug:
    """One plugged-in device; `unplug` hangs up, as pulling a USB adapter does."""

    def __init__(self, name: Path) -> None:
        self.name = name
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.real = os.ttyname(self.slave)
        name.unlink(missing_ok=True)
        name.symlink_to(self.real)

    def say(self, data: bytes) -> None:
        assert os.write(self.master, data) == len(data)

    def chat(self, data: bytes) -> None:
        """Say it again and again, whoever listens: a line that nobody reads is not filled up."""
        if self.unread() < LINE_MAX_BYTES:
            self.say(data)

    async def say_all(self, data: bytes) -> None:
        """Write more than the line holds, as fast as the other side reads."""
        left = memoryview(data)
        async with asyncio.timeout(PATIENCE_S):
            while left:
                try:
                    left = left[os.write(self.master, left) :]
                except BlockingIOError:
                    await asyncio.sleep(0)

    async def told(self, count: int) -> bytes:
        """Wait for `count` bytes from the gateway."""
        got = b""
        async with asyncio.timeout(PATIENCE_S):
            while len(got) < count:
                try:
                    got += os.read(self.master, 65_536)
                except BlockingIOError:
                    await asyncio.sleep(0.005)
        return got

    def unplug(self) -> None:
        self.name.unlink(missing_ok=True)
        os.close(self.slave)
        os.close(self.master)

    def waiting(self) -> bytes:
        """What the gateway has written and nobody took yet; takes it."""
        try:
            return os.read(self.master, 65_536)
        except BlockingIOError:
            return b""

    def unread(self) -> int:
        """Bytes that were said and nobody has read."""
        found: tuple[int] = struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, bytes(4)))
        return found[0]
