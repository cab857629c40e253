"""How the file itself is: size, rows, numbers, and whether it is whole."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from edge.ports import Heads
from edge.store import schema

# Every table whose rows say something about the home's data; the rest are keys and settings.
_COUNTED = (
    "observation",
    "alert",
    "alert_history",
    "assessment",
    "answer",
    "visit",
    "stay",
    "outbox",
    "shed",
)


class StoreStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`integrity` is None until it was asked for, "ok", or SQLite's first complaint."""

    path: str
    home: str | None
    heads: Heads
    schema_version: int
    file_bytes: int
    wal_bytes: int
    rows: dict[str, int]
    integrity: str | None = None


def status(connection: sqlite3.Connection, path: Path, heads: Heads, *, check: bool) -> StoreStatus:
    home = connection.execute("SELECT id FROM home").fetchone()
    complaint = None
    if check:
        (complaint,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return StoreStatus(
        path=str(path),
        home=None if home is None else home[0],
        heads=heads,
        schema_version=schema.version(connection),
        file_bytes=path.stat().st_size if path.exists() else 0,
        wal_bytes=wal_bytes(path),
        rows={table: _rows(connection, table) for table in _COUNTED},
        integrity=complaint,
    )


def wal_bytes(path: Path) -> int:
    """Size of the write-ahead log on disk, 0 when there is none."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except OSError:
        return 0


def _rows(connection: sqlite3.Connection, table: str) -> int:
    """Count rows; of observations only the span of their numbers, which is the same and quick."""
    if table == "observation":
        query = (
            "SELECT coalesce((SELECT max(seq) FROM observation) "
            "- (SELECT min(seq) FROM observation) + 1, 0)"
        )
    else:
        query = f"SELECT count(*) FROM {table}"  # noqa: S608 (constants)
    (count,) = connection.execute(query).fetchone()
    return int(count)
