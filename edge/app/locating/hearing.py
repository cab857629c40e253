"""What receivers heard of worn tags since the last turn: in memory alone, and for seconds.

A strength of reception is never stored, sent or logged here. Who walks a room for the fit asks
for it by a command; that is `walking`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from edge.domain import Device, Instant, Observation, Role
from edge.drivers.base import Advert
from edge.home.hearing import CONTACT_KINDS, DOUBTED
from edge.home.state import Home
from edge.locating import Evidence, EvidenceKind, Sighting

WORN_ROLES = frozenset({Role.TAG, Role.HELP_BUTTON, Role.FALL_DETECTOR})
# Between two turns, and a late one: five seconds of a tag that sends ten times a second to nine
# receivers.
SIGHTINGS_MAX = 512
# Words of sensors between two turns.
EVIDENCE_MAX = 64
# A satellite's record of longer ago is of another place: people cross a flat in that time.
LATE_MAX_MS = 2_500
# What the Bluetooth specification gives for "not available", and what no receiver decodes.
NO_RSSI_FROM_DBM, RSSI_MIN_DBM = 20, -127
MOVING_KINDS = frozenset({"motion", "occupancy", "presence", "moving"})

Hear = Callable[[Sighting], None]


def worn_by_somebody(device: Device) -> bool:
    return device.role in WORN_ROLES and device.person is not None


class Receptions:
    """Sightings by worn device and words of sensors, until somebody takes them."""

    def __init__(self) -> None:
        self.dropped = 0
        self.wanted: frozenset[str] = frozenset()  # devices that are followed
        self._sightings: dict[str, list[Sighting]] = {}
        self._evidence: list[Evidence] = []
        self._doors: dict[str, bool] = {}  # the last word of each contact
        self._carried: dict[str, list[Hear]] = {}

    def received(self, device: Device, advert: Advert, at: Instant) -> None:
        """`Ingest.when_received`: one copy of one advertisement at one receiver."""
        key = device.id
        if key not in self.wanted and key not in self._carried:
            return
        if not RSSI_MIN_DBM <= advert.rssi_dbm < NO_RSSI_FROM_DBM or advert.rssi_dbm == 0:
            return
        if advert.late_ms > LATE_MAX_MS:
            return
        seen = Sighting(receiver=advert.source, rssi_dbm=advert.rssi_dbm, at_ms=at.boottime_ms)
        carried = self._carried.get(key)
        if carried is not None:
            for hear in carried:
                hear(seen)
            return
        kept = self._sightings.setdefault(key, [])
        if len(kept) >= SIGHTINGS_MAX:
            self.dropped += 1
            return
        kept.append(seen)

    @contextmanager
    def carried(self, device: str, hear: Hear) -> Iterator[None]:
        """While an installer carries the tag: it says nothing of where its person is."""
        self._carried.setdefault(device, []).append(hear)
        self._sightings.pop(device, None)
        try:
            yield
        finally:
            self._carried[device].remove(hear)
            if not self._carried[device]:
                del self._carried[device]

    def is_carried(self, device: str) -> bool:
        return device in self._carried

    def witnessed(self, seen: Observation, home: Home) -> None:
        """`House.when_heard`: a sensor spoke of somebody, in a room that it is enrolled in."""
        device = home.devices.get(seen.device)
        if device is None or device.room is None or device.identity or seen.quality in DOUBTED:
            return
        if device.role is Role.MOTION and seen.kind in MOVING_KINDS and seen.value is True:
            self._add((device.room,), EvidenceKind.MOTION, seen.at)
        elif device.role is Role.DOOR and seen.kind in CONTACT_KINDS:
            before = self._doors.get(device.id)
            if isinstance(seen.value, bool):
                self._doors[device.id] = seen.value
            if before is not None and seen.value is not before:
                self._add(_sides(home, device.room), EvidenceKind.DOOR, seen.at)

    def _add(self, rooms: tuple[str, ...], kind: EvidenceKind, at: Instant) -> None:
        if len(self._evidence) < EVIDENCE_MAX:
            self._evidence.append(Evidence(rooms=rooms, kind=kind, at_ms=at.boottime_ms))

    def take(self, device: str) -> list[Sighting]:
        return self._sightings.pop(device, [])

    def take_evidence(self) -> list[Evidence]:
        taken, self._evidence = self._evidence, []
        return taken

    def forget(self) -> None:
        """Everything that was heard, and what doors said."""
        self._sightings.clear()
        self._evidence.clear()
        self._doors.clear()


def _sides(home: Home, room: str) -> tuple[str, ...]:
    """The rooms that a door in `room` may be between; an outer room's own door leads out.

    A cupboard's door is not told from a room's: then all that can be walked into are named, and
    it never counts as a way out.
    """
    told = home.rooms.get(room)
    if told is not None and told.outer:
        return (room,)
    beside = () if told is None else told.next_to
    return (room, *sorted(beside)) if beside else (room, room)
