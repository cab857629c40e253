"""Which store this is, whose home it holds, and where its numbering stands."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from uuid import uuid4

from edge.domain import Instant
from edge.errors import StoreError
from edge.ports import Batch, Heads
from edge.store import outbox
from edge.store.names import Names
from edge.store.takeover import may_be_called


def found(
    connection: sqlite3.Connection, path: Path, home: str | None, store_id: str | None
) -> None:
    """Give a new file its id, and hold the file to its home."""
    connection.execute(
        "INSERT INTO store (key, store_id) VALUES (1, ?) ON CONFLICT DO NOTHING",
        (store_id or str(uuid4()),),
    )
    if home is None:
        return
    connection.execute("INSERT INTO home VALUES (1, ?) ON CONFLICT DO NOTHING", (home,))
    (owner,) = connection.execute("SELECT id FROM home").fetchone()
    if owner != home and may_be_called(connection, home):
        connection.execute("UPDATE home SET id = ?", (home,))  # the settings came over too
    elif owner != home:
        raise StoreError(
            f"{path}: belongs to home {owner!r}, not to {home!r}; "
            "name another file in [store] path, or correct [gateway] site"
        )


def heads(connection: sqlite3.Connection) -> Heads:
    """Read the last numbers given out; they stand even after the rows themselves are gone."""
    (store_id,) = connection.execute("SELECT store_id FROM store").fetchone()
    last = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    return Heads(
        store_id=store_id,
        observation=last.get("observation", 0),
        message=last.get("outbox", 0),
    )


def next_heads(path: Path, heads: Heads, batch: Batch) -> Heads:
    """The last numbers once this batch is in; raises StoreError when it does not follow."""
    expected = heads.observation + 1
    if batch.observations and batch.first_observation != expected:
        raise StoreError(
            f"{path}: batch starts at observation {batch.first_observation}, the store "
            f"expects {expected}; number on from heads()"
        )
    outbox.check_numbers(heads.message, batch.messages)
    return Heads(
        store_id=heads.store_id,
        observation=heads.observation + len(batch.observations),
        message=heads.message + len(batch.messages),
    )


def number_on(connection: sqlite3.Connection, heads: Heads) -> None:
    """Give no number out again that was given out, also when its row never came to the disk."""
    for table, number in (("observation", heads.observation), ("outbox", heads.message)):
        if not number:
            continue
        changed = connection.execute(
            "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (number, table)
        )
        if not changed.rowcount:
            connection.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, number))


def is_dated(connection: sqlite3.Connection) -> bool:
    (boot,) = connection.execute("SELECT created_boot FROM store").fetchone()
    return boot is not None


def date(connection: sqlite3.Connection, names: Names, at: Instant) -> None:
    """Write the store's own beginning with its first batch: it has no clock, time is told to it."""
    connection.execute(
        "UPDATE store SET created_boot = ?, created_boottime_ms = ?, created_wall_ms = ?, "
        "created_offset_min = ?, created_sync = ?",
        names.moment(at),
    )
