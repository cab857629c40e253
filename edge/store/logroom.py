"""Room for the write-ahead log, taken once.

A commit at the end of a log makes the file longer, and then the file system must write in its own
journal how long it is now, within that commit: as many blocks again. Over bytes that are there
already a commit writes itself and nothing else.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger()

# What a home that shares an observation a second writes between two checkpoints.
ROOM_BYTES = 2 << 20
# In one write: an alarm waits for no more than that, twice in the life of a process.
PIECE_BYTES = 1 << 20


def take(file: Path, room_bytes: int = ROOM_BYTES) -> bool:
    """A piece of zeros behind the end of a log, synced: they count as no frames.

    False: to be called again, there is more to take, or no log yet. A disk that has no room
    for it keeps a log that grows with its commits.
    """
    try:
        with file.open("r+b") as stream:
            fd = stream.fileno()
            size = os.fstat(fd).st_size
            if size >= room_bytes:
                return True
            try:
                start, end = size, min(room_bytes, size + PIECE_BYTES)
                while start < end:
                    start += os.pwrite(fd, bytes(end - start), start)
                os.fsync(fd)
            except OSError:
                with suppress(OSError):  # the room that was taken so far is an alert's
                    os.ftruncate(fd, size)
                raise
            return end == room_bytes
    except FileNotFoundError:
        return False
    except OSError as error:
        log.warning("log_has_no_room", reason=error.strerror)
    return True
