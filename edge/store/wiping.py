"""Bytes that are gone from the disk, not only from a list of names.

A file system gives blocks back as they are: a log that is cut or removed leaves its rows in free
blocks for whoever reads the card. So what held rows is overwritten in place first.

A log loses its head before anything else. A disk keeps in any order what was not synced, and one
that still has its head and its first frames is played back: old pages over newer ones.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from edge.errors import StoreError

# One write of zeros; a gateway's smallest card has room for many in memory.
CHUNK_BYTES = 1 << 20
# The head of a log (sqlite.org/walformat.html, section 2): without it a log counts as empty.
HEAD_BYTES = 32


def overwrite(file: Path) -> bool:
    """Zeros over every byte, on the disk; False when there is no such file."""
    try:
        with file.open("r+b") as stream:
            fd = stream.fileno()
            size = os.fstat(fd).st_size
            _zero(fd, 0, min(HEAD_BYTES, size))
            _zero(fd, 0, size)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _cannot(file, error) from error
    return True


def shorten(file: Path, by_bytes: int) -> None:
    """Of a log that is `emptied`: zeros over head and last `by_bytes`, and an earlier end.

    Its head, because what is left of it ends at an older commit than the database does.
    """
    try:
        with file.open("r+b") as stream:
            fd = stream.fileno()
            size = os.fstat(fd).st_size
            start = max(0, size - by_bytes)
            _zero(fd, 0, min(HEAD_BYTES, size))
            _zero(fd, start, size)
            os.ftruncate(fd, start)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _cannot(file, error) from error


def log_of(path: Path) -> Path:
    """The write-ahead log of a database."""
    return path.with_name(path.name + "-wal")


def emptied(connection: sqlite3.Connection) -> bool:
    """Move the whole log into the file, so that the next commit begins it anew.

    What it holds after that is read by nobody: the database in the file is whole and synced, and
    a log whose header is gone counts as empty (sqlite.org/walformat.html). False while somebody
    else still reads from it, and for a database in memory (-1 frames): the log beside the path
    that it stands in for is another one's.
    """
    busy, frames, moved = connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
    return not busy and 0 <= frames == moved


def _zero(fd: int, start: int, end: int) -> None:
    while start < end:
        start += os.pwrite(fd, bytes(min(end - start, CHUNK_BYTES)), start)
    os.fsync(fd)


def _cannot(file: Path, error: OSError) -> StoreError:
    mend = "check the disk and the file's owner, and erase again"
    return StoreError(f"{file}: cannot erase: {error.strerror}; {mend}")
