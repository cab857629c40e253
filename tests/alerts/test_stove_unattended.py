from __future__ import annotations

import pytest

from edge.domain import AlertState, Priority, Quality, Role, Stay, StayKind, Visit, VisitKind
from edge.events import ConfigLoaded
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living

AFTER_MIN = 20
AFTER = AFTER_MIN * MINUTE


@pytest.fixture
def home() -> Living:
    """Somebody has just turned the cooker on, seen by the kitchen's sensor."""
    living = Living(settings=ConfigLoaded(stove_unattended_after_s=AFTER // SECOND))
    living.enrol("stove", Role.STOVE_GUARD, room="kitchen")
    living.enrol("kitchen", Role.MOTION, room="kitchen")
    living.enrol("lounge", Role.MOTION, room="lounge")
    living.observe("kitchen", "motion", value=True)
    living.observe("stove", "stove_on", value=True)
    living.wait(MINUTE)
    return living


def leave(home: Living) -> None:
    home.observe("lounge", "motion", value=True)


def visit(home: Living, minutes: int, kind: VisitKind = VisitKind.PHYSICAL) -> None:
    now = home.now.wall_ms
    home.tell(Visit(kind=kind, role="nurse", from_ms=now, until_ms=now + minutes * MINUTE))


def test_on_with_nobody_in_the_kitchen_and_somebody_elsewhere(home: Living) -> None:
    """High when the span is over, not a moment earlier; the alert says how long."""
    leave(home)
    home.wait(AFTER - MINUTE - 1)
    assert not home.is_open("stove_unattended")
    home.wait(1)
    alert = home.open("stove_unattended", "stove")
    assert alert.priority is Priority.HIGH
    assert alert.params["minutes"] == AFTER_MIN


def test_a_repeated_word_that_it_is_on_is_no_movement(home: Living) -> None:
    """A guard that says "on" every minute does not stand in the kitchen."""
    leave(home)
    home.beacon("stove", "stove_on", value=True, every=MINUTE, until=AFTER)
    assert home.is_open("stove_unattended")
    since = home.home.still.since
    assert since is not None
    assert home.ms - since.boottime_ms >= AFTER


def test_somebody_who_sits_still_in_the_kitchen_is_not_guessed_away(home: Living) -> None:
    """Without a sign from elsewhere nobody knows where they are."""
    home.wait(2 * HOUR)
    assert home.codes() == []


def test_movement_in_the_kitchen_begins_the_span_anew(home: Living) -> None:
    """Stirring the pot counts."""
    leave(home)
    for _ in range(6):
        home.wait(AFTER - 2 * MINUTE)
        home.observe("kitchen", "motion", value=True)
        leave(home)
    assert home.codes() == []


def test_a_sign_from_elsewhere_after_the_span_is_enough(home: Living) -> None:
    """Told with the movement that shows where they are."""
    home.wait(AFTER + 10 * MINUTE)
    assert home.codes() == []
    leave(home)
    home.wait(1)
    assert home.is_open("stove_unattended")


def test_without_a_kitchen_sensor_there_is_no_answer() -> None:
    """Never guessed."""
    home = Living(settings=ConfigLoaded(stove_unattended_after_s=AFTER // SECOND))
    home.enrol("stove", Role.STOVE_GUARD, room="kitchen")
    home.enrol("lounge", Role.MOTION, room="lounge")
    home.observe("stove", "stove_on", value=True)
    leave(home)
    home.wait(DAY)
    assert not home.is_open("stove_unattended")


def test_a_silent_kitchen_sensor_is_a_device_fault_and_no_answer() -> None:
    """One that has not been heard since before the cooker went on has not proved itself."""
    home = Living(settings=ConfigLoaded(stove_unattended_after_s=AFTER // SECOND))
    home.enrol("stove", Role.STOVE_GUARD, room="kitchen")
    home.enrol("kitchen", Role.MOTION, room="kitchen")
    home.enrol("lounge", Role.MOTION, room="lounge")
    home.observe("kitchen", "motion", value=True)
    home.wait(AFTER + 1)
    home.observe("stove", "stove_on", value=True)
    home.wait(SECOND)
    leave(home)
    home.wait(5 * HOUR)
    assert not home.is_open("stove_unattended")


def test_turned_off_in_time_is_no_news(home: Living) -> None:
    """Nor is a cooker that its guard has cut: that has a word of its own."""
    leave(home)
    home.observe("stove", "stove_on", value=False)
    home.wait(HOUR)
    assert home.codes() == []
    home.observe("stove", "stove_on", value=True)
    leave(home)
    home.observe("stove", "stove_cut", value=True)
    home.wait(HOUR)
    assert home.codes() == ["stove_cut"]


@pytest.mark.parametrize(
    "device, kind, value, flag",
    [("kitchen", "motion", True, "activity_seen"), ("stove", "stove_on", False, "stove_off")],
)
def test_what_happens_after_it_is_noted(
    home: Living, device: str, kind: str, flag: str, *, value: bool
) -> None:
    """Somebody is back, or it is off: a person closes all the same."""
    leave(home)
    home.wait(AFTER)
    home.observe(device, kind, value=value)
    alert = home.open("stove_unattended")
    assert alert.state is AlertState.RAISED
    assert alert.flags == (flag,)


def test_the_same_cooking_does_not_call_twice(home: Living) -> None:
    """Left a second time before it was turned off: a new alert only hours after the last."""
    leave(home)
    home.wait(AFTER)
    home.close(home.open("stove_unattended"))
    home.observe("kitchen", "motion", value=True)
    home.wait(SECOND)
    leave(home)
    home.wait(HOUR)
    assert home.codes().count("stove_unattended") == 1


def test_an_empty_home_by_a_stay_is_where_nobody_sees_the_pan(home: Living) -> None:
    """A stay does not pause it: it is told, and who answers knows of the stay."""
    home.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=0))
    home.wait(AFTER)
    assert home.open("stove_unattended").flags == ("stay_elsewhere",)


def test_a_stay_told_later_answers_the_question(home: Living) -> None:
    """With its own wake-up when it lies ahead."""
    home.wait(AFTER)
    begins = home.now.wall_ms + 10 * MINUTE
    home.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=begins))
    assert home.codes() == []
    home.wait(10 * MINUTE)
    assert home.is_open("stove_unattended")


def test_a_tag_that_left_the_home_answers_it_too(home: Living) -> None:
    """Its wearer is out: ten minutes of silence, once the span is over."""
    home.enrol("tag", Role.TAG, person="resident", silent_after_s=600)
    home.observe("tag", "heartbeat", value=True)
    home.wait(AFTER)
    assert home.is_open("stove_unattended")


def test_a_tag_of_nobody_says_nothing_of_anybody(home: Living) -> None:
    """An unknown wearer is never assumed."""
    home.enrol("tag", Role.TAG, silent_after_s=600)
    home.wait(HOUR)
    assert not home.is_open("stove_unattended")


def test_a_visit_explains_it_until_it_is_over(home: Living) -> None:
    """Whoever is there sees the pan; a remote visit sees nothing."""
    visit(home, 60)
    leave(home)
    home.wait(59 * MINUTE)
    assert home.codes() == []
    home.wait(MINUTE)
    assert home.is_open("stove_unattended")


def test_a_remote_visit_explains_nothing(home: Living) -> None:
    """A voice on the telephone smells no smoke."""
    visit(home, 60, VisitKind.REMOTE)
    leave(home)
    home.wait(AFTER)
    assert home.is_open("stove_unattended")


def test_doubtful_words_neither_begin_nor_end_it(home: Living) -> None:
    """A forged "off" does not put the pan away."""
    leave(home)
    home.observe("stove", "stove_on", value=False, quality=Quality.UNAUTHENTICATED)
    home.observe("kitchen", "motion", value=True, quality=Quality.POSSIBLE_REPLAY)
    home.wait(AFTER)
    assert home.is_open("stove_unattended")


def test_a_gap_of_ours_does_not_count(home: Living) -> None:
    """While the gateway was off somebody may have stood in the kitchen."""
    leave(home)
    home.restart(HOUR)
    assert home.codes() == []
    home.wait(AFTER - 2 * MINUTE)
    assert home.codes() == []
    home.wait(2 * MINUTE)
    assert home.is_open("stove_unattended")


def test_an_unset_clock_does_not_hide_it(home: Living) -> None:
    """It hangs on no time of day; planned visits, which need one, explain nothing."""
    visit(home, 600)
    leave(home)
    home.sync = home.sync.NONE
    home.wait(AFTER)
    assert home.is_open("stove_unattended")


def test_a_start_judges_by_the_sites_own_span() -> None:
    """Its snapshot has no settings: those of the site are there before anything is judged."""
    home = Living(settings=ConfigLoaded(stove_unattended_after_s=4 * 3600))
    home.enrol("stove", Role.STOVE_GUARD, room="kitchen")
    home.enrol("kitchen", Role.MOTION, room="kitchen")
    home.enrol("lounge", Role.MOTION, room="lounge")
    home.observe("kitchen", "motion", value=True)
    home.observe("stove", "stove_on", value=True)
    home.wait(MINUTE)
    leave(home)
    home.wait(2 * HOUR)
    home.restart(SECOND)
    home.reboot(MINUTE)
    home.wait(HOUR)
    assert home.codes() == []
