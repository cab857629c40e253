"""Messages that are refused again and again."""

from __future__ import annotations

from pathlib import Path

from edge.domain import Instant
from edge.store import parking
from edge.store.database import Database
from tests.store.samples import AT, batch, message, telemetry
from tests.support.clock import instant

DAY_MS = 86_400_000


def test_five_refusals_park_over_restarts_and_the_rest_is_owed(path: Path) -> None:
    """Counted in the database; a parked message keeps bytes and id, and is listed with why."""
    with Database.open(path) as database:
        database.record(batch(messages=[message(1, body=b"poison"), message(2)]))
        assert not database.refuse("nobody", "schema")
        assert [database.refuse("message-000001", "schema\nline two") for _ in range(3)] == [
            False
        ] * 3
    with Database.open(path) as database:
        assert [database.refuse("message-000001", "x" * 900) for _ in range(3)] == [
            False,
            True,
            False,
        ]
        assert [e.id for e in database.owed(9)] == ["message-000002"]
        assert [c.rows for c in database.outbox_counts()] == [1]
        (parked,) = database.look(parking.listed)
        assert (parked.id, parked.refusals, len(parked.reason)) == ("message-000001", 5, 200)
        assert database.retry(["message-000002"]) == 0
        assert database.retry(None) == 1
        assert database.owed(9)[1].body == b"poison"
        assert not database.refuse("message-000001", "schema")


def test_a_late_receipt_settles_a_parked_message(database: Database) -> None:
    """The desk had it after all: nothing is left to look at."""
    database.record(batch(messages=[message(1)]))
    for _ in range(5):
        database.refuse("message-000001", "schema")
    assert database.look(parking.count) == 1
    assert database.mark_received(["message-000001"], AT) == ["message-000001"]
    assert (database.look(parking.count), database.retry(None)) == (0, 0)


def test_parked_telemetry_takes_no_place_of_what_is_owed(path: Path) -> None:
    """The bound counts what is owed; after a year nobody asks for a parked message."""
    with Database.open(path) as database:
        database.record(batch(messages=[telemetry(1, b"12345"), telemetry(2, b"123")]))
        for _ in range(5):
            database.refuse("message-000001", "schema")
        assert database._backlog.bytes == 3
        assert database.retry(None) == 1
        assert database._backlog.bytes == 8
        for _ in range(5):
            database.refuse("message-000001", "schema")
        late: Instant = instant(366 * DAY_MS)
        other = Instant(
            boot="later", boottime_ms=1, wall_ms=late.wall_ms, offset_min=0, sync=late.sync
        )
        database.prune(other)
        assert database.look(parking.count) == 0


def test_a_full_disk_sheds_parked_telemetry_and_no_parked_alert(database: Database) -> None:
    """What is refused again and again holds no room that an alert needs; what went is recorded."""
    database.record(batch(messages=[telemetry(1, b"12345"), message(2), telemetry(3, b"123")]))
    for ident in ("message-000001", "message-000002"):
        for _ in range(5):
            database.refuse(ident, "schema")
    assert database.make_room(AT) == 2
    assert [one.id for one in database.look(parking.listed)] == ["message-000002"]
    assert [(line.what, line.reason) for line in database.shed()] == [("telemetry", "disk_full")]
