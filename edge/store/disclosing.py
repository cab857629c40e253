"""The log of what went to whom: a line is written in the commit that lets it go.

From that commit on the message may be on its way, whether or not a receipt ever comes back: so
the log counts it. What the recipient's system confirmed is counted beside it, of telemetry with
the next commit.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from edge.domain import (
    SERVICE,
    Basis,
    Disclosed,
    Disclosure,
    Instant,
    OutboxClass,
    OutboxEntry,
    Sent,
    TextMessage,
)
from edge.store.names import Names, instant_columns

# One answer of the store; who wants more asks again from the last.
ROWS_MAX = 500

_CLASSES: dict[OutboxClass, tuple[Sent, Basis, bool]] = {
    OutboxClass.ALERT: (Sent.ALERT, Basis.AGREEMENT, False),
    OutboxClass.RISK: (Sent.ASSESSMENT, Basis.AGREEMENT, False),
    OutboxClass.DEVICE_STATUS: (Sent.DEVICE_STATUS, Basis.AGREEMENT, True),
    OutboxClass.WORK: (Sent.WORK, Basis.AGREEMENT, True),
    OutboxClass.OBSERVATIONS: (Sent.READINGS, Basis.PURPOSE, True),
    OutboxClass.CLAIM: (Sent.CLAIM, Basis.ASKED, False),
    OutboxClass.PROFILE: (Sent.PROFILE, Basis.ASKED, True),
    OutboxClass.REQUEST: (Sent.REQUEST, Basis.ASKED, False),
    # Numbers and a hash: as much of a sign of life as the heartbeat, and switched with it.
    OutboxClass.DIGEST: (Sent.HEARTBEAT, Basis.AGREEMENT, True),
}
_COLUMNS = (
    "key, recipient, class, what, purpose, basis, path, ref, messages, received, "
    f"{instant_columns('first')}, {instant_columns('last')}"
)


def class_of(entry: OutboxEntry) -> Sent:
    """How the customer's log and switches name a message."""
    return _CLASSES[entry.cls][0]


def owed(connection: sqlite3.Connection, names: Names, entry: OutboxEntry, at: Instant) -> int:
    """Log one message owed upstream; returns its line. No message is owed without one."""
    cls, basis, daily = _CLASSES[entry.cls]
    tells = entry.tells
    told = Disclosed(
        recipient=SERVICE,
        cls=cls,
        what=cls.value if tells is None else tells.what,
        purpose="" if tells is None else tells.purpose,
        basis=basis,
        path="mqtt",
        ref=entry.id,
        daily=daily,
    )
    return note(connection, names, told, at)


def note(
    connection: sqlite3.Connection,
    names: Names,
    told: Disclosed,
    at: Instant,
    *,
    messages: int = 1,
) -> int:
    """Log that something leaves; call it in the commit that lets it go. Returns its line."""
    ref = local_day(at) if told.daily else told.ref
    found = None
    if told.daily:
        found = connection.execute(
            "SELECT max(key), what FROM disclosure WHERE recipient = ? AND class = ? AND ref = ? "
            "AND purpose = ? AND basis = ? AND path = ?",
            (told.recipient, told.cls.value, ref, told.purpose, told.basis.value, told.path),
        ).fetchone()
    if found is None or found[0] is None:
        line = connection.execute(
            "INSERT INTO disclosure VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, 0, "
            "?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(told.recipient, told.cls.value, told.what, told.purpose, told.basis.value),
                *(told.path, ref, messages, *names.moment(at), *names.moment(at)),
            ),
        ).lastrowid
        assert line is not None  # noqa: S101 (an INSERT that did not raise has a row id)
        return line
    key, what = found
    said = sorted({*what.split(), *told.what.split()})
    connection.execute(
        "UPDATE disclosure SET messages = messages + ?, what = ?, last_boot = ?, "
        "last_boottime_ms = ?, last_wall_ms = ?, last_offset_min = ?, last_sync = ? WHERE key = ?",
        (messages, " ".join(said), *names.moment(at), key),
    )
    return int(key)


def message(connection: sqlite3.Connection, names: Names, one: TextMessage) -> None:
    """Log a text message once, however often it is tried; the network's word counts as receipt."""
    told = one.told
    found = connection.execute(
        "SELECT key FROM disclosure WHERE recipient = ? AND class = ? AND ref = ? AND path = ?",
        (told.recipient, told.cls.value, told.ref, told.path),
    ).fetchone()
    key = note(connection, names, told, one.at) if found is None else found[0]
    if one.taken:
        connection.execute("UPDATE disclosure SET received = messages WHERE key = ?", (key,))


def received(connection: sqlite3.Connection, sequences: Sequence[int]) -> None:
    """Count receipts, in the commit that settles these messages of the outbox."""
    connection.executemany(
        "UPDATE disclosure SET received = received + 1 "
        "WHERE key = (SELECT disclosure FROM outbox WHERE sequence = ?)",
        [(sequence,) for sequence in sequences],
    )


def newest(
    connection: sqlite3.Connection,
    names: Names,
    *,
    before: int | None = None,
    since_ms: int = 0,
    recipient: str | None = None,
    limit: int = ROWS_MAX,
) -> list[Disclosure]:
    """Lines from the newest back; `before` is the number of the last one that was seen."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM disclosure WHERE key < ? "  # noqa: S608
        "AND (last_wall_ms >= ? OR last_sync = 'none') AND (? IS NULL OR recipient = ?) "
        "ORDER BY key DESC LIMIT ?",
        (1 << 62 if before is None else before, since_ms, recipient, recipient, limit),
    )
    return [_line(names, row) for row in found.fetchall()]


def _line(names: Names, row: Sequence[Any]) -> Disclosure:
    key, recipient, cls, what, purpose, basis, path, ref, messages, confirmed, *rest = row
    return Disclosure(
        key=key,
        recipient=recipient,
        cls=cls,
        what=what,
        purpose=purpose,
        basis=basis,
        path=path,
        ref=ref,
        messages=messages,
        received=confirmed,
        first=names.instant(*rest[:5]),
        last=names.instant(*rest[5:]),
    )


def local_day(at: Instant) -> str:
    """The home's own date, as 2026-11-24."""
    local_ms = at.wall_ms + at.offset_min * 60_000
    return f"{datetime.fromtimestamp(local_ms / 1000, UTC):%Y-%m-%d}"
