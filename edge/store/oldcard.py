"""Reads the database of a box that was replaced, from a copy: nothing is written to its card.

A card out of a broken box may be failing, so it is read once, from beginning to
end. The write-ahead log comes along, because the last minutes stand in it.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.domain import OutboxClass, OutboxEntry
from edge.errors import StoreError
from edge.locale.refusing import listed, worded
from edge.store import digests, identity, outbox, schema
from edge.store.connection import REFUSALS
from edge.store.digests import Found, Stretch
from edge.store.names import Names

# Where our own units keep it, and where a folder of a test or a workstation does.
DATABASE = "home.db"
_PLACES = (f"var/lib/kotivahti/{DATABASE}", DATABASE)
# One answer at a time: as much as a line of the control socket takes with room to spare.
ENTRIES_MAX = 500


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What SQLite finds wrong, as a sentence with the file; never a value of the home's."""
    try:
        yield
    except REFUSALS as error:
        why = error if isinstance(error, sqlite3.Error) else type(error).__name__
        raise worded(StoreError, "card_damaged", file=str(path), why=str(why)) from error


class OldCard:
    """One database of a predecessor, open for reading."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        with _reading(path):
            self.heads = identity.heads(connection)
            found = connection.execute("SELECT id FROM home").fetchone()
            self.home = None if found is None else str(found[0])
            self._names = Names(connection)
            self._has_digests = bool(
                connection.execute(
                    "SELECT 1 FROM sqlite_schema WHERE name = 'day_digest'"
                ).fetchone()
            )

    def owed_alerts(self, below: int | None = None) -> list[OutboxEntry]:
        """Alerts without a receipt, in their order: the last ENTRIES_MAX of those `below`."""
        with _reading(self._path):
            rows = self._connection.execute(
                "SELECT sequence, id, class, priority, body, created_ms FROM outbox "
                "WHERE received_boot IS NULL AND class = ? AND (? IS NULL OR sequence < ?) "
                "ORDER BY sequence DESC LIMIT ?",
                (OutboxClass.ALERT.value, below, below, ENTRIES_MAX),
            ).fetchall()
            return [outbox.entry(row) for row in reversed(rows)]

    def owed_others(self) -> int:
        """Messages that are not carried: telemetry, and what only that box could send."""
        with _reading(self._path):
            (count,) = self._connection.execute(
                "SELECT count(*) FROM outbox WHERE received_boot IS NULL AND class NOT IN (?, ?)",
                (OutboxClass.ALERT.value, OutboxClass.DIGEST.value),
            ).fetchone()
        return int(count)

    def owed_digests(self) -> list[OutboxEntry]:
        """Digests without a receipt, oldest first: at most ENTRIES_MAX."""
        with _reading(self._path):
            return outbox.owed_of(self._connection, OutboxClass.DIGEST)[:ENTRIES_MAX]

    def unsettled(self) -> list[Stretch]:
        """Stretches that were told and may have to be told anew."""
        if not self._has_digests:
            return []
        with _reading(self._path):
            return digests.unsettled(self._connection, self._names)

    def proved(self) -> int:
        """The last number that stands in a stretch, or the one before the lowest that is here."""
        with _reading(self._path):
            newest = digests.newest(self._connection, self._names) if self._has_digests else None
            if newest is not None:
                return newest.last
            head, lowest = digests.head(self._connection, self._names)
            return head if lowest is None else lowest - 1

    def look(self, first: int, last: int) -> Found:
        """What is known of these numbers."""
        with _reading(self._path):
            return digests.look(self._connection, self._names, first, last)

    def staying(self, first: int, last: int) -> set[int]:
        """Numbers of messages that were never received and are not carried."""
        with _reading(self._path):
            rows = self._connection.execute(
                "SELECT sequence FROM outbox WHERE sequence BETWEEN ? AND ? "
                "AND received_boot IS NULL AND class NOT IN (?, ?)",
                (first, last, OutboxClass.ALERT.value, OutboxClass.DIGEST.value),
            ).fetchall()
        return {number for (number,) in rows}


def find(place: Path, written: str = "") -> Path:
    """The database on a mounted card or in a folder; `written`: where that box kept it.

    Raises StoreError when there is none.
    """
    if place.is_file():
        return place
    places = [written.lstrip("/"), *_PLACES] if written else list(_PLACES)
    places += [Path(written).name] if written else []
    for one in places:
        if (place / one).is_file():
            return place / one
    raise worded(StoreError, "no_card", file=str(place), there=listed(dict.fromkeys(places)))


@contextmanager
def opened(path: Path, scratch: Path) -> Iterator[OldCard]:
    """Copy the database into the empty folder `scratch`, and read it there.

    Raises StoreTooNewError for a schema that this release does not know, StoreError for all
    else: an unreadable card, a full disk, a file that is no database of ours.
    """
    copy = scratch / DATABASE
    for suffix in ("", "-wal"):
        source = path.with_name(path.name + suffix)
        if suffix and not source.exists():
            continue
        try:
            shutil.copyfile(source, copy.with_name(copy.name + suffix))
        except OSError as error:
            # Of a failing read and a full disk the number tells which.
            why = error.strerror or str(error)
            raise worded(
                StoreError, "card_not_copied", file=str(source), to=str(scratch), why=why
            ) from error
    connection = sqlite3.connect(copy, isolation_level=None)
    try:
        with _reading(path):
            known = schema.version(connection)
            if not known:
                raise worded(StoreError, "not_a_gateways", file=str(path))
            schema.expect_known(connection, path)
        yield OldCard(path, connection)
    finally:
        connection.close()
