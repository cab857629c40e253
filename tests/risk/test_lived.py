"""Numbers of nights, weeks, weighings and wearing: by hand, and what must always hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import HourCoverage
from edge.home.asking import Asked, Why
from edge.risk.daily.counting import Activation
from edge.risk.daily.places import PLACES
from edge.risk.lived import (
    down_percent,
    lost_percent,
    night_visits,
    toilet_visits,
    worn_percent,
)

BED, BATH, HALL, KITCHEN = (
    PLACES.index(place) for place in ("bedroom", "bathroom", "hallway", "kitchen")
)
H, MIN = 3600, 60
NO_MORNING: list[Activation] = []

# A night in words: (hour, minute) of the clock and a place; from 22 on it is the evening before.
NIGHTS: list[tuple[str, list[tuple[int, int, int]], int]] = [
    ("asleep at two, up once", [(22, 10, BED), (2, 0, BED), (2, 1, BATH), (2, 5, BED)], 1),
    ("by the hallway", [(23, 0, BED), (3, 0, HALL), (3, 1, BATH), (3, 4, HALL), (3, 5, BED)], 1),
    ("brushing teeth is none", [(22, 0, BED), (22, 5, BATH), (22, 15, BED)], 0),
    ("from the kitchen is none", [(22, 0, BED), (1, 0, KITCHEN), (1, 30, BATH)], 0),
    ("two sightings, one visit", [(23, 0, BED), (1, 0, BATH), (1, 2, BATH), (1, 9, BED)], 1),
    ("back within ten minutes", [(23, 0, BED), (1, 0, BATH), (1, 5, BED), (1, 9, BATH)], 1),
    ("before ten and after six", [(20, 0, BED), (21, 0, BATH), (5, 0, BED), (6, 1, BATH)], 0),
    ("nobody in the bedroom", [(1, 0, BATH), (2, 0, BATH)], 0),
    (
        "three times",
        [(22, 0, BED), (0, 0, BATH), (0, 5, BED), (2, 0, BATH), (2, 5, BED), (4, 0, BATH)],
        3,
    ),
]


def halves(night: list[tuple[int, int, int]]) -> tuple[list[Activation], list[Activation]]:
    told = [(hour * H + minute * MIN, place) for hour, minute, place in night]
    return [one for one in told if one[0] >= 12 * H], [one for one in told if one[0] < 12 * H]


@pytest.mark.parametrize("night,visits", [n[1:] for n in NIGHTS], ids=[n[0] for n in NIGHTS])
def test_ways_from_the_bedroom_to_the_bathroom(
    night: list[tuple[int, int, int]], visits: int
) -> None:
    """Counted by what was told, in any order."""
    evening, morning = halves(night)
    assert toilet_visits(evening, morning) == visits
    assert toilet_visits(evening[::-1], morning[::-1]) == visits


HAPPENED = st.lists(st.tuples(st.integers(0, 86_399), st.integers(0, len(PLACES) - 1)), max_size=60)


@given(HAPPENED, HAPPENED)
def test_a_visit_needs_both_rooms_and_the_night(
    evening: list[Activation], morning: list[Activation]
) -> None:
    """Never more than sightings in either room; what is by day, or told twice, changes nothing."""
    visits = toilet_visits(evening, morning)
    rooms = [place for _, place in (*evening, *morning)]
    assert visits <= min(rooms.count(BED), rooms.count(BATH))
    assert visits <= 8 * 6  # once in ten minutes, for eight hours
    assert toilet_visits(evening * 2, morning * 2) == visits
    by_day = [(12 * H, BED), (13 * H, BATH)]
    assert toilet_visits([*evening, *by_day], [*morning, *by_day]) == visits
    without = [one for one in morning if one[1] != BATH]
    assert toilet_visits([one for one in evening if one[1] != BATH], without) == 0


@pytest.mark.parametrize(
    "nights,told",
    [
        ([3, 3, 3, 0, 0, 0, 0], 3.0),
        ([5, 4, 2, 1, 0, 0, 0], 2.0),
        ([9, 9, 0, 0, 0, 0, 0], 0.0),
        ([3, 3, 3, None, None, 0, 0], 3.0),
        ([3, 3, 3, None, None, None, 0], None),  # too few are known, however bad they were
        ([None] * 7, None),
    ],
)
def test_three_nights_of_seven(nights: list[int | None], told: float | None) -> None:
    assert night_visits(nights) == told


@given(st.lists(st.none() | st.integers(0, 12), min_size=7, max_size=7), st.integers(0, 6))
def test_a_night_that_is_not_known_makes_nothing_worse(nights: list[int | None], lost: int) -> None:
    """Unknown is no visit, and no night without one: it only ever takes the word away."""
    before, after = night_visits(nights), night_visits([*nights[:lost], None, *nights[lost + 1 :]])
    assert after is None or (before is not None and after <= before)


@pytest.mark.parametrize(
    "before,after,told",
    [
        ([100.0] * 7, [70.0] * 7, 30.0),
        ([100.0] * 7, [71.0] * 7, 29.0),
        ([100.0] * 7, [140.0] * 7, 0.0),
        ([100.0, None, None, 100.0, 100.0, 100.0, 100.0], [50.0] * 7, 50.0),
        ([100.0, None, None, None, 100.0, 100.0, 100.0], [50.0] * 7, None),
        ([100.0] * 7, [None] * 7, None),  # a week of silence is a fault
        ([19.0] * 7, [0.0] * 7, None),  # hardly anything to lose
    ],
)
def test_a_week_beside_the_week_before(
    before: list[float | None], after: list[float | None], told: float | None
) -> None:
    assert down_percent(before, after) == told


def weighed(*kg: float, every: int = 7, until: int = 90) -> list[tuple[int, float]]:
    """Weekly, the last one on day `until`."""
    return [(until - every * (len(kg) - 1 - i), one) for i, one in enumerate(kg)]


@pytest.mark.parametrize(
    "weighings,told",
    [
        (weighed(70, 70, 70, 66, 66, 66), 100 * 4 / 70),
        (weighed(70, 70, 70, 70, 70, 70), 0.0),
        (weighed(66, 66, 66, 70, 70, 70), 0.0),  # gained
        (weighed(70, 95, 70, 70, 70, 70), 0.0),  # a guest on the scale
        (weighed(70, 70, 70, 60, 70, 70), 0.0),  # a bag put down
        (weighed(70, 70, 70, 66, 66), None),  # too few
        (weighed(70, 70, 70, 66, 66, 66, until=61), None),  # the last is a month old
        (weighed(70, 70, 70, 66, 66, 66, 0.2, 320), 100 * 4 / 70),  # no adult
        ([*weighed(70, 70, 70, 66, 66, 66), (90, 66), (90, 66)], 100 * 4 / 70),
    ],
)
def test_the_weight_beside_its_highest(
    weighings: list[tuple[int, float]], told: float | None
) -> None:
    found = lost_percent(weighings, 90)
    assert found == (None if told is None else pytest.approx(told))


KILOS = st.lists(st.tuples(st.integers(0, 90), st.floats(40, 120)), max_size=30)


@given(KILOS, st.randoms(use_true_random=False))
def test_no_single_day_makes_a_loss(weighings: list[tuple[int, float]], draw: object) -> None:
    """Order is nothing; one day's weighing, however odd, never makes a loss by itself."""
    assert lost_percent(reversed(weighings), 90) == lost_percent(weighings, 90)
    steady = [(day, 70.0) for day in range(60, 91, 3)]
    for odd in weighings[:5]:
        mixed = [one for one in steady if one[0] != odd[0]] + [odd]
        assert lost_percent(mixed, 90) == 0.0


