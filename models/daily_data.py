"""Reads a directory in the format of the TIHM data set into days of homes.

    Activity.csv or Activity.csv.gz   patient_id,location_name,date
    Physiology.csv                    patient_id,date,device_type,value,unit
    Labels.csv                        patient_id,date,type
    Demographics.csv                  patient_id,age,sex

Of the standard library alone. Every row is checked: the first that cannot be read is refused by
file and line, because a table with one broken row is not the table that somebody meant to score.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import NoReturn, TextIO, cast

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

ACTIVITY, PHYSIOLOGY = "Activity.csv", "Physiology.csv"
LABELS, DEMOGRAPHICS = "Labels.csv", "Demographics.csv"
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
# Kinds of label that nurses gave; only one of them is what the model ranks.
LABEL_TYPES = (
    AGITATION, "Blood pressure", "Body temperature", "Body water", "Pulse", "Weight",
)  # fmt: skip
_LABELS = frozenset(kind.lower() for kind in LABEL_TYPES)

# "2019-05-15 12:19:32": no zone, the clock of the home.
TIME_CHARS = 19
SEPARATORS = "-- ::"  # every third character from the fifth on
# Homes are followed for months; a span of years is a wrong date in one row.
SPAN_MAX_DAYS = 1100


class BadDataError(Exception):
    """A row or file that cannot be read: its name, its line and what is wrong."""


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


def read(
    folder: Path, ignored: Counter[str] | None = None
) -> tuple[list[HomeDay], dict[str, tuple[str, str]]]:
    """All home-days in the order of home and day, and age band and sex by home.

    Raises BadDataError. Readings of unknown devices are counted in `ignored`. A home without an
    activation has no days, whatever else it has.
    """
    homes: dict[str, _Home] = defaultdict(_Home)
    _read_activity(folder, homes)
    _read_physiology(folder, homes, Counter() if ignored is None else ignored)
    _read_labels(folder, homes)
    people = _read_demographics(folder)
    return [day for name in sorted(homes) for day in _days(name, homes[name])], people


def activations_of(folder: Path) -> dict[str, dict[date, list[Activation]]]:
    """Each home's activations by day; raises BadDataError."""
    homes: dict[str, _Home] = defaultdict(_Home)
    _read_activity(folder, homes)
    return {name: home.activations for name, home in homes.items()}


def labels_of(folder: Path, wanted: str) -> set[tuple[str, date]]:
    """The homes and days with a label of that type; raises BadDataError."""
    times = _Times()
    return {
        (home, times.of(LABELS, line, at)[0])
        for line, (home, at, kind) in _rows(folder, LABELS, ("patient_id", "date", "type"))
        if kind.lower() == wanted.lower()
    }


def _days(name: str, home: _Home) -> Iterator[HomeDay]:
    if not home.activations:
        return
    first, last = min(home.activations), max(home.activations)
    if (last - first).days > SPAN_MAX_DAYS:
        message = f"{ACTIVITY}: home {name}: {first} to {last} is longer than {SPAN_MAX_DAYS} days"
        raise BadDataError(message)
    past: list[DayFacts] = []
    day = first
    while day <= last:
        activations = home.activations.get(day, [])
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


def _read_activity(folder: Path, homes: dict[str, _Home]) -> None:
    numbers = {place: i for i, place in enumerate(PLACES)}
    times = _Times()
    for line, (home, place, at) in _rows(folder, ACTIVITY, ("patient_id", "location_name", "date")):
        day, second = times.of(ACTIVITY, line, at)
        number = numbers.get(place.strip().lower().replace(" ", "-"))
        if number is None:
            _bad(ACTIVITY, line, f"location_name {place!r}; known: {', '.join(PLACES)}")
        homes[home].activations[day].append((second, number))


def _read_physiology(folder: Path, homes: dict[str, _Home], ignored: Counter[str]) -> None:
    columns = ("patient_id", "date", "device_type", "value", "unit")
    times = _Times()
    for line, (home, at, kind, value, _) in _rows(folder, PHYSIOLOGY, columns):
        day, _ = times.of(PHYSIOLOGY, line, at)
        number = _number(line, value)
        if kind not in DEVICE_TYPES:
            ignored[kind] += 1
            continue
        homes[home].vitals[day].append((DEVICE_TYPES[kind], number))


def _number(line: int, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        _bad(PHYSIOLOGY, line, f"value {text!r} is no number")
    if not math.isfinite(number):
        _bad(PHYSIOLOGY, line, f"value {text!r} is not finite")
    return number


def _read_labels(folder: Path, homes: dict[str, _Home]) -> None:
    times = _Times()
    for line, (home, at, kind) in _rows(folder, LABELS, ("patient_id", "date", "type")):
        day, _ = times.of(LABELS, line, at)
        if kind.lower() not in _LABELS:
            _bad(LABELS, line, f"type {kind!r}; known: {', '.join(LABEL_TYPES)}")
        if kind.lower() == AGITATION.lower():
            homes[home].labelled.add(day)


def _read_demographics(folder: Path) -> dict[str, tuple[str, str]]:
    columns = ("patient_id", "age", "sex")
    return {home: (age, sex) for _, (home, age, sex) in _rows(folder, DEMOGRAPHICS, columns)}


def _rows(
    folder: Path, name: str, columns: tuple[str, ...]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line number and the named columns of every row, in whatever order the file has them."""
    path = folder / name
    packed = folder / f"{name}.gz"
    if not path.exists() and not (name == ACTIVITY and packed.exists()):
        message = f"{path}: not found; give a directory in the TIHM format"
        raise BadDataError(message)
    opened = path.open(newline="", encoding="utf-8-sig") if path.exists() else _gzipped(packed)
    try:
        with opened as lines:
            reader = csv.reader(lines, strict=True)
            head = [column.strip() for column in next(reader, [])]
            missing = [column for column in columns if column not in head]
            if missing:
                _bad(name, 1, f"has no column {missing[0]!r}")
            at = [head.index(column) for column in columns]
            for row in reader:
                if not row:  # an empty line, as at the end of many files
                    continue
                if len(row) != len(head):
                    _bad(name, reader.line_num, f"{len(row)} values, the header has {len(head)}")
                found = tuple(row[i] for i in at)
                if not found[0]:
                    _bad(name, reader.line_num, "patient_id is empty")
                yield reader.line_num, found
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        message = f"{path}: cannot be read ({error})"
        raise BadDataError(message) from error


def _gzipped(path: Path) -> TextIO:
    return cast("TextIO", gzip.open(path, "rt", newline="", encoding="utf-8-sig"))


class _Times:
    """Reads "YYYY-MM-DD HH:MM:SS" as day and second; a day is read once."""

    def __init__(self) -> None:
        self._days: dict[str, date] = {}

    def of(self, name: str, line: int, text: str) -> tuple[date, int]:
        try:
            if len(text) != TIME_CHARS or text[4:17:3] != SEPARATORS:
                raise ValueError(text)  # noqa: TRY301 - one refusal for all that is no time
            day = self._days.get(text[:10])
            if day is None:
                day = self._days[text[:10]] = date.fromisoformat(text[:10])
            clock = time.fromisoformat(text[11:])
        except ValueError:
            _bad(name, line, f"date {text!r} is not YYYY-MM-DD HH:MM:SS")
        return day, clock.hour * 3600 + clock.minute * 60 + clock.second


def _bad(name: str, line: int, wrong: str) -> NoReturn:
    message = f"{name}: line {line}: {wrong}"
    raise BadDataError(message)
