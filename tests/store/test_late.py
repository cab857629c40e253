"""Receipts of telemetry ride along with the next commit, and nothing is lost or doubled by it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.domain import Priority
from edge.errors import StoreError
from edge.store import wiping
from edge.store.bounds import Bounds
from edge.store.database import Database
from edge.store.late import WAITING_MAX, WAITING_MAX_MS
from edge.store.steadfast import PROBE_AFTER_MS, Steadfast
from tests.store.samples import AT, alert, batch, message, reading, telemetry
from tests.support.clock import instant

UNSETTLED = "SELECT count(*) FROM outbox WHERE received_boot IS NULL"


@contextmanager
def commits(database: Database) -> Iterator[list[str]]:
    """The statements COMMIT meanwhile, as SQLite ran them."""
    seen: list[str] = []
    connection = database._connection
    connection.set_trace_callback(lambda text: seen.append(text) if text == "COMMIT" else None)
    yield seen
    connection.set_trace_callback(None)


def unsettled(database: Database) -> int:
    (rows,) = database._connection.execute(UNSETTLED).fetchone()
    return int(rows)


def ids(*numbers: int) -> list[str]:
    return [f"message-{number:06}" for number in numbers]


def test_a_receipt_of_telemetry_is_in_the_next_commit_and_has_none_of_its_own(
    database: Database,
) -> None:
    """It is owed no more from the receipt on, wherever that is asked."""
    database.record(batch(messages=[telemetry(1), telemetry(2), message(3)]))
    with commits(database) as own:
        assert database.mark_received(ids(1, 9), AT) == ids(1)
        assert database.mark_received(ids(1), AT) == []
    assert own == []
    assert [entry.sequence for entry in database.owed(1)] == [3]
    assert [entry.sequence for entry in database.owed(9)] == [3, 2]
    assert database.still_owed(ids(1, 2)) == set(ids(2))
    assert [(c.rows, c.bytes) for c in database.outbox_counts()] == [(1, 21), (1, 2)]
    assert unsettled(database) == 3
    with commits(database) as one:
        database.record(batch(database, observations=[reading(21.5)]))
    assert (len(one), unsettled(database)) == (1, 2)
    assert [entry.sequence for entry in database.owed(9)] == [3, 2]


def test_a_kill_before_that_commit_costs_a_repetition(path: Path, tmp_path: Path) -> None:
    """The message goes out once more, with its bytes; upstream knows it by its id."""
    killed = tmp_path / "killed.db"
    with Database.open(path) as database:
        database.record(batch(messages=[telemetry(1, b"bytes")]))
        database.mark_received(ids(1), AT)
        shutil.copyfile(path, killed)
        shutil.copyfile(wiping.log_of(path), wiping.log_of(killed))
    with Database.open(killed) as after:
        assert after.owed(9) == [telemetry(1, b"bytes")]
        assert after.mark_received(ids(1), AT) == ids(1)


def test_an_orderly_end_settles_what_waits(path: Path) -> None:
    """A process that is told to end leaves nothing to repeat."""
    with Database.open(path) as database:
        database.record(batch(messages=[telemetry(1)]))
        database.mark_received(ids(1), AT)
    with Database.open(path) as database:
        assert unsettled(database) == 0


@pytest.mark.parametrize("priority", list(Priority))
def test_the_receipt_of_an_alert_waits_for_nothing(database: Database, priority: Priority) -> None:
    """It has a synced commit, and takes along what waits."""
    database.record(batch(messages=[telemetry(1), message(2, priority)]))
    database.mark_received(ids(1), AT)
    with commits(database) as one:
        assert database.mark_received(ids(2, 1), AT) == ids(2)
    assert (len(one), unsettled(database)) == (1, 0)


def test_the_commit_of_an_alert_carries_no_receipts(database: Database) -> None:
    """It stays as short as it was; the one after it takes them."""
    database.record(batch(messages=[telemetry(1)]))
    database.mark_received(ids(1), AT)
    database.record(batch(database, alerts=[alert(1)]))
    assert unsettled(database) == 1
    database.record(batch(database, observations=[reading(21.5)]))
    assert unsettled(database) == 0


def test_a_backlog_settles_in_commits_of_its_own(database: Database) -> None:
    """No more than a few wait: what rides along must not make the next commit a long one."""
    database.record(batch(messages=[telemetry(n) for n in range(1, 21)]))
    with commits(database) as own:
        for number in range(1, 21):
            assert database.mark_received(ids(number), AT) == ids(number)
    assert len(own) == 20 // (WAITING_MAX + 1)
    database.settle()
    assert (unsettled(database), database.owed(20)) == (0, [])


def test_a_commit_that_fails_keeps_them_for_the_next(path: Path) -> None:
    """Neither the receipt nor the size of the backlog is wrong after a rollback."""
    with Database.open(path, bounds=Bounds(telemetry_rows=2)) as database:
        database.record(batch(messages=[telemetry(1), telemetry(2)]))
        database.mark_received(ids(1), AT)
        with pytest.raises(StoreError):
            database.record(batch(database, observations=[reading("\ud800")]))
        assert (unsettled(database), database.still_owed(ids(1))) == (2, set())
        database.record(batch(database, messages=[telemetry(3)]))
        assert [entry.sequence for entry in database.owed(9)] == [2, 3]
        assert database.shed() == []


def test_what_upstream_has_is_not_told_as_dropped(path: Path) -> None:
    """An alert's commit that must make room for telemetry looks at what waits first."""
    with Database.open(path, bounds=Bounds(telemetry_rows=2)) as database:
        database.record(batch(messages=[telemetry(1), telemetry(2)]))
        database.mark_received(ids(1), AT)
        database.record(batch(database, alerts=[alert(1)], messages=[telemetry(3)]))
        assert (database.shed(), [e.sequence for e in database.owed(9)]) == ([], [2, 3])


def test_a_quiet_home_settles_them_when_it_looks_at_its_disk(path: Path) -> None:
    """Without anything else to store, the look that writes a page writes these instead."""
    with Steadfast.open(path) as store:
        store.record(batch(messages=[telemetry(1)], at=instant(0)))
        store.mark_received(ids(1), instant(0))
        store.check(instant(PROBE_AFTER_MS))
        assert unsettled(store.database) == 1
        store.check(instant(PROBE_AFTER_MS + WAITING_MAX_MS))
        assert unsettled(store.database) == 0
