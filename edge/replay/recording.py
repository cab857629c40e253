"""A recording in memory: packed events, vitals and labels per home, given back in time order.

An activation is eight bytes (its time and its place), so a recording of any
number of homes is read once and fits in memory; observations are made only
while they are asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import msgspec

from edge.domain import Device, Instant, Observation
from edge.errors import ConfigError, ConfigFault
from edge.kinds import KINDS
from edge.replay.localtime import MS_PER_DAY, MS_PER_MINUTE, LocalTime
from edge.replay.places import PLACES, QUANTITIES, instrument_device, place_device

# Enough to see what is wrong with a file; all of them are counted.
BAD_ROWS_NAMED_MAX = 100
# Beyond it a stray year has made a lifetime of silent days out of one row.
HOME_DAYS_MAX = 3_700
# The place's index stands in the lowest bits of a packed event, the time above it.
_PLACE_BITS = 3
_PLACE_MASK = (1 << _PLACE_BITS) - 1

BOOT = "recording"


def pack(at_ms: int, place: int) -> int:
    """One activation as a number that sorts by time, then by place."""
    return at_ms << _PLACE_BITS | place


class Vital(msgspec.Struct, frozen=True, gc=False, order=True):
    at_ms: int
    quantity: int  # index in QUANTITIES
    value: float


class Label(msgspec.Struct, frozen=True, gc=False, order=True):
    """An alert that the recording's monitoring team verified."""

    at_ms: int
    type: str


class Person(msgspec.Struct, frozen=True, gc=False):
    """What the recording says of the resident: bands only."""

    age: str = ""
    sex: str = ""


class Rows:
    """What has been read of one recording so far, and what could not be."""

    def __init__(self, only: str | None) -> None:
        self.only = only
        self.events: dict[str, array[int]] = {}
        self.vitals: dict[str, list[Vital]] = {}
        self.labels: dict[str, list[Label]] = {}
        self.people: dict[str, Person] = {}
        self.bad: dict[str, int] = {}
        self.bad_named: list[str] = []

    def refuse(self, file: str, line: int, why: str) -> None:
        self.bad[file] = self.bad.get(file, 0) + 1
        if len(self.bad_named) < BAD_ROWS_NAMED_MAX:
            self.bad_named.append(f"{file}:{line}: {why}")


class HomeRecording:
    """One home of a recording: packed events, vitals and labels, all in time order."""

    def __init__(self, home: str, rows: Rows, clock: LocalTime) -> None:
        self.id = home
        self.clock = clock
        self._packed = array("q", sorted(rows.events.get(home, ())))
        self.vitals = sorted(rows.vitals.get(home, ()))
        self.labels = sorted(rows.labels.get(home, ()))
        self.person = rows.people.get(home, Person())
        if self.days > HOME_DAYS_MAX:
            wrong, mend = f"spans {self.days} days", f"at most {HOME_DAYS_MAX}: mend a stray date"
            raise ConfigError([ConfigFault("Activity.csv", f"home {home}", wrong, mend)])

    def __len__(self) -> int:
        return len(self._packed) + len(self.vitals)

    def events(self) -> Iterator[tuple[int, int]]:
        """(UTC ms, index in PLACES) of every activation."""
        return ((packed >> _PLACE_BITS, packed & _PLACE_MASK) for packed in self._packed)

    def local_day(self, utc_ms: int) -> int:
        """The local calendar day as days since 1970-01-01."""
        return (utc_ms + self.clock.offset_min(utc_ms) * MS_PER_MINUTE) // MS_PER_DAY

    @property
    def first_ms(self) -> int:
        return self._packed[0] >> _PLACE_BITS

    @property
    def last_ms(self) -> int:
        return self._packed[-1] >> _PLACE_BITS

    @property
    def first_day(self) -> int:
        return self.local_day(self.first_ms)

    @property
    def last_day(self) -> int:
        return self.local_day(self.last_ms)

    @property
    def days(self) -> int:
        """Local days from the first activation's to the last one's, both counted."""
        return self.last_day - self.first_day + 1

    def devices(self) -> dict[str, Device]:
        """Every sensor and instrument that this home's recording names, by id."""
        places = sorted({packed & _PLACE_MASK for packed in self._packed})
        quantities = sorted({vital.quantity for vital in self.vitals})
        found = [place_device(PLACES[index]) for index in places]
        found += [instrument_device(QUANTITIES[index]) for index in quantities]
        return {device.id: device for device in found}

    def instant(self, utc_ms: int) -> Instant:
        """The virtual clock: boottime runs from the home's first row of any kind."""
        return Instant(
            boot=BOOT,
            boottime_ms=utc_ms - self.epoch_ms,
            wall_ms=utc_ms,
            offset_min=self.clock.offset_min(utc_ms),
        )

    @property
    def epoch_ms(self) -> int:
        first_vital = self.vitals[0].at_ms if self.vitals else self.first_ms
        return min(self.first_ms, first_vital)

    def observations(self) -> Iterator[Observation]:
        """Everything the home's devices said, merged and in time order."""
        sensed = [(p.name, p.kind, KINDS[p.kind].unit, KINDS[p.kind].code, p.room) for p in PLACES]
        epoch, offset = self.epoch_ms, self.clock.offset_min
        vitals = iter(self.vitals)
        waiting = next(vitals, None)
        for packed in self._packed:
            at_ms = packed >> _PLACE_BITS
            while waiting is not None and waiting.at_ms < at_ms:
                yield self._measured(waiting)
                waiting = next(vitals, None)
            device, kind, unit, code, room = sensed[packed & _PLACE_MASK]
            at = Instant(
                boot=BOOT, boottime_ms=at_ms - epoch, wall_ms=at_ms, offset_min=offset(at_ms)
            )
            yield Observation(
                device=device, kind=kind, value=True, unit=unit, code=code, at=at, room=room
            )
        if waiting is not None:
            yield self._measured(waiting)
            yield from map(self._measured, vitals)

    def _measured(self, vital: Vital) -> Observation:
        quantity = QUANTITIES[vital.quantity]
        info = KINDS[quantity.kind]
        return Observation(
            device=quantity.instrument,
            kind=quantity.kind,
            value=vital.value,
            unit=info.unit,
            code=info.code,
            at=self.instant(vital.at_ms),
        )


class Recording:
    """A directory in the TIHM format, read once."""

    def __init__(self, rows: Rows, clock: LocalTime) -> None:
        self._rows = rows
        self._clock = clock
        self.homes = tuple(sorted(rows.events))
        self.bad = dict(sorted(rows.bad.items()))
        self.bad_named = tuple(rows.bad_named)

    def home(self, home: str) -> HomeRecording:
        return HomeRecording(home, self._rows, self._clock)
