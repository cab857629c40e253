"""Measured values thin with age: as they came, then by the minute, then by the quarter hour.

Of a minute are left its smallest, largest and mean value and how many there
were. What is no measurement stays whole: events, states, values in doubt, and
whatever has no trusted time. The evidence of an alert stands in the alert.
"""

from __future__ import annotations

import sqlite3

from edge.domain import Instant, Record
from edge.store import boots, outbox
from edge.store.bounds import Bounds
from edge.store.names import Names

MINUTE_S = 60
QUARTER_S = 15 * MINUTE_S
_HOUR_MS = 3_600_000

# Numbers with a unit, read without doubt; the last of each device and kind is what it shows now.
_MEASURED = (
    "is_bool = 0 AND typeof(value) IN ('integer', 'real') AND quality = 'ok' "
    "AND kind IN (SELECT key FROM kind WHERE unit NOT IN ('', '1')) "
    "AND seq NOT IN (SELECT observation FROM latest)"
)


class Thinned(Record, frozen=True):
    """What one call did; `more`: it stopped at its bound."""

    rows: int = 0
    more: bool = False


class Span(Record, frozen=True, kw_only=True):
    """What is left of one stretch of one kind of one device; `from_ms` by the wall clock, UTC."""

    from_ms: int
    span_s: int
    count: int
    minimum: float
    maximum: float
    mean: float
    room: str | None
    person: str | None


def thin(connection: sqlite3.Connection, names: Names, bounds: Bounds, at: Instant) -> Thinned:
    """One bounded piece of each step; the caller holds the transaction and trusts the clock."""
    rows, more = _values(connection, names, bounds, at)
    hour = _minutes(connection, at.wall_ms - bounds.observation_age_ms)
    connection.execute(
        "DELETE FROM thinned WHERE (device, kind, person, from_ms) IN (SELECT device, kind, "
        "person, from_ms FROM thinned WHERE span_s = ? AND from_ms < ? LIMIT ?)",
        (QUARTER_S, at.wall_ms - bounds.quarters_age_ms, bounds.prune_rows),
    )
    return Thinned(rows=rows, more=more or hour)


def _values(
    connection: sqlite3.Connection, names: Names, bounds: Bounds, at: Instant
) -> tuple[int, bool]:
    """The oldest observations that were not looked at yet, up to the last surely old enough."""
    (done,) = connection.execute("SELECT coalesce(max(up_to), 0) FROM thinning").fetchone()
    cutoff_ms = at.wall_ms - min(bounds.raw_age_ms, bounds.observation_age_ms)
    up_to, seen = connection.execute(
        f"SELECT max(seq) FILTER (WHERE {boots.surely_before('at', cutoff_ms, bounds)}), count(*) "  # noqa: S608
        "FROM (SELECT seq, at_boot, at_boottime_ms, at_wall_ms, at_sync FROM observation "
        "WHERE seq > ? ORDER BY seq LIMIT ?)",
        (done, bounds.prune_rows),
    ).fetchone()
    if up_to is None:
        return 0, False
    measured = f"{_MEASURED} AND {boots.surely_dated('at', bounds)}"
    _merge(
        connection,
        f"SELECT device, kind, coalesce(person, 0), at_wall_ms / 60000 * 60000, {MINUTE_S}, "  # noqa: S608
        "count(*), min(value), max(value), avg(value), "
        "CASE WHEN count(room) = count(*) AND min(room) = max(room) THEN min(room) END "
        f"FROM observation WHERE seq > ? AND seq <= ? AND {measured} GROUP BY 1, 2, 3, 4",
        (done, up_to),
    )
    gone = connection.execute(
        f"DELETE FROM observation WHERE seq > ? AND seq <= ? AND {measured}",  # noqa: S608
        (done, up_to),
    ).rowcount
    connection.execute("INSERT OR REPLACE INTO thinning VALUES (1, ?)", (up_to,))
    if gone:
        outbox.note_shed(
            *(connection, names, bounds, at),
            what="observation",
            reason="thinned",
            amount=outbox.Backlog(rows=gone, bytes=0),
            numbers=(done + 1, up_to),
        )
    return gone, seen == bounds.prune_rows


def _minutes(connection: sqlite3.Connection, before_ms: int) -> bool:
    """One hour of minutes becomes four quarters; whether there was one."""
    (oldest,) = connection.execute(
        "SELECT min(from_ms) FROM thinned WHERE span_s = ?", (MINUTE_S,)
    ).fetchone()
    if oldest is None:
        return False
    start = oldest // _HOUR_MS * _HOUR_MS
    if start + _HOUR_MS > before_ms:
        return False
    span = (MINUTE_S, start, start + _HOUR_MS)
    quarters = connection.execute(
        f"SELECT device, kind, person, from_ms / 900000 * 900000, {QUARTER_S}, sum(count), "  # noqa: S608
        "min(minimum), max(maximum), sum(mean * count) / sum(count), "
        "CASE WHEN count(room) = count(*) AND min(room) = max(room) THEN min(room) END "
        "FROM thinned WHERE span_s = ? AND from_ms >= ? AND from_ms < ? GROUP BY 1, 2, 3, 4",
        span,
    ).fetchall()
    # First: the first minute of a quarter has the quarter's own key.
    connection.execute(
        "DELETE FROM thinned WHERE span_s = ? AND from_ms >= ? AND from_ms < ?", span
    )
    for row in quarters:
        _merge(connection, f"VALUES ({', '.join('?' * 10)})", row)
    return True


def _merge(connection: sqlite3.Connection, rows: str, params: tuple[object, ...]) -> None:
    """Add to what stands there: a stretch may come in two pieces, or after a clock was set."""
    connection.execute(
        "INSERT INTO thinned (device, kind, person, from_ms, span_s, count, minimum, maximum, "  # noqa: S608
        f"mean, room) SELECT * FROM ({rows}) WHERE true "
        "ON CONFLICT (device, kind, person, from_ms) DO UPDATE SET "
        "mean = (mean * count + excluded.mean * excluded.count) / (count + excluded.count), "
        "count = count + excluded.count, span_s = max(span_s, excluded.span_s), "
        "minimum = min(minimum, excluded.minimum), maximum = max(maximum, excluded.maximum), "
        "room = CASE WHEN room = excluded.room THEN room END",
        params,
    )


def spans(
    connection: sqlite3.Connection,
    names: Names,
    device: str,
    kind: str,
    *,
    from_ms: int,
    until_ms: int,
    limit: int = 10_000,
) -> list[Span]:
    """What is left of one kind of a device between two moments, the oldest first."""
    rows = connection.execute(
        "SELECT from_ms, span_s, count, minimum, maximum, mean, room, person FROM thinned "
        "WHERE device = (SELECT key FROM device WHERE id = ?) "
        "AND kind IN (SELECT key FROM kind WHERE kind = ?) AND from_ms >= ? AND from_ms < ? "
        "ORDER BY from_ms LIMIT ?",
        (device, kind, from_ms, until_ms, limit),
    )
    return [
        Span(
            from_ms=start,
            span_s=span,
            count=count,
            minimum=low,
            maximum=high,
            mean=mean,
            room=None if room is None else names.rooms.back[room],
            person=names.persons.back[person] if person else None,
        )
        for start, span, count, low, high, mean, room, person in rows.fetchall()
    ]
