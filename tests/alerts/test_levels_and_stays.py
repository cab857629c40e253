from __future__ import annotations

import msgspec
import pytest

from edge.domain import AlertState, Hazard, Level, Priority, Role, Stay, StayKind, Sync
from edge.events import Answered, ConfigLoaded
from tests.risk import homes
from tests.support.living import DAY, HOUR, SECOND, Living


@pytest.fixture
def home() -> Living:
    return Living(settings=ConfigLoaded(checklists={"fire": homes.FIRE}))


def answers(home: Living, **differs: str) -> None:
    """A whole visit's answers, given now."""
    given = [msgspec.structs.replace(a, at=home.now) for a in homes.home(**differs).values()]
    home.tell(Answered(answers=tuple(given)))


# -- levels --------------------------------------------------------------------


def test_grey_at_first_is_no_news(home: Living) -> None:
    """One answer of twenty-six leaves the home grey, where it began."""
    home.tell(
        Answered(answers=(msgspec.structs.replace(homes.answer("FS-02", "ok"), at=home.now),))
    )
    assert home.home.assessments[Hazard.FIRE].level is Level.GREY
    assert home.codes() == []


def test_a_first_level_is_told_as_a_change_from_grey(home: Living) -> None:
    """Normal: it waits for the next visit."""
    answers(home)
    alert = home.open("level_changed", "fire")
    assert (alert.params["from"], alert.params["to"]) == ("grey", "green")
    assert alert.priority is Priority.NORMAL


def test_red_is_high_with_its_heaviest_reasons(home: Living) -> None:
    """Reasons are codes, heaviest first."""
    answers(home, FS_05="bed", FS_22="no")
    alert = home.open("level_changed")
    assert alert.params["to"] == "red"
    assert alert.priority is Priority.HIGH
    assert alert.params["reason_1"] in ("FS-05:bed", "FS-22:no")


def test_an_open_one_carries_the_newest_level_and_is_never_lowered(home: Living) -> None:
    """Red and back to green is one alert that stays high until a person closes it."""
    answers(home, FS_05="bed", FS_22="no")
    answers(home)
    alert = home.open("level_changed")
    assert (alert.params["from"], alert.params["to"]) == ("red", "green")
    assert alert.priority is Priority.HIGH
    assert alert.repeats == 1


def test_only_a_worse_priority_takes_it_back_from_whoever_has_it(home: Living) -> None:
    """Orange while somebody has green's alert is a revision; red reopens."""
    answers(home)
    home.accept(home.open("level_changed"), eta_s=4 * 3600)
    answers(home, FS_05="bed")
    assert home.open("level_changed").state is AlertState.ACKNOWLEDGED
    answers(home, FS_05="bed", FS_22="no")
    assert home.open("level_changed").state is AlertState.RAISED


# -- stays ---------------------------------------------------------------------


def test_a_stay_ends_aloud(home: Living) -> None:
    """When its time is over the paused rules run again, and somebody is told."""
    until = home.now.wall_ms + DAY
    home.tell(Stay(kind=StayKind.RESPITE, by="nurse.one", from_ms=0, until_ms=until))
    home.wait(DAY - SECOND)
    assert home.codes() == []
    home.wait(SECOND)
    alert = home.open("stay_expired", "home")
    assert (alert.params["stay"], alert.params["until"]) == ("respite", "2026-03-03 14:00")
    assert home.home.stay is None


def test_a_stay_that_a_person_ended_is_no_news(home: Living) -> None:
    """Who says "home again" knows it."""
    until = home.now.wall_ms + DAY
    home.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=0, until_ms=until))
    home.tell(Stay(kind=StayKind.HOME, by="relative", from_ms=0))
    home.wait(3 * DAY)
    assert home.codes() == []


def test_a_planned_stay_pauses_nothing_before_it_begins(home: Living) -> None:
    """Next week's hospital stay does not hide today's missed dose."""
    home.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=86_400 * 9)
    week = home.now.wall_ms + 7 * DAY
    home.tell(Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=week))
    home.observe("robot", "dose", "missed")
    home.close(home.open("missed_dose"))
    home.wait(8 * DAY)
    home.observe("robot", "dose", "missed")
    assert not home.is_open("missed_dose")


def test_a_stay_ends_after_a_power_cut_as_soon_as_the_time_is_known(home: Living) -> None:
    """Without a clock it goes on pausing, and runs out when the clock is back."""
    home.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=86_400)
    home.observe("robot", "battery", 90)
    until = home.now.wall_ms + DAY
    home.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=home.now.wall_ms, until_ms=until))
    home.reboot(2 * DAY, sync=Sync.NONE)
    home.observe("robot", "dose", "missed")
    assert home.codes() == []
    home.wait(HOUR)
    home.sync, home.drift_ms = Sync.NTP, until + DAY - home.ms
    home.observe("robot", "dose", "due")
    assert home.codes() == ["stay_expired"]
