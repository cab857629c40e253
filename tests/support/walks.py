"""Walks through simulated homes as the locator is told of them: samples, windows, truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from edge.locating import (
    BY_WINDOW,
    SLOT_MS,
    WINDOW_MS,
    Fit,
    Pace,
    Place,
    PlaceKind,
    Sample,
    Sighting,
    Track,
    follow,
)
from edge.sim.radio_map import Plan, Point, RadioMap
from edge.sim.strolls import listen, stroll


@dataclass
class Walk:
    """One session: what was heard, and in which room the wearer was at each step of time."""

    session: str
    person: str
    begin_ms: int
    sightings: list[Sighting] = field(default_factory=list)
    rooms: list[tuple[int, str]] = field(default_factory=list)

    def samples(self) -> list[Sample]:
        """Each stay in a room, cut into windows on the grid of slots."""
        slots: dict[int, Counter[str]] = {}
        for t_ms, room in self.rooms:
            slots.setdefault((t_ms - self.begin_ms) // SLOT_MS, Counter())[room] += 1
        found: list[Sample] = []
        begin, held = 0, ""
        for number in [*sorted(slots), -1]:
            room = slots[number].most_common(1)[0][0] if number >= 0 else ""
            end = number if number >= 0 else max(slots) + 1
            if held and (room != held or end - begin == WINDOW_MS // SLOT_MS):
                at = self.begin_ms
                found.append(self._sample(held, at + begin * SLOT_MS, at + end * SLOT_MS))
                begin = end
            if room != held:
                begin, held = end, room
        return found

    def _sample(self, room: str, begin: int, until: int) -> Sample:
        near = tuple(one for one in self.sightings if begin <= one.at_ms < until)
        return Sample(
            session=self.session,
            person=self.person,
            room=room,
            sightings=near,
            from_ms=begin,
            until_ms=until,
        )


def walk(
    plan: Plan,
    receivers: Mapping[str, Point],
    *,
    seed: int,
    person: str = "a",
    gain_db: float = 0.0,
    day: int = 0,
    minutes: float = 20.0,
    rate_hz: float = 2.0,
    stay_s: float = 90.0,
    rooms: tuple[str, ...] = (),
    turn_rad: float = 0.0,
    radio: RadioMap | None = None,
) -> Walk:
    """Somebody walks about at home. `turn_rad`: which side of the body the tag is on."""
    start_s = day * 86_400.0 + 36_000.0
    found = Walk(session=f"{person}{day}-{seed}", person=person, begin_ms=round(start_s * 1000))
    way = (
        type(p)(t_s=p.t_s, position=p.position, heading_rad=p.heading_rad + turn_rad, room=p.room)
        for p in stroll(
            plan, seed=seed, start_s=start_s, length_s=minutes * 60, stay_s=stay_s, rooms=rooms
        )
    )
    radio = radio or RadioMap(plan, receivers)
    for place, heard in listen(radio, way, gain_db=gain_db, rate_hz=rate_hz, seed=seed):
        found.rooms.append((round(place.t_s * 1000), place.room))
        found.sightings += [
            Sighting(receiver=one.receiver, rssi_dbm=one.rssi_dbm, at_ms=round(one.t_s * 1000))
            for one in heard
        ]
    return found


@dataclass
class Score:
    windows: int = 0
    right: int = 0
    unknown: int = 0

    @property
    def share(self) -> float:
        return self.right / max(1, self.windows)


def places(fit: Fit, walk: Walk, *, hop_ms: int, pace: Pace) -> list[tuple[int, Place]]:
    """What is said at the end of each hop."""
    track = Track(began_ms=walk.begin_ms)
    found: list[tuple[int, Place]] = []
    at, end = 0, walk.rooms[-1][0]
    now = walk.begin_ms
    while now < end + pace.lag_ms:
        now += hop_ms
        first = at
        while at < len(walk.sightings) and walk.sightings[at].at_ms < now:
            at += 1
        track, place = follow(fit, track, walk.sightings[first:at], (), now, pace=pace)
        found.append((now, place))
    return found


def score(fit: Fit, walks: Iterable[Walk], pace: Pace = BY_WINDOW) -> Score:
    """Windows of 10 s against the room that most of each was spent in."""
    total = Score()
    for one in walks:
        said = dict(places(fit, one, hop_ms=WINDOW_MS, pace=pace))
        counted: dict[int, Counter[str]] = {}
        for t_ms, room in one.rooms:
            counted.setdefault((t_ms - one.begin_ms) // WINDOW_MS, Counter())[room] += 1
        for number, rooms in counted.items():
            place = said.get(one.begin_ms + (number + 1) * WINDOW_MS + pace.lag_ms)
            if place is None:
                continue
            total.windows += 1
            total.right += place.room == rooms.most_common(1)[0][0]
            total.unknown += place.kind is PlaceKind.UNKNOWN
    return total
