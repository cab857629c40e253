"""Readings against a nurse's limits: off unless three say so, confirmed, and never critical."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain import (
    AlertState,
    Decision,
    Priority,
    Quality,
    Question,
    Role,
    VitalLimit,
    VitalLimitEnded,
    Withdrawn,
)
from edge.events import ConfigLoaded
from edge.home.limits import LIMITS_MAX
from edge.kinds import observation
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living, decision

LIMIT = VitalLimit(
    person="r-1",
    kind="pulse_rate",
    low=50.0,
    high=110.0,
    priority=Priority.HIGH,
    confirm_s=900,
    set_by="nurse.one",
    role="nurse",
    valid_until="2026-06-01",
    by="nurse.one",
)


def living(
    *, on: bool = True, decided: Decision | None = None, limit: VitalLimit | None = LIMIT
) -> Living:
    home = Living(settings=ConfigLoaded(vitals=on))
    home.person("r-1")
    home.enrol("cuff", Role.VITALS, person="r-1", silent_after_s=40 * 86_400)
    home.tell(decided or decision(Question.VITALS))
    if limit is not None:
        home.tell(limit)
    return home


def twice(home: Living, first: float, second: float, apart_ms: int = 5 * MINUTE) -> None:
    home.observe("cuff", "pulse_rate", first)
    home.wait(apart_ms)
    home.observe("cuff", "pulse_rate", second)


def test_a_reading_that_a_second_one_confirms_is_told_without_its_value() -> None:
    home = living()
    twice(home, 120.0, 118.0)
    alert = home.open("vital_limit")
    assert (alert.priority, alert.person) == (Priority.HIGH, "r-1")
    assert (alert.params["kind"], alert.params["side"]) == ("pulse_rate", "above")
    assert 118.0 not in alert.params.values()
    assert alert.evidence[0].value == 118.0  # told upstream as a kind alone: sharing.tells_value
    low = living(limit=msgspec.structs.replace(LIMIT, priority=Priority.NORMAL))
    twice(low, 40.0, 45.0)
    assert low.open("vital_limit").priority is Priority.NORMAL
    assert low.open("vital_limit").params["side"] == "below"


@pytest.mark.parametrize(
    "first, second, apart_ms",
    [
        (120.0, 80.0, 5 * MINUTE),  # within again
        (120.0, 40.0, 5 * MINUTE),  # the other side: a new first one
        (120.0, 120.0, 16 * MINUTE),  # too late to confirm
        (120.0, 120.0, 30 * SECOND),  # the same one told twice
        (110.0, 50.0, 5 * MINUTE),  # at the limit is within it
    ],
)
def test_what_is_not_confirmed_is_not_told(first: float, second: float, apart_ms: int) -> None:
    home = living()
    twice(home, first, second, apart_ms)
    assert not home.is_open("vital_limit")


def test_a_plan_may_let_the_first_reading_count() -> None:
    home = living(limit=msgspec.structs.replace(LIMIT, confirm_s=0))
    home.observe("cuff", "pulse_rate", 120.0)
    assert home.is_open("vital_limit")


def test_each_of_the_three_switches_keeps_it_off() -> None:
    """The settings, the decision, the limit; and a limit or decision that ran out."""
    ended = living()
    ended.tell(VitalLimitEnded(person="r-1", kind="pulse_rate", by="nurse.one"))
    undecided = living()
    undecided.tell(Withdrawn(question=Question.VITALS, by="nurse.one"))
    old = living(limit=msgspec.structs.replace(LIMIT, valid_until="2026-03-01"))
    lapsed = living(decided=decision(Question.VITALS, "2026-03-01"))
    for home in (living(on=False), living(limit=None), ended, undecided, old, lapsed):
        twice(home, 120.0, 120.0)
        assert not home.is_open("vital_limit")
    last_day = living(limit=msgspec.structs.replace(LIMIT, valid_until="2026-03-02"))
    twice(last_day, 120.0, 120.0)
    assert last_day.is_open("vital_limit")


def test_nobodys_instrument_and_a_doubtful_word_say_nothing() -> None:
    home = living()
    home.enrol("other", Role.VITALS, silent_after_s=40 * 86_400)
    for _ in range(3):
        home.wait(5 * MINUTE)
        home.observe("other", "pulse_rate", 130.0)
        home.observe("cuff", "pulse_rate", 130.0, Quality.UNAUTHENTICATED)
        home.observe("cuff", "pulse_rate", None, Quality.NOT_A_NUMBER)
        home.observe("cuff", "heart_rate", 130.0)
    assert not home.is_open("vital_limit")


def test_it_is_told_again_on_another_day_and_not_with_every_reading() -> None:
    home = living()
    twice(home, 120.0, 120.0)
    for _ in range(5):
        home.wait(10 * MINUTE)
        home.observe("cuff", "pulse_rate", 125.0)
    assert home.open("vital_limit").rev == 1
    home.close(home.open("vital_limit"))
    home.wait(HOUR)
    home.observe("cuff", "pulse_rate", 125.0)
    assert not home.is_open("vital_limit")
    home.wait(DAY)
    twice(home, 125.0, 125.0)
    assert home.open("vital_limit").state is AlertState.RAISED


def test_a_reading_that_was_stored_counts_by_its_own_time() -> None:
    """Two of a week ago that come in a burst confirm each other only if they lay minutes apart."""
    home = living()
    for text in ("2026-03-02T09:00:00.000Z", "2026-03-02T09:20:00.000Z"):
        seen = observation("cuff", "pulse_rate", 120.0, home.now, device_time=text)
        home.tell(seen)
    assert not home.is_open("vital_limit")
    seen = observation("cuff", "pulse_rate", 120.0, home.now, device_time="2026-03-02T09:25:00Z")
    home.tell(seen)
    assert home.is_open("vital_limit")


def test_over_a_restart_and_a_new_boot_the_second_reading_confirms() -> None:
    home = living()
    home.observe("cuff", "pulse_rate", 120.0)
    home.wait(2 * MINUTE)
    home.restart(MINUTE)
    home.reboot(2 * MINUTE)
    home.observe("cuff", "pulse_rate", 120.0)
    assert home.is_open("vital_limit")


def test_a_home_holds_so_many_limits() -> None:
    home = living(limit=None)
    for n in range(LIMITS_MAX + 3):
        home.tell(msgspec.structs.replace(LIMIT, person=f"r-{n}"))
    assert len(home.home.vitals.limits) == LIMITS_MAX


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([40.0, 50.0, 80.0, 110.0, 130.0]), st.integers(1, 60)),
        max_size=25,
    )
)
def test_whatever_is_measured_nothing_is_critical(readings: list[tuple[float, int]]) -> None:
    home = living()
    for value, minutes in readings:
        home.observe("cuff", "pulse_rate", value)
        home.wait(minutes * MINUTE)
    told = [alert for alert in home.raised() if alert.code == "vital_limit"]
    assert all(alert.priority is Priority.HIGH for alert in told)
    if told:
        assert sum(not 50.0 <= value <= 110.0 for value, _ in readings) >= 2
