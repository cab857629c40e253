"""What the rules were told, in the store: order, age, and what goes with the readings."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain import Instant
from edge.ports import Told
from edge.store import journal, optional
from edge.store.bounds import DAY_MS, DEFAULT_BOUNDS
from edge.store.database import Database
from tests.store.samples import AT, batch, reading
from tests.support.clock import instant


def told(kind: str, days: float, after: int = 0) -> Told:
    return Told(kind=kind, after=after, at=later(days), body=f'{{"d":{days}}}')


def later(days: float) -> Instant:
    return instant(round(days * DAY_MS))


def kinds(database: Database) -> list[tuple[str, int]]:
    rows = journal.events(database._connection, database._names, 0, 100)
    return [(one.kind, number) for number, one in rows]


def test_events_come_back_in_their_order_and_states_by_their_moment(database: Database) -> None:
    """Numbers, moments and bodies as told; the state before a moment, never the one at it."""
    rows = [told("config", 0), told("fault", 0.1, after=0), told("answered", 0.2, after=2)]
    database.record(batch(database, told=rows, home=b"first", checkpoint=True))
    more = batch(database, observations=[reading(1.0), reading(2.0)], told=[told("fault", 1, 2)])
    database.record(msgspec.structs.replace(more, at=later(1), home=b"second", checkpoint=True))
    database.record(batch(database, at=later(2), home=b"no state of its own"))
    connection, names = database._connection, database._names
    assert [one for _, one in journal.events(connection, names, 0, 9)] == [*rows, more.told[0]]
    assert [number for number, _ in journal.events(connection, names, 3, 9)] == [4]
    assert journal.before(connection, names, AT) is None
    first, second = journal.checkpoints(connection, names)
    assert journal.before(connection, names, later(1)) == first
    assert journal.before(connection, names, later(1.5)) == second
    found = journal.checkpoint(connection, names, second)
    assert found is not None
    assert (found.event, found.observation, found.home) == (4, 2, b"second")
    assert found.at == later(1)
    assert journal.settings_at(connection, names, 4) == rows[0]
    assert journal.settings_at(connection, names, 0) is None


def test_it_goes_with_the_readings_but_for_the_settings_of_what_is_left(
    database: Database,
) -> None:
    """Thirty days: older events and states go; a gateway that never restarted keeps its start."""
    database.record(batch(database, told=[told("config", 0), told("fault", 1)]))
    for day in (2, 33):
        state = batch(database, told=[told("fault", day)], home=b"state", checkpoint=True)
        database.record(msgspec.structs.replace(state, at=later(day)))
    database.prune(later(34))
    assert kinds(database) == [("config", 1), ("fault", 4)]
    assert len(journal.checkpoints(database._connection, database._names)) == 1


def test_a_box_that_starts_again_and_again_keeps_the_newest_states(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "CHECKPOINTS_MAX", 3)
    for number in range(7):
        database.record(batch(database, home=bytes([number]), checkpoint=True))
    connection, names = database._connection, database._names
    assert len(journal.checkpoints(connection, names)) == 3


def test_with_the_readings_all_of_it_is_erased(database: Database) -> None:
    """Who has the optional data erased leaves no state that says what they said."""
    database.record(
        batch(
            database,
            observations=[reading(1.0)],
            told=[told("fault", 0)],
            home=b"state",
            checkpoint=True,
        )
    )
    arguments = (database._connection, database._names, DEFAULT_BOUNDS, 10, AT)
    while optional.erase_readings(*arguments):
        continue
    assert kinds(database) == []
    assert journal.checkpoints(database._connection, database._names) == []


def test_what_memory_holds_while_the_disk_refuses_is_bounded(database: Database) -> None:
    """Joined batches keep the newest events, in order."""
    one = batch(database, told=[told("fault", n) for n in range(journal.HELD_MAX)])
    other = batch(database, told=[told("config", 0)])
    joined = journal.joined(one, other)
    assert len(joined) == journal.HELD_MAX
    assert joined[-1].kind == "config"
