from __future__ import annotations

import pytest

from edge.alerts.merge import PESTERING_GAP_MS, REVISIONS_FREE
from edge.domain import AlertState, Priority, Quality, Role, Stay, StayKind
from edge.events import ConfigLoaded
from edge.home.state import DOSES_MAX
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living


@pytest.fixture
def home() -> Living:
    living = Living(settings=ConfigLoaded(dose_grace_s=30 * 60))
    living.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=40 * 86_400)
    return living


def test_the_robots_word_raises(home: Living) -> None:
    """Its own "missed" is high at once."""
    home.observe("robot", "dose", "missed")
    alert = home.open("missed_dose", "robot")
    assert alert.priority is Priority.HIGH
    assert alert.params["due"] is None


def test_a_dose_nobody_takes_is_seen_without_any_word(home: Living) -> None:
    """Thirty minutes after "due" the clock alone raises, and names when it was due."""
    home.observe("robot", "dose", "due")
    home.wait(30 * MINUTE - 1)
    assert not home.is_open("missed_dose")
    home.wait(1)
    alert = home.open("missed_dose")
    assert alert.params["due"] == "2026-03-02 14:00"
    assert alert.evidence[0].kind == "dose"


def test_a_dose_of_a_robot_that_is_not_heard_says_so(home: Living) -> None:
    """Raised all the same; but nobody knows that it was not taken."""
    home.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=300)
    home.observe("robot", "dose", "due")
    home.wait(DAY)
    alert = home.open("missed_dose", "robot")
    assert alert.priority is Priority.HIGH
    assert alert.flags == ("appliance_silent",)


def test_a_taken_dose_is_no_news(home: Living) -> None:
    """Taken within the grace nothing is raised, then or later."""
    home.observe("robot", "dose", "due")
    home.wait(29 * MINUTE)
    home.observe("robot", "dose", "taken")
    home.wait(DAY)
    assert home.codes() == []
    assert home.home.doses == {}


def test_taken_afterwards_is_a_note_and_a_person_closes(home: Living) -> None:
    """A dose in a hand is not a dose in a body: the alert stays and says what the robot said."""
    home.observe("robot", "dose", "due")
    home.wait(30 * MINUTE)
    home.observe("robot", "dose", "retrieved_late")
    alert = home.open("missed_dose")
    assert alert.state is AlertState.RAISED
    assert alert.flags == ("dose_retrieved_late",)
    home.accept(alert)
    home.observe("robot", "dose", "taken")
    assert home.open("missed_dose").state is AlertState.ACKNOWLEDGED


def test_the_robots_word_after_ours_is_the_same_dose(home: Living) -> None:
    """It confirms, and does not reopen what somebody has taken."""
    home.observe("robot", "dose", "due")
    home.wait(30 * MINUTE)
    home.accept(home.open("missed_dose"))
    home.wait(10 * MINUTE)
    home.observe("robot", "dose", "missed")
    alert = home.open("missed_dose")
    assert alert.state is AlertState.ACKNOWLEDGED
    assert alert.repeats == 0
    assert alert.flags == ("dose_missed",)


def test_the_next_missed_dose_reopens(home: Living) -> None:
    """Whoever took the morning's dose does not have the evening's."""
    home.observe("robot", "dose", "missed")
    home.accept(home.open("missed_dose"))
    home.wait(10 * MINUTE)
    home.observe("robot", "dose", "missed")
    alert = home.open("missed_dose")
    assert alert.state is AlertState.RAISED
    assert alert.repeats == 1


def test_a_taken_dose_does_not_hide_another_one(home: Living) -> None:
    """Two are due, one is taken: the other one is missed."""
    home.observe("robot", "dose", "due")
    home.wait(5 * MINUTE)
    home.observe("robot", "dose", "due")
    home.observe("robot", "dose", "taken")
    home.wait(HOUR)
    assert home.open("missed_dose").repeats == 0


def test_a_doubtful_taken_does_not_help(home: Living) -> None:
    """Input that may be forged never lowers anything."""
    home.observe("robot", "dose", "due")
    home.observe("robot", "dose", "taken", Quality.UNAUTHENTICATED)
    home.wait(30 * MINUTE)
    assert home.is_open("missed_dose")


def test_a_stay_pauses_doses_and_its_end_does_not_dig_them_up(home: Living) -> None:
    """Nobody is expected to take what falls due in hospital."""
    home.observe("robot", "dose", "due")
    home.tell(Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=0))
    home.observe("robot", "dose", "missed")
    home.wait(30 * MINUTE)
    home.observe("robot", "dose", "due")
    home.tell(Stay(kind=StayKind.HOME, by="nurse.one", from_ms=0))
    home.wait(2 * HOUR)
    assert home.codes() == ["assessment_due"]


def test_after_a_stay_a_missed_dose_is_news(home: Living) -> None:
    """What ran out while nobody was there is not what is missed now."""
    home.observe("robot", "dose", "due")
    home.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=0))
    home.wait(HOUR)
    home.tell(Stay(kind=StayKind.HOME, by="relative", from_ms=0))
    home.observe("robot", "dose", "missed")
    assert home.is_open("missed_dose")


def test_taken_is_said_of_the_dose_that_waits(home: Living) -> None:
    """With one dose missed and the next one due, "taken" ends the wait for the next."""
    home.observe("robot", "dose", "due")
    home.wait(HOUR)
    home.observe("robot", "dose", "due")
    home.observe("robot", "dose", "taken")
    home.wait(HOUR)
    assert home.open("missed_dose").repeats == 0


def test_retrieved_late_is_said_of_the_dose_that_is_late(home: Living) -> None:
    """With one dose missed and the next one due, the wait for the next goes on."""
    home.observe("robot", "dose", "due")
    home.wait(HOUR)
    home.observe("robot", "dose", "due")
    home.observe("robot", "dose", "retrieved_late")
    home.wait(HOUR)
    assert home.open("missed_dose").repeats == 1


def test_a_robot_that_goes_mad_is_bounded(home: Living) -> None:
    """A flood of "due" keeps a bounded list and ends in one alert."""
    for _ in range(10 * DOSES_MAX):
        home.observe("robot", "dose", "due")
        home.wait(SECOND)
    assert len(home.home.doses["robot"]) == DOSES_MAX
    home.wait(HOUR)
    assert home.codes() == ["missed_dose"]
    assert home.open("missed_dose").repeats == DOSES_MAX - 1


def test_doses_that_nobody_resolves_do_not_hide_the_next(home: Living) -> None:
    """A robot that never says "missed" is seen for ever, by the clock alone."""
    for _ in range(3 * DOSES_MAX):
        home.observe("robot", "dose", "due")
        home.wait(HOUR)
        home.close(home.open("missed_dose"))
    assert len(home.home.doses["robot"]) <= DOSES_MAX


def test_a_dose_survives_a_power_cut(home: Living) -> None:
    """Its time runs on while the gateway is off."""
    home.observe("robot", "dose", "due")
    home.reboot(2 * HOUR)
    home.wait(SECOND)
    assert home.is_open("missed_dose")


def test_an_appliance_gone_wild_does_not_fill_the_disk(home: Living) -> None:
    """Thousands of missed doses in a minute: a thousand revisions, then one a minute."""
    for _ in range(REVISIONS_FREE + 500):
        home.observe("robot", "dose", "missed")
    assert home.open("missed_dose").rev == REVISIONS_FREE
    home.wait(PESTERING_GAP_MS)
    home.observe("robot", "dose", "missed")
    home.observe("robot", "dose", "missed")
    assert home.open("missed_dose").rev == REVISIONS_FREE + 1
