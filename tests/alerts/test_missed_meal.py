from __future__ import annotations

import msgspec
import pytest

from edge.domain import Priority, Role, Stay, StayKind, Sync, Visit, VisitKind
from edge.events import ConfigLoaded
from edge.kinds import observation
from tests.support.living import DAY, HOUR, MINUTE, Living

# The homes of these tests begin at 14:00.
BY_FIVE = 17 * 60


def living(meal_by_min: int | None = None) -> Living:
    home = Living(settings=ConfigLoaded(meal_grace_s=3600, meal_by_min=meal_by_min))
    home.enrol("meals", Role.MEAL_DISPENSER, silent_after_s=40 * 86_400)
    return home


def say(home: Living, value: str, at: str | None = None) -> None:
    """A word of the dispenser; `at` is when, by its own clock."""
    seen = observation("meals", "meal", value, home.now, device_time=at)
    home.tell(seen)


def visit(home: Living, minutes: int) -> None:
    now = home.now.wall_ms
    until = now + minutes * MINUTE
    home.tell(Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=until))


@pytest.mark.parametrize("begun", ["selected", "heat_start", "heat_done"])
def test_a_meal_that_was_begun_and_not_taken(begun: str) -> None:
    """After the grace, for the next visit; with the time at which it was begun."""
    home = living()
    say(home, begun)
    home.wait(HOUR - 1)
    assert not home.is_open("missed_meal")
    home.wait(1)
    alert = home.open("missed_meal", "meals")
    assert alert.priority is Priority.NORMAL
    assert (alert.params["why"], alert.params["since"]) == ("left", "2026-03-02 14:00")


def test_the_grace_begins_when_it_is_ready() -> None:
    """Chosen, heated, taken: each word begins the wait anew."""
    home = living()
    for word in ("selected", "heat_start", "heat_done"):
        say(home, word)
        home.wait(50 * MINUTE)
    say(home, "taken")
    home.wait(DAY)
    assert home.codes() == []


def test_taken_afterwards_is_noted() -> None:
    """Taken out is not eaten: a person closes."""
    home = living()
    say(home, "heat_done")
    home.wait(HOUR)
    say(home, "taken")
    assert home.open("missed_meal").flags == ("meal_taken",)


def test_none_by_the_agreed_hour() -> None:
    """Told at the hour and once a day, without any word of the dispenser."""
    home = living(BY_FIVE)
    home.wait(3 * HOUR - 1)
    assert not home.is_open("missed_meal")
    home.wait(1)
    alert = home.open("missed_meal")
    assert (alert.params["why"], alert.params["since"]) == ("none", "2026-03-02 17:00")
    home.close(alert)
    home.wait(DAY)
    assert home.codes().count("missed_meal") == 2


def test_one_that_was_taken_today_is_enough() -> None:
    """And yesterday's is none of today's."""
    home = living(BY_FIVE)
    say(home, "taken")
    home.wait(10 * HOUR)
    assert home.codes() == []
    home.wait(DAY)
    assert home.is_open("missed_meal")


def test_without_an_agreed_hour_nothing_is_expected() -> None:
    """Off until somebody agrees on one."""
    home = living()
    home.wait(3 * DAY)
    assert home.codes() == []


def test_an_hour_that_was_past_when_it_was_agreed_is_not_judged() -> None:
    """Nobody watched this day; the next one is."""
    home = living(12 * 60)
    home.wait(10 * HOUR)
    assert not home.is_open("missed_meal")
    home.wait(DAY)
    assert home.is_open("missed_meal")


def test_yesterdays_taken_that_comes_late_is_not_todays() -> None:
    """The appliance's own clock says which day it was."""
    home = living(BY_FIVE)
    say(home, "taken", "2026-03-01T11:00:00.000Z")
    home.wait(4 * HOUR)
    assert home.is_open("missed_meal")


def test_a_beginning_that_comes_after_its_end_is_over() -> None:
    """Told again from the appliance's memory, in the wrong order."""
    home = living()
    say(home, "taken", "2026-03-02T11:30:00.000Z")
    say(home, "heat_done", "2026-03-02T11:20:00.000Z")
    home.wait(DAY)
    assert home.codes() == []
    say(home, "heat_done", "2026-03-03T12:00:00.000Z")
    home.wait(HOUR)
    assert home.is_open("missed_meal")


