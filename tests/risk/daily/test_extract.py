"""A day's features: by hand, whatever the order, from no day but this and those before it."""

from __future__ import annotations

import hashlib
import math
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.risk.daily.counting import Activation, busiest, counted
from edge.risk.daily.extract import (
    BASELINE_MIN_DAYS,
    DayFacts,
    abstention,
    baseline_days,
    day_facts,
    features,
    outside,
)
from edge.risk.daily.places import DAY_S, PLACES, SEEN_DAYS, WINDOWS
from edge.risk.daily.table import (
    ACTIVITY,
    EXTRACTOR_VERSION,
    FEATURES,
    PERSONAL,
    VITALS,
    daily_hash,
)

KITCHEN, HALLWAY, LOUNGE = (PLACES.index(name) for name in ("kitchen", "hallway", "lounge"))
FRONT_DOOR, BEDROOM = PLACES.index("front-door"), PLACES.index("bedroom")

# A night in bed, a morning in the kitchen, a quick way through the hallway and back, an evening.
DAY: list[Activation] = [
    (2 * 3600, BEDROOM),
    (8 * 3600, KITCHEN),
    (8 * 3600 + 5, KITCHEN),
    (8 * 3600 + 15, HALLWAY),
    (8 * 3600 + 65, KITCHEN),
    (12 * 3600, FRONT_DOOR),
    (20 * 3600, LOUNGE),
    (23 * 3600 + 1800, BEDROOM),
]

activations = st.lists(
    st.tuples(st.integers(0, DAY_S - 1), st.integers(0, len(PLACES) - 1)), min_size=1, max_size=60
)


def test_a_day_by_hand() -> None:
    """Numbers that a person counts from the list above."""
    found = counted(DAY)
    assert {
        name: found[name]
        for name in (
            "all", "kitchen", "kitchen.morning", "kitchen.share", "bedroom.night", "doors",
            "kitchen.busiest_1h", "bedroom.busiest_4h", "moves", "moves.rapid", "moves.pacing",
            "moves.back_and_forth", "moves.from_hallway", "steps.burst", "steps.longest", "first",
            "last", "rooms", "night.count", "night.gap", "late.gap", "all.active_h",
            "quarter.active", "quarter.longest", "moves.dwell", "moves.run", "all.busiest_8h",
        )
    } == {
        "all": 8, "kitchen": 3, "kitchen.morning": 3, "kitchen.share": 3 / 8, "bedroom.night": 1,
        "doors": 1, "kitchen.busiest_1h": 3, "bedroom.busiest_4h": 1,
        "moves": 6, "moves.rapid": 2, "moves.pacing": 1,
        "moves.back_and_forth": 1, "moves.from_hallway": 1, "steps.burst": 1,
        "steps.longest": 8 * 3600, "first": 8.0,
        "last": 23.5, "rooms": 5, "night.count": 1, "night.gap": 4 * 3600, "late.gap": 5400,
        "all.active_h": 5, "quarter.active": 5, "quarter.longest": 1,
        "moves.dwell": (1800 * 4 + 10 + 50) / 6, "moves.run": 8 / 7, "all.busiest_8h": 5,
    }  # fmt: skip


def test_every_feature_has_a_value_from_a_day_and_no_other() -> None:
    """The table and what is counted name the same numbers, once each."""
    assert set(counted(DAY)) == {feature.name for feature in ACTIVITY}
    names = [feature.name for feature in FEATURES]
    assert len(set(names)) == len(names)
    assert set(PERSONAL) <= {name.removesuffix(".z") for name in names}
    assert len(daily_hash()) == 64


def test_the_extractor_is_the_one_that_its_version_names() -> None:
    """Three weeks and a day, all features to the last bit: another result needs another version."""
    past = [
        day_facts(
            [
                ((i * 977 * (n + 3) + 61 * n) % DAY_S, (i * (n + 1)) % len(PLACES))
                for i in range(90)
            ],
            [("heart_rate", 60.0 + n), ("systolic", 130.5 + n)],
        )
        for n in range(21)
    ]
    row = features(day_facts(DAY, [("heart_rate", 91.3)]), past)
    bits = b"".join(struct.pack("<f", math.nan if v is None else v) for v in row.values())
    assert EXTRACTOR_VERSION == "daily/1"
    assert hashlib.sha256(bits).hexdigest()[:32] == "b43d94d9520bb893b0a873287f6f55c5"


def test_no_window_begins_or_ends_by_the_rounds_of_the_labels() -> None:
    """8, 12 and 18 o'clock are when the training data were labelled, not when people live."""
    assert {hour for window in WINDOWS.values() for hour in window} & {8, 12, 18} == set()


