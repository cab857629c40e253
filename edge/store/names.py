"""Integer keys for what every row repeats: devices, kinds, boots, rooms, persons.

A key is given at first sight and never again to another name. A row then costs
one byte for its device instead of a text, and what was observed under an older
table of kinds keeps the unit and code that it had.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from edge.domain import Instant, Sync
from edge.store import boots

Ident = TypeVar("Ident", bound=Hashable)
KindKey = tuple[str, str, str]  # kind, unit, code


def instant_columns(prefix: str) -> str:
    """The five columns of an Instant, in the order of `Names.moment`."""
    names = ("boot", "boottime_ms", "wall_ms", "offset_min", "sync")
    return ", ".join(f"{prefix}_{name}" for name in names)


class Interned(dict[Ident, int], Generic[Ident]):
    """The keys of one table; looking up a name that is new inserts its row.

    `back` is the way from key to name. What was inserted since `settle` is
    forgotten by `revert`, because the rollback took the rows away.
    """

    def __init__(self, connection: sqlite3.Connection, table: str, columns: str = "id") -> None:
        super().__init__()
        self._connection = connection
        marks = ", ".join("?" * len(columns.split(",")))
        self._insert = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 (constants)
        self._select = f"SELECT key, {columns} FROM {table}"  # noqa: S608 (constants)
        self._fresh: list[Ident] = []
        self.back: dict[int, Ident] = {}
        self.load()

    def load(self) -> None:
        for key, *ident in self._connection.execute(self._select).fetchall():
            name: Any = ident[0] if len(ident) == 1 else tuple(ident)
            self[name] = key
            self.back[key] = name

    def __missing__(self, ident: Ident) -> int:
        values = ident if isinstance(ident, tuple) else (ident,)
        key = self._connection.execute(self._insert, values).lastrowid
        assert key is not None  # noqa: S101 (an INSERT that did not raise has a row id)
        self[ident] = key
        self.back[key] = ident
        self._fresh.append(ident)
        return key

    def settle(self) -> None:
        self._fresh.clear()

    def revert(self) -> None:
        for ident in self._fresh:
            self.back.pop(self.pop(ident))
        self._fresh.clear()


class Names:
    """All interned tables of one database, and the anchor of the boot that runs now."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.devices: Interned[str] = Interned(connection, "device")
        self.rooms: Interned[str] = Interned(connection, "room")
        self.persons: Interned[str] = Interned(connection, "person")
        self.boots: Interned[str] = Interned(connection, "boot")
        self.kinds: Interned[KindKey] = Interned(connection, "kind", "kind, unit, code")
        self._anchored: str | None = None  # the boot whose anchor needs no more writing
        self._anchoring: str | None = None

    def anchor(self, at: Instant) -> None:
        """Keep the first trusted moment of this boot (until there is one: its first moment)."""
        if at.boot == self._anchored:
            return
        key, trusted = self.boots[at.boot], at.sync is not Sync.NONE
        (known,) = self._connection.execute(
            "SELECT first_sync FROM boot WHERE key = ?", (key,)
        ).fetchone()
        if known is None:
            boots.begin(self._connection, key, at)
        if trusted and known in (None, Sync.NONE.value):
            boots.set_clock(self._connection, key, at)
        if trusted:
            self._anchoring = at.boot

    def room(self, room: str | None) -> int | None:
        return None if room is None else self.rooms[room]

    def person(self, person: str | None) -> int | None:
        return None if person is None else self.persons[person]

    def settle(self) -> None:
        for table in self._tables():
            table.settle()
        self._anchored = self._anchoring or self._anchored

    def revert(self) -> None:
        for table in self._tables():
            table.revert()
        self._anchoring = None

    def _tables(self) -> tuple[Interned[str] | Interned[KindKey], ...]:
        return (self.devices, self.rooms, self.persons, self.boots, self.kinds)

    def instant(
        self, boot: int, boottime_ms: int, wall_ms: int, offset_min: int, sync: str
    ) -> Instant:
        """Read an Instant back from its five columns."""
        return Instant(
            boot=self.boots.back[boot],
            boottime_ms=boottime_ms,
            wall_ms=wall_ms,
            offset_min=offset_min,
            sync=Sync(sync),
        )

    def moment(self, at: Instant) -> tuple[int, int, int, int, str]:
        """Give the five columns of an Instant, in the order of the schema."""
        return (
            self.boots[at.boot],
            at.boottime_ms,
            at.wall_ms,
            at.offset_min,
            at.sync._value_,
        )
