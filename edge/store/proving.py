"""Alerts of our own that prove the way, and the time that each step took: rows of `proving`."""

from __future__ import annotations

import sqlite3
from typing import Any

from edge.domain import Instant, Record
from edge.store.names import Names, instant_columns

# 400 days of one a day by each of two paths, and some that people asked for.
ROWS_MAX = 1_000
# What one answer of the control socket shows.
LISTED_MAX = 31

MQTT, SMS = "mqtt", "sms"
_STEPS = ("durable_ms", "sent_ms", "taken_ms")


class ProofRow(Record, frozen=True, kw_only=True):
    """One proof. Steps are milliseconds since it was raised; None: not yet, or not known."""

    id: str
    path: str
    cause: str
    release: str
    raised: Instant
    durable_ms: int | None = None
    sent_ms: int | None = None
    taken_ms: int | None = None
    received: Instant | None = None


def keep(connection: sqlite3.Connection, names: Names, row: ProofRow) -> None:
    """Write a proof down, or what is known of it now."""
    received = (None,) * 5 if row.received is None else names.moment(row.received)
    steps = [getattr(row, step) for step in _STEPS]
    connection.execute(
        f"INSERT INTO proving (id, path, cause, release, {', '.join(_STEPS)}, "  # noqa: S608
        f"{instant_columns('raised')}, {instant_columns('received')}) "
        f"VALUES ({', '.join('?' * 17)}) ON CONFLICT (id) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in (*_STEPS, *_columns_of("received"))),
        (
            *(row.id, row.path, row.cause, row.release, *steps),
            *names.moment(row.raised),
            *received,
        ),
    )
    connection.execute(
        "DELETE FROM proving WHERE key <= (SELECT max(key) FROM proving) - ?", (ROWS_MAX,)
    )


def newest(
    connection: sqlite3.Connection, names: Names, path: str, limit: int = LISTED_MAX
) -> list[ProofRow]:
    """The last ones of a path, the newest first."""
    return _read(connection, names, "path = ? ORDER BY key DESC LIMIT ?", (path, limit))


def last_received(connection: sqlite3.Connection, names: Names, path: str) -> ProofRow | None:
    """The newest that came through."""
    found = _read(
        *(connection, names),
        "path = ? AND received_boot IS NOT NULL ORDER BY key DESC LIMIT 1",
        (path,),
    )
    return found[0] if found else None


def _read(
    connection: sqlite3.Connection, names: Names, which: str, params: tuple[Any, ...]
) -> list[ProofRow]:
    rows = connection.execute(
        f"SELECT id, path, cause, release, {', '.join(_STEPS)}, {instant_columns('raised')}, "  # noqa: S608 (constants)
        f"{instant_columns('received')} FROM proving WHERE {which}",
        params,
    ).fetchall()
    return [
        ProofRow(
            id=row[0],
            path=row[1],
            cause=row[2],
            release=row[3],
            durable_ms=row[4],
            sent_ms=row[5],
            taken_ms=row[6],
            raised=names.instant(*row[7:12]),
            received=None if row[12] is None else names.instant(*row[12:17]),
        )
        for row in rows
    ]


def _columns_of(stem: str) -> tuple[str, ...]:
    return tuple(instant_columns(stem).split(", "))
