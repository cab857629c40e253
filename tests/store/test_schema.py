from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from edge.errors import StoreError, StoreTooNewError
from edge.store import schema
from edge.store.database import Database
from edge.store.migrations import MIGRATIONS
from tests.store.freeze import SCHEMAS, dump
from tests.store.samples import BUTTON, CLIMATE, alert, answer, batch, one_of_everything

FROZEN = sorted(SCHEMAS.glob("v*.sql"))


def thaw(frozen: Path, path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(frozen.read_text(encoding="utf-8"))
    connection.close()


def objects(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    rows = connection.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    return {(kind, name, re.sub(r"\s+", " ", sql)) for kind, name, sql in rows.fetchall()}


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
def test_every_released_database_opens_with_its_rows(frozen: Path, path: Path) -> None:
    """A gateway that skipped releases finds everything after the update, and goes on."""
    thaw(frozen, path)
    told = one_of_everything()
    with Database.open(path, home="home-1") as database:
        assert [o for _, o in database.observations(0, 100)] == list(told.observations)
        assert database.devices() == [BUTTON, CLIMATE]
        assert database.driver_states() == dict(told.driver_states)
        assert database.alerts() == [alert(1), told.alerts[2]]
        assert database.alert_history("alert-0002") == list(told.alerts[1:])
        assert database.last_assessments() == list(told.assessments)
        assert database.answers("fire") == list(told.answers)
        assert database.visits() == list(told.visits)
        assert database.stays() == list(told.stays)
        assert database.owed(10) == [told.messages[0]]
        assert database.snapshot() == (told.home, 5)
        database.record(batch(database, answers=[answer()]))
        assert database.status(check=True).integrity == "ok"


def test_released_migrations_are_never_edited(tmp_path: Path, path: Path) -> None:
    """What the migrations make today is what the newest frozen dump says."""
    newest = SCHEMAS / f"v{len(MIGRATIONS)}.sql"
    assert newest in FROZEN, "a new migration: run python -m tests.store.freeze"
    frozen, today = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    frozen.executescript(newest.read_text(encoding="utf-8"))
    today.executescript(dump(tmp_path))
    assert objects(today) == objects(frozen)
    frozen.close()
    today.close()


def test_both_ways_to_a_schema_give_the_same(path: Path) -> None:
    """A new file, made by plain sqlite3, equals one made by sqlite-utils step by step."""
    from sqlite_utils import Database as Upgrade  # noqa: PLC0415 (heavy, for this test alone)

    plain, stepwise = (sqlite3.connect(":memory:", isolation_level=None) for _ in range(2))
    schema.migrate(plain, path)
    schema.as_sqlite_utils().apply(Upgrade(stepwise))
    assert objects(plain) == objects(stepwise)
    assert schema.version(plain) == schema.version(stepwise) == len(MIGRATIONS)
    assert schema.as_sqlite_utils().pending(Upgrade(plain)) == []
    plain.close()
    stepwise.close()


def test_an_older_database_is_upgraded_with_its_rows(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pending migration runs on a file with data, once."""
    with Database.open(path) as database:
        database.record(one_of_everything())
    step = ("ALTER TABLE shed ADD COLUMN note TEXT",)
    monkeypatch.setitem(MIGRATIONS, "m9999_test", step)
    for _ in range(2):
        with Database.open(path) as database:
            assert database.status().schema_version == len(MIGRATIONS)
            assert len(database.observations(0, 100)) == 5


def test_a_failing_migration_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a migration is worse than none: the older release still opens the file."""
    with Database.open(path) as database:
        database.record(one_of_everything())
    with monkeypatch.context() as broken:
        steps = ("ALTER TABLE shed ADD COLUMN note TEXT", "ALTER TABLE absent ADD COLUMN x TEXT")
        broken.setitem(MIGRATIONS, "m9999_test", steps)
        with pytest.raises(StoreError, match="cannot open: no such table"):
            Database.open(path)
    with Database.open(path) as database:
        columns = database._connection.execute("PRAGMA table_info(shed)").fetchall()
        assert "note" not in [column[1] for column in columns]


def test_a_newer_database_is_refused_unchanged(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a roll-back the old release says which release to start, and touches nothing."""
    with monkeypatch.context() as newer:
        newer.setitem(MIGRATIONS, "m9999_future", ("CREATE TABLE future (x TEXT) STRICT",))
        Database.open(path).close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNewError, match=r"m9999_future.*start the newer release"):
        Database.open(path)
    assert path.read_bytes() == before


def test_a_file_of_another_program_is_refused(path: Path) -> None:
    """A path that names someone else's database or no database at all changes nothing in it."""
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE cookies (x TEXT)")
    other.commit()
    other.close()
    with pytest.raises(StoreError, match="tables of another program"):
        Database.open(path)
    path.write_bytes(b"no database, but longer than the hundred bytes of a header" * 9)
    with pytest.raises(StoreError, match="not a database"):
        Database.open(path)


@pytest.mark.timeout(60)
def test_opening_imports_no_sqlite_utils(path: Path) -> None:
    """The import costs 20 MB and 0.4 s with numpy: neither a new nor a current file needs it."""
    program = (
        "import sys; from edge.store.database import Database; "
        "[Database.open(sys.argv[1]).close() for _ in range(2)]; "
        "print(sorted({'sqlite_utils', 'numpy', 'click'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_table_is_strict_and_every_time_is_whole(database: Database) -> None:
    """No column takes another type than its own, and no time stands without boot and sync."""
    for name, sql in database._connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND name <> '_sqlite_migrations'"
    ).fetchall():
        assert "STRICT" in sql.rsplit(")", 1)[1], name
        columns = set(re.findall(r"^\s+(\w+) [A-Z]", sql, re.MULTILINE))
        for stem in {c.removesuffix("_boottime_ms") for c in columns if c.endswith("_boottime_ms")}:
            parts = {f"{stem}_{part}" for part in ("boottime_ms", "wall_ms", "offset_min", "sync")}
            assert parts <= columns, (name, stem)
            assert name == "boot" or f"{stem}_boot" in columns, (name, stem)


def test_observations_have_one_secondary_index(database: Database) -> None:
    """Each further one would double what a telemetry commit writes to the card."""
    rows = database._connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'observation'"
    )
    assert rows.fetchall() == [("observation_by_wall",)]
