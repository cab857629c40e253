from __future__ import annotations

import pytest

from edge.alerts.rules.no_activity import threshold_ms
from edge.domain import AlertState, Priority, Quality, Role, Stay, StayKind, Sync, Visit, VisitKind
from edge.events import ConfigLoaded
from edge.home.localday import daytime_ms
from edge.home.state import Stillness
from tests.support.living import DAY, HOUR, MINUTE, Living

SETTINGS = ConfigLoaded(no_activity_after_s=4 * 3600, day_from_min=8 * 60, day_until_min=22 * 60)


@pytest.fixture
def home() -> Living:
    """14:00 local, a motion sensor that says every ten minutes whether somebody moves."""
    living = Living(settings=SETTINGS)
    living.enrol("motion", Role.MOTION, silent_after_s=3600)
    living.observe("motion", "motion", value=True)
    return living


def still(home: Living, hours: int) -> None:
    home.beacon("motion", "motion", value=False, every=10 * MINUTE, until=hours * HOUR)


def test_stillness_that_was_seen_is_told(home: Living) -> None:
    """Four hours of day with a living sensor and no movement."""
    still(home, 3)
    assert not home.is_open("no_activity")
    still(home, 2)
    alert = home.open("no_activity", "home")
    assert alert.priority is Priority.HIGH
    assert alert.params["since"] == "2026-03-02 14:00"
    assert alert.params["hours"] == pytest.approx(4.0, abs=0.2)


def test_sleep_is_no_stillness(home: Living) -> None:
    """From 22 to 8 nothing counts; the morning goes on where the evening stopped."""
    home.wait(6 * HOUR)
    home.observe("motion", "motion", value=True)
    still(home, 2 + 10)
    assert not home.is_open("no_activity")
    still(home, 1)
    assert not home.is_open("no_activity")
    still(home, 2)
    assert home.is_open("no_activity")


def test_a_silent_sensor_sees_nothing(home: Living) -> None:
    """Silence is a fault of ours and never behaviour."""
    home.wait(2 * DAY)
    assert home.codes() == ["device_silent"]
    home.observe("motion", "motion", value=False)
    home.wait(10 * MINUTE)
    home.observe("motion", "motion", value=False)
    assert not home.is_open("no_activity")


def test_a_sensor_that_only_speaks_of_movement_proves_nothing(home: Living) -> None:
    """Between two movements far apart nobody knows; the movement itself is no stillness."""
    home.enrol("hall", Role.MOTION, silent_after_s=86_400)
    home.observe("hall", "motion", value=True)
    home.wait(6 * HOUR)
    home.observe("hall", "battery", 90)
    home.observe("hall", "motion", value=True)
    assert not home.is_open("no_activity")


def test_movement_is_noted_and_ends_nothing(home: Living) -> None:
    """Somebody moves again: the alert says so, and a person closes it."""
    still(home, 5)
    home.observe("motion", "motion", value=True)
    alert = home.open("no_activity")
    assert alert.flags == ("activity_seen",)
    assert alert.state is AlertState.RAISED


def test_twice_the_span_is_told_again(home: Living) -> None:
    """Eight hours are worse than four: a repeat, and back to raised when somebody had it."""
    still(home, 5)
    home.accept(home.open("no_activity"), eta_s=4 * 3600)
    still(home, 2)
    assert home.open("no_activity").state is AlertState.ACKNOWLEDGED
    still(home, 1)
    alert = home.open("no_activity")
    assert (alert.state, alert.repeats) == (AlertState.RAISED, 1)


def test_a_stay_pauses_and_its_end_begins_anew(home: Living) -> None:
    """Nobody is expected to move; whoever comes home gets the whole span."""
    home.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=0))
    still(home, 6)
    home.tell(Stay(kind=StayKind.HOME, by="relative", from_ms=0))
    home.wait(14 * HOUR)
    home.observe("motion", "motion", value=False)
    still(home, 3)
    assert "no_activity" not in home.codes()
    still(home, 2)
    assert "no_activity" in home.codes()


