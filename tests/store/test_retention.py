from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.domain import AlertState, Instant, OutboxClass, Priority, Sync
from edge.store import disclosing
from edge.store.bounds import DAY_MS, Bounds
from edge.store.database import Database
from edge.store.wiping import CHUNK_BYTES
from tests.store.samples import (
    AT,
    STAY,
    VISIT,
    alert,
    assessment,
    batch,
    message,
    reading,
    telemetry,
)
from tests.support.clock import instant


def days(count: float, *, sync: Sync = Sync.NTP) -> Instant:
    return instant(int(count * DAY_MS), sync=sync)


def values(database: Database) -> list[Any]:
    return [o.value for _, o in database.observations(0, 10_000)]


def observe(database: Database, *told: tuple[Instant, Any]) -> None:
    seen = [reading(value, at) for at, value in told]
    database.record(batch(database, at=told[-1][0], observations=seen))


def test_readings_of_thirty_days_are_kept_and_older_ones_go(database: Database) -> None:
    """The bound is 30 days in milliseconds: a day before it nothing goes, a day after it does."""
    observe(database, (days(0), "old"), (days(0.5), "older than a month tomorrow"), (days(20), 3))
    assert database.prune(days(29)).observations == 0
    assert database.prune(days(30.25)).observations == 1
    assert values(database) == ["older than a month tomorrow", 3]
    assert database.prune(days(49)).observations == 1
    assert database.prune(days(51)).observations == 1
    assert values(database) == []


def test_a_clock_that_was_never_set_deletes_nothing(database: Database) -> None:
    """Without a synchronised clock nobody knows what is old, and the answer says so."""
    observe(database, (days(0), 1))
    pruned = database.prune(days(400, sync=Sync.NONE))
    assert (pruned.observations, pruned.doubt) == (0, "clock_not_synchronised")
    assert values(database) == [1]


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_jumped_deletes_nothing(database: Database, years: int) -> None:
    """Ten years forward within one boot is a broken clock, not a decade."""
    observe(database, (days(0), 1))
    jumped = msgspec.structs.replace(AT, wall_ms=AT.wall_ms + years * 365 * DAY_MS)
    pruned = database.prune(jumped)
    assert (pruned.observations, pruned.doubt) == (0, "clock_jumped")
    assert values(database) == [1]


def test_the_first_trusted_moment_of_a_boot_judges_its_clock(database: Database) -> None:
    """A boot that began in 1970 is judged from its first synchronised moment on."""
    began = Instant(boot="b", boottime_ms=1_000, wall_ms=1_000, sync=Sync.NONE)
    synced = msgspec.structs.replace(days(40), boot="b", boottime_ms=2_000)
    observe(database, (days(0), "old"))
    observe(database, (began, "unsynced"))
    observe(database, (synced, "synced"))
    assert database.prune(synced).doubt is None
    assert values(database) == ["unsynced", "synced"]


def test_a_reading_without_a_trusted_time_is_as_old_as_the_next_one(database: Database) -> None:
    """1970 is not 56 years ago: an unsynced row goes with the first trusted row after it."""
    lost = Instant(boot="b", boottime_ms=1, wall_ms=1, sync=Sync.NONE)
    observe(
        database, (days(0), "1"), (lost, "lost"), (days(1), "2"), (lost, "kept"), (days(20), "3")
    )
    assert database.prune(days(30.5)).observations == 1
    assert values(database) == ["lost", "2", "kept", "3"]
    assert database.prune(days(32)).observations == 2
    assert values(database) == ["kept", "3"]


def test_one_call_takes_a_bounded_piece(path: Path) -> None:
    """A month's backlog of deletions must not hold an alarm up; `more` says to come again."""
    with Database.open(path, bounds=Bounds(prune_rows=10)) as database:
        observe(database, *((days(0), f"event {n}") for n in range(25)))
        calls = [database.prune(days(31)) for _ in range(4)]
        assert [p.observations for p in calls] == [10, 10, 5, 0]
        assert [p.more for p in calls] == [True, True, False, False]


def test_the_number_of_readings_is_bounded_without_any_clock(path: Path) -> None:
    """A gateway that never had the time does not fill its card; what went is recorded."""
    with Database.open(path, bounds=Bounds(observation_rows=4, prune_rows=2)) as database:
        unsynced = instant(sync=Sync.NONE)
        observe(database, *((unsynced, n) for n in range(7)))
        first = database.prune(unsynced)
        assert (first.observations, first.more) == (2, True)
        database.prune(unsynced)
        assert values(database) == [3, 4, 5, 6]
        (line,) = database.shed()
        assert (line.what, line.rows, line.first, line.last) == ("observation", 3, 1, 3)


def test_received_messages_go_after_a_week_and_owed_alerts_never(database: Database) -> None:
    """A week after an incident one can still show what was sent; what is owed stays owed."""
    sent = [message(1), message(2), message(3, Priority.NORMAL, OutboxClass.RISK)]
    database.record(batch(messages=sent))
    database.mark_received(["message-000001"], days(1))
    assert database.prune(days(7.9)).messages == 0
    assert database.prune(days(8.1)).messages == 1
    assert database.prune(days(400)).messages == 0
    assert {e.sequence for e in database.owed(9)} == {2, 3}


