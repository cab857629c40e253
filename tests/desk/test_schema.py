"""The desk's database over releases: new, old, newer and foreign."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from desk import accounts
from desk.database import connect
from desk.schema import MIGRATIONS
from edge.errors import StoreError, StoreTooNewError
from tests.desk.helpers import fresh

FROZEN = sorted((Path(__file__).parent / "schemas").glob("*.sql"))


def dump(connection: sqlite3.Connection) -> list[str]:
    """Return the schema as SQL."""
    rows = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    return [sql for (sql,) in rows]


def test_every_migration_has_its_frozen_database():
    """A released schema is kept for ever and never edited."""
    assert [file.stem for file in FROZEN] == list(MIGRATIONS)


@pytest.mark.parametrize("file", FROZEN, ids=lambda file: file.stem)
def test_every_released_database_opens(file: Path, tmp_path: Path):
    """Accounts and alerts of an older release are there in this one."""
    old = sqlite3.connect(tmp_path / "desk.db")
    old.executescript(file.read_text(encoding="utf-8"))
    old.close()
    connection = connect(tmp_path / "desk.db")
    assert [row["name"] for row in accounts.listed(connection)] == ["anna"]
    (tmp_path / "new").mkdir()
    new = fresh(tmp_path / "new")
    assert dump(connection) == dump(new)
    new.close()
    connection.close()


def test_commits_are_synced_and_the_file_is_the_owners(tmp_path: Path):
    """A receipt is a promise that a power cut does not break."""
    connection = fresh(tmp_path)
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert (tmp_path / "desk.db").stat().st_mode & 0o777 == 0o600
    connection.close()


def test_a_newer_database_is_left_alone(tmp_path: Path):
    """An older release must not guess."""
    connection = fresh(tmp_path)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
        "VALUES ('kotivahti-desk', 'm9999_later', '')"
    )
    connection.close()
    with pytest.raises(StoreTooNewError, match="m9999_later"):
        fresh(tmp_path)


def test_a_foreign_file_is_left_alone(tmp_path: Path):
    """Neither another program's database nor something that is none."""
    other = sqlite3.connect(tmp_path / "desk.db")
    other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    with pytest.raises(StoreError, match="another program"):
        fresh(tmp_path)
    (tmp_path / "desk.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="check the disk"):
        fresh(tmp_path)


@pytest.mark.timeout(60)
def test_processes_that_open_a_new_file_together_agree(tmp_path: Path):
    """The service and the first command may start in the same moment."""
    code = (
        "import sys, pathlib; from desk.database import connect; connect(pathlib.Path(sys.argv[1]))"
    )
    starts = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "desk.db")]) for _ in range(4)
    ]
    assert [start.wait(30) for start in starts] == [0] * 4
