"""NEWS2 as published, and nothing but it.

Royal College of Physicians: National Early Warning Score (NEWS) 2, updated report, London 2017; the
table is reproduced with acknowledgement. The score is whole with all seven parameters or is none:
what lacks one is named `partial_news2` and has no total. It is told as a number beside its parts;
what is done about it is for the service's own instruction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from edge.domain import Record

NEWS2, PARTIAL = "news2", "partial_news2"

# Readings further apart are of two states of a person, and are never one score.
TOGETHER_MS = 15 * 60_000

RESPIRATION, SATURATION, OXYGEN = "respiration_rate", "oxygen_saturation", "supplemental_oxygen"
SYSTOLIC, PULSE = "blood_pressure_systolic", "pulse_rate"
CONSCIOUSNESS, TEMPERATURE = "consciousness", "body_temperature"
PARAMETERS = (
    RESPIRATION,
    SATURATION,
    OXYGEN,
    SYSTOLIC,
    PULSE,
    CONSCIOUSNESS,
    TEMPERATURE,
)
ALERT = "alert"
# Alert; new confusion; responds to voice; to pain; not at all.
STATES = (ALERT, "confusion", "voice", "pain", "unresponsive")

# From which value on, how many points, the lowest band first.
Bands = tuple[tuple[float, int], ...]
_LEAST = float("-inf")
RESPIRATION_BANDS: Bands = ((_LEAST, 3), (9, 1), (12, 0), (21, 2), (25, 3))
SCALE_1: Bands = ((_LEAST, 3), (92, 2), (94, 1), (96, 0))
SCALE_2_AIR: Bands = ((_LEAST, 3), (84, 2), (86, 1), (88, 0))
SCALE_2_OXYGEN: Bands = ((_LEAST, 3), (84, 2), (86, 1), (88, 0), (93, 1), (95, 2), (97, 3))
SYSTOLIC_BANDS: Bands = ((_LEAST, 3), (91, 2), (101, 1), (111, 0), (220, 3))
PULSE_BANDS: Bands = ((_LEAST, 3), (41, 1), (51, 0), (91, 1), (111, 2), (131, 3))
TEMPERATURE_BANDS: Bands = ((_LEAST, 3), (35.1, 1), (36.1, 0), (38.1, 1), (39.1, 2))
OXYGEN_POINTS, CHANGED_POINTS = 2, 3

Value = float | bool | str


class Taken(Record, frozen=True, kw_only=True):
    """One value of a parameter with its wall time, UTC ms."""

    parameter: str
    value: Value
    at_ms: int


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """`news2` with a `total`, or `partial_news2` with what is `missing` and without one."""

    name: str
    total: int | None
    points: dict[str, int]
    values: dict[str, Value]
    missing: tuple[str, ...]
    scale: int  # of oxygen saturation: 1 or 2
    from_ms: int | None = None
    until_ms: int | None = None


def score(taken: Sequence[Taken], *, scale_2: bool = False) -> Score:
    """The score of the newest values that lie no further apart than `TOGETHER_MS`.

    `scale_2`: a clinician has set that this person's saturation is read by SpO2 scale 2. On that
    scale a saturation of 93 or more needs to know whether oxygen is given: without it, it has none.
    """
    newest = max((one.at_ms for one in taken), default=None)
    chosen: dict[str, Taken] = {}
    for one in sorted(taken, key=lambda t: t.at_ms):
        if newest is not None and newest - one.at_ms <= TOGETHER_MS:
            chosen[one.parameter] = one
    values = {name: chosen[name].value for name in PARAMETERS if name in chosen}
    points = {
        name: found
        for name in values
        if (found := points_of(name, values, scale_2=scale_2)) is not None
    }
    missing = tuple(name for name in PARAMETERS if name not in points)
    times = [one.at_ms for one in chosen.values()]
    return Score(
        name=PARTIAL if missing else NEWS2,
        total=None if missing else sum(points.values()),
        points=points,
        values=values,
        missing=missing,
        scale=2 if scale_2 else 1,
        from_ms=min(times, default=None),
        until_ms=max(times, default=None),
    )


def points_of(name: str, values: Mapping[str, Value], *, scale_2: bool = False) -> int | None:
    """The points of one parameter; None where they hang on another that is not known."""
    value = values[name]
    if name == OXYGEN:
        return OXYGEN_POINTS if value else 0
    if name == CONSCIOUSNESS:
        return 0 if value == ALERT else CHANGED_POINTS
    number = _rounded(float(value), "0.1" if name == TEMPERATURE else "1")
    if name == SATURATION:
        return _saturation(number, values.get(OXYGEN), scale_2=scale_2)
    return _band(_BANDS[name], number)


_BANDS = {
    RESPIRATION: RESPIRATION_BANDS,
    SYSTOLIC: SYSTOLIC_BANDS,
    PULSE: PULSE_BANDS,
    TEMPERATURE: TEMPERATURE_BANDS,
}


def _saturation(number: float, oxygen: Value | None, *, scale_2: bool) -> int | None:
    if not scale_2:
        return _band(SCALE_1, number)
    air, given = _band(SCALE_2_AIR, number), _band(SCALE_2_OXYGEN, number)
    if oxygen is None:
        return air if air == given else None
    return given if oxygen else air


def _band(bands: Bands, value: float) -> int:
    return next(points for start, points in reversed(bands) if value >= start)


def _rounded(value: float, step: str) -> float:
    """To the table's own steps, half up: it has nothing between 35.0 and 35.1, or 20 and 21."""
    return float(Decimal(str(value)).quantize(Decimal(step), rounding=ROUND_HALF_UP))