def test_a_stay_pauses_both() -> None:
    """Nobody is expected to eat at home."""
    home = living(BY_FIVE)
    say(home, "heat_done")
    home.tell(Stay(kind=StayKind.RESPITE, by="nurse.one", from_ms=0))
    home.wait(30 * MINUTE)
    say(home, "selected")
    home.wait(2 * DAY)
    assert home.codes() == []


def test_a_visit_sees_the_plate_itself() -> None:
    """Judged when the visit is over."""
    home = living(BY_FIVE)
    say(home, "heat_done")
    home.wait(50 * MINUTE)
    visit(home, 4 * 60)
    home.wait(4 * HOUR - 1)
    assert home.codes() == []
    home.wait(1)
    assert home.is_open("missed_meal")


def test_a_silent_dispenser_is_a_fault_and_no_missed_meal() -> None:
    """What it would have said is not known."""
    home = Living(settings=ConfigLoaded(meal_by_min=BY_FIVE))
    home.enrol("meals", Role.MEAL_DISPENSER, silent_after_s=600)
    home.wait(DAY)
    assert home.codes() == ["device_silent"]


def test_a_meal_is_not_missed_while_its_dispenser_is_silent() -> None:
    """A pulled cable is our fault; what was taken meanwhile is told when it is back."""
    home = living()
    home.enrol("meals", Role.MEAL_DISPENSER, silent_after_s=600)
    say(home, "heat_done")
    home.wait(3 * HOUR)
    assert home.codes() == ["device_silent"]
    home.observe("meals", "heartbeat", value=True)
    say(home, "taken")
    home.wait(HOUR)
    assert not home.is_open("missed_meal")


def test_a_dispenser_that_is_back_and_has_nothing_to_tell_is_believed() -> None:
    """It keeps its events: what it does not send again has not happened."""
    home = living()
    home.enrol("meals", Role.MEAL_DISPENSER, silent_after_s=600)
    say(home, "heat_done")
    home.wait(3 * HOUR)
    home.observe("meals", "heartbeat", value=True)
    home.wait(10 * MINUTE - 1)
    home.observe("meals", "heartbeat", value=True)
    home.wait(10 * MINUTE - 1)
    assert home.open("missed_meal").params["why"] == "left"


def test_after_a_start_the_dispenser_may_speak_first() -> None:
    """Two minutes: what it kept while the gateway was off comes before the judgement."""
    home = living(BY_FIVE)
    say(home, "taken")
    home.wait(26 * HOUR)
    home.reboot(3 * HOUR)
    home.wait(MINUTE)
    say(home, "taken", "2026-03-03T14:30:00.000Z")
    home.wait(HOUR)
    assert home.codes() == []


def test_an_hour_missed_while_the_gateway_was_off_is_judged_after_it() -> None:
    """Late is better than never."""
    home = living(BY_FIVE)
    home.wait(DAY)
    home.close(home.open("missed_meal"))
    home.reboot(4 * HOUR)
    home.wait(3 * MINUTE)
    assert home.is_open("missed_meal")


def test_under_an_unset_clock_no_hour_strikes() -> None:
    """What was begun is waited for all the same."""
    home = living(BY_FIVE)
    home.reboot(HOUR, sync=Sync.NONE)
    home.wait(2 * DAY)
    assert home.codes() == []
    say(home, "heat_done")
    home.wait(HOUR)
    assert home.is_open("missed_meal")


def test_a_wait_runs_on_over_a_power_cut() -> None:
    """The meal gets cold while the gateway is off, too."""
    home = living()
    say(home, "heat_done")
    home.reboot(2 * HOUR)
    home.wait(1)
    assert home.is_open("missed_meal")


def test_settings_that_change_ask_nothing_of_the_past() -> None:
    """An hour that is agreed anew is judged from its next one on."""
    home = living()
    home.wait(10 * HOUR)
    home.settings = msgspec.structs.replace(home.settings, meal_by_min=BY_FIVE)
    home.tell(home.settings)
    home.wait(HOUR)
    assert home.codes() == []
