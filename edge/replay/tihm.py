"""Reads a directory in the TIHM format.

    Activity.csv or Activity.csv.gz   patient_id, location_name, date
    Physiology.csv                    patient_id, date, device_type, value, unit
    Labels.csv                        patient_id, date, type
    Demographics.csv                  patient_id, age, sex

Only the first must be there. Times have no zone and are local to the United
Kingdom. A row that cannot be read is named by file and line, counted, and the
rest goes on; homes without any activation are left out.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from math import isfinite
from pathlib import Path

from edge.errors import ConfigError, ConfigFault
from edge.replay.csvrows import BadRowError, Table, Take, broken, read_rows
from edge.replay.localtime import LocalTime, NoSuchLocalTimeError
from edge.replay.places import PLACE_INDEX, QUANTITIES, QUANTITY_INDEX
from edge.replay.recording import Label, Person, Recording, Rows, Vital, pack

ZONE = "Europe/London"
# 160 MB of index: twenty times the largest recording known.
ACTIVITY_ROWS_MAX = 20_000_000
# Vitals and labels stay as records, about 100 bytes each.
OTHER_ROWS_MAX = 1_000_000
# A recording of sensors of this kind cannot be from outside these years (UTC, ms).
_EARLIEST_MS = 946_684_800_000  # 2000-01-01
_LATEST_MS = 4_102_444_800_000  # 2100-01-01
# A home's id becomes part of file names and pictures.
_HOME_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


def read(directory: Path, *, home: str | None = None) -> Recording:
    """Read the files of `directory`, all homes or only `home`.

    Raises ConfigError, with every fault found, when the directory or its activity file
    is missing, a column is missing, a file cannot be read, or there is no such home.
    """
    if not directory.is_dir():
        raise broken(str(directory), "directory", "is not there", "name the recording's directory")
    rows, clock = Rows(home), LocalTime(ZONE)
    faults: list[ConfigFault] = []
    for table in _tables(directory, rows, clock):
        try:
            read_rows(table, rows.refuse)
        except ConfigError as error:
            faults += error.faults
    if not faults and not rows.events:
        faults.append(_nothing(directory, home))
    if faults:
        raise ConfigError(faults)
    return Recording(rows, clock)


def _tables(directory: Path, rows: Rows, clock: LocalTime) -> list[Table]:
    plain, packed = directory / "Activity.csv", directory / "Activity.csv.gz"
    activity = packed if packed.exists() and not plain.exists() else plain
    events = ("patient_id", "location_name", "date")
    vitals = ("patient_id", "date", "device_type", "value", "unit")
    labels = ("patient_id", "date", "type")
    people = ("patient_id", "age", "sex")
    optional = [
        Table(directory / "Physiology.csv", vitals, _physiology(rows, clock), OTHER_ROWS_MAX),
        Table(directory / "Labels.csv", labels, _label(rows, clock), OTHER_ROWS_MAX),
        Table(directory / "Demographics.csv", people, _person(rows), OTHER_ROWS_MAX),
    ]
    required = Table(activity, events, _activity(rows, clock), ACTIVITY_ROWS_MAX)
    return [required, *(table for table in optional if table.path.exists())]


def _activity(rows: Rows, clock: LocalTime) -> Take:
    only, events = rows.only, rows.events
    index_of = dict(PLACE_INDEX)

    def take(fields: Sequence[str]) -> None:
        home, name, date = fields
        if only is not None and home != only:
            return
        place = index_of.get(name)
        if place is None:
            place = index_of[name] = _place(name)
        packed = pack(_moment(clock, date), place)
        try:
            events[home].append(packed)
        except KeyError:
            events[_home_id(home)] = array("q", [packed])

    return take


def _place(name: str) -> int:
    """The index of a place; the archive's own spelling ("Fridge Door") is known too."""
    place = PLACE_INDEX.get(name.strip().lower().replace(" ", "-"))
    if place is None:
        msg = f"location_name {name[:40]!r} is not a known place"
        raise BadRowError(msg)
    return place


def _physiology(rows: Rows, clock: LocalTime) -> Take:
    def take(fields: Sequence[str]) -> None:
        home, date, name, value, unit = fields
        if rows.only is not None and home != rows.only:
            return
        index = QUANTITY_INDEX.get(name.strip().lower())
        if index is None:
            msg = f"device_type {name[:40]!r} is not known"
            raise BadRowError(msg)
        wanted = QUANTITIES[index].unit
        if unit.strip().lower() != wanted:
            msg = f"unit {unit[:20]!r} is not the one of {name[:40]!r}"
            raise BadRowError(msg)
        vital = Vital(_moment(clock, date), index, _number(value))
        rows.vitals.setdefault(_home_id(home), []).append(vital)

    return take


def _label(rows: Rows, clock: LocalTime) -> Take:
    def take(fields: Sequence[str]) -> None:
        home, date, kind = fields
        if rows.only is not None and home != rows.only:
            return
        if not kind.strip():
            msg = "type is empty"
            raise BadRowError(msg)
        label = Label(_moment(clock, date), kind.strip()[:40])
        rows.labels.setdefault(_home_id(home), []).append(label)

    return take


def _person(rows: Rows) -> Take:
    def take(fields: Sequence[str]) -> None:
        home, age, sex = fields
        rows.people[_home_id(home)] = Person(age.strip()[:20], sex.strip()[:20])

    return take


def _home_id(text: str) -> str:
    if not _HOME_ID.fullmatch(text):
        msg = "patient_id is not 1-32 letters, digits, '-' and '_'"
        raise BadRowError(msg)
    return text


def _moment(clock: LocalTime, text: str) -> int:
    try:
        at_ms = clock.utc_ms(text)
    except NoSuchLocalTimeError:
        raise
    except (ValueError, OverflowError):
        msg = "date is not YYYY-MM-DD HH:MM:SS"
        raise BadRowError(msg) from None
    if not _EARLIEST_MS <= at_ms < _LATEST_MS:
        msg = "date is outside the years 2000 to 2099"
        raise BadRowError(msg)
    return at_ms


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        msg = "value is not a number"
        raise BadRowError(msg)
    return value


def _nothing(directory: Path, home: str | None) -> ConfigFault:
    if home is None:
        return ConfigFault(
            str(directory), "Activity.csv", "has no readable row", "see its bad rows"
        )
    return ConfigFault(
        str(directory), f"home {home}", "is not in this recording", "see its ids in Activity.csv"
    )
