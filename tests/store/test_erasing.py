"""Erasing: nothing of the home is left in the file, its log or its folder; an empty one follows."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.domain import Device, OutboxClass, OutboxEntry, Person, PersonKind, Priority, Role, Secret
from edge.errors import NotNowError, StoreBusyError, StoreError
from edge.kinds import observation
from edge.ports import Batch
from edge.store import restored
from edge.store.aside import set_aside
from edge.store.bounds import Bounds
from edge.store.database import Database
from edge.store.erasing import erase
from tests.support.clock import instant

CANARY = "canary-7391"
SECRET = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")


def filled(path: Path, *, unsent: Priority | None = None, rows: int = 400) -> str:
    """A home that wrote its canary everywhere; returns the id of its store."""
    with Database.open(path, home="site-88") as database:
        at = instant()
        device = Device(
            id="tag", driver="x", role=Role.TAG, address=CANARY, label=CANARY, key=Secret(SECRET)
        )
        person = Person(id="r-1", kind=PersonKind.RESIDENT, label=CANARY, by=CANARY)
        seen = [observation("tag", "text", f"{CANARY} {n}", at) for n in range(rows)]
        message = OutboxEntry(
            sequence=1,
            id="m-1",
            cls=OutboxClass.ALERT if unsent else OutboxClass.OBSERVATIONS,
            priority=unsent,
            body=CANARY.encode(),
            created_ms=at.wall_ms,
        )
        database.record(
            Batch(
                at=at,
                first_observation=1,
                observations=seen,
                enrolled=[device],
                persons=[person],
                messages=[message],
                home=CANARY.encode() * 5000,
            )
        )
        # Free pages: what was deleted must be gone as well.
        database.record(Batch(at=at, first_observation=rows + 1, home=b"x"))
        return database.heads().store_id


def traces(folder: Path) -> list[str]:
    """Files below the folder that hold the canary or the key."""
    return [
        str(file)
        for file in folder.rglob("*")
        if file.is_file() and (CANARY.encode() in file.read_bytes() or SECRET in file.read_bytes())
    ]


def seen_after(file: Path) -> Path:
    """A second name of the file, elsewhere: what its blocks hold when the first one is gone."""
    other = file.parent.with_name(file.parent.name + "-blocks")
    other.mkdir(exist_ok=True)
    os.link(file, other / file.name)
    return other / file.name


def test_nothing_is_left_and_an_empty_store_follows(tmp_path: Path) -> None:
    """Counts by table, another store id, numbering from the beginning; no trace in any byte."""
    path = tmp_path / "home.db"
    old = filled(path)
    assert traces(tmp_path)
    kept = seen_after(path)
    done = erase(path, home="site-88", even_unsent=False)
    assert traces(tmp_path) == []
    assert not any(kept.read_bytes())
    assert (done.found.rows["observation"], done.found.rows["enrolment"]) == (400, 1)
    assert (done.found.store_id, done.found.others, done.found.alerts) == (old, 1, 0)
    assert str(path) in done.files
    with Database.open(path, home="site-88") as database:
        heads = database.heads()
        assert heads.store_id == done.store_id != old
        assert (heads.observation, heads.message) == (0, 0)
        assert database.devices() == []
        assert database.status(check=True).integrity == "ok"


def test_a_log_that_was_left_behind_goes_too(tmp_path: Path) -> None:
    """A gateway that was killed leaves its write-ahead log: its rows are in no file yet."""
    path = tmp_path / "home.db"
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as left:
        left.execute("PRAGMA journal_mode = WAL")
        left.execute("UPDATE enrolment SET label = ?", (CANARY * 40,))
        files = {p.name: p.read_bytes() for p in tmp_path.iterdir() if "-" in p.name or p == path}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    log = tmp_path / "home.db-wal"
    assert CANARY.encode() in log.read_bytes()
    kept = seen_after(log)
    erase(path, home="site-88", even_unsent=False)
    assert CANARY.encode() not in kept.read_bytes()
    assert traces(tmp_path) == []
    assert sorted(file.name for file in tmp_path.iterdir()) == ["home.db", "home.db.lock"]


def test_alerts_that_nobody_received_are_not_erased_in_passing(tmp_path: Path) -> None:
    """Refused with their number, and nothing is touched; asked for, they go."""
    path = tmp_path / "home.db"
    filled(path, unsent=Priority.HIGH)
    with pytest.raises(NotNowError, match=r"1 alert messages .* --even-unsent"):
        erase(path, home="site-88", even_unsent=False)
    with Database.open(path, home="site-88") as database:
        assert [device.id for device in database.devices()] == ["tag"]
    assert erase(path, home="site-88", even_unsent=True).found.alerts == 1
    assert traces(tmp_path) == []


def test_a_running_gateways_home_is_left_alone(tmp_path: Path) -> None:
    """Its lock says so, and who holds it."""
    path = tmp_path / "home.db"
    filled(path)
    with Database.open(path, home="site-88"), pytest.raises(StoreBusyError, match="process"):
        erase(path, home="site-88", even_unsent=False)
    assert traces(tmp_path)


def test_another_homes_or_programs_file_is_left_alone(tmp_path: Path) -> None:
    """A mistyped path destroys nothing."""
    path = tmp_path / "home.db"
    filled(path)
    with pytest.raises(StoreError, match="belongs to home 'site-88'"):
        erase(path, home="site-89", even_unsent=False)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE photos AS SELECT 7 AS id")
    with pytest.raises(StoreError, match="no database of ours"):
        erase(other, home="site-88", even_unsent=False)
    with closing(sqlite3.connect(other)) as connection:
        assert connection.execute("SELECT id FROM photos").fetchall() == [(7,)]
    with pytest.raises(NotNowError, match="nothing was erased"):
        erase(tmp_path / "none.db", home="site-88", even_unsent=False)


def test_erased_again_there_is_nothing_more(tmp_path: Path) -> None:
    """An erase that was interrupted is simply given again."""
    path = tmp_path / "home.db"
    filled(path)
    first = erase(path, home="site-88", even_unsent=False)
    second = erase(path, home="site-88", even_unsent=False)
    assert second.found.store_id == first.store_id
    assert sum(second.found.rows.values()) == 2  # the store's and the home's own row


def test_a_profile_that_came_and_was_not_taken_goes_too(tmp_path: Path) -> None:
    """Also what a crash left of it while it was written."""
    path = tmp_path / "home.db"
    filled(path)
    came = restored.path_of(path)
    for file in (came, came.with_name(came.name + ".new")):
        file.write_bytes(CANARY.encode())
    kept = seen_after(came)
    done = erase(path, home="site-88", even_unsent=False)
    assert not any(kept.read_bytes())
    assert traces(tmp_path) == []
    assert str(came) in done.files


def test_databases_that_were_set_aside_go_too(tmp_path: Path) -> None:
    """A corrupt file holds the home as well as a whole one."""
    path = tmp_path / "home.db"
    for reason in ("at-start", "in-use"):
        filled(path)
        set_aside(path, reason, instant(), Bounds())
    filled(path)
    assert len(traces(tmp_path)) >= 3
    erase(path, home="site-88", even_unsent=False)
    assert traces(tmp_path) == []
    assert not list(tmp_path.glob("*corrupt*"))
