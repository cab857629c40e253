"""Reads a directory in the format of the TIHM data set into days of homes.

    Activity.csv      patient_id,location_name,date
    Physiology.csv    patient_id,date,device_type,value,unit
    Labels.csv        patient_id,date,type
    Demographics.csv  patient_id,age,sex

Each may be packed (Activity.csv.gz), with its columns and rows in any order and columns of its own
beside them. Every row is checked (models/daily_rows.py): who trains is refused at the first that
cannot be read, by file and line; who scores is told of it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from daily_rows import BadDataError, Notes, Times, rows

from edge.risk.daily.counting import Activation
from edge.risk.daily.extract import (
    BASELINE_DAYS,
    BASELINE_SETTLED_DAYS,
    DayFacts,
    Row,
    abstention,
    baseline_days,
    day_facts,
    features,
)
from edge.risk.daily.places import PLACES

__all__ = ["AGITATION", "BadDataError", "HomeDay", "Notes", "read"]

ACTIVITY, PHYSIOLOGY = "Activity.csv", "Physiology.csv"
LABELS, DEMOGRAPHICS = "Labels.csv", "Demographics.csv"
TABLES = (ACTIVITY, PHYSIOLOGY, LABELS, DEMOGRAPHICS)
AGITATION = "Agitation"

# The device types that the model knows; another one is no fault of the data, and is counted.
DEVICE_TYPES = {
    "Systolic blood pressure": "systolic",
    "Diastolic blood pressure": "diastolic",
    "Heart rate": "heart_rate",
    "Body Temperature": "body_temperature",
    "Skin Temperature": "skin_temperature",
    "Body weight": "body_weight",
    "Total body water": "body_water",
    "O/E - muscle mass": "muscle_mass",
}
_DEVICES = {kind.lower(): name for kind, name in DEVICE_TYPES.items()}
# Kinds of label that nurses gave; only one of them is what the model ranks.
LABEL_TYPES = (
    AGITATION, "Blood pressure", "Body temperature", "Body water", "Pulse", "Weight",
)  # fmt: skip
_LABELS = frozenset(kind.lower() for kind in LABEL_TYPES)
_NUMBERS = {place: number for number, place in enumerate(PLACES)}

# How tables say that nothing was measured.
NO_VALUE = frozenset({"", "na", "nan", "none", "null"})

# Homes are followed for months; a span of years is a wrong date in one row.
SPAN_MAX_DAYS = 1100


@dataclass(frozen=True)
class HomeDay:
    """One home's day: its features, or why there are none; whether it was labelled."""

    home: str
    day: date
    row: Row | None
    abstained: str | None
    learning: bool
    positive: bool
    count: int  # activations of the day
    past_labels: int  # labelled days of this home in the 21 days before


@dataclass
class _Home:
    activations: dict[date, list[Activation]] = field(default_factory=lambda: defaultdict(list))
    vitals: dict[date, list[tuple[str, float]]] = field(default_factory=lambda: defaultdict(list))
    labelled: set[date] = field(default_factory=set)
    lines: dict[date, int] = field(default_factory=dict)  # the first row of each day


def read(
    folder: Path, notes: Notes | None = None
) -> tuple[list[HomeDay], dict[str, tuple[str, str]]]:
    """All home-days in the order of home and day, and age band and sex by home.

    Raises BadDataError: at the first bad row, or, where `notes` are not strict, for what is no
    directory in this format. A home without an activation has no days, whatever else it has.
    """
    notes = Notes() if notes is None else notes
    homes: dict[str, _Home] = defaultdict(_Home)
    _read_activity(folder, homes, notes)
    _read_physiology(folder, homes, notes)
    _read_labels(folder, homes, notes)
    people = _read_demographics(folder, notes)
    days = [day for name in sorted(homes) for day in _days(name, homes[name], notes)]
    labelled = sum(len(home.labelled) for home in homes.values())
    notes.labels_elsewhere = labelled - sum(day.positive for day in days)
    return days, people


def activations_of(folder: Path) -> dict[str, dict[date, list[Activation]]]:
    """Each home's activations by day; raises BadDataError."""
    homes: dict[str, _Home] = defaultdict(_Home)
    _read_activity(folder, homes, Notes())
    return {name: home.activations for name, home in homes.items()}


def labels_of(folder: Path, wanted: str) -> set[tuple[str, date]]:
    """The homes and days with a label of that type; raises BadDataError."""
    return {(home, day) for home, day, kind in _labels(folder, Notes()) if kind == wanted.lower()}


