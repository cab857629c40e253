"""Alarms that sense something: what they have in common, and what each has of its own."""

from __future__ import annotations

import pytest

from edge.domain import AlertState, Priority, Quality, Role, Stay, StayKind, Visit, VisitKind
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living

CRITICAL = [
    ("carbon_monoxide", "carbon_monoxide", Role.CO_ALARM),
    ("heat", "heat", Role.HEAT_ALARM),
    ("gas", "gas", Role.GAS_ALARM),
]
HIGH = [("water_leak", "moisture", Role.WATER_ALARM), ("stove_cut", "stove_cut", Role.STOVE_GUARD)]
ALL = [*CRITICAL, *HIGH, ("wire_fault", "wire_fault", Role.STOVE_GUARD)]


def living(role: Role) -> Living:
    home = Living()
    home.enrol("alarm", role)
    return home


def away(home: Living) -> None:
    home.tell(Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=0))


def visited(home: Living, hours: int = 1) -> None:
    now = home.now.wall_ms
    until = now + hours * HOUR
    home.tell(Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=until))


@pytest.mark.parametrize("code, kind, role", CRITICAL)
def test_critical_at_once_whatever_stay_or_visit_is_told(code: str, kind: str, role: Role) -> None:
    """No stay and no visitor puts gas or heat away."""
    home = living(role)
    away(home)
    visited(home)
    home.observe("alarm", kind, value=True)
    assert home.open(code, "alarm").priority is Priority.CRITICAL


@pytest.mark.parametrize("code, kind, role", HIGH)
def test_water_and_a_cut_cooker_are_high_in_any_stay(code: str, kind: str, role: Role) -> None:
    """Nobody at home is no reason to let water run."""
    home = living(role)
    away(home)
    visited(home)
    home.observe("alarm", kind, value=True)
    assert home.open(code, "alarm").priority is Priority.HIGH


@pytest.mark.parametrize("code, kind, role", ALL)
def test_false_is_noted_and_ends_nothing(code: str, kind: str, role: Role) -> None:
    """A person closes; the device's word stands beside it, and goes when it begins anew."""
    home = living(role)
    home.observe("alarm", kind, value=True)
    home.observe("alarm", kind, value=False)
    alert = home.open(code)
    assert alert.state is AlertState.RAISED
    assert len(alert.flags) == 1
    home.wait(SECOND)
    home.observe("alarm", kind, value=True)
    assert home.open(code).flags == ()
    assert home.open(code).repeats == 1


@pytest.mark.parametrize("code, kind, role", [*CRITICAL, *HIGH])
def test_a_doubtful_one_raises_with_its_doubt(code: str, kind: str, role: Role) -> None:
    """Under a broken key the call is heard; a forged "all quiet" is not."""
    home = living(role)
    home.observe("alarm", kind, value=True, quality=Quality.UNAUTHENTICATED)
    assert home.open(code).flags == ("unauthenticated",)
    home.observe("alarm", kind, value=True)
    home.observe("alarm", kind, value=False, quality=Quality.POSSIBLE_REPLAY)
    assert home.open(code).flags == ("unauthenticated",)


@pytest.mark.parametrize("code, kind, role", CRITICAL)
def test_one_that_goes_on_speaks_every_five_minutes(code: str, kind: str, role: Role) -> None:
    """As smoke does; closed while it sounds, it is told anew."""
    home = living(role)
    home.observe("alarm", kind, value=True)
    home.beacon("alarm", kind, value=True, every=10 * SECOND, until=10 * MINUTE)
    assert home.open(code).rev == 3
    home.close(home.open(code), "false_alarm")
    home.beacon("alarm", kind, value=True, every=10 * SECOND, until=6 * MINUTE)
    assert home.is_open(code)


def test_a_cut_cooker_does_not_call_twice_whoever_has_it() -> None:
    """A second cut on the same day is a revision in the same hands."""
    home = living(Role.STOVE_GUARD)
    home.observe("alarm", "stove_cut", value=True)
    home.accept(home.open("stove_cut"))
    home.observe("alarm", "stove_cut", value=False)
    home.wait(10 * MINUTE)
    home.observe("alarm", "stove_cut", value=True)
    alert = home.open("stove_cut")
    assert alert.state is AlertState.ACKNOWLEDGED
    assert alert.repeats == 1


def test_whoever_answers_a_cut_cooker_knows_who_may_be_there() -> None:
    """A stay and a visit stand beside it."""
    home = living(Role.STOVE_GUARD)
    away(home)
    visited(home)
    home.observe("alarm", "stove_cut", value=True)
    assert set(home.open("stove_cut").flags) == {"stay_elsewhere", "visitor_present"}


@pytest.mark.parametrize(
    "role, priority",
    [(Role.STOVE_GUARD, Priority.HIGH), (Role.DOOR, Priority.NORMAL)],
)
def test_a_broken_wire_is_ours(role: Role, priority: Priority) -> None:
    """Behind an alarm it is for today; repeated hourly it is told once a day, in any stay."""
    home = living(role)
    away(home)
    home.observe("alarm", "wire_fault", value=True)
    assert home.open("wire_fault", "alarm").priority is priority
    home.beacon("alarm", "wire_fault", value=True, every=HOUR, until=DAY - HOUR)
    assert home.open("wire_fault").rev == 1
    home.observe("alarm", "wire_fault", value=False)
    assert home.open("wire_fault").flags == ("wire_whole",)
