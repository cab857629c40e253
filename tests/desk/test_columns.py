"""The desk's own register of columns, held against its schema and against what a request erases."""

from __future__ import annotations

from pathlib import Path

import msgspec

from desk import requests
from tests.desk.helpers import fresh

FILE = Path(requests.__file__).with_name("columns.toml")
CLASSES = {"identity", "health", "behaviour", "alarm", "service", "technical", "key"}
# Parts of a table that a request empties.
PARTS = {"heartbeat": "gateway", "typed_address": "claim"}


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    purpose: str
    kept: str
    erased: str
    columns: dict[str, tuple[str, ...]]


def told() -> dict[str, Table]:
    return msgspec.toml.decode(FILE.read_bytes(), type=dict[str, Table])


def test_every_column_of_the_desk_stands_in_its_register_once(tmp_path: Path):
    """A column that a migration adds without saying what it is for fails here."""
    connection = fresh(tmp_path)
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    real = {
        name: sorted(row[1] for row in connection.execute(f"PRAGMA table_info({name})"))
        for (name,) in names
        if not name.startswith(("sqlite_", "_sqlite_"))
    }
    connection.close()
    found = {
        name: sorted(one for part in table.columns.values() for one in part)
        for name, table in told().items()
    }
    assert found == real
    assert all(set(table.columns) <= CLASSES for table in told().values())
    assert all(table.purpose and table.kept for table in told().values())


def test_what_is_said_to_be_erased_is_what_a_request_erases():
    """Whole tables and parts of two; each of the others says why not."""
    whole = {name for name, table in told().items() if table.erased == "yes"}
    parts = {table: column for column, table in PARTS.items()}
    assert whole | set(PARTS) == set(requests._ERASED)
    for name, table in told().items():
        reason = parts.get(name, "no: ")
        assert name in whole or table.erased.startswith(reason), name
