"""What was measured of one kind over a season: as it came, and what thinning has left of it."""

from __future__ import annotations

import sqlite3

from edge.store.names import Names

# Of a day, or of what is left of a season: no instrument of the body is used more often.
ROWS_MAX = 10_000

Row = tuple[int, float, str | None]
"""Wall time in ms, UTC; value (of a thinned stretch its mean); person, None: nobody was named."""


def whole(
    connection: sqlite3.Connection, names: Names, kind: str, from_ms: int, until_ms: int
) -> list[Row]:
    """Sound readings of `kind` as they came; a day at a time, for all rows of it are read."""
    found = connection.execute(
        "SELECT at_wall_ms, value, person FROM observation "
        "WHERE at_sync <> 'none' AND at_wall_ms >= ? AND at_wall_ms < ? AND quality = 'ok' "
        "AND is_bool = 0 AND typeof(value) IN ('integer', 'real') "
        "AND kind IN (SELECT key FROM kind WHERE kind = ?) ORDER BY at_wall_ms, seq LIMIT ?",
        (from_ms, until_ms, kind, ROWS_MAX),
    )
    return _rows(names, found.fetchall())


def thinned(connection: sqlite3.Connection, names: Names, kind: str, from_ms: int) -> list[Row]:
    """What thinning has left of the readings of `kind` since `from_ms`, by device and time."""
    found = connection.execute(
        "SELECT from_ms, mean, nullif(person, 0) FROM thinned "
        "WHERE device IN (SELECT key FROM device) "  # its key begins with the device
        "AND kind IN (SELECT key FROM kind WHERE kind = ?) AND from_ms >= ? "
        "ORDER BY device, from_ms LIMIT ?",
        (kind, from_ms, ROWS_MAX),
    )
    return _rows(names, found.fetchall())


def _rows(names: Names, found: list[tuple[int, float, int | None]]) -> list[Row]:
    return [
        (wall_ms, float(value), None if person is None else names.persons.back[person])
        for wall_ms, value, person in found
    ]
