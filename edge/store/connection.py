"""The connection: its settings, its transactions, and what its errors mean to us."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from edge.errors import StoreBusyError, StoreError

# The process lock keeps others out; this covers a curious `sqlite3` shell that is just closing.
BUSY_TIMEOUT_MS = 2_000

# SQLite's own default, 4 MB of 4 KiB pages. `Database.tidy` checkpoints earlier and between
# two commits; this is the net below it for callers that never tidy.
WAL_AUTOCHECKPOINT_PAGES = 1_000

_MENDS_CORRUPT = "set the file aside and start with a new one"
_MENDS = {
    sqlite3.SQLITE_FULL: "free space on this disk",
    sqlite3.SQLITE_IOERR: "check the disk: the card may be failing or full",
    sqlite3.SQLITE_READONLY: "remount the disk for writing and check the file's owner",
    sqlite3.SQLITE_CANTOPEN: "create the directory, let the gateway's user write to it, "
    "or change [store] path",
    sqlite3.SQLITE_CORRUPT: _MENDS_CORRUPT,
    sqlite3.SQLITE_NOTADB: "set the file aside: it is not a database of ours",
    sqlite3.SQLITE_CONSTRAINT: "report this as a fault of the program",
}
# What the disk is to blame for; the name is StoreError.fault.
_FAULTS = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "io",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CANTOPEN: "io",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
}
# A folder that is not there, or not ours, is a matter of the settings and stops the start.
_ERRNO_FAULTS = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read_only",
    errno.EIO: "io",
}
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

# sqlite3.Error: the engine; OverflowError: an integer beyond 64 bits; ValueError: text that is
# not UTF-8 (a lone surrogate); MsgspecError: a stored record that this release cannot read.
REFUSALS = (sqlite3.Error, OverflowError, ValueError, msgspec.MsgspecError)


@contextmanager
def refusals(path: Path, doing: str) -> Iterator[None]:
    """Turn what sqlite3 raises into a StoreError with the file and the mend, never the values."""
    try:
        yield
    except REFUSALS as error:
        raise _translated(path, doing, error) from error


def _translated(path: Path, doing: str, error: Exception) -> StoreError:
    if isinstance(error, msgspec.MsgspecError):
        return StoreError(f"{path}: cannot {doing}: a stored record is broken; {_MENDS_CORRUPT}")
    if not isinstance(error, sqlite3.Error):
        return StoreError(
            f"{path}: cannot {doing}: {type(error).__name__}: a value does not fit; "
            "integers have 64 bits, text is UTF-8"
        )
    # Interface errors of the Python layer carry no code; the low byte is the primary one.
    code = (getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_CONSTRAINT) & 0xFF
    if code in _BUSY:
        return StoreBusyError(f"{path}: cannot {doing}: another program reads or writes this file")
    mend = _MENDS.get(code, "check the disk and the file")
    return StoreError(f"{path}: cannot {doing}: {error}; {mend}", _FAULTS.get(code, ""))


def fault_of(error: OSError) -> str:
    """Which fault of the disk this is, "" when it is none of them."""
    return _ERRNO_FAULTS.get(error.errno or 0, "")


def connect(path: Path, *, exclusive: bool) -> sqlite3.Connection:
    """Open with every commit synced; `exclusive` keeps the WAL's index in memory.

    Without the `-shm` file a database can still be opened on a full disk, and no
    other program can read the home's data while we run. Only the file's owner
    may read it: it holds the devices' keys.
    """
    try:
        # Only when it is not there: closing a second descriptor of a file that this process has
        # open in SQLite would drop SQLite's locks (sqlite.org/howtocorrupt.html §2.2).
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        mend = _MENDS[sqlite3.SQLITE_CANTOPEN]
        text = f"{path}: cannot open: {error.strerror}; {mend}"
        raise StoreError(text, fault_of(error)) from error
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
    try:
        if exclusive:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        # NORMAL may roll back the last commits after a power loss (sqlite.org/pragma.html).
        connection.execute("PRAGMA synchronous = FULL")
        # SQLite would give blocks back with the rows in them: `edge.store.wiping` cuts the log.
        connection.execute("PRAGMA journal_size_limit = -1")
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_AUTOCHECKPOINT_PAGES}")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing: whatever is raised inside, or by the commit, leaves no trace."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
