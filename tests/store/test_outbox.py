from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain import OutboxClass, OutboxEntry, Priority
from edge.store.bounds import Bounds
from edge.store.database import Database
from edge.store.outbox import rank
from tests.store.samples import AT, batch, message, reading, telemetry
from tests.support.clock import instant

priorities = st.sampled_from([*Priority, None])
classes = st.sampled_from(OutboxClass)


def due_order(entries: list[OutboxEntry]) -> list[OutboxEntry]:
    """Sort as the specification says it, in the plainest way."""
    return sorted(entries, key=lambda e: (rank(e), -e.sequence if rank(e) == 0 else e.sequence))


@given(kinds=st.lists(st.tuples(priorities, classes), max_size=12), data=st.data())
@settings(max_examples=40)
def test_owed_is_in_order_and_receipts_empty_it(
    kinds: list[tuple[Priority | None, OutboxClass]], data: st.DataObject
) -> None:
    """Critical newest first, then high, normal, telemetry, each oldest first; receipts settle."""
    entries = [message(n, priority, cls) for n, (priority, cls) in enumerate(kinds, 1)]
    with tempfile.TemporaryDirectory() as folder, Database.open(f"{folder}/home.db") as database:
        database.record(batch(messages=entries))
        limit = data.draw(st.integers(0, 14))
        assert database.owed(limit) == due_order(entries)[:limit]
        done = data.draw(
            st.lists(st.sampled_from(entries), unique=True) if entries else st.just([])
        )
        ids = [e.id for e in done]
        assert database.mark_received([*ids, "never-seen"], AT) == ids
        assert database.mark_received(ids, AT) == []
        assert database.owed(20) == due_order([e for e in entries if e not in done])


def test_an_assessment_without_priority_is_never_telemetry() -> None:
    """Only readings, device status and the work list, told anew daily, may be dropped."""
    for cls in OutboxClass:
        droppable = cls in (
            OutboxClass.OBSERVATIONS,
            OutboxClass.DEVICE_STATUS,
            OutboxClass.WORK,
        )
        assert (rank(message(1, None, cls)) == 3) is droppable


def test_a_receipt_survives_a_restart(path: Path) -> None:
    """A received message is not sent again after the next start."""
    with Database.open(path) as database:
        database.record(batch(messages=[message(1), message(2)]))
        database.mark_received(["message-000002"], AT)
    with Database.open(path) as database:
        assert database.owed(9) == [message(1)]


def test_a_received_alert_keeps_its_bytes_and_telemetry_does_not(database: Database) -> None:
    """What was sent can be shown for a week; readings stand in their own table already."""
    database.record(batch(messages=[message(1, body=b"alert"), telemetry(2, b"x" * 10_000)]))
    database.mark_received(["message-000001", "message-000002"], AT)
    kept = database._connection.execute("SELECT body FROM outbox ORDER BY sequence").fetchall()
    assert kept == [(b"alert",), (b"",)]


def test_telemetry_over_its_rows_goes_oldest_first_and_is_recorded(path: Path) -> None:
    """A month without a broker drops readings, never alerts, and says what it dropped."""
    with Database.open(path, bounds=Bounds(telemetry_rows=3)) as database:
        database.record(batch(messages=[message(1), *(telemetry(n) for n in range(2, 8))]))
        assert [e.sequence for e in database.owed(20)] == [1, 5, 6, 7]
        (line,) = database.shed()
        assert (line.what, line.reason, line.rows) == ("telemetry", "no_room", 3)
        assert (line.first, line.last, line.bytes) == (2, 4, 6)


def test_telemetry_over_its_bytes_goes_oldest_first(path: Path) -> None:
    """The bound holds in bytes as well, over many commits and over a restart."""
    bounds = Bounds(telemetry_bytes=250)
    for start in (1, 6):
        with Database.open(path, bounds=bounds) as database:
            for n in range(start, start + 5):
                database.record(batch(messages=[telemetry(n, b"x" * 100)]))
            assert [e.sequence for e in database.owed(20)] == [start + 3, start + 4]
    with Database.open(path) as database:
        (line,) = database.shed()
        assert (line.rows, line.first, line.last) == (8, 1, 8)


def test_a_receipt_makes_room(path: Path) -> None:
    """What was received does not count against the bound."""
    with Database.open(path, bounds=Bounds(telemetry_rows=2)) as database:
        database.record(batch(messages=[telemetry(1), telemetry(2)]))
        database.mark_received(["message-000001"], AT)
        database.record(batch(messages=[telemetry(3)]))
        assert [e.sequence for e in database.owed(9)] == [2, 3]
        assert database.shed() == []


def test_ten_thousand_alerts_are_all_kept(path: Path) -> None:
    """No bound of telemetry ever reaches an alert or an assessment."""
    with Database.open(path, bounds=Bounds(telemetry_rows=0, telemetry_bytes=0)) as database:
        risk = message(1, None, OutboxClass.RISK)
        alerts = [message(n, Priority.NORMAL) for n in range(2, 10_001)]
        database.record(batch(messages=[risk, *alerts]))
        assert len(database.owed(20_000)) == 10_000
        assert database.shed() == []


def test_one_commit_drops_a_bounded_number(path: Path) -> None:
    """An alarm's commit stays short, even when the bound has just been lowered."""
    with Database.open(path) as database:
        database.record(batch(messages=[telemetry(n) for n in range(1, 101)]))
    with Database.open(path, bounds=Bounds(telemetry_rows=10, shed_rows=30)) as database:
        left = []
        for n in (101, 102, 103, 104):
            database.record(batch(messages=[message(n)]))
            left.append(len(database.owed(200)) - (n - 100))
        assert left == [70, 40, 10, 10]


def test_shedding_within_the_hour_is_one_line(path: Path) -> None:
    """A month of shedding is 720 lines, not 43,200."""
    with Database.open(path, bounds=Bounds(telemetry_rows=0)) as database:
        for n, minute in enumerate((0, 30, 61, 90), 1):
            database.record(batch(at=instant(minute * 60_000), messages=[telemetry(n)]))
        assert [(line.rows, line.first, line.last) for line in database.shed()] == [
            (2, 1, 2),
            (2, 3, 4),
        ]


def test_counts_name_class_priority_and_oldest(database: Database) -> None:
    """Status shows what is owed and since when, in the order in which it goes out."""
    database.record(batch(messages=[message(1), telemetry(2, b"abc")]))
    database.record(batch(at=instant(1_000), messages=[message(3), telemetry(4, b"de")]))
    alerts, readings = database.outbox_counts()
    assert (alerts.cls, alerts.priority, alerts.rows) == (OutboxClass.ALERT, Priority.CRITICAL, 2)
    assert (readings.cls, readings.priority) == (OutboxClass.OBSERVATIONS, None)
    assert (readings.rows, readings.bytes, readings.oldest) == (2, 5, AT)


def test_the_same_bytes_go_out_every_time(path: Path) -> None:
    """Any bytes come back unchanged, with the same id, also after a restart."""
    entry = msgspec.structs.replace(message(1), body=bytes(range(256)) * 40)
    with Database.open(path) as database:
        database.record(batch(messages=[entry], observations=[reading()]))
        assert database.owed(1) == [entry]
    with Database.open(path) as database:
        assert database.owed(1) == database.owed(1) == [entry]
