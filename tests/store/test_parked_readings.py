"""Readings in a parked message are readings: they are erased, and age, like all others."""

from __future__ import annotations

from edge.domain import SERVICE, Sent, Switch
from edge.store import parking
from edge.store.bounds import DAY_MS
from edge.store.database import Database
from tests.store.samples import AT, batch, message, telemetry
from tests.support.clock import instant


def park(database: Database) -> None:
    database.record(batch(database, messages=[message(1), telemetry(2, b"a reading")]))
    for ident in ("message-000001", "message-000002"):
        for _ in range(database.bounds.refusals):
            database.refuse(ident, "no message of ours")
    assert database.look(parking.count) == 2


def left(database: Database) -> list[str]:
    return [one.id for one in database.look(parking.listed)]


def test_erasing_readings_takes_those_that_are_parked(database: Database) -> None:
    """Sent again by hand they would leave the home after they were erased."""
    park(database)
    while database.erase_readings(database.heads().observation, AT):
        pass
    assert left(database) == ["message-000001"]
    assert database.retry(None) == 1
    assert [one.id for one in database.owed(9)] == ["message-000001"]


def test_a_switch_takes_back_what_is_parked(database: Database) -> None:
    """Switched on again, what was sealed before is not sent after all."""
    park(database)
    off = Switch(recipient=SERVICE, cls=Sent.READINGS, allowed=False, by="x", told=AT)
    assert database.switch(off, owed=True) == ["message-000002"]
    assert left(database) == ["message-000001"]


def test_parked_readings_go_with_their_age(database: Database) -> None:
    """An alert waits for a person as long as a closed one is kept; readings do not."""
    park(database)
    database.prune(instant(29 * DAY_MS))
    assert left(database) == ["message-000002", "message-000001"]
    database.prune(instant(31 * DAY_MS))
    assert left(database) == ["message-000001"]
