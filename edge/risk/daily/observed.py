"""A home's own observations become the facts of a local day, as the model's training had them.

An activation is the moment at which a sensor begins to see somebody: what it repeats while it goes
on seeing them is none. Each row has the offset of the local clock at its time, so that a day has 23
or 25 hours when the clock is changed. Only rows count, so that a restart changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from edge.domain import Record, Scalar
from edge.risk.daily.counting import Activation
from edge.risk.daily.extract import DayFacts, day_facts
from edge.risk.daily.places import HOUR_S, PLACES

# What a sensor of a room, a door or a fridge says when it begins to see somebody.
ACTIVATIONS = frozenset(
    {"door", "garage_door", "motion", "occupancy", "opening", "presence", "usage"}
)

# Vital signs by the kind of observation; both rates are beats of the same heart.
VITAL_KINDS = {
    "blood_pressure_systolic": "systolic",
    "blood_pressure_diastolic": "diastolic",
    "heart_rate": "heart_rate",
    "pulse_rate": "heart_rate",
    "body_temperature": "body_temperature",
    "skin_temperature": "skin_temperature",
    "body_weight": "body_weight",
    "body_water": "body_water",
    "muscle_mass": "muscle_mass",
}
KINDS = ACTIVATIONS | frozenset(VITAL_KINDS)


class Seen(Record, frozen=True):
    """One stored observation of sound quality, by a clock that was set."""

    device: str
    kind: str
    value: Scalar
    wall_ms: int
    offset_min: int

    @property
    def local(self) -> datetime:
        at = datetime.fromtimestamp(self.wall_ms / 1000, UTC)
        return at.replace(tzinfo=None) + timedelta(minutes=self.offset_min)


def facts(seen: Iterable[Seen], day: date, places: Mapping[str, str]) -> DayFacts:
    """The facts of the local `day` from rows in the order of time; `places` by device.

    Rows of other days may be there: the one before tells what a sensor saw at midnight.
    """
    seen = list(seen)
    vitals = [
        (VITAL_KINDS[one.kind], float(one.value))
        for one in seen
        if one.kind in VITAL_KINDS
        and isinstance(one.value, int | float)
        and one.local.date() == day
    ]
    return day_facts(activations(seen, day, places), vitals)


def activations(seen: Iterable[Seen], day: date, places: Mapping[str, str]) -> list[Activation]:
    """When sensors of `places` began to see somebody on the local `day`."""
    numbers = {place: i for i, place in enumerate(PLACES)}
    found: list[Activation] = []
    seeing: dict[tuple[str, str], bool] = {}
    for one in seen:
        if one.kind not in ACTIVATIONS or one.device not in places:
            continue
        before = seeing.get((one.device, one.kind), False)
        seeing[one.device, one.kind] = one.value is True
        if one.value is not True or before:
            continue
        local = one.local
        if local.date() == day:
            second = local.hour * HOUR_S + local.minute * 60 + local.second
            found.append((second, numbers[places[one.device]]))
    return found
