"""The fall list: bands of points, what forces orange, the season, and what is not known."""

from __future__ import annotations

import datetime as dt

import pytest

from edge.domain import Hazard, Instant, Level
from edge.risk.standing import next_season_ms
from tests.risk.lists import ITEMS, Answers, assess, differs, in_order


def at(day: str) -> Instant:
    moment = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
    return Instant(boot="b", boottime_ms=1_000, wall_ms=int(moment.timestamp() * 1000))


MARCH, JUNE = at("2026-03-03T12:00:00"), at("2026-06-03T12:00:00")

# Points of answers that are not critical, heaviest first.
POINTS = {
    "FA_01": ("repeated", 4),
    "FA_03": ("yes", 3),
    "FA_04": ("wrong", 3),
    "FA_05": ("cannot", 3),
    "FA_08": ("several", 3),
    "FA_12": ("yes", 3),
    "FA_06": ("yes", 2),
    "FA_07": ("from_8", 2),
    "FA_09": ("many_missed", 2),
    "FA_10": ("often", 2),
    "FA_11": ("marked", 2),
    "FA_15": ("no", 1),
    "FA_16": ("yes", 1),
}


def home(points: int, when: Instant = MARCH) -> Answers:
    """A home with exactly so many points, none of them critical."""
    codes: dict[str, str] = {}
    for item, (code, worth) in POINTS.items():
        if worth <= points:
            codes[item] = code
            points -= worth
    assert points == 0
    return differs(in_order("fall", at=when), when, **codes)


@pytest.mark.parametrize(
    "points,level",
    [
        (0, Level.GREEN),
        (11, Level.GREEN),
        (12, Level.YELLOW),
        (19, Level.YELLOW),
        (20, Level.ORANGE),
        (27, Level.ORANGE),
        (28, Level.RED),
    ],
)
def test_the_bands(points: int, level: Level) -> None:
    """0-11 green, 12-19 yellow, 20-27 orange, from 28 on red."""
    assert assess(home(points), Hazard.FALL, MARCH).level is level


@pytest.mark.parametrize("codes", [{"FA_02": "yes"}, {"FA_01": "repeated_month"}])
def test_an_injury_or_two_falls_in_a_month_are_at_least_orange(codes: dict[str, str]) -> None:
    """Whatever the sum: somebody must look at it within days."""
    found = assess(differs(in_order("fall", at=MARCH), MARCH, **codes), Hazard.FALL, MARCH)
    assert found.level is Level.ORANGE
    assert len(found.open_critical) == 1


def test_a_summer_yard_is_not_asked() -> None:
    """In June the icy yard neither counts nor is missing; in March it does both."""
    answers = in_order("fall", at=JUNE)
    del answers["FA-24"]
    found = assess(answers, Hazard.FALL, JUNE)
    assert (found.level, found.share_unknown, found.reasons) == (Level.GREEN, 0.0, ())
    icy = differs(in_order("fall", at=MARCH), MARCH, FA_24="lacking")
    assert [r.code for r in assess(icy, Hazard.FALL, MARCH).reasons] == ["FA-24:lacking"]
    assert assess(icy, Hazard.FALL, at("2026-05-01T00:00:00")).reasons == ()


@pytest.mark.parametrize(
    "now,turn",
    [
        ("2026-03-03T12:00:00", "2026-05-01T00:00:00"),
        ("2026-05-01T00:00:00", "2026-11-01T00:00:00"),
        ("2026-12-31T23:59:59", "2027-05-01T00:00:00"),
        ("2026-10-31T23:59:59", "2026-11-01T00:00:00"),
    ],
)
def test_when_the_season_turns(now: str, turn: str) -> None:
    """November to April, by the month in UTC."""
    assert next_season_ms(ITEMS["FA-24"][1], at(now).wall_ms) == at(turn).wall_ms
    assert next_season_ms(ITEMS["FA-23"][1], at(now).wall_ms) is None


def test_more_than_a_fifth_unknown_is_grey() -> None:
    """Six of 25 not known: incomplete; orange by what is known stays orange."""
    gaps = {f"FA_{n}": "unknown" for n in (15, 16, 20, 21, 22, 23)}
    calm = differs(in_order("fall", at=MARCH), MARCH, **gaps)
    assert assess(calm, Hazard.FALL, MARCH).level is Level.GREY
    known = differs(home(20), MARCH, FA_20="unknown", FA_21="unknown", FA_22="unknown")
    assert assess(known, Hazard.FALL, MARCH).level is Level.ORANGE
