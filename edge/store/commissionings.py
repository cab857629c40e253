"""Commissionings: each run whole, as it stands; the newest one is the one at work."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from edge.commissioning.record import Run, decode, encode
from edge.domain import Instant
from edge.store.names import Names

# Envelopes of one alert that are asked about at once: its revisions within a commissioning.
MESSAGES_MAX = 32

_MOMENT = ("boot", "boottime_ms", "wall_ms", "offset_min", "sync")


def keep(connection: sqlite3.Connection, names: Names, run: Run) -> None:
    """Store the run as it is now, instead of how it was."""
    names.anchor(run.begun)
    ended = (None,) * 5 if run.ended is None else names.moment(run.ended)
    connection.execute(
        "INSERT INTO commissioning (id, reason, told_by, begun_boot, begun_boottime_ms, "
        "begun_wall_ms, begun_offset_min, begun_sync, ended_boot, ended_boottime_ms, "
        "ended_wall_ms, ended_offset_min, ended_sync, body) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
        "ON CONFLICT (id) DO UPDATE SET ended_boot = excluded.ended_boot, "
        "ended_boottime_ms = excluded.ended_boottime_ms, ended_wall_ms = excluded.ended_wall_ms, "
        "ended_offset_min = excluded.ended_offset_min, ended_sync = excluded.ended_sync, "
        "body = excluded.body",
        (run.id, run.reason.value, run.by, *names.moment(run.begun), *ended, encode(run).decode()),
    )


def newest(connection: sqlite3.Connection, _: Names) -> Run | None:
    return _one(connection, "ORDER BY key DESC LIMIT 1")


def newest_ended(connection: sqlite3.Connection, _: Names) -> Run | None:
    return _one(connection, "WHERE ended_boot IS NOT NULL ORDER BY key DESC LIMIT 1")


def by_id(connection: sqlite3.Connection, _: Names, ident: str) -> Run | None:
    """The run of that id, or of the only id that begins so."""
    rows = connection.execute(
        "SELECT body FROM commissioning WHERE substr(id, 1, ?) = ? LIMIT 2", (len(ident), ident)
    ).fetchall()
    return decode(rows[0][0]) if len(rows) == 1 else None


def received(
    connection: sqlite3.Connection, names: Names, messages: Sequence[str]
) -> dict[str, Instant | None]:
    """When each of these messages had its receipt; None: owed still. Those not there are left out.

    Alerts stay in the outbox for a week after their receipt.
    """
    asked = list(messages)[:MESSAGES_MAX]
    marks = ",".join("?" * len(asked))
    columns = ", ".join(f"received_{part}" for part in _MOMENT)
    query = f"SELECT id, {columns} FROM outbox WHERE id IN ({marks})"  # noqa: S608 (constants)
    rows = connection.execute(query, asked).fetchall()
    return {
        ident: None if boot is None else names.instant(boot, *rest) for ident, boot, *rest in rows
    }


def taken_over(connection: sqlite3.Connection, names: Names) -> Instant | None:
    """When this box last took over from another one."""
    row = connection.execute(
        "SELECT taken_boot, taken_boottime_ms, taken_wall_ms, taken_offset_min, taken_sync "
        "FROM predecessor ORDER BY key DESC LIMIT 1"
    ).fetchone()
    return None if row is None else names.instant(*row)


def _one(connection: sqlite3.Connection, which: str) -> Run | None:
    row: Sequence[Any] | None = connection.execute(
        f"SELECT body FROM commissioning {which}"  # noqa: S608 (constants)
    ).fetchone()
    return None if row is None else decode(row[0])
