"""A day held against the home's own usual days: robust z of the day, EWMA and CUSUM of the weeks.

Days on which somebody was elsewhere, had company, or on which sensors could not see are no usual
days: nothing is learned from them, and nothing is said of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec

from edge.domain import Deviation, Routine
from edge.risk.daily.counting import Numbers
from edge.risk.daily.extract import (
    BASELINE_DAYS,
    BASELINE_MIN_DAYS,
    BASELINE_SETTLED_DAYS,
    SHORT_BASELINE,
    SILENT,
    SPREAD_FLOOR,
    robust,
)
from edge.risk.daily.table import COUNT, HOURS
from edge.risk.routine.measuring import CARE, CLOCK, COUNTED, MEASURES, NIGHTLY, Day, measures

# A day beyond eight spreads is no stranger than one of eight.
Z_MAX = 8.0
# The mean of the eight strongest deviations in one direction (more than usual, or less): a change
# in a person's day shows in several rooms and hours, an odd sensor in one or two.
STRONGEST = 8
# On the 42 homes of TIHM so high a mean is met 0.09 times a home-week (docs/decisions/0042).
DAY_FROM = 6.0

# A drift: the last two weeks against the two before. Thirty days of readings are kept by default.
DRIFT_DAYS, REFERENCE_DAYS = 14, 14
DAYS_BEFORE = DRIFT_DAYS + REFERENCE_DAYS
# CUSUM counts what exceeds half a spread (Page 1954): a shift of one spread is what it is tuned to.
# One day adds three spreads at most, so that no drift is a single day.
CUSUM_SLACK, CUSUM_DAY_MAX = 0.5, 3.0
CUSUM_FROM = 20.0
# A change that is over is no drift: the moving mean has to be there still. The newest day's weight.
EWMA_WEIGHT, EWMA_FROM = 0.25, 1.5
DRIFTING = (*COUNTED, *NIGHTLY, *CARE)

# What is told; the rest stands in the assessment's score.
REASONS_MAX = 5
REASON_FROM = 2.0


def judge(days: Sequence[Day]) -> Routine:
    """The word on the last of `days`, by those before it, oldest first and without a gap."""
    days = days[-DAYS_BEFORE - 1 :]
    today, past = days[-1], days[:-1]
    if today.silent:
        return Routine(abstained=SILENT)
    if today.apart:
        return Routine(abstained=today.apart)
    learned = sum(_is_usual(day) for day in past[-BASELINE_DAYS:])
    if learned < BASELINE_MIN_DAYS:
        return Routine(abstained=SHORT_BASELINE)
    known = [measures(days[: i + 1]) if _is_usual(day) else {} for i, day in enumerate(days)]
    found = _of_the_day(known[-1], known[-1 - BASELINE_DAYS : -1])
    score = _strongest(found)
    drifts = _drifts(known)
    told = [*drifts, *(found if score >= DAY_FROM else ())]
    return Routine(
        score=score,
        learning=learned < BASELINE_SETTLED_DAYS,
        speaks=bool(told) and learned >= BASELINE_SETTLED_DAYS,
        deviations=_told(told or found),
    )


def _is_usual(day: Day) -> bool:
    return not day.silent and not day.apart


def _of_the_day(today: Numbers, past: Sequence[Numbers]) -> list[Deviation]:
    found = []
    for name, value in today.items():
        usual = _usual(name, [numbers[name] for numbers in past if name in numbers])
        if usual is not None:
            middle, spread = usual
            z = max(-Z_MAX, min(Z_MAX, (value - middle) / spread))
            found.append(_deviation(name, value, middle, z))
    return found


def _usual(name: str, values: Sequence[float]) -> tuple[float, float] | None:
    """Median and spread; a count that comes by chance spreads by the root of its mean at least."""
    usual = robust(values)
    if usual is None or name in CLOCK:
        return usual
    middle, spread = usual
    return middle, max(spread, 2 * SPREAD_FLOOR, math.sqrt(max(middle, 0.0)))


def _strongest(found: Sequence[Deviation]) -> float:
    """The mean of the strongest in one direction; with fewer than that many, the rest are none."""
    return max(
        sum(sorted((sign * one.z for one in found if sign * one.z > 0), reverse=True)[:STRONGEST])
        / STRONGEST
        for sign in (1, -1)
    )


def _drifts(known: Sequence[Mapping[str, float]]) -> list[Deviation]:
    reference, weeks = known[:-DRIFT_DAYS], known[-DRIFT_DAYS:]
    found = []
    for name in DRIFTING:
        values = [numbers[name] for numbers in weeks if name in numbers]
        before = [numbers[name] for numbers in reference if name in numbers]
        usual = _usual(name, before) if len(before) >= BASELINE_MIN_DAYS else None
        if usual is None or len(values) < BASELINE_MIN_DAYS:
            continue
        middle, spread = usual
        zs = [(value - middle) / spread for value in values]
        level = ewma(zs)
        if abs(level) >= EWMA_FROM and cusum(zs, 1 if level > 0 else -1) >= CUSUM_FROM:
            recent = _deviation(name, ewma(values), middle, level)
            found.append(msgspec.structs.replace(recent, drift=True))
    return found


def _deviation(name: str, value: float, usual: float, z: float) -> Deviation:
    unit = HOURS if name in CLOCK else COUNT
    return Deviation(measure=name, value=value, usual=usual, z=z, unit=unit)


def ewma(values: Sequence[float]) -> float:
    """The exponentially weighted moving mean at the end of `values`, begun at their first."""
    level = values[0]
    for value in values[1:]:
        level += EWMA_WEIGHT * (value - level)
    return level


def cusum(zs: Sequence[float], sign: int) -> float:
    """The one-sided cumulative sum at the end of `zs`, upwards for `sign` 1, downwards for -1."""
    total = 0.0
    for z in zs:
        total = max(0.0, total + min(sign * z, CUSUM_DAY_MAX) - CUSUM_SLACK)
    return total


def _told(found: Sequence[Deviation]) -> tuple[Deviation, ...]:
    strong = [one for one in found if one.drift or abs(one.z) >= REASON_FROM]
    strong.sort(key=lambda one: (not one.drift, -abs(one.z), MEASURES.index(one.measure)))
    return tuple(strong[:REASONS_MAX])
