"""Measured values thin with age, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from edge.domain import Instant, Observation, Quality, Sync
from edge.kinds import observation
from edge.store import thinning
from edge.store.bounds import DAY_MS, HOUR_MS, Bounds
from edge.store.database import Database
from edge.store.thinning import Span
from tests.store.samples import AT, alert, batch, reading
from tests.support.clock import instant


def _left(database: Database, kind: str = "temperature", device: str = "climate-1") -> list[Span]:
    return database.look(thinning.spans, device, kind, from_ms=0, until_ms=AT.wall_ms * 2)


def _prune(database: Database, days: float) -> None:
    at = instant(int(days * DAY_MS))
    while database.prune(at).more:
        pass


def _kept(database: Database) -> list[Any]:
    return [o.value for _, o in database.observations(0, 10_000)]


def test_values_thin_to_minutes_to_quarters_and_go(database: Database) -> None:
    """An hour of readings every ten seconds: count, smallest, largest and mean stay exact."""
    values = [float(n % 50) for n in range(360)]
    seen = [reading(v, instant(n * 10_000), room="hall") for n, v in enumerate(values)]
    database.record(batch(observations=seen))
    _prune(database, 6.9)
    assert len(_kept(database)) == 360
    _prune(database, 8)
    minutes = _left(database)
    assert {m.span_s for m in minutes} == {60}
    assert len(minutes) == 60
    assert _kept(database) == values[-1:]  # what the device shows now
    assert sum(m.count for m in minutes) == 359
    first = minutes[0]
    assert first.from_ms == AT.wall_ms
    assert (first.count, first.minimum, first.maximum) == (6, 0.0, 5.0)
    assert first.mean == pytest.approx(2.5)
    assert (first.room, first.person) == ("hall", None)
    (line,) = [line for line in database.shed() if line.reason == "thinned"]
    assert line.rows == 359
    _prune(database, 31)
    quarters = _left(database)
    assert [(q.span_s, q.count) for q in quarters] == [(900, 90), (900, 90), (900, 90), (900, 89)]
    total = sum(q.mean * q.count for q in quarters)
    assert total == pytest.approx(sum(values[:-1]))
    assert (quarters[0].minimum, quarters[0].maximum) == (0.0, 49.0)
    _prune(database, 91)
    assert _left(database) == []


def test_what_is_no_measurement_stays_as_it_was(database: Database) -> None:
    """Events, states, doubt and untrusted times are whole until they are deleted at 30 days."""
    unset = instant(sync=Sync.NONE)
    kept: list[Observation] = [
        observation("help-button", "button", "press", AT),
        observation("door-1", "door", value=True, at=AT),
        reading(1.0, quality=Quality.POSSIBLE_REPLAY),
        reading(None, quality=Quality.NOT_AVAILABLE),
        reading(2.0, at=unset),
        observation("line-1", "input_register", 7, AT),
    ]
    database.record(batch(observations=[*kept, reading(3.0), reading(4.0)], alerts=[alert(1)]))
    before = database.alert("alert-0001")
    _prune(database, 10)
    assert _kept(database) == ["press", True, 1.0, None, 2.0, 7, 4.0]
    assert [m.count for m in _left(database)] == [1]
    assert database.alert("alert-0001") == before
    assert [o.value for _, o in database.latest_observations() if o.device == "climate-1"] == [4.0]
    _prune(database, 31)
    assert _kept(database) == []


def test_persons_are_never_mixed_and_a_moved_device_has_no_room(database: Database) -> None:
    """Two people at one cuff within a minute: two rows."""
    database.record(
        batch(
            observations=[
                reading(1.0, person="resident-1", room="hall"),
                reading(3.0, person="resident-2", room="hall"),
                reading(5.0, person="resident-2", room="kitchen"),
                reading(9.0),
            ]
        )
    )
    _prune(database, 8)
    found = {m.person: (m.count, m.mean, m.room) for m in _left(database)}
    assert found == {"resident-1": (1, 1.0, "hall"), "resident-2": (2, 4.0, None)}


def test_a_minute_in_pieces_is_one_minute(path: Any) -> None:
    """The bound of a call falls inside a minute; each call is bounded and the rest follows."""
    with Database.open(path, bounds=Bounds(prune_rows=7)) as database:
        database.record(batch(observations=[reading(float(n)) for n in range(41)]))
        calls = 0
        while database.prune(instant(8 * DAY_MS)).more:
            calls += 1
        assert calls >= 5
        (minute,) = _left(database)
        assert (minute.count, minute.minimum, minute.maximum) == (40, 0.0, 39.0)
        assert minute.mean == pytest.approx(19.5)


def test_a_clock_in_doubt_thins_nothing(database: Database) -> None:
    """A year ahead by mistake would thin what was measured today."""
    database.record(batch(observations=[reading(1.0), reading(2.0)]))
    doubtful = instant(8 * DAY_MS, sync=Sync.NONE)
    assert database.prune(doubtful).doubt == "clock_not_synchronised"
    jumped = Instant(
        boot=AT.boot,
        boottime_ms=AT.boottime_ms + HOUR_MS,
        wall_ms=AT.wall_ms + 400 * DAY_MS,
        offset_min=0,
        sync=Sync.NTP,
    )
    assert database.prune(jumped).doubt == "clock_jumped"
    assert len(_kept(database)) == 2
    assert _left(database) == []