def _days(name: str, home: _Home, notes: Notes) -> Iterator[HomeDay]:
    _leave_out_strays(name, home, notes)
    if not home.activations:
        return
    first, last = min(home.activations), max(home.activations)
    past: list[DayFacts] = []
    day = first
    while day <= last:
        # A sensor that began to see somebody did so once, however often the row was written.
        told = home.activations.get(day, [])
        activations = sorted(set(told))
        notes.repeated += len(told) - len(activations)
        today = day_facts(activations, home.vitals.get(day, ()))
        why = abstention(today, past)
        before = (day - timedelta(days=n) for n in range(1, BASELINE_DAYS + 1))
        yield HomeDay(
            home=name,
            day=day,
            row=None if why else features(today, past),
            abstained=why,
            learning=baseline_days(past) < BASELINE_SETTLED_DAYS,
            positive=day in home.labelled,
            count=len(activations),
            past_labels=sum(one in home.labelled for one in before),
        )
        past = [*past, today][-BASELINE_DAYS:]
        day += timedelta(days=1)


def _leave_out_strays(name: str, home: _Home, notes: Notes) -> None:
    """Days that lie years from the home's others: a wrong date would make years of silence."""
    days = sorted(home.activations)
    middle = days[len(days) // 2] if days else date.min
    for day in days:
        if abs((day - middle).days) > SPAN_MAX_DAYS // 2:
            wrong = f"home {name}: {day} lies over {SPAN_MAX_DAYS // 2} days from its others"
            notes.bad_row(ACTIVITY, home.lines[day], wrong)
            del home.activations[day]


def _read_activity(folder: Path, homes: dict[str, _Home], notes: Notes) -> None:
    times, known = Times(), ", ".join(PLACES)
    numbers = dict(_NUMBERS)
    columns = ("patient_id", "location_name", "date")
    for line, (name, place, at) in rows(folder, ACTIVITY, columns, notes):
        number = numbers.get(place)
        if number is None:
            number = _NUMBERS.get(place.lower().replace(" ", "-").replace("_", "-"))
            if number is None:
                notes.unknown_word((ACTIVITY, line), "location_name", place, known)
                continue
            numbers[place] = number
        try:
            day, second = times.of(at)
        except ValueError as error:
            notes.bad_row(ACTIVITY, line, str(error))
            continue
        home = homes[name]
        if day not in home.activations:
            home.lines[day] = line
        home.activations[day].append((second, number))


def _read_physiology(folder: Path, homes: dict[str, _Home], notes: Notes) -> None:
    columns = ("patient_id", "date", "device_type", "value", "unit")
    times = Times()
    seen: set[tuple[str, ...]] = set()
    for line, row in rows(folder, PHYSIOLOGY, columns, notes, optional=True):
        home, at, kind, value, _ = row
        name = _DEVICES.get(kind.lower())
        if name is None:
            notes.pass_over((PHYSIOLOGY, line), "device_type", kind)
            continue
        if value.lower() in NO_VALUE:
            notes.unknown_word((PHYSIOLOGY, line), "value", value or "empty", "numbers")
            continue
        try:
            day = times.day_of(at)
            number = _number(value)
        except ValueError as error:
            notes.bad_row(PHYSIOLOGY, line, str(error))
            continue
        if row in seen:
            notes.repeated += 1
            continue
        seen.add(row)
        homes[home].vitals[day].append((name, number))


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        message = f"value {text!r} is no number"
        raise ValueError(message) from error
    if not math.isfinite(number):
        message = f"value {text!r} is not finite"
        raise ValueError(message)
    return number


def _read_labels(folder: Path, homes: dict[str, _Home], notes: Notes) -> None:
    for home, day, kind in _labels(folder, notes):
        if kind == AGITATION.lower():
            homes[home].labelled.add(day)


def _labels(folder: Path, notes: Notes) -> Iterator[tuple[str, date, str]]:
    """Home, day and type in lower case. A label is of a day, whatever its time."""
    times, known = Times(), ", ".join(LABEL_TYPES)
    for line, (home, at, kind) in rows(folder, LABELS, ("patient_id", "date", "type"), notes):
        if kind.lower() not in _LABELS:
            notes.unknown_word((LABELS, line), "type", kind, known)
            continue
        try:
            day = times.day_of(at)
        except ValueError as error:
            notes.bad_row(LABELS, line, str(error))
            continue
        yield home, day, kind.lower()


def _read_demographics(folder: Path, notes: Notes) -> dict[str, tuple[str, str]]:
    columns = ("patient_id", "age", "sex")
    found = rows(folder, DEMOGRAPHICS, columns, notes, optional=True)
    try:
        return {home: (age, sex) for _, (home, age, sex) in found}
    except BadDataError as error:
        if notes.strict:
            raise
        notes.left_out(DEMOGRAPHICS, str(error))  # no score needs to know of anybody's age
        return {}