def test_owed_telemetry_does_not_outlive_its_readings(database: Database) -> None:
    """The queue is no second archive; what left it unsent is recorded."""
    database.record(batch(messages=[telemetry(1, b"abc"), telemetry(2, b"de")]))
    database.record(batch(at=days(20), messages=[telemetry(3)]))
    assert database.prune(days(31)).messages == 2
    assert [e.sequence for e in database.owed(9)] == [3]
    (line,) = database.shed()
    assert (line.reason, line.rows, line.bytes) == ("too_old", 2, 5)


def test_closed_alerts_go_after_a_year_with_their_history(database: Database) -> None:
    """An open alert stays for good; a closed one with all its revisions goes after 12 months."""
    closed = alert(1, rev=2, state=AlertState.CLOSED, changed=days(1))
    database.record(batch(alerts=[alert(1), closed, alert(2)]))
    database.record(batch(at=days(100), alerts=[alert(3, changed=days(100))]))
    assert database.prune(days(365)).alerts == 0
    assert database.prune(days(367)).alerts == 1
    assert [a.id for a in database.alerts()] == ["alert-0002", "alert-0003"]
    assert database.alert_history("alert-0001") == []


def test_the_last_assessment_and_the_stay_in_force_are_kept(database: Database) -> None:
    """Retention never takes away what is in force now."""
    database.record(
        batch(
            assessments=[assessment(1), assessment(2)],
            visits=[VISIT, VISIT],
            stays=[STAY, msgspec.structs.replace(STAY, by="last")],
        )
    )
    assert database.prune(days(366)).others == 3
    assert database.last_assessments() == [assessment(2)]
    assert [s.by for s in database.stays()] == ["last"]


def test_the_stay_of_each_person_in_force_is_kept(database: Database) -> None:
    """Somebody who went into care a year ago is still there."""
    mine = msgspec.structs.replace(STAY, person="r-1")
    told = [mine, msgspec.structs.replace(mine, by="mine"), STAY]
    told.append(msgspec.structs.replace(STAY, by="last"))
    database.record(batch(stays=told))
    assert database.prune(days(366)).others == 2
    assert [s.by for s in database.stays()] == ["mine", "last"]


def test_retention_of_a_month_reaches_the_file(path: Path) -> None:
    """Deleted rows are overwritten and their pages used again: the file does not grow for ever.

    SQLite's rebalancing may leave a stray copy in the gap of a page; only a
    VACUUM, which erasure runs, takes that one too.
    """
    sizes = []
    with Database.open(path, bounds=Bounds(prune_rows=5_000)) as database:
        for month in range(4):
            for part in range(4):
                at = days(31 * month + part)
                observe(database, *((at, f"canary-{month}-{n}") for n in range(500)))
            database.prune(days(31 * month + 5))
            database._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            sizes.append(path.stat().st_size)
        content = path.read_bytes()
    assert sizes[3] <= sizes[1] * 1.1
    assert content.count(b"canary-0-") < 20  # of 2,000
    assert b"canary-3-" in content


def test_the_log_is_cut_back_when_it_is_large(path: Path) -> None:
    """The write-ahead log has a bound of its own; it is cut a piece at a time, over zeros."""
    with Database.open(path, bounds=Bounds(wal_bytes=100_000)) as database:
        sizes = []
        for _ in range(3):
            for _ in range(33):
                observe(database, *((AT, "x" * 500) for _ in range(20)))
            before = database.status().wal_bytes
            database.tidy()
            sizes.append((before, database.status().wal_bytes))
        assert all(0 <= before - after <= CHUNK_BYTES for before, after in sizes)
        assert all(after == max(0, before - CHUNK_BYTES) for before, after in sizes)
        observe(database, (AT, "the last"))
        assert database.status(check=True).integrity == "ok"
    with Database.open(path) as database:
        assert values(database)[-1] == "the last"


def test_the_log_of_what_went_to_whom_outlives_what_it_tells_of(database: Database) -> None:
    """Two years by themselves; an alert message of long ago may still be owed when it goes."""
    database.record(batch(database, messages=[message(1), telemetry(2)]))
    database.mark_received(["message-000002"], AT)
    assert database.prune(days(700)).others == 0
    assert database.prune(days(731)).others == 2
    assert database.look(disclosing.newest) == []
    assert [one.id for one in database.owed(9)] == ["message-000001"]
    assert database.mark_received(["message-000001"], days(732)) == ["message-000001"]


def test_what_is_told_by_the_hour_goes_in_bounded_pieces(path: Path) -> None:
    """Coverage and thinned readings have no number of their own; their hour says their age."""
    with Database.open(path, bounds=Bounds(prune_rows=10)) as database:
        database.record(batch(database, at=AT))
        hours = [(AT.wall_ms + n * 3_600_000, "motion", 3600, 3600, "", "ntp") for n in range(30)]
        database._connection.executemany(
            "INSERT INTO coverage_hour VALUES (?, ?, ?, ?, ?, ?)", hours
        )
        assert [database.prune(days(380)).others for _ in range(4)] == [10, 10, 10, 0]
