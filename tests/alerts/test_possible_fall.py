from __future__ import annotations

import pytest

from edge.domain import AlertState, Priority, Quality, Role, Stay, StayKind, Visit, VisitKind
from edge.events import ConfigLoaded
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living

STILL = 5 * MINUTE


@pytest.fixture
def home() -> Living:
    living = Living(settings=ConfigLoaded(fall_still_s=STILL // SECOND))
    living.enrol("band", Role.FALL_DETECTOR, person="resident")
    living.enrol("button", Role.HELP_BUTTON, person="resident")
    living.enrol("motion", Role.MOTION)
    living.observe("motion", "motion", value=True)
    return living


def fall(home: Living, quality: Quality = Quality.OK) -> None:
    home.observe("band", "fall", value=True, quality=quality)


def visit(home: Living, minutes: int) -> None:
    now = home.now.wall_ms
    until = now + minutes * MINUTE
    home.tell(Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=until))


def test_high_at_once(home: Living) -> None:
    """Nothing is waited for: a possible fall is told before anything confirms it."""
    fall(home)
    alert = home.open("possible_fall", "band")
    assert alert.priority is Priority.HIGH
    assert alert.person == "resident"


@pytest.mark.parametrize("device", ["band", "button"])
def test_a_press_of_the_same_person_confirms(home: Living, device: str) -> None:
    """Critical, open again for whoever had it, and the press is a call of its own."""
    fall(home)
    home.accept(home.open("possible_fall"))
    home.wait(2 * MINUTE)
    home.observe(device, "button", "press")
    alert = home.open("possible_fall")
    assert alert.priority is Priority.CRITICAL
    assert alert.state is AlertState.RAISED
    assert "confirmed_button" in alert.flags
    assert home.open("help_button", device).priority is Priority.CRITICAL


def test_a_press_just_before_confirms_too(home: Living) -> None:
    """In whatever order the two are told."""
    home.observe("button", "button", "press")
    home.wait(MINUTE)
    fall(home)
    alert = home.open("possible_fall")
    assert alert.priority is Priority.CRITICAL
    assert alert.flags == ("confirmed_button",)


def test_a_press_of_somebody_else_does_not(home: Living) -> None:
    """Nor one of a button that is nobody's: an unknown wearer is never assumed."""
    home.enrol("other", Role.HELP_BUTTON, person="spouse")
    home.enrol("wall", Role.HELP_BUTTON)
    fall(home)
    home.observe("other", "button", "press")
    home.observe("wall", "button", "press")
    assert home.open("possible_fall").priority is Priority.HIGH


def test_two_things_of_nobody_are_not_the_same_persons() -> None:
    """A band that was never given to anybody, and a button on the wall."""
    home = Living()
    home.enrol("band", Role.FALL_DETECTOR)
    home.enrol("wall", Role.HELP_BUTTON)
    fall(home)
    home.observe("wall", "button", "press")
    assert home.open("possible_fall").priority is Priority.HIGH


def test_stillness_that_a_living_sensor_saw_confirms(home: Living) -> None:
    """Nobody moved for the span: critical."""
    fall(home)
    home.wait(STILL - 1)
    assert home.open("possible_fall").priority is Priority.HIGH
    home.wait(1)
    alert = home.open("possible_fall")
    assert alert.priority is Priority.CRITICAL
    assert alert.flags == ("confirmed_still",)


def test_the_first_minute_is_the_fall_itself(home: Living) -> None:
    """A sensor that still sees them drop does not see them get up."""
    fall(home)
    home.wait(30 * SECOND)
    home.observe("motion", "motion", value=True)
    home.wait(STILL)
    assert home.open("possible_fall").priority is Priority.CRITICAL


def test_movement_is_noted_and_lowers_nothing(home: Living) -> None:
    """High stays high, and a person closes."""
    fall(home)
    home.wait(2 * MINUTE)
    home.observe("motion", "motion", value=True)
    home.wait(DAY)
    alert = home.open("possible_fall")
    assert alert.priority is Priority.HIGH
    assert alert.flags == ("activity_seen",)


def test_movement_after_stillness_leaves_it_critical(home: Living) -> None:
    """What was told is never taken back."""
    fall(home)
    home.wait(STILL)
    home.observe("motion", "motion", value=True)
    alert = home.open("possible_fall")
    assert alert.priority is Priority.CRITICAL
    assert set(alert.flags) == {"confirmed_still", "activity_seen"}


def test_the_bands_own_movement_counts(home: Living) -> None:
    """A wrist that moves is seen, also without a sensor in the room."""
    fall(home)
    home.wait(2 * MINUTE)
    home.observe("band", "moving", value=True)
    home.wait(STILL)
    alert = home.open("possible_fall")
    assert alert.priority is Priority.HIGH
    assert alert.flags == ("activity_seen",)


def test_where_nothing_can_see_it_stays_high_and_says_so() -> None:
    """Stillness needs a living sensor (decision 0006); "cannot see" is told, not guessed."""
    home = Living(settings=ConfigLoaded(fall_still_s=STILL // SECOND))
    home.enrol("band", Role.FALL_DETECTOR, person="resident")
    fall(home)
    home.wait(HOUR)
    alert = home.open("possible_fall")
    assert alert.priority is Priority.HIGH
    assert alert.flags == ("sensor_missing",)


def test_what_a_person_closed_is_not_made_worse_by_stillness(home: Living) -> None:
    """Whoever closed it has heard from the resident; a press is a new call."""
    fall(home)
    home.close(home.open("possible_fall"), "false_alarm")
    home.wait(STILL)
    assert not home.is_open("possible_fall")
    home.observe("band", "button", "press")
    assert home.open("possible_fall").priority is Priority.CRITICAL


def test_a_band_that_goes_on_saying_so_means_the_same_fall(home: Living) -> None:
    """The stillness after it is counted from its first word, and the next fall is a new one."""
    for _ in range(20):
        fall(home)
        home.wait(15 * SECOND)
    assert home.open("possible_fall").repeats <= 1
    assert home.open("possible_fall").priority is Priority.CRITICAL
    home.close(home.open("possible_fall"))
    home.wait(HOUR)
    fall(home)
    assert home.open("possible_fall").priority is Priority.HIGH


@pytest.mark.parametrize("quality", [Quality.OK, Quality.UNAUTHENTICATED])
def test_a_later_word_does_not_put_the_stillness_off(home: Living, quality: Quality) -> None:
    """A band on somebody who lies there says it again and again, or a stranger says it for it."""
    home.settings = ConfigLoaded(fall_still_s=15 * MINUTE // SECOND)
    home.tell(home.settings)
    fall(home)
    home.wait(11 * MINUTE)
    fall(home, quality)
    home.wait(4 * MINUTE - 1)
    assert home.open("possible_fall").priority is Priority.HIGH
    home.wait(1)
    assert home.open("possible_fall").priority is Priority.CRITICAL


def test_who_got_up_and_falls_again_is_waited_for_anew(home: Living) -> None:
    """The minutes in which they were up do not count as stillness."""
    home.settings = ConfigLoaded(fall_still_s=15 * MINUTE // SECOND)
    home.tell(home.settings)
    fall(home)
    home.wait(6 * MINUTE)
    home.observe("motion", "motion", value=True)
    home.wait(5 * MINUTE)
    fall(home)
    home.wait(15 * MINUTE - 1)
    assert home.open("possible_fall").priority is Priority.HIGH
    home.wait(1)
    assert home.open("possible_fall").priority is Priority.CRITICAL


def test_a_doubtful_one_is_told_at_a_bounded_rate(home: Living) -> None:
    """Raised with its doubt, and stillness confirms it like any other."""
    for _ in range(5):
        fall(home, Quality.UNAUTHENTICATED)
        home.wait(SECOND)
    alert = home.open("possible_fall")
    assert alert.flags == ("unauthenticated",)
    assert alert.repeats == 0
    home.wait(STILL)
    assert home.open("possible_fall").priority is Priority.CRITICAL


def test_a_doubtful_movement_is_none(home: Living) -> None:
    """A replayed frame does not get anybody up."""
    fall(home)
    home.wait(2 * MINUTE)
    home.observe("motion", "motion", value=True, quality=Quality.POSSIBLE_REPLAY)
    home.wait(STILL)
    assert home.open("possible_fall").priority is Priority.CRITICAL


def test_a_stay_leaves_the_fall_and_pauses_the_stillness(home: Living) -> None:
    """An empty home is still for a reason; that somebody wears the band there is told."""
    home.tell(Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=0))
    fall(home)
    home.wait(HOUR)
    alert = home.open("possible_fall")
    assert alert.priority is Priority.HIGH
    assert alert.flags == ("stay_elsewhere",)


def test_a_visit_explains_the_stillness_while_it_goes_on(home: Living) -> None:
    """If nobody came after all, it is judged when the visit should be over."""
    visit(home, 30)
    fall(home)
    assert home.open("possible_fall").flags == ("visitor_present",)
    home.wait(30 * MINUTE - 1)
    assert home.open("possible_fall").priority is Priority.HIGH
    home.wait(1)
    assert home.open("possible_fall").priority is Priority.CRITICAL


@pytest.mark.parametrize("cut", ["restart", "reboot"])
def test_a_restart_in_between_forgets_nothing(home: Living, cut: str) -> None:
    """Time in which nobody listened is not stillness; the rest is waited for."""
    fall(home)
    home.wait(2 * MINUTE)
    getattr(home, cut)(HOUR)
    home.wait(STILL - 3 * MINUTE)
    assert home.open("possible_fall").priority is Priority.HIGH
    home.wait(MINUTE)
    assert home.open("possible_fall").priority is Priority.CRITICAL


def test_an_old_fall_is_forgotten(home: Living) -> None:
    """A press an hour later is a call, and no confirmation."""
    fall(home)
    home.wait(2 * MINUTE)
    home.observe("motion", "motion", value=True)
    home.wait(HOUR)
    assert home.home.watch.falls == {}
    home.observe("band", "button", "press")
    assert home.open("possible_fall").priority is Priority.HIGH
