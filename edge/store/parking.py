"""Messages that are refused again and again: parked, told of, and sent again when a person says so.

One message that the other side stumbles over must not be repeated for ever, and
must not vanish: it keeps its bytes, its id and the reason.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from edge.domain import OutboxClass, Priority, Record
from edge.store import outbox
from edge.store.bounds import Bounds
from edge.store.names import Names

# A reason comes from upstream; it is for people, one line.
_REASON_MAX_CHARS = 200
# One answer of the control socket.
LISTED_MAX = 200


class Parked(Record, frozen=True, kw_only=True):
    """A message that is no longer sent; `created_ms` by the wall clock."""

    id: str
    cls: OutboxClass
    priority: Priority | None
    reason: str
    refusals: int
    created_ms: int
    bytes: int


def refuse(connection: sqlite3.Connection, ident: str, reason: str, bounds: Bounds) -> bool:
    """Count one refusal of a message that is owed; True when that was once too often."""
    row = connection.execute(
        f"UPDATE outbox SET refusals = refusals + 1 WHERE {outbox.OWED} AND id = ? "  # noqa: S608
        "RETURNING refusals",
        (ident,),
    ).fetchone()
    if row is None or row[0] < bounds.refusals:
        return False
    connection.execute(
        "UPDATE outbox SET parked = ? WHERE id = ?",
        (" ".join(reason.split())[:_REASON_MAX_CHARS] or "refused", ident),
    )
    return True


def listed(connection: sqlite3.Connection, _: Names) -> list[Parked]:
    """The newest LISTED_MAX that are parked and never received, the newest first."""
    rows = connection.execute(
        "SELECT id, class, priority, parked, refusals, created_ms, length(body) FROM outbox "
        "WHERE parked <> '' AND received_boot IS NULL ORDER BY sequence DESC LIMIT ?",
        (LISTED_MAX,),
    )
    return [
        Parked(
            id=ident,
            cls=OutboxClass(cls),
            priority=None if priority is None else Priority(priority),
            reason=reason,
            refusals=refusals,
            created_ms=created_ms,
            bytes=size,
        )
        for ident, cls, priority, reason, refusals, created_ms, size in rows.fetchall()
    ]


def count(connection: sqlite3.Connection, _: Names) -> int:
    (found,) = connection.execute(
        "SELECT count(*) FROM outbox WHERE parked <> '' AND received_boot IS NULL"
    ).fetchone()
    return int(found)


def retry(connection: sqlite3.Connection, ids: Sequence[str] | None) -> int:
    """Owe these again, or all; returns how many. Counts begin anew."""
    which = "" if ids is None else f" AND id IN ({','.join('?' * len(ids))})"
    return connection.execute(
        "UPDATE outbox SET parked = '', refusals = 0 "  # noqa: S608 (marks only)
        f"WHERE parked <> '' AND received_boot IS NULL{which}",
        ids or (),
    ).rowcount
