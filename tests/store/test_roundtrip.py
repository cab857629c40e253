from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain import Instant, Observation, Quality, Sync
from edge.errors import StoreError
from edge.store import household, limits
from edge.store.database import Database
from tests.store.samples import (
    ANNA,
    AT,
    LOCATED,
    PLAN,
    PULSE,
    SATURATION,
    STAY_OF_ONE,
    alert,
    answer,
    assessment,
    batch,
    one_of_everything,
    reading,
)
from tests.support.clock import instant

INT64 = st.integers(-(2**63), 2**63 - 1)
WORDS = st.text(max_size=8)

instants = st.builds(
    Instant,
    boot=st.sampled_from(["boot-a", "boot-b"]),
    boottime_ms=st.integers(0, 2**53),
    wall_ms=INT64,
    offset_min=st.integers(-840, 840),
    sync=st.sampled_from(Sync),
)
observations = st.builds(
    Observation,
    device=WORDS,
    kind=WORDS,
    value=st.none() | st.booleans() | INT64 | st.floats(allow_nan=False) | st.text(),
    unit=WORDS,
    code=WORDS,
    at=instants,
    quality=st.sampled_from(Quality),
    device_time=st.none() | WORDS,
    device_seq=st.none() | INT64,
    room=st.none() | WORDS,
    person=st.none() | WORDS,
)


