from __future__ import annotations

import msgspec
import pytest

from edge.domain import (
    AlertState,
    Hazard,
    Level,
    Priority,
    Role,
    Stay,
    StayKind,
    Sync,
    Visit,
    VisitKind,
)
from edge.events import Answered, ConfigLoaded
from tests.risk import homes
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living


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


@pytest.mark.parametrize(
    "level,differs",
    [
        ("green", {}),
        (
            "yellow",
            {"FS_02": "old_or_untested", "FS_11": "minor", "FS_12": "night", "FS_16": "watched"},
        ),
    ],
)
def test_what_asks_nobody_to_act_is_no_alert(
    home: Living, level: str, differs: dict[str, str]
) -> None:
    """Green and yellow are the visit's own work: the assessment has them, nobody is called."""
    answers(home, **differs)
    assert home.home.assessments[Hazard.FIRE].level.value == level
    assert home.codes() == []


def test_orange_is_a_line_of_todays_list(home: Living) -> None:
    answers(home, FS_05="bed")
    alert = home.open("level_changed", "fire")
    assert (alert.params["from"], alert.params["to"]) == ("grey", "orange")
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
    """Yellow while somebody has orange's alert is a revision; red reopens."""
    answers(home, FS_05="bed")
    home.accept(home.open("level_changed"), eta_s=4 * 3600)
    answers(home)
    assert home.open("level_changed").state is AlertState.ACKNOWLEDGED
    answers(home, FS_05="bed", FS_22="no")
    assert home.open("level_changed").state is AlertState.RAISED


def test_a_level_that_comes_back_within_a_week_is_the_same_one(home: Living) -> None:
    """Orange, mended, orange again for the same findings: one call; a week later it is another.

    None of them is critical: a critical that is found again is worse than it was.
    """
    found = {"FS_02": "old_or_untested", "FS_03": "no", "FS_09": "once", "FS_16": "unattended"}
    answers(home, **found)
    home.close(home.open("level_changed"))
    home.wait(DAY)
    answers(home)
    home.wait(6 * DAY)
    answers(home, **found)
    assert home.codes() == ["level_changed"]
    answers(home)
    home.wait(7 * DAY)
    answers(home, **found)
    assert home.codes() == ["level_changed"] * 2


@pytest.mark.parametrize("worse", [{"FS_22": "no"}, {"FS_04": "in_bed"}])
def test_what_is_worse_or_new_is_told_within_the_week_too(
    home: Living, worse: dict[str, str]
) -> None:
    """A higher level, or an open critical that the last one had not."""
    if "FS_04" in worse:  # another critical item of the list, whatever its answers are called
        item = next(
            i
            for i in homes.FIRE.items
            if i.id != "FS-05" and "I" in i.gates and any(a.critical for a in i.answers)
        )
        code = next(a.code for a in item.answers if a.critical)
        worse = {item.id.replace("-", "_"): code}
    answers(home, FS_05="bed")
    home.close(home.open("level_changed"))
    answers(home)
    home.wait(DAY)
    answers(home, FS_05="bed", **worse)
    assert home.codes() == ["level_changed"] * 2


def test_red_that_only_falls_to_orange_is_no_news(home: Living) -> None:
    answers(home, FS_05="bed", FS_22="no")
    home.close(home.open("level_changed"))
    answers(home, FS_05="bed")
    assert home.codes() == ["level_changed"]


# -- levels while somebody is there ---------------------------------------------


def visit(home: Living, minutes: int) -> None:
    until = home.now.wall_ms + minutes * MINUTE
    told = Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=home.now.wall_ms, until_ms=until)
    home.tell(told)


def test_what_is_mended_on_the_visit_calls_nobody(home: Living) -> None:
    """Red for the minutes between two answers; gone before the worker has left."""
    answers(home)
    visit(home, 45)
    home.wait(MINUTE)
    answers(home, FS_05="bed", FS_22="no")
    home.wait(10 * MINUTE)
    answers(home)
    home.wait(DAY)
    assert home.codes() == []


def test_what_stands_when_the_visit_is_over_is_told_then(home: Living) -> None:
    """Also the first level that a home ever has, and after a restart in the middle."""
    visit(home, 45)
    answers(home, FS_05="bed", FS_22="no")
    home.restart()
    home.wait(44 * MINUTE)
    assert home.codes() == []
    home.wait(MINUTE)
    alert = home.open("level_changed")
    assert (alert.params["from"], alert.params["to"]) == ("grey", "red")
    assert alert.priority is Priority.HIGH


def test_a_home_of_before_levels_were_told_says_nothing_new(home: Living) -> None:
    """An update finds orange in force and no word that it was told: it was."""
    answers(home, FS_05="bed")
    home.close(home.open("level_changed"))
    home.home = msgspec.structs.replace(home.home, levels={})
    home.restart()
    home.wait(2 * DAY)
    assert home.codes() == ["level_changed"]


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
