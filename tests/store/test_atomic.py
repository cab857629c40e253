from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from edge.errors import StoreError
from edge.ports import Batch
from edge.store.database import Database
from edge.store.names import Names
from tests.store.samples import AT, BUTTON, alert, batch, message, one_of_everything, reading

COUNT_ALL = (
    "SELECT (SELECT count(*) FROM observation) + (SELECT count(*) FROM alert) + "
    "(SELECT count(*) FROM alert_history) + (SELECT count(*) FROM assessment) + "
    "(SELECT count(*) FROM answer) + (SELECT count(*) FROM visit) + "
    "(SELECT count(*) FROM stay) + (SELECT count(*) FROM outbox) + "
    "(SELECT count(*) FROM snapshot) + (SELECT count(*) FROM driver_state) + "
    "(SELECT count(*) FROM enrolment) + (SELECT count(*) FROM device) + "
    "(SELECT count(*) FROM kind) + (SELECT count(*) FROM boot) + (SELECT count(*) FROM latest)"
)


def rows(database: Database) -> int:
    (count,) = database._connection.execute(COUNT_ALL).fetchone()
    return int(count)


def test_a_batch_whose_last_part_fails_leaves_nothing(database: Database) -> None:
    """Observation, alert and message are one fact: all of it is stored, or none."""
    whole = one_of_everything()
    broken = {f: getattr(whole, f) for f in whole.__struct_fields__} | {"home": "not bytes"}
    with pytest.raises(StoreError, match="cannot store a batch"):
        database.record(Batch(**broken))
    assert rows(database) == 0
    assert database.heads().observation == 0
    database.record(whole)
    assert database.heads().observation == len(whole.observations)
    assert [o for _, o in database.observations(0, 9)] == list(whole.observations)


def test_what_is_written_beside_a_batch_stands_or_falls_with_it(database: Database) -> None:
    """Rows that no event carries are in the same transaction."""

    def also(connection: sqlite3.Connection, names: Names) -> None:
        connection.execute("INSERT INTO room (id) VALUES ('hall')")
        raise StoreError("the last of it failed")

    with pytest.raises(StoreError, match="the last of it"):
        database.record(one_of_everything(), also)
    assert rows(database) == 0
    database.record(one_of_everything(), lambda _, names: names.anchor(AT))
    assert rows(database) > 0


def test_a_failing_commit_leaves_nothing(database: Database, monkeypatch: Any) -> None:
    """A commit that the disk refuses is a batch that was never stored."""
    connection = database._connection

    class Refusing:
        def __getattr__(self, name: str) -> Any:
            return getattr(connection, name)

        def execute(self, sql: str, *args: Any) -> Any:
            if sql == "COMMIT":
                failure = sqlite3.OperationalError("database or disk is full")
                failure.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise failure
            return connection.execute(sql, *args)

    with monkeypatch.context() as full:
        full.setattr(database, "_connection", Refusing())
        with pytest.raises(StoreError, match="free space on this disk"):
            database.record(batch(observations=[reading()], alerts=[alert()]))
    assert (rows(database), database.heads().observation) == (0, 0)
    database.record(batch(observations=[reading()]))


def test_a_name_first_seen_in_a_refused_batch_gets_a_key_later(database: Database) -> None:
    """The rollback takes the key away; the next batch must not use it."""
    strange = reading(device="new-device", kind="new-kind", room="new-room", person="new-person")
    with pytest.raises(StoreError):
        database.record(batch(observations=[strange, reading("\ud800")]))
    database.record(batch(observations=[strange]))
    ((_, kept),) = database.observations(0, 9)
    assert kept == strange
    assert database._connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("first", [0, 2, 7])
def test_observations_that_do_not_follow_are_refused(database: Database, first: int) -> None:
    """A number given twice, or left out, is found at once and not in a year's export."""
    with pytest.raises(StoreError, match="the store expects 1"):
        database.record(batch(first - 1, observations=[reading()]))


@pytest.mark.parametrize("sequences", [[0], [2], [1, 1], [1, 3]])
def test_messages_that_do_not_follow_are_refused(database: Database, sequences: list[int]) -> None:
    """Upstream proves completeness by the sequence: a gap would look like a lost message."""
    with pytest.raises(StoreError, match="number on from heads"):
        database.record(batch(messages=[message(n) for n in sequences]))


def test_numbers_are_never_given_again(path: Path) -> None:
    """Deleted rows leave their numbers behind, also over a restart."""
    with Database.open(path) as database:
        database.record(batch(observations=[reading(), reading()], messages=[message(1)]))
        database._connection.execute("DELETE FROM observation")
        database._connection.execute("DELETE FROM outbox")
        store_id = database.heads().store_id
    with Database.open(path) as database:
        heads = database.heads()
        assert (heads.store_id, heads.observation, heads.message) == (store_id, 2, 1)


def test_a_new_file_has_a_new_id(tmp_path: Path) -> None:
    """A replaced database starts at 1 under another name."""
    with Database.open(tmp_path / "a.db") as one, Database.open(tmp_path / "b.db") as other:
        assert one.heads().store_id != other.heads().store_id
        assert (one.heads().observation, one.heads().message) == (0, 0)


def test_a_database_stays_with_its_home(path: Path) -> None:
    """A wrong path must not mix two customers' data."""
    Database.open(path, home="home-1").close()
    with pytest.raises(StoreError, match="belongs to home 'home-1', not to 'home-2'"):
        Database.open(path, home="home-2")
    with Database.open(path) as database:
        assert database.status().home == "home-1"


def test_an_enrolment_and_its_first_state_share_a_batch(database: Database) -> None:
    """A keyed device's counter is stored with the frame that enrolled it."""
    database.record(batch(at=AT, enrolled=[BUTTON], driver_states={"help-button": b"\x01"}))
    assert database.driver_states() == {"help-button": b"\x01"}
