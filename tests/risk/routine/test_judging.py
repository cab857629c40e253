"""A home against its own usual days: order, silence, company, drift, nothing of the day itself."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.risk.daily.counting import Activation
from edge.risk.daily.places import DAY_S, PLACES
from edge.risk.routine.judging import (
    DAY_FROM,
    DAYS_BEFORE,
    EWMA_WEIGHT,
    Z_MAX,
    cusum,
    ewma,
    judge,
)
from edge.risk.routine.measuring import MEASURES, Day, day_of, measures

ROOMS = [PLACES.index(name) for name in ("bathroom", "bedroom", "hallway", "kitchen", "lounge")]
BATHROOM = PLACES.index("bathroom")


def ordinary(seed: int, many: int = 200) -> list[Activation]:
    """A day much like the others: rooms by day, the bathroom once at night."""
    draw = random.Random(seed)
    day = [(draw.randrange(7 * 3600, 22 * 3600), draw.choice(ROOMS)) for _ in range(many)]
    return [*day, (3 * 3600 + draw.randrange(600), BATHROOM)]


def weeks(days: int, many: int = 200) -> list[Day]:
    return [day_of(ordinary(seed, many)) for seed in range(days)]


def restless(seed: int) -> list[Activation]:
    """The day of `ordinary`, and on the feet all night."""
    night = [(3600 * hour + 60 * n, ROOMS[n % 5]) for hour in range(6) for n in range(50)]
    return [*ordinary(seed, 500), *night]


def test_a_day_like_the_others_says_nothing() -> None:
    for seed in range(100, 130):
        word = judge([*weeks(28), day_of(ordinary(seed))])
        assert (word.abstained, word.speaks, word.learning) == (None, False, False)


def test_a_restless_night_is_told_with_its_value_and_the_usual_one() -> None:
    word = judge([*weeks(28), day_of(restless(77))])
    assert word.speaks
    assert word.score is not None
    assert word.score >= DAY_FROM
    told = {one.measure: one for one in word.deviations}
    assert told["bathroom.night"].value == 61
    assert told["bathroom.night"].usual == 1
    assert all(abs(one.z) <= Z_MAX for one in word.deviations)


def test_the_night_is_the_one_that_ended_in_the_morning() -> None:
    """Visits of ten minutes' distance each, before and after midnight; twice in a minute is one."""
    before = [(23 * 3600, BATHROOM), (23 * 3600 + 30, BATHROOM)]
    after = [(3600, BATHROOM), (2 * 3600, BATHROOM), (2 * 3600 + 599, BATHROOM), (40_000, 0)]
    found = measures([day_of(before), day_of(after)])
    assert found["night.bathroom"] == 3
    assert found["night.quarters"] == 3
    assert "night.bathroom" not in measures([day_of([]), day_of(after)])
    assert "night.bathroom" not in measures([day_of(after)])


def test_a_room_without_a_sensor_and_a_home_without_doors_have_no_zero() -> None:
    found = measures(weeks(3))
    assert "doors" not in found
    assert not any(name.startswith(("lounge-x", "front-door", "fridge-door")) for name in found)
    assert found["lounge.morning"] > 0
    assert set(found) <= set(MEASURES)


@pytest.mark.parametrize("days, why", [(6, "short_baseline"), (7, None)])
def test_fewer_than_seven_usual_days_are_no_baseline(days: int, why: str | None) -> None:
    word = judge([*weeks(days), day_of(restless(1))])
    assert word.abstained == why
    assert not word.speaks
    assert judge([*weeks(13), day_of(restless(1))]).learning
    assert not judge([*weeks(14), day_of(restless(1))]).learning


def test_a_silent_day_is_never_a_day() -> None:
    """Neither said of, nor learned from: a home whose box was off for a week is as it was."""
    whole = [*weeks(28)]
    assert judge([*whole, day_of([])]).abstained == "silent"
    gaps = [day if n % 3 else day_of([]) for n, day in enumerate(whole)]
    word = judge([*gaps, day_of(restless(77))])
    assert word.speaks
    assert {one.usual for one in word.deviations if one.measure == "bathroom.night"} == {1}


