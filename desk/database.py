"""The desk's one SQLite file: opened by the service and, beside it, by every command."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from desk.schema import migrate
from edge.errors import StoreBusyError, StoreError
from edge.locale.refusing import worded

# A commit of the service takes milliseconds; a command that waits longer says so.
BUSY_TIMEOUT_MS = 5_000
# What the write-ahead log keeps after a checkpoint.
JOURNAL_SIZE_LIMIT_BYTES = 4 * 1024 * 1024

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Turn what sqlite3 raises into a StoreError with the file and the mend, never the values."""
    try:
        yield
    except (ValueError, OverflowError) as error:  # what a column cannot hold
        raise StoreError(f"{path}: a value cannot be stored: {type(error).__name__}") from error
    except sqlite3.Error as error:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code in _BUSY:
            raise worded(StoreBusyError, "desk_busy", file=str(path)) from error
        text = f"{path}: {error}; check the disk, the file and its owner"
        raise StoreError(text) from error


def connect(path: Path) -> sqlite3.Connection:
    """Open with every commit synced and the schema of this release; raises StoreError."""
    try:
        # Only when it is not there: closing a second descriptor of a file that this process has
        # open in SQLite drops SQLite's locks (sqlite.org/howtocorrupt.html §2.2), and the next
        # command to end would throw the service's write-ahead log away.
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        why = error.strerror
        raise worded(StoreError, "desk_unopened", file=str(path), why=why) from error
    with refusals(path):
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            # NORMAL may roll back the last commits after a power loss (sqlite.org/pragma.html).
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_SIZE_LIMIT_BYTES}")
            connection.execute("PRAGMA secure_delete = ON")
            migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one command."""
    with closing(connect(path)) as connection, refusals(path):
        yield connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and nobody else writes meanwhile."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def data_version(connection: sqlite3.Connection) -> int:
    """Changes when another connection has committed (sqlite.org/pragma.html#pragma_data_version);
    reads a few bytes of shared memory.
    """
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version
