"""What devices told of certain kinds since a moment: for what is counted over days."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from edge.domain import Observation
from edge.store import rows
from edge.store.names import Names
from edge.store.reads import ROWS_MAX


def told_since(
    connection: sqlite3.Connection, names: Names, kinds: Sequence[str], wall_ms: int
) -> list[Observation]:
    """Dated observations of these kinds from `wall_ms` (UTC) on, in order, the newest ROWS_MAX."""
    marks = ", ".join("?" * len(kinds))
    found = connection.execute(
        f"SELECT {rows.OBSERVATION_COLUMNS} FROM observation "  # noqa: S608 (constants)
        "WHERE at_sync <> 'none' AND at_wall_ms >= ? "
        f"AND kind IN (SELECT key FROM kind WHERE kind IN ({marks})) "
        "ORDER BY seq DESC LIMIT ?",
        (wall_ms, *kinds, ROWS_MAX),
    )
    return [rows.observation(names, row)[1] for row in reversed(found.fetchall())]
