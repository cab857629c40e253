"""Retention: what is old goes, by a clock that can be trusted, a bounded piece at a time.

A row's age is told by its wall time, and a wall time says something only when
it was synchronised. Rows are numbered in the order in which they were stored,
so a row without a trusted time is as old as the next trusted one after it.
"""

from __future__ import annotations

import sqlite3

from edge.domain import Instant, Record, Sync
from edge.store import boots, journal, outbox, thinning
from edge.store.bounds import Bounds
from edge.store.names import Names


class Pruned(Record, frozen=True):
    """What one call took away. `more`: it stopped at its bound, call again soon.

    `doubt` says why nothing was judged by age: `clock_not_synchronised`, or as `boots.doubt`.
    """

    observations: int = 0
    messages: int = 0
    alerts: int = 0
    thinned: int = 0  # values of which only smallest, largest and mean are left
    others: int = 0  # assessments, visits, stays, lines of `shed`
    more: bool = False
    doubt: str | None = None


def prune(connection: sqlite3.Connection, names: Names, bounds: Bounds, at: Instant) -> Pruned:
    """Delete at most `bounds.prune_rows` rows of each sort; the caller holds the transaction."""
    crowded = _crowded_observations(connection, names, bounds, at)
    doubt = clock_doubt(connection, names, bounds, at)
    if doubt is not None:
        return Pruned(observations=crowded, more=crowded == bounds.prune_rows, doubt=doubt)
    thinned = thinning.thin(connection, names, bounds, at)  # before what it reads goes by its age
    observations = crowded or _old_observations(connection, bounds, at)
    messages = _received_messages(connection, bounds, at)
    messages += _old_telemetry(connection, names, bounds, at)
    messages += _old_parked(connection, bounds, at)
    alerts = _closed_alerts(connection, bounds, at)
    others = sum(_old_rows(connection, table, bounds, at) for table in _AGED_BY_CLOSED)
    others += sum(_old_hours(connection, table, bounds, at) for table in _AGED_BY_HOUR)
    others += _old_assessments(connection, bounds, at)
    others += _old_disclosures(connection, bounds, at) + journal.prune(connection, bounds, at)
    return Pruned(
        observations=observations,
        messages=messages,
        alerts=alerts,
        thinned=thinned.rows,
        others=others,
        more=thinned.more or bounds.prune_rows in (observations, messages, alerts),
    )


def make_room(connection: sqlite3.Connection, names: Names, bounds: Bounds, at: Instant) -> int:
    """On a full disk the oldest telemetry goes, owed and kept; returns how many rows. Recorded.

    Their pages are free for what comes next, inside the file. Alerts are never among them.
    """
    # What upstream refuses again and again goes before what it is only owed.
    shed = _shed_messages(connection, names, bounds, at, "received_boot IS NULL AND parked <> ''")
    shed += _shed_messages(connection, names, bounds, at, outbox.OWED)
    (first,) = connection.execute("SELECT min(seq) FROM observation").fetchone()
    if first is None:
        return shed
    (up_to,) = connection.execute(
        "SELECT max(seq) FROM (SELECT seq FROM observation ORDER BY seq LIMIT ?)",
        (bounds.prune_rows,),
    ).fetchone()
    gone = connection.execute("DELETE FROM observation WHERE seq <= ?", (up_to,)).rowcount
    outbox.note_shed(
        *(connection, names, bounds, at),
        what="observation",
        reason="disk_full",
        amount=outbox.Backlog(rows=gone, bytes=0),
        numbers=(first, up_to),
    )
    return shed + gone


def _shed_messages(
    connection: sqlite3.Connection, names: Names, bounds: Bounds, at: Instant, which: str
) -> int:
    """Let the oldest telemetry of `which` messages go, `shed_rows` at most; returns how many."""
    rows = connection.execute(
        f"SELECT sequence, length(body) FROM outbox WHERE {which} AND rank = 3 "  # noqa: S608
        "ORDER BY sequence LIMIT ?",
        (bounds.shed_rows,),
    ).fetchall()
    if not rows:
        return 0
    connection.execute(
        f"DELETE FROM outbox WHERE {which} AND rank = 3 AND sequence <= ?",  # noqa: S608
        (rows[-1][0],),
    )
    outbox.note_shed(
        *(connection, names, bounds, at),
        what="telemetry",
        reason="disk_full",
        amount=outbox.Backlog(rows=len(rows), bytes=sum(size for _, size in rows)),
        numbers=(rows[0][0], rows[-1][0]),
    )
    return len(rows)


