"""Room that is kept for alerts: a file of real blocks beside the database, given up in pieces.

A full disk is told by the commit that fails. Then a piece of the ballast goes,
telemetry is shed, and the commit is tried again; when there is room to spare,
the file grows back.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from edge.store.bounds import Bounds

SUFFIX = ".ballast"


class Ballast:
    """One file; every method runs on the store's thread and none raises."""

    def __init__(self, database: Path, bounds: Bounds) -> None:
        self._path = database.with_name(database.name + SUFFIX)
        self._bounds = bounds

    @property
    def bytes(self) -> int:
        """What of it is there."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    @property
    def whole(self) -> bool:
        return self.bytes >= self._bounds.ballast_bytes

    def give(self) -> bool:
        """Give one piece back to the disk; False when there is nothing left to give."""
        left = self.bytes
        if not left:
            return False
        try:
            with self._path.open("r+b") as file:
                file.truncate(max(0, left - self._bounds.ballast_piece_bytes))
                os.fsync(file.fileno())
        except OSError:
            return False
        return True

    def grow(self) -> bool:
        """Take the missing room again when twice as much is free; whether it is whole now.

        Twice, so that a disk on the edge does not give and take at every look.
        """
        missing = self._bounds.ballast_bytes - self.bytes
        if missing <= 0:
            return True
        if self.free_bytes() < 2 * missing:
            return False
        with contextlib.suppress(OSError):
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                # Not a hole in a file: blocks that nobody else can have.
                os.posix_fallocate(fd, 0, self._bounds.ballast_bytes)
                os.fsync(fd)
            finally:
                os.close(fd)
        return self.whole

    def free_bytes(self) -> int:
        """What an ordinary user may still write on this disk; 0 when it cannot be asked."""
        try:
            found = os.statvfs(self._path.parent)
        except OSError:
            return 0
        return found.f_bavail * found.f_frsize

    def read_only(self) -> bool:
        """Whether the disk is mounted for reading only."""
        try:
            return bool(os.statvfs(self._path.parent).f_flag & os.ST_RDONLY)
        except OSError:
            return False
