"""A possible fall after which its wearer is seen walking is a line of today's list, and no call."""

from __future__ import annotations

import pytest

from edge.domain import AlertState, PersonKind, Priority, Quality, Role, Visit, VisitKind
from edge.events import ConfigLoaded, Removed, Tick
from tests.support.living import HOUR, MINUTE, SECOND, Living

ROOMS = ("lounge", "hallway", "kitchen")
WAIT = 10 * MINUTE


@pytest.fixture
def home() -> Living:
    """One resident with a band and a button, and living sensors in three rooms."""
    living = Living(settings=ConfigLoaded(fall_still_s=5 * 60, fall_walk_s=10 * 60))
    living.person("anna")
    living.enrol("band", Role.FALL_DETECTOR, person="anna")
    living.enrol("button", Role.HELP_BUTTON, person="anna")
    for room in ROOMS:
        living.enrol(room, Role.MOTION, room=room)
        living.observe(room, "motion", value=False)
    return living


def fall(home: Living) -> None:
    home.observe("band", "fall", value=True)


def walk(home: Living, *rooms: str, quality: Quality = Quality.OK) -> None:
    for room in rooms:
        home.wait(10 * SECOND)
        home.observe(room, "motion", value=True, quality=quality)


def test_whoever_walks_through_three_rooms_is_on_todays_list(home: Living) -> None:
    """They may be hurt all the same, and a fall asks for a new assessment."""
    fall(home)
    assert home.codes() == []
    walk(home, *ROOMS)
    alert = home.open("possible_fall")
    assert (alert.priority, alert.person) == (Priority.NORMAL, "anna")
    assert "activity_seen" in alert.flags
    home.wait(HOUR)
    assert home.open("possible_fall").priority is Priority.NORMAL


def test_whoever_moves_and_is_not_seen_walking_is_called(home: Living) -> None:
    """From a doorway two sensors see whoever lies in it: told ten minutes after it."""
    fall(home)
    began = home.ms
    for _ in range(9):
        walk(home, "lounge", "hallway")
        home.wait(40 * SECOND)
    home.wait(began + WAIT - SECOND - home.ms)
    assert home.codes() == []
    home.wait(SECOND)
    assert home.open("possible_fall").priority is Priority.HIGH


@pytest.mark.parametrize("late_ms", [2, 50, MINUTE])
def test_a_clock_that_ticks_late_calls_late(home: Living, late_ms: int) -> None:
    """No loop of ours wakes at the very millisecond."""
    fall(home)
    home.wait(2 * MINUTE)
    walk(home, "lounge", "hallway")
    home.wait(5 * MINUTE)
    home.ms += WAIT - 7 * MINUTE - 20 * SECOND + late_ms
    home.tell(Tick())
    assert home.open("possible_fall").priority is Priority.HIGH


def test_a_band_that_is_taken_away_while_its_fall_waits_is_called(home: Living) -> None:
    """As when it is exchanged: nobody said that its wearer was seen."""
    fall(home)
    home.wait(MINUTE)
    home.tell(Removed(device="band"))
    alert = home.open("possible_fall")
    assert (alert.priority, alert.person) == (Priority.HIGH, "anna")


def test_where_nothing_can_be_seen_the_call_is_made_when_that_is_known(home: Living) -> None:
    """Sensors that fall silent right after it prove neither a walk nor stillness."""
    home.wait(12 * HOUR - MINUTE)
    fall(home)
    home.wait(5 * MINUTE)
    alert = home.open("possible_fall")
    assert alert.priority is Priority.HIGH


def test_a_service_can_have_it_told_at_once(home: Living) -> None:
    home.settings = ConfigLoaded(fall_walk_s=0)
    home.tell(home.settings)
    fall(home)
    assert home.open("possible_fall").priority is Priority.HIGH


def test_stillness_after_it_is_critical_as_before(home: Living) -> None:
    """Nothing moves: told when that is judged, and not when the walk has been waited for."""
    fall(home)
    home.beacon("lounge", "motion", value=False, every=MINUTE, until=5 * MINUTE)
    assert home.open("possible_fall").priority is Priority.CRITICAL


def test_a_press_does_not_wait(home: Living) -> None:
    fall(home)
    home.wait(20 * SECOND)
    home.observe("button", "button", "press")
    assert home.open("possible_fall").priority is Priority.CRITICAL


def test_a_second_fall_after_the_walk_is_called_at_once(home: Living) -> None:
    """Told again within the same minutes it is the same fall, and nobody waits twice."""
    fall(home)
    walk(home, *ROOMS)
    fall(home)
    assert home.open("possible_fall").priority is Priority.HIGH


def test_a_later_fall_is_judged_anew(home: Living) -> None:
    """While the first stands on the list: the call that the second needs is made."""
    fall(home)
    walk(home, *ROOMS)
    home.accept(home.open("possible_fall"), eta_s=4 * 3600)
    home.wait(HOUR)
    for room in ROOMS:
        home.observe(room, "motion", value=False)
    fall(home)
    home.wait(WAIT)
    alert = home.open("possible_fall")
    assert (alert.priority, alert.state) == (Priority.CRITICAL, AlertState.RAISED)


@pytest.mark.parametrize("who", ["another", "pet", "visit", "two rooms", "dead sensors"])
def test_where_it_may_be_somebody_else_nothing_waits(home: Living, who: str) -> None:
    if who == "another":
        home.person("bert")
    elif who == "pet":
        home.person("cat", PersonKind.PET)
    elif who == "visit":
        now = home.now.wall_ms
        told = Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=now + HOUR)
        home.tell(told)
    elif who == "two rooms":
        home.enrol("kitchen", Role.MOTION, room="hallway")
    else:
        home.wait(13 * HOUR)
    count = len(home.raised())
    fall(home)
    assert "possible_fall" in [alert.code for alert in home.raised()[count:]]


def test_nobody_is_believed_to_walk_by_a_word_that_may_be_forged(home: Living) -> None:
    fall(home)
    walk(home, *ROOMS, quality=Quality.UNAUTHENTICATED)
    home.wait(WAIT)
    assert home.open("possible_fall").priority is Priority.CRITICAL


@pytest.mark.parametrize("reboot", [False, True])
def test_a_restart_forgets_nothing_of_it(home: Living, *, reboot: bool) -> None:
    fall(home)
    home.wait(MINUTE)
    if reboot:
        home.reboot(MINUTE)
    else:
        home.restart(off_ms=SECOND)
    home.wait(2 * WAIT)
    assert home.open("possible_fall").priority in (Priority.HIGH, Priority.CRITICAL)


def test_the_room_they_were_seen_in_just_before_is_one_of_the_three(home: Living) -> None:
    """Out of the lounge, through the hallway, into the kitchen: a walk, wherever it began."""
    home.observe("lounge", "motion", value=True)
    home.wait(5 * SECOND)
    fall(home)
    walk(home, "hallway", "kitchen")
    assert home.open("possible_fall").priority is Priority.NORMAL


def test_a_room_of_a_while_ago_is_not(home: Living) -> None:
    """Unseen on the way to a doorway, they may lie in it."""
    home.observe("lounge", "motion", value=True)
    home.wait(MINUTE)
    fall(home)
    walk(home, "hallway", "kitchen")
    assert home.codes() == []
