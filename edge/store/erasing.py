"""Takes a home's database away for good, and leaves an empty one with a name of its own.

Rows are deleted first, in one commit, so that a power cut leaves a database without them. Then
every byte of the file and its log is overwritten before the names go, so that no free page keeps
what a row held. What a memory card keeps of old blocks is beyond any program.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from edge.domain import Instant, OutboxClass, OutboxEntry, Record, Sent
from edge.errors import NotNowError, StoreError
from edge.locale.refusing import worded
from edge.ports import Batch
from edge.store import restored
from edge.store.aside import set_aside_before
from edge.store.connection import connect, refusals, transaction
from edge.store.database import Database
from edge.store.lock import ProcessLock
from edge.store.wiping import log_of, overwrite

# What SQLite keeps beside the file itself, and the sealed profile that came for it.
_BESIDE = ("-wal", "-shm", "-journal", restored.SUFFIX, restored.SUFFIX + ".new")
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
# The list of applied migrations says nothing of a home.
_OF_THE_SCHEMA = "_sqlite_migrations"


class Found(Record, frozen=True, kw_only=True):
    """What stands in the file before it goes. `alerts`, `others`: messages nobody has received."""

    store_id: str
    rows: dict[str, int]
    alerts: int
    others: int
    # Of the request to the service, as the log of disclosures has it.
    asked: bool = False
    received: bool = False


class Erased(Record, frozen=True, kw_only=True):
    found: Found
    store_id: str  # of the new, empty database
    files: tuple[str, ...]  # overwritten and removed
    owes: bool  # the new database owes the request


def erase(
    path: Path,
    *,
    home: str,
    even_unsent: bool,
    request: Callable[[str], OutboxEntry] | None = None,
    at: Instant | None = None,
) -> Erased:
    """Erase the database at `path`, which must be that of `home`, and found an empty one.

    `request` makes the message by which the service is asked to erase what it may, for the
    store of the id that it is given: the new one owes it, unless the old one had a receipt for
    it. It needs the moment `at`.

    Raises NotNowError when there is none, or when alerts wait in it that nobody has received
    (`even_unsent` erases them all the same); StoreBusyError when a gateway runs; StoreError for
    a file that cannot be read or written, or that belongs to another home.
    """
    if not path.exists():
        raise worded(NotNowError, "no_database", file=str(path))
    lock = ProcessLock(path)
    lock.acquire()
    try:
        found = _emptied(path, home, even_unsent=even_unsent)
        files = tuple(
            str(file)
            for one in (path, *set_aside_before(path))
            for file in (one, *(_beside(one, end) for end in _BESIDE))
            if _gone(file)
        )
        _synced(path.parent)
        with Database.open(path, home=home, lock=False) as database:
            store_id = database.heads().store_id
            owes = request is not None and at is not None and not found.received
            if request is not None and at is not None and owes:
                entry = request(store_id)
                database.record(Batch(at=at, first_observation=1, messages=[entry]))
            return Erased(found=found, store_id=store_id, files=files, owes=owes)
    finally:
        lock.release()


def _emptied(path: Path, home: str, *, even_unsent: bool) -> Found:
    """Every row deleted and the log written back into the file."""
    with refusals(path, "erase"):
        connection = connect(path, exclusive=True)
        try:
            found = _counted(connection, path, home)
            if found.alerts and not even_unsent:
                raise worded(NotNowError, "alerts_unreceived", file=str(path), n=found.alerts)
            connection.execute("PRAGMA foreign_keys = OFF")
            with transaction(connection):
                for table in found.rows:
                    connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 (names of the schema)
                connection.execute("DELETE FROM sqlite_sequence")
            connection.execute("PRAGMA wal_checkpoint(FULL)").fetchall()
            # All of it is in the file now; SQLite would only give the log's blocks back.
            overwrite(log_of(path))
        finally:
            connection.close()
    return found


def _counted(connection: sqlite3.Connection, path: Path, home: str) -> Found:
    tables = [name for (name,) in connection.execute(_TABLES) if name != _OF_THE_SCHEMA]
    if "store" not in tables:
        raise worded(StoreError, "not_ours", file=str(path))
    owner = connection.execute("SELECT id FROM home").fetchone()
    if owner is not None and owner[0] != home:
        raise worded(StoreError, "other_home", file=str(path), other=str(owner[0]), home=home)
    rows = {
        table: int(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608
        for table in tables
    }
    owed = dict(
        connection.execute(
            "SELECT class = ?, count(*) FROM outbox WHERE received_boot IS NULL GROUP BY 1",
            (OutboxClass.ALERT.value,),
        ).fetchall()
    )
    store = connection.execute("SELECT store_id FROM store").fetchone()
    asked = None
    if "disclosure" in tables:  # not in a file of an older release
        asked = connection.execute(
            "SELECT messages <= received FROM disclosure WHERE class = ? AND what = 'erase' "
            "ORDER BY key DESC LIMIT 1",
            (Sent.REQUEST.value,),
        ).fetchone()
    return Found(
        asked=asked is not None,
        received=asked is not None and bool(asked[0]),
        store_id="" if store is None else store[0],
        rows=rows,
        alerts=owed.get(1, 0),
        others=owed.get(0, 0),
    )


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)


def _gone(file: Path) -> bool:
    """Whether there was such a file; it is overwritten, synced and removed."""
    if not overwrite(file):
        return False
    file.unlink()
    return True


def _synced(folder: Path) -> None:
    """The names are gone from the disk too."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
