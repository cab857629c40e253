"""A database that cannot be used: set aside under a name that tells, copied to memory, read once.

Nothing that is read out of a damaged file becomes an alert: what SQLite can
still reach in it may be altered, and rows deleted long ago come back
(sqlite.org/recovery.html). Devices are another thing: a gateway that knows none
hears nobody.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import structlog

from edge.domain import Device, Instant, Record, Sync
from edge.errors import StoreError
from edge.store import enrolment, reads
from edge.store.bounds import Bounds
from edge.store.connection import REFUSALS, fault_of
from edge.store.names import Names

log = structlog.get_logger()

# A disk of memory, where the system has one: what is copied there is gone with the process.
_MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it, for its owner only)
_PARTS = ("", "-wal", "-shm")


class Salvaged(Record, frozen=True):
    """What a file that is no longer used still says of the devices of the home."""

    devices: tuple[Device, ...] = ()
    states: dict[str, bytes] = {}


def set_aside(path: Path, why: str, at: Instant | None, bounds: Bounds) -> Path:
    """Rename the database and its log; returns the new name. Raises StoreError: nothing changed.

    The name says when and why: `home.db.corrupt-20260302T120000Z-not-a-database`.
    """
    target = _free_name(path, f"{_when(at)}-{why}")
    try:
        path.rename(target)
    except OSError as error:
        text = f"{path}: cannot be set aside as {target.name}: {error.strerror}"
        raise StoreError(f"{text}; make its disk writable", fault_of(error) or "io") from error
    for part in _PARTS[1:]:
        # A log without its database is nothing to SQLite, and to us a part of the finding.
        with contextlib.suppress(OSError):
            path.with_name(path.name + part).rename(target.with_name(target.name + part))
    log.error("store_set_aside", path=str(path), file=target.name, reason=why)
    for old in set_aside_before(path)[: -bounds.aside_files]:
        for part in _PARTS:
            with contextlib.suppress(OSError):
                old.with_name(old.name + part).unlink()
    return target


def set_aside_before(path: Path) -> list[Path]:
    """Databases that were set aside and are still there, the oldest first."""
    with contextlib.suppress(OSError):
        found = path.parent.glob(f"{path.name}.corrupt-*")
        return sorted(one for one in found if not one.name.endswith(("-wal", "-shm")))
    return []


def _when(at: Instant | None) -> str:
    if at is None or at.sync is Sync.NONE:
        return "at-an-unknown-time"
    return datetime.fromtimestamp(at.wall_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def _free_name(path: Path, said: str) -> Path:
    name = f"{path.name}.corrupt-{said}"
    target, n = path.with_name(name), 1
    while target.exists():
        n += 1
        target = path.with_name(f"{name}-{n}")
    return target


def salvage(path: Path, bounds: Bounds) -> Salvaged:
    """The devices in force with their drivers' states, all of them or none; changes nothing.

    Read from a copy with its log, in which the last hours stand; without the log where that copy
    cannot be made or read.
    """
    copy = copy_to_memory(path, bounds)
    if copy is not None:
        try:
            found = _devices_of(copy, "")
        finally:
            forget_copy(copy)
        if found is not None:
            return found
    # immutable: a disk that cannot be written has no room for an index of the log either.
    return _devices_of(path, "?mode=ro&immutable=1") or Salvaged()


def _devices_of(path: Path, how: str) -> Salvaged | None:
    quoted = str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        connection = sqlite3.connect(f"file:{quoted}{how}", uri=True)
    except sqlite3.Error:
        return None
    try:
        names = Names(connection)
        devices = tuple(enrolment.all_in_force(connection, names))
        return Salvaged(devices, reads.driver_states(connection, names))
    except (*REFUSALS, KeyError) as error:  # KeyError: a row names what no other row tells of
        log.warning("store_not_salvaged", path=str(path), error=type(error).__name__)
        return None
    finally:
        connection.close()


def copy_to_memory(path: Path, bounds: Bounds) -> Path | None:
    """A copy with its log on a disk of memory; None when it is too large or cannot be read."""
    log_path = path.with_name(path.name + "-wal")
    try:
        size = path.stat().st_size + (log_path.stat().st_size if log_path.exists() else 0)
        if size > bounds.copy_bytes or not _MEMORY.is_dir():
            return None
        prefix = f"kotivahti-{hashlib.sha256(bytes(path.absolute())).hexdigest()[:12]}-"
        for left in _MEMORY.glob(f"{prefix}*"):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=_MEMORY))
    except OSError:
        return None
    copy = folder / path.name
    try:
        for source in (path, log_path):
            if source.exists():
                shutil.copyfile(source, folder / source.name)
    except OSError as error:
        log.warning("store_not_copied", path=str(path), error=error.strerror)
        forget_copy(copy)
        return None
    copy.chmod(0o600)
    return copy


def forget_copy(copy: Path) -> None:
    shutil.rmtree(copy.parent, ignore_errors=True)