def test_stillness_before_a_stay_is_not_carried_over_it(home: Living) -> None:
    """Three hours before and three hours after are not six."""
    still(home, 3)
    home.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=0))
    home.wait(18 * HOUR)
    home.tell(Stay(kind=StayKind.HOME, by="relative", from_ms=0))
    home.observe("motion", "motion", value=False)
    still(home, 3)
    assert not home.is_open("no_activity")


def test_a_stay_that_runs_out_counts_from_its_end(home: Living) -> None:
    """A sensor that speaks seldom does not drag the absence into the stillness after it."""
    home.enrol("hall", Role.MOTION, silent_after_s=86_400)
    home.wait(18 * HOUR)
    until = home.now.wall_ms + 5 * HOUR
    home.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=0, until_ms=until))
    home.observe("hall", "motion", value=False)
    home.wait(8 * HOUR)
    home.observe("hall", "motion", value=False)
    assert home.home.still.ms == 3 * HOUR


def test_two_sensors_see_one_hour_once(home: Living) -> None:
    """Stillness is time, however many sensors look at it."""
    home.enrol("hall", Role.MOTION, silent_after_s=3600)
    for _ in range(18):
        home.wait(5 * MINUTE)
        home.observe("hall", "motion", value=False)
        home.wait(5 * MINUTE)
        home.observe("motion", "motion", value=False)
    assert home.home.still.ms == 3 * HOUR - 5 * MINUTE


def test_the_same_note_is_made_once(home: Living) -> None:
    """Walking to and fro is one revision."""
    still(home, 5)
    for _ in range(5):
        home.observe("motion", "motion", value=True)
    assert home.open("no_activity").rev == 2


def test_a_visit_explains_its_own_hours_only(home: Living) -> None:
    """While somebody is there nothing counts; what stood before still stands after."""
    wall = home.now.wall_ms
    visit = Visit(
        kind=VisitKind.PHYSICAL, role="nurse", from_ms=wall + HOUR, until_ms=wall + 3 * HOUR
    )
    home.tell(visit)
    still(home, 5)
    assert not home.is_open("no_activity")
    still(home, 2)
    assert home.is_open("no_activity")


def test_a_door_left_open_is_neither_movement_nor_stillness(home: Living) -> None:
    """A contact that repeats "open" proves nothing; a change is movement."""
    home.enrol("door", Role.DOOR, silent_after_s=86_400)
    home.observe("door", "door", value=True)
    home.beacon("door", "door", value=True, every=HOUR, until=6 * HOUR)
    assert not home.is_open("no_activity")
    assert home.home.still.since is not None
    moved = home.home.still.since
    home.observe("door", "door", value=False)
    assert home.home.still.since != moved


def test_doubtful_movement_does_not_help(home: Living) -> None:
    """A forged "somebody moves" leaves the stillness as it is."""
    still(home, 3)
    home.observe("motion", "motion", value=True, quality=Quality.UNAUTHENTICATED)
    still(home, 2)
    assert home.is_open("no_activity")


def test_a_silent_second_sensor_is_a_flag(home: Living) -> None:
    """The resident may be in the room that nobody sees: told all the same, with the doubt."""
    home.enrol("bedroom", Role.MOTION, silent_after_s=3600)
    still(home, 5)
    assert home.open("no_activity").flags == ("sensor_missing",)


def test_without_a_clock_the_span_holds_a_night(home: Living) -> None:
    """Unsynchronised, day cannot be told from night: the span grows by the night, flagged."""
    home.reboot(0, sync=Sync.NONE)
    home.observe("motion", "motion", value=True)
    still(home, 13)
    assert not home.is_open("no_activity")
    still(home, 2)
    assert home.open("no_activity").flags == ("clock_doubtful",)


def test_the_widened_span_always_holds_the_span_of_day() -> None:
    """Wherever it begins, four hours and a night hold four hours of day."""
    widened = threshold_ms(SETTINGS, Stillness(unsynced=True))
    for start in range(0, DAY, 10 * MINUTE):
        assert daytime_ms(start, start + widened, 480, 1320) >= 4 * HOUR
