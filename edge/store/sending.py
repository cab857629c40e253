"""The customer's switches: what may go to whom. The last word on a recipient and class holds."""

from __future__ import annotations

import sqlite3

from edge.domain import Instant, OutboxClass, OutboxEntry, Sent, Switch
from edge.store import outbox
from edge.store.bounds import Bounds
from edge.store.names import Names, instant_columns

# A handful of recipients with some classes each; every change is a row.
SWITCHES_MAX = 500
# What of the outbox a switch is about; what is not here cannot be switched off upstream.
_OWED_AS = {
    Sent.READINGS: OutboxClass.OBSERVATIONS,
    Sent.PROFILE: OutboxClass.PROFILE,
    Sent.WORK: OutboxClass.WORK,
}


def write(
    connection: sqlite3.Connection, names: Names, bounds: Bounds, switch: Switch, *, owed: bool
) -> list[str]:
    """Put a switch in force. With `owed`, what waits upstream of its class is not sent any more.

    Returns the ids of the messages that were taken back; they are recorded in `shed`.
    """
    keep(connection, names, switch)
    cls = _OWED_AS.get(switch.cls)
    if switch.allowed or not owed or cls is None:
        return []
    return taken_back(connection, names, bounds, cls, switch.told, reason="switched_off")


def keep(connection: sqlite3.Connection, names: Names, switch: Switch) -> None:
    connection.execute(
        "INSERT INTO sending VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(switch.recipient, switch.cls.value, int(switch.allowed), switch.by),
            *names.moment(switch.told),
        ),
    )


def taken_back(
    connection: sqlite3.Connection,
    names: Names,
    bounds: Bounds,
    cls: OutboxClass,
    at: Instant,
    *,
    reason: str,
) -> list[str]:
    """Owe no message of this class any more; the ids of those that were, recorded in `shed`.

    Parked ones too: a person could have them sent again.
    """
    # By their indexes: the received messages of months are not read for it.
    rows = connection.execute(
        "SELECT sequence, id, length(body) FROM outbox INDEXED BY outbox_counted "  # noqa: S608 (constants)
        f"WHERE {outbox.OWED} AND class = ?1 UNION ALL "
        "SELECT sequence, id, length(body) FROM outbox INDEXED BY outbox_parked "
        "WHERE parked <> '' AND received_boot IS NULL AND class = ?1 ORDER BY 1",
        (cls.value,),
    ).fetchall()
    if not rows:
        return []
    connection.executemany("DELETE FROM outbox WHERE sequence = ?", [(row[0],) for row in rows])
    outbox.note_shed(
        *(connection, names, bounds, at),
        what="telemetry",
        reason=reason,
        amount=outbox.Backlog(rows=len(rows), bytes=sum(size for *_, size in rows)),
        numbers=(rows[0][0], rows[-1][0]),
    )
    return [ident for _, ident, _ in rows]


def in_force(connection: sqlite3.Connection, names: Names) -> list[Switch]:
    """The last word on each recipient and class, by recipient and class."""
    found = connection.execute(
        f"SELECT recipient, class, allowed, told_by, {instant_columns('told')} FROM sending "  # noqa: S608 (constants)
        "WHERE key IN (SELECT max(key) FROM sending GROUP BY recipient, class) "
        "ORDER BY recipient, class LIMIT ?",
        (SWITCHES_MAX,),
    )
    return [
        Switch(
            recipient=recipient,
            cls=Sent(cls),
            allowed=bool(allowed),
            by=by,
            told=names.instant(*told),
        )
        for recipient, cls, allowed, by, *told in found.fetchall()
    ]


def owed_requests(connection: sqlite3.Connection, _: Names) -> list[OutboxEntry]:
    """The customer's own words to the service that have no receipt yet."""
    return outbox.owed_of(connection, OutboxClass.REQUEST)


def owed_readings(connection: sqlite3.Connection, _: Names) -> list[OutboxEntry]:
    """Messages of readings that have no receipt yet."""
    return outbox.owed_of(connection, OutboxClass.OBSERVATIONS)