@pytest.mark.parametrize("why", ["stay", "visitor", "poor_coverage"])
def test_a_day_apart_is_neither_told_nor_learned(why: str) -> None:
    whole = weeks(28)
    assert judge([*whole, day_of(restless(7), apart=why)]).abstained == why
    party = [day_of(restless(n), apart=why) if n % 3 == 0 else day for n, day in enumerate(whole)]
    assert judge([*party, day_of(restless(77))]).speaks
    assert judge([*(day_of(ordinary(n), apart=why) for n in range(28)), whole[0]]).abstained


def test_a_slow_change_is_a_drift_and_no_day_of_it_a_strange_one() -> None:
    """Less and less walking over two weeks."""
    days = [*weeks(14, 300), *(day_of(ordinary(n, 300 - 14 * (n - 100))) for n in range(100, 115))]
    words = [judge(days[: n + 1]) for n in range(14, len(days))]
    drifts = {d.measure: d for d in words[-1].deviations if d.drift}
    assert words[-1].speaks
    assert "moves" in drifts
    assert drifts["moves"].value < drifts["moves"].usual
    assert (words[-1].score or 0) < DAY_FROM


def test_one_strange_day_is_no_drift() -> None:
    for back in range(1, 14):
        days = weeks(29)
        days[-1 - back] = day_of(restless(3))
        assert not any(one.drift for one in judge(days).deviations)


def test_sums_by_hand() -> None:
    """CUSUM with half a spread of slack and three a day at most; EWMA by its weight."""
    assert cusum([1.0, -5.0, 2.0, 9.0], 1) == 1.5 + 2.5
    assert cusum([1.0, -5.0, 2.0, -1.0], -1) == 0.5
    assert cusum([-1.0, -2.0], -1) == 2.0
    assert ewma([2.0]) == 2.0
    assert ewma([2.0, 6.0]) == 2.0 + EWMA_WEIGHT * 4.0


ACTIVATION = st.tuples(st.integers(0, DAY_S - 1), st.integers(0, len(PLACES) - 1))
DAY = st.builds(
    day_of,
    st.lists(ACTIVATION, max_size=30),
    care=st.dictionaries(st.sampled_from(["doses.missed", "meals.taken"]), st.floats(0, 9)),
    apart=st.sampled_from(["", "", "", "stay"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(DAY, min_size=1, max_size=35))
def test_whatever_the_days_the_word_is_sound(days: Sequence[Day]) -> None:
    """Bounded, abstaining or scored, and of no more days than it needs."""
    word = judge(days)
    assert (word.score is None) is (word.abstained is not None)
    assert not (word.abstained and (word.speaks or word.deviations))
    assert all(abs(one.z) <= Z_MAX for one in word.deviations)
    assert judge(days[-DAYS_BEFORE - 1 :]) == word
    learned = [day for day in days[:-1][-21:] if not day.silent and not day.apart]
    if len(learned) < 7 or days[-1].silent or days[-1].apart:
        assert word.abstained


@settings(max_examples=60, deadline=None)
@given(st.lists(ACTIVATION, max_size=60), st.randoms())
def test_order_of_rows_changes_nothing(rows: list[Activation], draw: random.Random) -> None:
    shuffled = list(rows)
    draw.shuffle(shuffled)
    assert day_of(shuffled) == day_of(rows)


@settings(max_examples=30, deadline=None)
@given(st.lists(ACTIVATION, min_size=1, max_size=60))
def test_the_day_is_never_held_against_itself(rows: list[Activation]) -> None:
    """What is usual does not change with the day that is judged."""
    past = weeks(28)
    usual = {one.measure: one.usual for one in judge([*past, day_of(restless(1))]).deviations}
    for one in judge([*past, day_of(rows)]).deviations:
        assert one.drift or usual.get(one.measure, one.usual) == one.usual


def test_words_survive_the_store() -> None:
    word = judge([*weeks(28), day_of(restless(77))])
    assert msgspec.json.decode(msgspec.json.encode(word), type=type(word)) == word
