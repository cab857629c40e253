"""One process per database: an advisory lock beside the file, naming its holder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from edge.errors import StoreBusyError, StoreError
from edge.locale.refusing import worded
from edge.store.connection import fault_of


class ProcessLock:
    """flock(2) on `<database>.lock`: the kernel lets go of it when the process dies.

    The file stays when the lock is released, since removing it would let two
    processes lock two files of the same name.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(database.name + ".lock")
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take the lock or raise StoreBusyError with the holder's process id."""
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}; {_MEND}", fault_of(error)) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(fd)
            database = str(self._database)
            raise worded(StoreBusyError, "store_busy", file=database, process=holder) from error
        # The number is for people; on a full disk the lock holds without it.
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode("ascii"), 0)
        self._fd = fd

    def release(self) -> None:
        if self._fd is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None


_MEND = "create the directory and let the gateway's user write to it, or change [store] path"
