"""The sealed profile that came for this box: one file beside the database until it is taken.

It is as large as the database of a young home and of no use without its recovery code, so it
stands in no table and in no backup.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from edge.errors import StoreError

SUFFIX = ".restored"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk has of one store of the gateway that is replaced."""

    store_id: str
    highest: int
    missing: tuple[tuple[int, int], ...] = ()


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """A profile as it came; `number` 0: the desk has none, and `sealed` is empty."""

    request: str
    replaces: str
    number: int
    digest: str
    sealed: bytes
    held: tuple[Held, ...] = ()


def path_of(database: Path) -> Path:
    return database.with_name(database.name + SUFFIX)


def keep(database: Path, restored: Restored) -> None:
    """Write it, synced; whoever reads sees the whole or nothing. Raises StoreError."""
    path = path_of(database)
    new = path.with_name(path.name + ".new")
    try:
        with open(new, "wb", opener=_owner_only) as file:
            file.write(msgspec.msgpack.encode(restored))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        text = f"{path}: cannot be written: {error.strerror}; free space on this disk"
        raise StoreError(text) from error


def read(database: Path) -> Restored | None:
    """What was kept; None when nothing was. Raises StoreError for a file that is broken."""
    path = path_of(database)
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Restored)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        text = f"{path}: cannot be read: {type(error).__name__}; delete it, and claim anew"
        raise StoreError(text) from error


def drop(database: Path) -> None:
    """It was taken, or nobody wants it."""
    path_of(database).unlink(missing_ok=True)


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
