"""What is asked of the database to make a decision again: records by id, rows in pieces."""

from __future__ import annotations

import sqlite3

from edge.domain import Alert, Answer, Hazard, Instant, Record, RiskAssessment
from edge.store import reads, rows
from edge.store.names import Names

# Ids that begin alike and are named to whoever has to choose.
ALIKE_MAX = 6
ROWS_MAX = 500


class Named(Record, frozen=True, kw_only=True):
    """What has an id that begins so, the oldest first."""

    assessments: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()


def named(connection: sqlite3.Connection, _names: Names, prefix: str) -> Named:
    """At most ALIKE_MAX of each; `prefix` holds nothing but the signs of an id."""
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    found = [
        connection.execute(
            f"SELECT id FROM {table} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",  # noqa: S608
            (prefix, end, ALIKE_MAX),
        ).fetchall()
        for table in ("assessment", "alert")
    ]
    assessments, alerts = (tuple(str(ident) for (ident,) in ids) for ids in found)
    return Named(assessments=assessments, alerts=alerts)


def assessment(connection: sqlite3.Connection, _names: Names, ident: str) -> RiskAssessment | None:
    found = connection.execute("SELECT body FROM assessment WHERE id = ?", (ident,)).fetchone()
    return None if found is None else rows.assessment(found[0])


def newest(connection: sqlite3.Connection, _names: Names, hazard: Hazard) -> RiskAssessment | None:
    found = connection.execute(
        "SELECT body FROM assessment WHERE hazard = ? ORDER BY key DESC LIMIT 1", (hazard.value,)
    ).fetchone()
    return None if found is None else rows.assessment(found[0])


def history(connection: sqlite3.Connection, _names: Names, ident: str) -> list[Alert]:
    return reads.alert_history(connection, ident)


def answers(
    connection: sqlite3.Connection, names: Names, after: int, limit: int
) -> list[tuple[int, Answer]]:
    """Every answer that was ever stored, in its order, with its number."""
    found = connection.execute(
        f"SELECT key, {reads.ANSWER_COLUMNS} FROM answer WHERE key > ? "  # noqa: S608
        "ORDER BY key LIMIT ?",
        (after, min(limit, ROWS_MAX)),
    )
    return [(row[0], reads.answer_of(names, row[1:])) for row in found.fetchall()]


def alerts_since(
    connection: sqlite3.Connection, names: Names, since: Instant, after: int, limit: int
) -> list[tuple[int, Alert]]:
    """Revisions of alerts after a moment, in the order stored, with their numbers."""
    found = connection.execute(
        "SELECT key, body FROM alert_history WHERE key > ? "
        "AND (changed_boot, changed_boottime_ms) > (?, ?) ORDER BY key LIMIT ?",
        (after, names.boots.get(since.boot, 0), since.boottime_ms, min(limit, ROWS_MAX)),
    )
    return [(key, rows.alert(body)) for key, body in found.fetchall()]


def assessments_since(
    connection: sqlite3.Connection, names: Names, since: Instant, after: int, limit: int
) -> list[tuple[int, RiskAssessment]]:
    found = connection.execute(
        "SELECT key, body FROM assessment WHERE key > ? "
        "AND (at_boot, at_boottime_ms) > (?, ?) ORDER BY key LIMIT ?",
        (after, names.boots.get(since.boot, 0), since.boottime_ms, min(limit, ROWS_MAX)),
    )
    return [(key, rows.assessment(body)) for key, body in found.fetchall()]
