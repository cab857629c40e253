"""What sensors saw within a stretch of wall time, for the features of a day."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from edge.domain import Scalar
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
