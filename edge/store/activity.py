"""What happened within a stretch of wall time, for the features and measures of a day."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from edge.domain import Scalar, Stay, Visit
from edge.store import reads
from edge.store.names import Names

# Twenty sensors that say something every ten seconds for two days; more is a sensor gone wild, and
# would hold up the thread that stores alarms.
ROWS_MAX = 300_000

Row = tuple[str, str, Scalar, int, int]
"""Device, kind, value, wall time in ms, offset of the local clock in minutes."""


def seen(
    connection: sqlite3.Connection,
    names: Names,
    from_ms: int,
    until_ms: int,
    kinds: Collection[str],
) -> list[Row] | None:
    """Sound rows of `kinds` in the order of time; None when there are more than `ROWS_MAX`.

    Only rows whose clock was set: another's moment is not known well enough for a day.
    """
    keys = [key for key, (kind, _, _) in names.kinds.back.items() if kind in kinds]
    marks = ", ".join("?" * len(keys))
    found = connection.execute(
        "SELECT device, kind, value, is_bool, at_wall_ms, at_offset_min FROM observation "  # noqa: S608 (marks)
        "WHERE at_sync <> 'none' AND at_wall_ms >= ? AND at_wall_ms < ? AND quality = 'ok' "
        f"AND kind IN ({marks}) ORDER BY at_wall_ms, seq LIMIT ?",
        (from_ms, until_ms, *keys, ROWS_MAX + 1),
    ).fetchall()
    if len(found) > ROWS_MAX:
        return None
    devices, back = names.devices.back, names.kinds.back
    return [
        (devices[device], back[kind][0], bool(value) if is_bool else value, wall_ms, offset_min)
        for device, kind, value, is_bool, wall_ms, offset_min in found
    ]


def company_hours(
    connection: sqlite3.Connection,
    names: Names,
    from_ms: int,
    until_ms: int,
    devices: Collection[str],
) -> int:
    """In how many hours any of `devices` was heard."""
    keys = [key for key, name in names.devices.back.items() if name in devices]
    marks = ", ".join("?" * len(keys))
    (hours,) = connection.execute(
        "SELECT count(DISTINCT at_wall_ms / 3600000) FROM observation "  # noqa: S608 (marks)
        "WHERE at_sync <> 'none' AND at_wall_ms >= ? AND at_wall_ms < ? "
        f"AND device IN ({marks})",
        (from_ms, until_ms, *keys),
    ).fetchone()
    return int(hours)


def raised(
    connection: sqlite3.Connection, _names: Names, from_ms: int, until_ms: int
) -> frozenset[str]:
    """The codes of alerts that were raised within a stretch of wall time by a set clock."""
    found = connection.execute(
        "SELECT DISTINCT alert.code FROM alert_history AS first "
        "JOIN alert ON alert.id = first.alert "
        "WHERE first.rev = 1 AND first.changed_sync <> 'none' "
        "AND first.changed_wall_ms >= ? AND first.changed_wall_ms < ?",
        (from_ms, until_ms),
    )
    return frozenset(code for (code,) in found.fetchall())


def lived(connection: sqlite3.Connection, names: Names) -> tuple[list[Stay], list[Visit]]:
    """Stays and visits in the order in which they were told."""
    return reads.stays(connection, names), reads.visits(connection)
