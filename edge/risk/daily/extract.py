"""A day and the days before it become one row of the model, or a word why there is none.

A value that is not known stays None: the model has a place of its own for it. The day that is
judged never belongs to its own baseline. Numbers are rounded to float32, which is what the model
holds, so that a value lies on the same side of a cut wherever it is computed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

from edge.domain import Record
from edge.risk.daily.counting import Activation, Numbers, counted
from edge.risk.daily.places import DAY_S, PLACES, SEEN_DAYS
from edge.risk.daily.table import ACTIVITY, FEATURES, MOST, PERSONAL, VITALS, Z

# The personal baseline: three weeks, of which so many days must have been seen for a spread.
BASELINE_DAYS = 21
SPREAD_MIN_DAYS = 5
# Fewer seen days than a week: no day of the week was seen twice. Fewer than two: still learning.
BASELINE_MIN_DAYS = 7
BASELINE_SETTLED_DAYS = 14
# A median absolute deviation as a standard deviation of the normal distribution.
MAD_TO_SIGMA = 1.4826
# A person as regular as a clock would make every day a strange one: a spread is at least half a
# unit, or a tenth of the median.
SPREAD_FLOOR, SPREAD_FLOOR_SHARE = 0.5, 0.1

# More than this share of known features outside all that was seen in training: another kind of
# home, or a fault, of which the model knows nothing.
OUTSIDE_MAX_SHARE = 0.1

SILENT, SHORT_BASELINE, OUT_OF_RANGE = "silent", "short_baseline", "out_of_range"

Row = dict[str, float | None]


class DayFacts(Record, frozen=True, kw_only=True):
    """What one local day is known by; without an activation it has no numbers."""

    numbers: Numbers
    vitals: dict[str, float]
    readings: int = 0

    @property
    def silent(self) -> bool:
        return not self.numbers


def day_facts(
    activations: Iterable[Activation], vitals: Iterable[tuple[str, float]] = ()
) -> DayFacts:
    """The facts of a day; raises ValueError for an activation or vital sign that cannot be.

    A reading beyond what its instrument can show is left out.
    """
    day = list(activations)
    for second, place in day:
        if not (0 <= second < DAY_S and 0 <= place < len(PLACES)):
            message = f"activation at second {second} of place {place}"
            raise ValueError(message)
    read: dict[str, list[float]] = {}
    for name, value in vitals:
        _, least, most = VITALS[name]
        if least <= value <= most:
            read.setdefault(name, []).append(value)
    return DayFacts(
        numbers=counted(day) if day else {},
        # Sorted, so that the order of rows does not change the last digit of a sum.
        vitals={name: sum(sorted(values)) / len(values) for name, values in read.items()},
        readings=sum(map(len, read.values())),
    )


def abstention(today: DayFacts, past: Sequence[DayFacts]) -> str | None:
    """Why there is no row for `today`, or None. `past`: the days before it, oldest first."""
    if today.silent:
        return SILENT
    if baseline_days(past) < BASELINE_MIN_DAYS:
        return SHORT_BASELINE
    return None


def baseline_days(past: Sequence[DayFacts]) -> int:
    """How many days of the baseline were seen."""
    return sum(not day.silent for day in past[-BASELINE_DAYS:])


def features(today: DayFacts, past: Sequence[DayFacts]) -> Row:
    """One value a feature, None where it is not known; `past` as for `abstention`."""
    seen = _places_seen([*past[-SEEN_DAYS:], today])
    row: Row = {}
    for feature in ACTIVITY:
        place = feature.name.partition(".")[0]
        unseen = place in PLACES and place not in seen
        row[feature.name] = None if unseen else today.numbers.get(feature.name)
    row |= {name: today.vitals.get(name) for name in VITALS}
    row["vitals.count"] = float(today.readings)
    baseline = [day for day in past[-BASELINE_DAYS:] if not day.silent]
    for name in PERSONAL:
        known = row[name]
        spread = robust([value for day in baseline if (value := _of(day, name)) is not None])
        row[f"{name}.z"] = None if known is None or spread is None else _z(known, *spread)
    return {feature.name: _f32(row[feature.name]) for feature in FEATURES}


def outside(row: Mapping[str, float | None], ranges: Mapping[str, tuple[float, float]]) -> bool:
    """Whether too much of `row` lies beyond the least and most of training."""
    known = [(name, value) for name, value in row.items() if value is not None]
    beyond = [name for name, value in known if not ranges[name][0] <= value <= ranges[name][1]]
    return len(beyond) > OUTSIDE_MAX_SHARE * len(known)


def _of(day: DayFacts, name: str) -> float | None:
    return day.vitals.get(name) if name in VITALS else day.numbers.get(name)


def _places_seen(days: Iterable[DayFacts]) -> frozenset[str]:
    return frozenset(place for day in days for place in PLACES if day.numbers.get(place))


def robust(values: Sequence[float]) -> tuple[float, float] | None:
    """Median and robust spread of what was seen; None: too little for one."""
    if len(values) < SPREAD_MIN_DAYS:
        return None
    middle = median(values)
    deviation = MAD_TO_SIGMA * median([abs(value - middle) for value in values])
    return middle, max(deviation, SPREAD_FLOOR, SPREAD_FLOOR_SHARE * abs(middle))


def _z(value: float, middle: float, spread: float) -> float:
    return max(-MOST[Z], min(MOST[Z], (value - middle) / spread))


def median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _f32(value: float | None) -> float | None:
    return None if value is None else float(struct.unpack("<f", struct.pack("<f", value))[0])
