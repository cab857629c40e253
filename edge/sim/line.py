"""A serial port that can be plugged and pulled: a pty behind a name that stays.

The name is a symbolic link, as udev's under /dev/serial/by-id; after a replug
it points to another pty.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import struct
import termios
import tty
from collections.abc import Callable
from pathlib import Path

# One read of the gateway's bytes.
READ_BYTES = 4096
# Bytes on their way to the gateway: a whole replay of the appliance's memory, twice.
ON_THE_WAY_MAX_BYTES = 64 * 1024


class Cable:
    """One end of a serial line; `heard` gets what the gateway writes."""

    def __init__(self, name: Path, heard: Callable[[bytes], None]) -> None:
        self.name = name
        self.lost_bytes = 0  # said while nobody read: a UART has no memory
        self._heard = heard
        self._on_the_way = b""
        self._master: int | None = None
        self._slave = -1

    @property
    def plugged(self) -> bool:
        return self._master is not None

    def plug(self) -> None:
        """Appear under the name, on whatever pty is free."""
        if self._master is not None:
            return
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)  # or the pty would echo our own lines back to us
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._read)
        self._point_to(os.ttyname(self._slave))

    def pull(self) -> None:
        """Vanish; who has the port open gets an error, as with a pulled USB cable."""
        if self._master is None:
            return
        self.name.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        self._on_the_way = b""
        os.close(self._slave)
        os.close(self._master)
        self._master = None

    @property
    def quiet(self) -> bool:
        """Whether all that was said has been read: somebody listens, as far as a wire can tell."""
        if self._master is None or self._on_the_way:
            return False
        unread = fcntl.ioctl(self._slave, termios.FIONREAD, bytes(4))
        return struct.unpack("i", unread) == (0,)

    def say(self, data: bytes) -> None:
        """Send; what the line cannot take is lost, as on a wire."""
        if self._master is None or len(self._on_the_way) + len(data) > ON_THE_WAY_MAX_BYTES:
            self.lost_bytes += len(data)
            return
        self._on_the_way += data
        self._write()

    def _write(self) -> None:
        if self._master is None:
            return
        loop = asyncio.get_running_loop()
        with contextlib.suppress(BlockingIOError):
            self._on_the_way = self._on_the_way[os.write(self._master, self._on_the_way) :]
        if self._on_the_way:
            loop.add_writer(self._master, self._write)
        else:
            loop.remove_writer(self._master)

    def _read(self) -> None:
        if self._master is not None:
            with contextlib.suppress(BlockingIOError):
                self._heard(os.read(self._master, READ_BYTES))

    def _point_to(self, real: str) -> None:
        self.name.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.name.with_name(f".{self.name.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(real)
        fresh.replace(self.name)
