"""Drift: the stability index and the mean of the score, against what is known of both."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.risk.drift import (
    ACT,
    ACT_PSI,
    KNOWN_MIN_DAYS,
    REFERENCE_DAYS,
    STEADY,
    UNKNOWN,
    WATCH_PSI,
    Mean,
    follow,
    judge,
)

ROOT = Path(__file__).resolve().parents[2]
NORMAL = (-1.282, -0.842, -0.524, -0.253, 0.0, 0.253, 0.524, 0.842, 1.282)
CUTS = {"hallway": NORMAL, **{f"place-{n}.z": NORMAL for n in range(9)}}


def days(count: int, seed: int, shift: float = 0.0, wide: float = 1.0) -> list[dict[str, float]]:
    draw = random.Random(seed)
    return [{name: draw.gauss(shift, wide) for name in CUTS} for _ in range(count)]


def test_what_is_as_in_training_is_steady_and_what_moved_is_not() -> None:
    """Eight weeks: noise stays below the lines, a spread's move is beyond both."""
    states = [judge(days(56, seed), CUTS, Mean()).state for seed in range(40)]
    assert states.count(STEADY) == 40
    assert ACT not in states
    for seed in range(10):
        moved = judge(days(56, seed, shift=1.0), CUTS, Mean())
        assert (moved.state, moved.moved) == (ACT, 9)
        assert moved.median is not None
        assert moved.median > ACT_PSI > WATCH_PSI
        assert judge(days(56, seed, wide=3.0), CUTS, Mean()).state == ACT


def test_the_index_is_the_textbooks() -> None:
    """Half of the days in one bin of five: 0.2897 x (ln 2.448 + ln 1.568) - 4/56."""
    row = [-2.0] * 28 + [-0.6, 0.0, 0.6, 2.0] * 7
    found = judge([{"a.z": value} for value in row], {"a.z": NORMAL}, Mean()).psi["a.z"]
    assert found == pytest.approx(0.3181, abs=0.0001)


def test_too_few_days_and_plain_features_judge_nothing() -> None:
    """A young home is not known; a home that is large is not a home that moved."""
    assert judge(days(KNOWN_MIN_DAYS - 1, 1), CUTS, Mean()).state == UNKNOWN
    found = judge([{**day, "hallway": 9.0} for day in days(56, 1)], CUTS, Mean())
    assert found.psi["hallway"] > 1
    assert found.state == STEADY
    none = judge([dict.fromkeys(CUTS) for _ in range(56)], CUTS, Mean())
    assert (none.state, none.psi) == (UNKNOWN, {})


@settings(deadline=None)
@given(
    st.lists(st.floats(-8, 8, width=32), min_size=KNOWN_MIN_DAYS, max_size=80),
    st.lists(st.sampled_from([-1.0, 0.0, 0.0, 2.0, 5.0]), min_size=9, max_size=9),
)
def test_the_index_is_a_number_whatever_the_cuts(values: list[float], cuts: list[float]) -> None:
    """Equal cuts are one bin; the order of days counts for nothing; it is never below nothing."""
    deciles = {"a.z": sorted(cuts)}
    found = judge([{"a.z": value} for value in values], deciles, Mean())
    turned = judge([{"a.z": value} for value in reversed(values)], deciles, Mean())
    assert found == turned
    assert 0.0 <= found.psi["a.z"] < 20.0


def test_a_mean_that_moves_is_found_and_one_that_stays_is_not() -> None:
    """The home's own four weeks; then a spread more for a month, or the same for a year."""
    draw = random.Random(3)
    first = [100 / (1 + 2.718 ** -draw.gauss(-2, 1)) for _ in range(REFERENCE_DAYS)]
    mean = follow(Mean(), first)
    assert mean.mean == pytest.approx(-2, abs=0.5)
    assert not mean.moved
    higher = [100 / (1 + 2.718 ** -draw.gauss(-0.5, 1)) for _ in range(30)]
    assert follow(mean, higher).moved
    one_strange_day = follow(mean, [99.9])
    assert not one_strange_day.moved
    assert judge(days(56, 1), CUTS, follow(mean, higher)).state == ACT
    back = [100 / (1 + 2.718 ** -draw.gauss(-2, 1)) for _ in range(28)]
    assert follow(follow(mean, higher * 10), higher).moved
    assert not follow(follow(mean, higher * 10), back).moved  # however long it was away
    for cut in (3, 17):  # a week more or less in one go is the same
        assert follow(follow(mean, higher[:cut]), higher[cut:]) == follow(mean, higher)


def test_a_year_in_which_nothing_moves_is_quiet() -> None:
    """Drawn homes whose days go together, as far as four weeks know their mean and spread."""
    draw = random.Random(11)
    homes, moved = 60, 0
    for _ in range(homes):
        odds, days_told = draw.gauss(0, 1), []
        for _ in range(REFERENCE_DAYS + 365):
            odds = 0.2 * odds + (1 - 0.2**2) ** 0.5 * draw.gauss(0, 1)
            days_told.append(100 / (1 + math.exp(3 - odds)))
        seen, begun = Mean(), False
        for index in days_told:
            seen = follow(seen, [index])
            begun |= seen.moved
        moved += begun
    assert moved <= homes // 6


def test_the_shipped_manifest_has_what_drift_needs() -> None:
    """Nine cuts for each feature of the trained model."""
    current = json.loads((ROOT / "models/current.json").read_bytes())["daily-change"]
    folder = ROOT / "models/daily-change" / current["version"]
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert all(len(feature["deciles"]) == len(NORMAL) for feature in manifest["features"])
    assert sum(feature["name"].endswith(".z") for feature in manifest["features"]) > 20
