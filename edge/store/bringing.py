"""From memory to a disk that takes it again: under its own numbers, or into another store."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from edge.domain import Instant, OutboxClass
from edge.store import outbox
from edge.store.database import Also, Database
from edge.store.held import Held
from edge.store.names import Names

# Telemetry of another numbering is of no use upstream; its readings are stored all the same.
_CARRIED = frozenset({OutboxClass.ALERT, OutboxClass.RISK, OutboxClass.DEVICE_STATUS})


def put_back(database: Database, held: Held, alsos: Sequence[Also], at: Instant) -> None:
    """Store all that is held in one commit, with the receipts that came meanwhile.

    What memory had no room for is recorded. Raises StoreError: nothing of it is stored.
    """
    if held.batch is None:
        if held.receipts:
            database.mark_received(list(held.receipts), at)
        else:
            database.probe()
        return

    def also(connection: sqlite3.Connection, names: Names) -> None:
        for one in alsos:
            one(connection, names)
        outbox.receive(connection, names, list(held.receipts), at)
        for gone in held.gone.values():
            outbox.note_shed(
                *(connection, names, database.bounds, at),
                what=gone.what,
                reason="no_disk",
                amount=outbox.Backlog(rows=gone.rows, bytes=gone.bytes),
                numbers=(gone.first, gone.last),
            )

    database.record(held.batch, also, held.heads)


def adopt(disk: Database, held: Held, alsos: Sequence[Also], at: Instant) -> None:
    """Give what is held to a store with another numbering.

    Messages keep their bytes and ids, and stand below zero, as those of another box do.
    """
    if held.batch is None:
        disk.mark_received(list(held.receipts), at)
        return
    owed = [entry for entry in held.messages if entry.cls in _CARRIED]

    def also(connection: sqlite3.Connection, names: Names) -> None:
        for one in alsos:
            one(connection, names)
        outbox.carry(connection, names, owed, at)
        outbox.receive(connection, names, list(held.receipts), at)

    # The home told its open alerts once more; the same revision is one row.
    alerts = tuple({(a.id, a.rev): a for a in held.batch.alerts}.values())
    disk.record(
        msgspec.structs.replace(
            held.batch,
            first_observation=disk.heads().observation + 1,
            alerts=alerts,
            messages=(),
            profile=None,
        ),
        also,
    )