@given(activations, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(day: list[Activation], draw: random.Random) -> None:
    """Rows of a file come in any order: the same features to the last bit."""
    mixed = list(day)
    draw.shuffle(mixed)
    vitals = [("heart_rate", 61.1), ("heart_rate", 70.3), ("heart_rate", 82.7)]
    past = [day_facts(DAY)] * 9
    found = features(day_facts(day, vitals), past)
    draw.shuffle(vitals)
    assert features(day_facts(mixed, vitals), past) == found


@given(activations)
def test_every_value_is_a_float32_within_its_bounds(day: list[Activation]) -> None:
    """What the model's process takes as it is: nothing is cut off or rounded there again."""
    row = features(day_facts(day), [day_facts(DAY)] * 9)
    assert list(row) == [feature.name for feature in FEATURES]
    for feature in FEATURES:
        value = row[feature.name]
        if value is not None:
            assert feature.least <= value <= feature.most
            assert struct.unpack("<f", struct.pack("<f", value))[0] == value


@given(activations, st.integers(0, 7))
def test_more_in_a_place_never_counts_less(day: list[Activation], place: int) -> None:
    """An activation more: no count of its place, and no busiest hours, become fewer."""
    before, after = counted(day), counted([*day, (43_200, place)])
    name = PLACES[place]
    for key in (name, f"{name}.busiest_1h", f"{name}.busiest_4h", "all", "all.busiest_6h"):
        assert after[key] >= before[key]
    assert after[name] == before[name] + 1


@given(st.lists(st.integers(0, 50), min_size=24, max_size=24), st.sampled_from([1, 4, 6]))
def test_the_busiest_hours_are_the_busiest(hours: list[int], span: int) -> None:
    """Against the plain sum of every stretch."""
    assert busiest(hours, span) == max(sum(hours[i : i + span]) for i in range(25 - span))


def test_the_day_itself_and_old_days_are_not_its_baseline() -> None:
    """Deviations compare with the 21 days before: not with today, not with the 22nd."""
    usual = [day_facts([(i * 600, KITCHEN) for i in range(n)]) for n in (10, 12, 11, 9, 13, 10, 11)]
    today = day_facts([(i * 600, KITCHEN) for i in range(31)])
    wild = day_facts([(i, KITCHEN) for i in range(900)])
    row = features(today, usual)
    assert row["kitchen.z"] == 8.0  # 20 above the median of 11, of a spread of 1.5: clipped
    quiet = features(day_facts([(i * 600, KITCHEN) for i in range(12)]), usual)
    z = 1 / 1.4826  # the median is 11, the median deviation 1
    assert quiet["kitchen.z"] == pytest.approx(z)
    assert features(today, [wild] * 30 + usual * 3) == features(today, usual * 3)


def test_a_place_without_a_sensor_is_not_known() -> None:
    """Nobody sees the lounge: not known; seen in the last weeks and empty today: zero."""
    bare = features(day_facts([(1, KITCHEN)]), [day_facts([(1, KITCHEN)])] * 9)
    assert bare["lounge"] is None
    assert bare["lounge.busiest_4h"] is None
    assert bare["lounge.z"] is None
    assert bare["kitchen"] == 1.0
    past = [day_facts([(1, LOUNGE)]), *[day_facts([(1, KITCHEN)])] * (SEEN_DAYS - 1)]
    assert features(day_facts([(1, KITCHEN)]), past)["lounge"] == 0.0
    assert features(day_facts([(1, KITCHEN)]), [*past, past[-1]])["lounge"] is None


def test_vital_signs_are_the_mean_of_the_day_or_not_known() -> None:
    """No reading: not known. Beyond what the instrument can show: no reading."""
    facts = day_facts(DAY, [("heart_rate", 60.0), ("heart_rate", 70.0), ("heart_rate", 999.0)])
    row = features(facts, [])
    assert (row["heart_rate"], row["systolic"], row["vitals.count"]) == (65.0, None, 2.0)
    assert all(row[f"{name}.z"] is None for name in VITALS)
    assert day_facts(DAY, [("heart_rate", math.nan)]).vitals == {}


def test_a_silent_day_and_a_short_baseline_abstain() -> None:
    """No activation, or fewer than a week of seen days: no row, and the word for it."""
    silent, seen = day_facts([]), day_facts(DAY)
    assert abstention(silent, [seen] * 21) == "silent"
    assert abstention(seen, [seen] * (BASELINE_MIN_DAYS - 1)) == "short_baseline"
    assert abstention(seen, [seen] * BASELINE_MIN_DAYS) is None
    away: list[DayFacts] = [*[seen] * 21, *[silent] * 20]
    assert baseline_days(away) == 1
    assert abstention(seen, away) == "short_baseline"


def test_far_outside_of_training_is_out_of_range() -> None:
    """More than a tenth of what is known beyond the ranges of training."""
    row = {f"f{i}": float(i in {0, 1}) for i in range(10)} | {"gone": None}
    ranges = dict.fromkeys(row, (0.0, 0.5))
    assert outside(row, ranges)
    assert not outside(row | {"f0": 0.0}, ranges)


@pytest.mark.parametrize("wrong", [(-1, 0), (DAY_S, 0), (0, len(PLACES)), (0, -1)])
def test_an_activation_that_cannot_be_is_refused(wrong: Activation) -> None:
    """Before the day or after it, or in no place."""
    with pytest.raises(ValueError, match="activation at second"):
        day_facts([wrong])