@given(batches=st.lists(st.lists(observations, max_size=20), max_size=3))
@settings(max_examples=50)
def test_any_observation_comes_back_as_it_was(batches: list[list[Observation]]) -> None:
    """Values keep their type (True is not 1, 1 is not 1.0), every text and time its exact form."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "home.db"
        with Database.open(path) as database:
            for some in batches:
                database.record(batch(database, observations=some))
        with Database.open(path) as database:
            kept = database.observations(0, 100)
    told = [o for some in batches for o in some]
    assert kept == list(enumerate(told, 1))
    assert [type(o.value) for _, o in kept] == [type(o.value) for o in told]


@pytest.mark.parametrize("count", [1, 2, 4, 5, 63, 64, 65, 257, 500, 512, 513, 1100])
def test_every_size_of_batch_is_stored_whole(database: Database, count: int) -> None:
    """Rows are padded to few statement sizes; neither a row nor the padding may go astray."""
    told = [reading(float(n), device_seq=n) for n in range(count)]
    database.record(batch(observations=told))
    assert [o for _, o in database.observations(0, 10_000)] == told
    assert database.heads().observation == count


def test_everything_comes_back_from_disk(path: Path) -> None:
    """Each kind of record survives closing, exactly."""
    told = one_of_everything()
    with Database.open(path) as database:
        database.record(told)
    with Database.open(path) as database:
        assert [o for _, o in database.observations(0, 100)] == list(told.observations)
        assert database.devices() == list(told.enrolled)
        assert database.driver_states() == dict(told.driver_states)
        assert database.alerts() == [told.alerts[0], told.alerts[2]]
        assert database.alert("alert-0001") == told.alerts[0]
        assert database.alert("absent") is None
        assert database.last_assessments() == list(told.assessments)
        assert database.answers("fire") == list(told.answers)
        assert database.visits() == list(told.visits)
        assert database.stays() == list(told.stays)
        assert database.look(household.persons) == [ANNA]
        assert database.look(household.plan) == PLAN
        assert database.look(household.decisions) == [LOCATED]
        assert database.look(limits.in_force) == [SATURATION]
        told_limits = database.look(limits.history)
        assert [(one, by) for one, by, _ in told_limits] == [(PULSE, "anna"), (SATURATION, None)]
        assert database.owed(10) == list(told.messages)
        assert database.snapshot() == (told.home, 5)
        assert (database.heads().observation, database.heads().message) == (5, 2)


def test_unit_and_code_stay_what_they_were(database: Database) -> None:
    """An export of old rows must not change when the table of kinds does."""
    old = reading(294.65, unit="K", code="old:1")
    new = reading(21.5)
    database.record(batch(observations=[old, new]))
    assert [o for _, o in database.observations(0, 10)] == [old, new]
    assert [o for _, o in database.latest_observations()] == [new]


def test_two_readings_of_one_millisecond_are_both_kept(database: Database) -> None:
    """Identity is the number, never the time."""
    database.record(batch(observations=[reading(20.0), reading(21.0)]))
    database.record(batch(database, observations=[reading(22.0)]))
    assert [o.value for _, o in database.observations(0, 10)] == [20.0, 21.0, 22.0]


def test_not_a_number_is_stored_as_no_value_that_says_so(database: Database) -> None:
    """SQLite has no NaN; it must not come back as an unexplained gap."""
    database.record(batch(observations=[reading(float("nan"))]))
    ((_, kept),) = database.observations(0, 10)
    assert (kept.value, kept.quality) == (None, Quality.NOT_A_NUMBER)


def test_observations_are_read_in_pages(database: Database) -> None:
    """A reader goes on from the last number it has."""
    database.record(batch(observations=[reading(n) for n in range(10)]))
    assert [seq for seq, _ in database.observations(3, 4)] == [4, 5, 6, 7]
    assert database.observations(10, 4) == []


def test_latest_is_the_newest_of_each_device_and_kind(database: Database) -> None:
    """The status page does not search a month of rows."""
    door = reading(kind="door", device="door-1", unit="1", code="mdc:528508", value=True)
    database.record(batch(observations=[reading(1.0), door, reading(2.0)]))
    assert [(seq, o.value) for seq, o in database.latest_observations()] == [(2, True), (3, 2.0)]
    database.record(batch(database, observations=[reading(3.0)]))
    assert [(seq, o.value) for seq, o in database.latest_observations()] == [(2, True), (4, 3.0)]


def test_an_older_revision_never_overwrites_a_newer_one(database: Database) -> None:
    """Whoever holds a higher `rev` holds the newer truth; every revision is kept."""
    database.record(batch(alerts=[alert(rev=1), alert(rev=3, escalation=2)]))
    database.record(batch(alerts=[alert(rev=2)]))
    kept = database.alert("alert-0001")
    assert kept is not None
    assert (kept.rev, kept.escalation) == (3, 2)
    assert [a.rev for a in database.alert_history("alert-0001")] == [1, 2, 3]


def test_open_alerts_are_those_that_are_neither_closed_nor_cancelled(database: Database) -> None:
    """Start-up rebuilds escalation from exactly these."""
    states = ("raised", "acknowledged", "closed", "cancelled")
    told = [alert(n, state=type(alert().state)(state)) for n, state in enumerate(states)]
    database.record(batch(alerts=told))
    assert database.alerts(open_only=True) == told[:2]
    assert database.alerts() == told


def test_older_answers_are_kept_in_the_order_given(database: Database) -> None:
    """Who answered what, and when, stays on record."""
    first, second = answer(code="yes"), answer(code="no", at=instant(1))
    database.record(batch(answers=[first, answer("FS-01")]))
    database.record(batch(answers=[second]))
    assert database.answers("fire") == [first, answer("FS-01"), second]
    assert database.answers("fall") == []


def test_the_last_assessment_of_each_hazard_is_in_force(database: Database) -> None:
    """A later level replaces the former; another hazard's stays beside it."""
    fall = msgspec.structs.replace(assessment(3), hazard=type(assessment().hazard)("fall"))
    database.record(batch(assessments=[assessment(1), assessment(2), fall]))
    assert database.last_assessments() == [fall, assessment(2)]


def test_a_value_that_does_not_fit_is_refused_with_its_file(database: Database, path: Path) -> None:
    """The error names the file and the mend, and never the value."""
    for value in (2**63, "\ud800"):
        with pytest.raises(StoreError, match="a value does not fit") as refusal:
            database.record(batch(observations=[reading(value)]))
        assert str(path) in str(refusal.value)
        assert str(2**63) not in str(refusal.value)
    database.record(batch(observations=[reading()]))


def test_the_store_is_dated_by_its_first_batch(database: Database) -> None:
    """It has no clock of its own; time is told to it, once."""
    database.record(batch(observations=[reading()]))
    database.record(batch(database, at=instant(5_000)))
    (row,) = database._connection.execute("SELECT created_wall_ms, created_sync FROM store")
    assert row == (AT.wall_ms, "ntp")


def test_a_stay_of_one_person_is_of_that_person(tmp_path: Path) -> None:
    with Database.open(tmp_path / "home.db") as database:
        database.record(batch(database, stays=[STAY_OF_ONE]))
        assert database.stays() == [STAY_OF_ONE]
