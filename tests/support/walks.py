"""Walks through simulated homes as the locator is told of them: samples, windows, truth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from msgspec.structs import replace

from edge.locating import (
    BY_WINDOW,
    LIVE,
    SLOT_MS,
    WINDOW_MS,
    Evidence,
    Fit,
    Pace,
    Place,
    PlaceKind,
    Sample,
    Sighting,
    Track,
    follow,
)
from edge.sim.days import day_at_home, walk_test
from edge.sim.radio_map import DAY_S, Plan, Point, RadioMap
from edge.sim.strolls import Place as Stand
from edge.sim.strolls import listen, stroll

BEGIN_S = 36_000.0
# A room is stayed in, not passed through, from here on; what is told in it was told late.
HELD_MS = 20_000


@dataclass
class Walk:
    """One session: what was heard, and in which room the wearer was at each step of time."""

    session: str
    person: str
    begin_ms: int
    sightings: list[Sighting] = field(default_factory=list)
    rooms: list[tuple[int, str]] = field(default_factory=list)
    walked: list[int] = field(default_factory=list)  # when they were on their feet, in ms
    evidence: list[Evidence] = field(default_factory=list)  # of motion sensors, if there are any

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
    """A restless walker at home. `turn_rad`: which side of the body the tag is on."""
    start_s = day * DAY_S + BEGIN_S
    way = stroll(
        plan, seed=seed, start_s=start_s, length_s=minutes * 60, stay_s=stay_s, rooms=rooms
    )
    found = Walk(session=f"{person}{day}-{seed}", person=person, begin_ms=round(start_s * 1000))
    radio = radio or RadioMap(plan, receivers)
    return _heard(found, radio, way, gain_db=gain_db, rate_hz=rate_hz, seed=seed, turn_rad=turn_rad)


def walk_tested(
    plan: Plan, radio: RadioMap, *, seed: int, day: int = 0, rate_hz: float = 1.0
) -> Walk:
    """The walk test of an installer: each spot of each room, twice."""
    way = walk_test(plan, seed=seed, start_s=BEGIN_S)
    found = Walk(session="walk", person="a", begin_ms=round(BEGIN_S * 1000))
    return _heard(found, radio, way, gain_db=0.0, rate_hz=1.0, seed=seed)


def lived(
    plan: Plan,
    radio: RadioMap,
    *,
    seed: int,
    day: int = 1,
    hours: float = 2.0,
    gain_db: float = 2.0,
    rate_hz: float = 1.0,
    turn_rad: float = 0.0,
) -> Walk:
    """A day as an old person lives it, from ten in the morning."""
    start_s = day * DAY_S + BEGIN_S
    way = day_at_home(plan, seed=seed, start_s=start_s, length_s=hours * 3_600.0)
    found = Walk(session=f"day{day}", person="b", begin_ms=round(start_s * 1000))
    return _heard(found, radio, way, gain_db=gain_db, rate_hz=rate_hz, seed=seed, turn_rad=turn_rad)


def _heard(
    found: Walk,
    radio: RadioMap,
    way: Iterable[Stand],
    *,
    gain_db: float,
    rate_hz: float,
    seed: int,
    turn_rad: float = 0.0,
) -> Walk:
    turned = (replace(one, heading_rad=one.heading_rad + turn_rad) for one in way)
    before = None
    for place, heard in listen(radio, turned, gain_db=gain_db, rate_hz=rate_hz, seed=seed):
        if place.position != before:
            found.walked.append(round(place.t_s * 1000))
        before = place.position
        found.rooms.append((round(place.t_s * 1000), place.room))
        found.sightings += [
            Sighting(receiver=one.receiver, rssi_dbm=one.rssi_dbm, at_ms=round(one.t_s * 1000))
            for one in heard
        ]
    return found


@dataclass
class Changes:
    """What a gateway tells of changes of room: the lag of each in s, and those that were none."""

    lags_s: list[float] = field(default_factory=list)  # infinite when it was never told
    false: int = 0
    resting_s: float = 0.0  # how long nobody had walked a step for HELD_MS

    def told_within(self, limit_s: float) -> float:
        return sum(one <= limit_s for one in self.lags_s) / max(1, len(self.lags_s))

    @property
    def false_an_hour(self) -> float:
        return self.false / max(1.0, self.resting_s) * 3_600.0


def changes(fit: Fit, walk: Walk, into: Changes, *, hop_ms: int = SLOT_MS) -> Changes:
    """Stays of HELD_MS or more that are told; passing through a hallway is no stay."""
    said = places(fit, walk, hop_ms=hop_ms, pace=LIVE)
    entered = [walk.rooms[0], *(b for a, b in pairwise(walk.rooms) if a[1] != b[1])]
    entered.append((walk.rooms[-1][0], ""))
    for (begin, room), (end, _) in pairwise(entered[1:]):
        if end - begin >= HELD_MS:
            told = (now for now, place in said if begin < now <= end and place.room == room)
            into.lags_s.append((next(told, math.inf) - begin) / 1000)
    at = 0
    for (before_ms, before), (now, place) in pairwise(said):
        while at + 1 < len(walk.walked) and walk.walked[at + 1] <= now:
            at += 1
        if now - walk.walked[at] >= HELD_MS:
            into.resting_s += (now - before_ms) / 1000
            into.false += None is not before.room != place.room is not None
    return into


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
        spoke = [one for one in walk.evidence if now - hop_ms <= one.at_ms < now]
        track, place = follow(fit, track, walk.sightings[first:at], spoke, now, pace=pace)
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