def clock_doubt(
    connection: sqlite3.Connection, names: Names, bounds: Bounds, at: Instant
) -> str | None:
    """Say why this moment must not decide what is old, or None when it may."""
    if at.sync is Sync.NONE:
        return "clock_not_synchronised"
    return boots.doubt(connection, names.boots.get(at.boot), bounds, at)


def _crowded_observations(
    connection: sqlite3.Connection, names: Names, bounds: Bounds, at: Instant
) -> int:
    """Keep the number of rows in its bound, whatever the clock says; what goes is recorded."""
    first, last = connection.execute(
        "SELECT (SELECT min(seq) FROM observation), (SELECT max(seq) FROM observation)"
    ).fetchone()
    excess = 0 if first is None else last - first + 1 - bounds.observation_rows
    if excess <= 0:
        return 0
    up_to = first + min(excess, bounds.prune_rows) - 1
    gone = connection.execute("DELETE FROM observation WHERE seq <= ?", (up_to,)).rowcount
    amount = outbox.Backlog(rows=gone, bytes=0)
    outbox.note_shed(
        *(connection, names, bounds, at),
        what="observation",
        reason="no_room",
        amount=amount,
        numbers=(first, up_to),
    )
    return gone


def _old_observations(connection: sqlite3.Connection, bounds: Bounds, at: Instant) -> int:
    """Delete from the oldest number up to the last one that is surely too old."""
    is_old = boots.surely_before("at", at.wall_ms - bounds.observation_age_ms, bounds)
    (up_to,) = connection.execute(
        "SELECT max(seq) FROM (SELECT seq, at_boot, at_boottime_ms, at_wall_ms, at_sync "  # noqa: S608
        f"FROM observation ORDER BY seq LIMIT ?) WHERE {is_old}",
        (bounds.prune_rows,),
    ).fetchone()
    if up_to is None:
        return 0
    return connection.execute("DELETE FROM observation WHERE seq <= ?", (up_to,)).rowcount


def _received_messages(connection: sqlite3.Connection, bounds: Bounds, at: Instant) -> int:
    is_old = boots.surely_before("received", at.wall_ms - bounds.received_age_ms, bounds)
    return connection.execute(
        "DELETE FROM outbox WHERE sequence IN (SELECT sequence FROM outbox "  # noqa: S608
        f"WHERE {is_old} ORDER BY received_wall_ms LIMIT ?)",
        (bounds.prune_rows,),
    ).rowcount


def _old_telemetry(
    connection: sqlite3.Connection, names: Names, bounds: Bounds, at: Instant
) -> int:
    """Owed telemetry goes with its readings: it may not outlive them in the queue."""
    is_old = boots.surely_before("stored", at.wall_ms - bounds.observation_age_ms, bounds)
    (up_to,) = connection.execute(
        "SELECT max(sequence) FROM (SELECT sequence, stored_boot, stored_boottime_ms, "  # noqa: S608
        f"stored_wall_ms, stored_sync FROM outbox WHERE {outbox.OWED} AND rank = 3 "
        f"ORDER BY sequence LIMIT ?) WHERE {is_old}",
        (bounds.prune_rows,),
    ).fetchone()
    if up_to is None:
        return 0
    first, rows, size = connection.execute(
        "SELECT min(sequence), count(*), sum(length(body)) FROM outbox "  # noqa: S608
        f"WHERE {outbox.OWED} AND rank = 3 AND sequence <= ?",
        (up_to,),
    ).fetchone()
    outbox.delete_owed_telemetry(connection, up_to)
    amount = outbox.Backlog(rows=rows, bytes=size)
    outbox.note_shed(
        *(connection, names, bounds, at),
        what="telemetry",
        reason="too_old",
        amount=amount,
        numbers=(first, up_to),
    )
    return int(rows)


def _old_parked(connection: sqlite3.Connection, bounds: Bounds, at: Instant) -> int:
    """What nobody had sent again: for as long as a closed alert is kept; readings, as readings."""
    readings = boots.surely_before("stored", at.wall_ms - bounds.observation_age_ms, bounds)
    others = boots.surely_before("stored", at.wall_ms - bounds.closed_age_ms, bounds)
    return connection.execute(
        "DELETE FROM outbox WHERE sequence IN (SELECT sequence FROM outbox WHERE parked <> '' "  # noqa: S608
        f"AND CASE rank WHEN 3 THEN {readings} ELSE {others} END ORDER BY sequence LIMIT ?)",
        (bounds.prune_rows,),
    ).rowcount


