"""Alerts that nobody could date are told at once, and dated when somebody can."""

from __future__ import annotations

import pytest

from edge.domain import AlertState, Priority, Role, Sync
from edge.events import ConfigLoaded, Tick
from edge.home.state import decode, encode
from edge.kinds import observation
from tests.support.clock import NOON_WALL_MS
from tests.support.living import DAY, HOUR, MINUTE, Living

BY_FIVE = 17 * 60


@pytest.fixture
def home() -> Living:
    living = Living(settings=ConfigLoaded(meal_by_min=BY_FIVE, dose_grace_s=1800))
    living.enrol("button", Role.HELP_BUTTON)
    living.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=40 * 86_400)
    living.enrol("meals", Role.MEAL_DISPENSER, silent_after_s=40 * 86_400)
    return living


def unset(home: Living, off_ms: int = HOUR) -> None:
    """The power was off; since then the clock says 1970 and nobody vouches for it."""
    home.reboot(off_ms, sync=Sync.NONE)


def set_clock(home: Living, wall_ms: int) -> None:
    home.sync, home.drift_ms = Sync.NTP, wall_ms - home.ms
    home.tell(Tick())


def press(home: Living) -> None:
    home.observe("button", "button", "press")


def test_a_press_before_the_clock_is_set_is_dated_when_it_is(home: Living) -> None:
    """Told at once; the correction is one more revision that keeps state, priority and hands."""
    unset(home)
    press(home)
    told = home.open("help_button")
    assert (told.rev, told.raised.sync) == (1, Sync.NONE)
    home.accept(told)
    home.wait(20 * MINUTE)
    before = home.open("help_button")
    set_clock(home, NOON_WALL_MS + 5 * HOUR)
    after = home.open("help_button")
    assert (after.rev, after.raised.sync) == (before.rev + 1, Sync.HOLDOVER)
    assert after.raised.wall_ms == NOON_WALL_MS + 5 * HOUR - 20 * MINUTE
    assert after.raised.boottime_ms == told.raised.boottime_ms
    kept = (
        "id",
        "state",
        "priority",
        "actor",
        "next_by",
        "taken",
        "escalation",
        "flags",
        "repeats",
    )
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert home.codes() == ["help_button"]
    home.wait(26 * MINUTE)  # the hold of 45 minutes runs on by boottime
    assert home.open("help_button").state is AlertState.RAISED


def test_it_is_corrected_once(home: Living) -> None:
    """A clock that is set, lost and set again makes no more revisions."""
    unset(home)
    press(home)
    set_clock(home, NOON_WALL_MS + 5 * HOUR)
    rev = home.open("help_button").rev
    home.sync = Sync.HOLDOVER
    home.tell(Tick())
    set_clock(home, NOON_WALL_MS + 6 * HOUR)
    home.wait(HOUR)
    assert home.open("help_button").rev == rev == 2


def test_an_alert_of_a_boot_that_never_knew_the_time_gets_its_interval(home: Living) -> None:
    """Between the last trusted moment and the next, narrowed by how long the boots ran."""
    home.tell(Tick())
    trusted = home.now.wall_ms
    unset(home, 2 * HOUR)
    home.wait(HOUR)
    press(home)
    pressed = home.open("help_button").raised
    home.wait(2 * HOUR)
    unset(home, 3 * HOUR)
    home.wait(HOUR)
    home.home = decode(encode(home.home))
    set_clock(home, trusted + 12 * HOUR)
    told = home.open("help_button")
    first_ran, second_started = pressed.boottime_ms + 2 * HOUR, trusted + 12 * HOUR - home.ms
    assert (told.rev, told.raised) == (2, pressed)
    assert told.raised_after_ms == trusted + pressed.boottime_ms
    assert told.raised_before_ms == second_started - (first_ran - pressed.boottime_ms)
    assert told.raised_after_ms < told.raised_before_ms
    assert (told.state, told.priority) == (AlertState.RAISED, Priority.CRITICAL)
    assert home.home.undated == ()
    home.observe("robot", "dose", "due")
    home.wait(2 * HOUR)  # a deadline passes, and with it all that time alone changes
    assert home.is_open("missed_dose")
    assert home.open("help_button").rev == 2


def test_boots_without_end_are_remembered_up_to_a_bound(home: Living) -> None:
    """Power that fails every hour for days: the oldest alert is placed, only less narrowly."""
    unset(home)
    press(home)
    for _ in range(40):
        home.wait(HOUR)
        unset(home, 0)
    assert len(home.home.undated) == 24
    set_clock(home, NOON_WALL_MS + 4 * DAY)
    told = home.open("help_button")
    assert told.raised_after_ms is not None
    assert told.raised_before_ms is not None
    assert told.raised_after_ms < told.raised_before_ms <= NOON_WALL_MS + 4 * DAY


def test_a_dose_that_ran_out_before_the_clock_was_set(home: Living) -> None:
    """It is missed by boottime; its words name no moment of 1970, and the right one later."""
    unset(home)
    home.observe("robot", "dose", "due")
    home.wait(HOUR)
    told = home.open("missed_dose")
    assert (told.params["due"], home.codes()) == (None, ["missed_dose"])
    set_clock(home, NOON_WALL_MS + DAY)
    assert home.open("missed_dose").params["due"] == "2026-03-03 13:00"


def test_a_clock_that_is_set_makes_no_dose_missed(home: Living) -> None:
    """56 years between two words of the robot are no grace that ran out."""
    unset(home)
    home.observe("robot", "dose", "due")
    home.wait(MINUTE)
    set_clock(home, NOON_WALL_MS + DAY)
    assert home.codes() == []
    home.observe("robot", "dose", "taken")
    home.wait(2 * HOUR)
    assert home.codes() == []


def meal(home: Living, value: str) -> None:
    home.tell(observation("meals", "meal", value, home.now))


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("hours", [6, 20])
def test_an_agreed_hour_that_passed_meanwhile_is_judged_afterwards(
    home: Living, hours: int, taken: bool
) -> None:
    """On the same day and on the next: what was taken counts for its day, and nothing else."""
    home.wait(DAY)
    home.close(home.open("missed_meal"))
    home.wait(HOUR)
    told = len(home.codes())
    unset(home, 0)  # at 15:00
    home.wait(HOUR)
    if taken:
        meal(home, "taken")
    home.wait((hours - 1) * HOUR)
    assert len(home.codes()) == told
    set_clock(home, NOON_WALL_MS + DAY + (1 + hours) * HOUR)  # 21:00, or 11:00 the next day
    home.wait(3 * MINUTE)
    assert home.is_open("missed_meal") is not taken
    if not taken:
        assert home.open("missed_meal").params["since"] == "2026-03-03 17:00"


def test_an_hour_at_which_nobody_listened_is_not_made_up(home: Living) -> None:
    """Off over the hour, and a clock only on the next morning: nothing is known of that day."""
    home.wait(DAY)
    home.close(home.open("missed_meal"))
    told = len(home.codes())
    unset(home, 16 * HOUR)
    set_clock(home, NOON_WALL_MS + DAY + 18 * HOUR)
    home.wait(3 * MINUTE)
    assert len(home.codes()) == told