def hours(*rows: tuple[int, int, int, str]) -> list[HourCoverage]:
    """(how many, asked, known, reason) of an hour each."""
    return [
        HourCoverage(
            hour_ms=n, question=Asked.TAG_WORN, asked_s=asked, known_s=known, reason=reason
        )
        for many, asked, known, reason in rows
        for n in range(many)
    ]


@pytest.mark.parametrize(
    "rows,told",
    [
        ([(168, 3600, 3600, "")], 100.0),
        ([(84, 3600, 3600, ""), (84, 3600, 0, Why.NOT_WORN)], 50.0),
        # A battery that was empty for a third of the week says nothing of the wearer.
        ([(90, 3600, 3600, ""), (22, 3600, 0, Why.NOT_WORN), (56, 3600, 0, "device_silent")], 80.4),
        ([(90, 3600, 0, Why.NOT_WORN), (78, 3600, 0, Why.DEVICE_SILENT)], None),
        ([(90, 3600, 3600, "")], None),  # away, or enrolled lately: too little was asked
        ([], None),
    ],
)
def test_the_share_of_a_week_in_which_it_was_worn(
    rows: list[tuple[int, int, int, str]], told: float | None
) -> None:
    found = worn_percent(hours(*rows))
    assert found == (None if told is None else pytest.approx(told, abs=0.05))
