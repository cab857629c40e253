"""A level that rises at two assessments in a row is a coordinator's case, and no alert more."""

from __future__ import annotations

import msgspec
import pytest

from edge.alerts.flags import Flag
from edge.domain import Hazard, Level, Visit, VisitKind
from edge.events import Answered, ConfigLoaded
from edge.home.course import APART_MS, is_case
from tests.risk import homes
from tests.support.living import DAY, HOUR, MINUTE, Living

GREEN: dict[str, str] = {}
YELLOW = {"FS_02": "old_or_untested", "FS_11": "minor", "FS_12": "night", "FS_16": "watched"}
ORANGE = YELLOW | {"FS_05": "bed"}
RED = ORANGE | {"FS_22": "no"}


@pytest.fixture
def home() -> Living:
    return Living(settings=ConfigLoaded(checklists={"fire": homes.FIRE}))


def assessed(home: Living, *answers: dict[str, str], apart_ms: int = 7 * DAY) -> None:
    """A whole list answered anew each time, so far apart."""
    for number, differs in enumerate(answers):
        if number:
            home.wait(apart_ms)
        given = [msgspec.structs.replace(a, at=home.now) for a in homes.home(**differs).values()]
        home.tell(Answered(answers=tuple(given)))


def flags(home: Living) -> tuple[str, ...]:
    return home.open("level_changed").flags


def test_two_rises_in_a_row_are_a_case(home: Living) -> None:
    """Green, yellow, orange: the alert that orange is anyway says so, and there is one."""
    assessed(home, GREEN, YELLOW, ORANGE)
    assert home.home.assessments[Hazard.FIRE].level is Level.ORANGE
    assert home.codes() == ["level_changed"]
    assert flags(home) == (Flag.RISING,)


@pytest.mark.parametrize(
    "answers",
    [
        (GREEN, ORANGE),  # one rise
        (ORANGE, RED),  # what a home begins at is no rise
        (GREEN, YELLOW, YELLOW, ORANGE),  # not in a row
        (YELLOW, ORANGE, YELLOW, RED),  # it was better between
    ],
)
def test_anything_else_is_none(home: Living, answers: tuple[dict[str, str], ...]) -> None:
    assessed(home, *answers)
    assert not is_case(home.home, Hazard.FIRE)
    assert Flag.RISING not in flags(home)


def test_an_open_alert_becomes_a_case_when_the_level_rises_again(home: Living) -> None:
    assessed(home, YELLOW, ORANGE)
    assert flags(home) == ()
    home.wait(DAY)
    assessed(home, RED)
    assert flags(home) == (Flag.RISING,)
    assert home.codes() == ["level_changed"]


def test_what_is_answered_within_half_a_day_is_one_assessment(home: Living) -> None:
    """A list filled in from morning to afternoon rises twice and is looked at once."""
    assessed(home, GREEN)
    home.wait(DAY)
    assessed(home, YELLOW, ORANGE, apart_ms=APART_MS - HOUR)
    assert flags(home) == ()


def test_a_grey_between_neither_counts_nor_ends_the_row(home: Living) -> None:
    """Half a year later the level is not known any more, until it is asked again."""
    assessed(home, GREEN, YELLOW)
    home.wait(200 * DAY)
    assert home.home.assessments[Hazard.FIRE].level is Level.GREY
    assessed(home, ORANGE)
    assert flags(home) == (Flag.RISING,)


def test_it_is_told_when_the_visit_is_over_and_after_a_restart(home: Living) -> None:
    assessed(home, GREEN, YELLOW)
    home.wait(DAY)
    until = home.now.wall_ms + 45 * MINUTE
    told = Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=home.now.wall_ms, until_ms=until)
    home.tell(told)
    assessed(home, ORANGE)
    home.restart()
    assert home.codes() == []
    home.wait(45 * MINUTE)
    assert flags(home) == (Flag.RISING,)
