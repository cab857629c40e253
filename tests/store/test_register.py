"""The data register against the schema, both ways; retention against what prune does."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.config import parse
from edge.errors import ConfigError
from edge.store.bounds import DAY_MS, DEFAULT_BOUNDS
from edge.store.database import Database
from edge.store.erasing import erase
from edge.store.migrations import MIGRATIONS
from edge.store.register import CLASSES, FILES, FOREVER, RETENTION, days, page, tables

ROOT = Path(__file__).resolve().parents[2]
# SQLite's own, and the list of applied migrations, which says nothing of a home.
NOT_OF_THE_HOME = {"_sqlite_migrations", "sqlite_sequence"}


def schema_of(database: Database) -> dict[str, set[str]]:
    names = database._connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {
        name: {row[1] for row in database._connection.execute(f"PRAGMA table_info({name})")}
        for (name,) in names.fetchall()
        if name not in NOT_OF_THE_HOME
    }


def test_every_column_stands_in_the_register_and_nothing_else_does(database: Database) -> None:
    """A column that a migration adds without saying what it is for fails here."""
    told = {name: set(table.classes()) for name, table in tables().items()}
    real = schema_of(database)
    assert set(told) == set(real)
    assert {n: (real[n] - told[n], told[n] - real[n]) for n in real if real[n] != told[n]} == {}


def test_no_column_stands_there_twice() -> None:
    for name, table in tables().items():
        columns = [one for names in table.columns.values() for one in names]
        assert len(columns) == len(set(columns)), name


@pytest.mark.parametrize("name", list(tables()))
def test_every_entry_says_all_of_it(name: str) -> None:
    """Classes, files and times to keep are of closed lists; what is withheld says why."""
    table = tables()[name]
    assert set(table.columns) <= set(CLASSES)
    assert table.kept in FOREVER | set(RETENTION)
    assert table.file in (*FILES, "")
    assert all((table.purpose, table.basis, table.leaves))
    known = set(table.classes()) | set(table.instants)
    assert set(table.withheld) <= known
    assert all(len(why) > 4 for why in table.withheld.values())
    if not table.file:
        assert set(table.withheld) >= set(table.classes()) - {
            f"{stem}_{part}"
            for stem in table.instants
            for part in ("boot", "boottime_ms", "wall_ms", "offset_min", "sync")
        }


def test_no_key_is_exported() -> None:
    """Whatever is of the class key is withheld, with its reason."""
    for name, table in tables().items():
        assert set(table.columns.get("key", ())) <= set(table.withheld), name


def test_what_is_kept_for_a_time_is_pruned() -> None:
    """A class of retention is a field of the bounds; its days are what the settings say."""
    assert days(DEFAULT_BOUNDS) == {
        "readings": 30,
        "alerts": 365,
        "messages": 7,
        "disclosures": 730,
    }


def test_erasing_reaches_every_table_of_the_register(tmp_path: Path) -> None:
    """The confirmation counts each of them, so none was left out."""
    path = tmp_path / "home.db"
    Database.open(path, home="site-88").close()
    done = erase(path, home="site-88", even_unsent=False)
    assert set(done.found.rows) == set(tables())


def test_the_page_is_the_register() -> None:
    """docs/privacy.md shows the register as it is: python -m tests.store.privacy_page."""
    text = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
    assert page() in text
    assert len(MIGRATIONS) >= 5


def test_the_settings_say_how_long_within_what_has_a_reason() -> None:
    """Days by class; outside floor and ceiling the fault names the key and the bounds."""
    text = (
        '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        "[retention]\nreadings_days = 14\nalerts_days = 400\n"
    )
    kept = parse(text, "test").retention
    assert (kept.readings_days, kept.alerts_days, kept.messages_days) == (14, 400, 7)
    for key, days_ in (("readings", 6), ("readings", 91), ("alerts", 89), ("disclosures", 364)):
        wrong = text.partition("[retention]")[0] + f"[retention]\n{key}_days = {days_}\n"
        with pytest.raises(ConfigError, match=rf"retention\.{key}_days: .* to \d+ days"):
            parse(wrong, "test")
    assert kept.disclosures_days * DAY_MS == DEFAULT_BOUNDS.disclosure_age_ms