def _closed_alerts(connection: sqlite3.Connection, bounds: Bounds, at: Instant) -> int:
    """Closed and cancelled alerts with all their revisions, by the last revision's number."""
    up_to = _last_aged_key(connection, "alert_history", "changed", bounds, at)
    gone = connection.execute(
        "SELECT id FROM alert WHERE state IN ('closed', 'cancelled') AND "
        "(SELECT max(key) FROM alert_history WHERE alert = alert.id) <= ? LIMIT ?",
        (up_to, bounds.prune_rows),
    ).fetchall()
    connection.executemany("DELETE FROM alert_history WHERE alert = ?", gone)
    connection.executemany("DELETE FROM alert WHERE id = ?", gone)
    return len(gone)


_AGED_BY_CLOSED = {
    "visit": "told",
    "stay": "told",
    "shed": "last",
    "page": "changed",
    "command": "told",
    "proving": "raised",
    "day_digest": "closed",
    "drift": "judged",
}
# Their time is of the wall clock alone; whoever writes them has a trusted one.
_AGED_BY_HOUR = {"coverage_hour": "hour_ms"}
# What is kept whatever its age: the stay in force of everybody and of each person.
_KEPT = {"stay": "SELECT max(key) FROM stay GROUP BY person"}


def _old_rows(connection: sqlite3.Connection, table: str, bounds: Bounds, at: Instant) -> int:
    """Visits, stays and the like, as old as a closed alert; the stays in force are kept."""
    up_to = _last_aged_key(connection, table, _AGED_BY_CLOSED[table], bounds, at)
    newest = _KEPT.get(table, f"SELECT max(key) FROM {table}")  # noqa: S608 (constants)
    return connection.execute(
        f"DELETE FROM {table} WHERE key <= ? AND key NOT IN ({newest})",  # noqa: S608 (constants)
        (up_to,),
    ).rowcount


def _old_assessments(connection: sqlite3.Connection, bounds: Bounds, at: Instant) -> int:
    """Assessments as old as a closed alert, but never the last one of a hazard."""
    up_to = _last_aged_key(connection, "assessment", "at", bounds, at)
    return connection.execute(
        "DELETE FROM assessment WHERE key <= ? AND key NOT IN "
        "(SELECT max(key) FROM assessment GROUP BY hazard)",
        (up_to,),
    ).rowcount


def _old_hours(connection: sqlite3.Connection, table: str, bounds: Bounds, at: Instant) -> int:
    """What is told by the hour, and as old as a closed alert."""
    column = _AGED_BY_HOUR[table]
    return connection.execute(
        f"DELETE FROM {table} WHERE {column} < ? AND {column} <= "  # noqa: S608 (constants)
        f"(SELECT max({column}) FROM (SELECT {column} FROM {table} ORDER BY {column} LIMIT ?))",
        (at.wall_ms - bounds.closed_age_ms, bounds.prune_rows),
    ).rowcount


def _old_disclosures(connection: sqlite3.Connection, bounds: Bounds, at: Instant) -> int:
    """Lines of the log of what went to whom: they outlive what they tell of."""
    age_ms = bounds.disclosure_age_ms
    up_to = _last_aged_key(connection, "disclosure", "last", bounds, at, age_ms)
    return connection.execute("DELETE FROM disclosure WHERE key <= ?", (up_to,)).rowcount


def _last_aged_key(
    connection: sqlite3.Connection,
    table: str,
    column: str,
    bounds: Bounds,
    at: Instant,
    age_ms: int | None = None,
) -> int:
    """The last number, among the `prune_rows` oldest, of a row that is surely too old; or 0."""
    cutoff_ms = at.wall_ms - (bounds.closed_age_ms if age_ms is None else age_ms)
    # Under names of its own: columns of `boot` begin with first and last, too.
    parts = ", ".join(
        f"{column}_{part} AS its_{part}" for part in ("boot", "boottime_ms", "wall_ms", "sync")
    )
    is_old = boots.surely_before("its", cutoff_ms, bounds)
    (last,) = connection.execute(
        f"SELECT coalesce(max(number), 0) FROM (SELECT key AS number, {parts} FROM {table} "  # noqa: S608
        f"ORDER BY key LIMIT ?) WHERE {is_old}",
        (bounds.prune_rows,),
    ).fetchone()
    return int(last)
