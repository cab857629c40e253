"""How an old person spends a day at home, and how an installer walks it. Pure and seeded.

Made from what is published of days, and not fitted to any locator:

- Sitting and lying awake take 8.5 to 9.6 h of a day after 65 (Wullems and others 2016), 65 % of the
  waking time (Shiroma and others 2013; Amsterdam, LASA). At 84 there are some 70 bouts of sitting a
  day (Bellettiere and others 2015).
- Stays have a heavy tail: in 7,247 women of 71, 4.8 % of the bouts were of half an hour or more,
  and 31.5 % of the time that was sat (Shiroma). So stops are log-normal here, with sigma 0.9.
- Room to room: three to six changes an hour by day. Motion sensors in the homes of people who live
  alone count some dozens a day (Campbell and others 2011; ORCATECH).

`strolls.stroll` is the restless walker beside it: another random spot every few seconds.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping

from edge.domain.base import Record
from edge.sim.radio_map import Plan, Point, Space
from edge.sim.spots import Spot, furnished
from edge.sim.strolls import STEP_S, Place, anywhere, doorway, line, route

SPREAD = 0.9  # sigma of the logarithm of a stop
# Somebody in a chair is never twice in exactly the same place.
SETTLE_M = 0.15
SETTLE_RAD = math.radians(20.0)
SWAY_RAD = 0.15
# The upper body turns to something else now and then: every so often, so far, for so long.
TURN_EVERY_S = 90.0
TURN_RAD = math.radians(35.0)
TURN_S = 10.0
# One stop of three is an errand: anywhere in the room, facing anywhere.
ERRANDS = 1 / 3
ERRAND_S = 20.0
STOP_MIN_S = 5.0


class Habit(Record, frozen=True, kw_only=True):
    """How often a room is gone to, the median of a stay, and the sigma of its logarithm."""

    share: float
    stay_s: float
    spread: float


# 3 to 8 min in a bathroom, 5 to 25 in a kitchen, seconds to a minute in a hallway; a chair and a
# bed for as long as it takes.
HABITS: Mapping[str, Habit] = {
    "living": Habit(share=0.34, stay_s=1_000.0, spread=SPREAD),
    "kitchen": Habit(share=0.26, stay_s=540.0, spread=0.6),
    "bathroom": Habit(share=0.18, stay_s=290.0, spread=0.4),
    "bedroom": Habit(share=0.12, stay_s=600.0, spread=1.1),
    "hallway": Habit(share=0.10, stay_s=25.0, spread=0.7),
    "dining": Habit(share=0.12, stay_s=900.0, spread=0.6),
    "study": Habit(share=0.10, stay_s=900.0, spread=SPREAD),
    "guest": Habit(share=0.04, stay_s=180.0, spread=SPREAD),
    "landing": Habit(share=0.05, stay_s=20.0, spread=0.7),
}

# The walk test: at each spot once round, slowly, then as one sits there; then about the room.
ROUND_S = 10.0
FACING_S = 10.0
ABOUT_S = 5.0


def day_at_home(plan: Plan, *, seed: int, start_s: float, length_s: float) -> Iterator[Place]:
    """An old person's waking hours from `start_s` (s) on, a place each STEP_S."""
    rng = random.Random(f"day/{seed}")
    one = _Somebody(plan, rng, start_s)
    while one.t_s < start_s + length_s:
        habit = HABITS[one.room]
        until_s = one.t_s + habit.stay_s * math.exp(rng.gauss(0.0, habit.spread))
        while one.t_s < until_s:
            yield from one.stop(until_s)
        names = [room.name for room in plan.rooms if room.name != one.room]
        yield from one.go(rng.choices(names, [HABITS[name].share for name in names])[0])


def walk_test(plan: Plan, *, seed: int, start_s: float, rounds: int = 2) -> Iterator[Place]:
    """What docs/locator.md asks of an installer: under 12 minutes for five rooms and two rounds."""
    rng = random.Random(f"walk test/{seed}")
    one = _Somebody(plan, rng, start_s)
    for _ in range(rounds):
        for room in plan.rooms:
            yield from one.go(room.name)
            yield from one.shown_round()


def stay_in(plan: Plan, room: str, *, seed: int) -> Iterator[Place]:
    """Somebody in one room for ever, from 0 s on: once to each of its spots, then as they live."""
    one = _Somebody(plan, random.Random(f"stay/{seed}"), 0.0, room)
    yield from one.shown_round()
    while True:
        yield from one.stop(math.inf)


class _Somebody:
    """Where somebody is, and the steps of what they do next."""

    def __init__(self, plan: Plan, rng: random.Random, t_s: float, room: str = "") -> None:
        self.spots = furnished(plan)
        self.t_s = t_s
        self.room = room or plan.rooms[0].name
        self._plan = plan
        self._rng = rng
        self._rooms = {room.name: room for room in plan.rooms}
        self._at: Point = anywhere(self.space(), rng)

    def space(self) -> Space:
        """The room one is in."""
        return self._rooms[self.room]

    def settled(self, spot: Spot) -> tuple[Point, float]:
        """The spot as it is sat at this time."""
        x, y, floor = spot.position
        x += self._rng.uniform(-SETTLE_M, SETTLE_M)
        y += self._rng.uniform(-SETTLE_M, SETTLE_M)
        return (x, y, floor), spot.heading_rad + self._rng.uniform(-SETTLE_RAD, SETTLE_RAD)

    def to(self, end: Point) -> Iterator[Place]:
        """Straight to a point of the same room."""
        for t_s, at, heading in line(self.t_s, self._at, end):
            self.t_s, self._at = t_s, at
            yield Place(t_s=self.t_s, position=self._at, heading_rad=heading, room=self.room)

    def go(self, goal: str) -> Iterator[Place]:
        """Through the doorways to another room, to just inside of it."""
        for following in route(self._plan, self.room, goal)[1:]:
            x, y = doorway(self._plan, self.room, following)
            yield from self.to((x, y, self._rooms[self.room].floor))
            self.room = following
            self._at = (x, y, self._rooms[following].floor)

    def stand(self, headings: list[float]) -> Iterator[Place]:
        for heading in headings:
            turned = heading + self._rng.gauss(0.0, SWAY_RAD)
            yield Place(t_s=self.t_s, position=self._at, heading_rad=turned, room=self.room)
            self.t_s += STEP_S

    def shown_round(self) -> Iterator[Place]:
        """At each spot of the room once round, slowly, and as one sits there; then about it."""
        for spot in self.spots[self.room]:
            at, ahead = self.settled(spot)
            yield from self.to(at)
            steps = round(ROUND_S / STEP_S)
            yield from self.stand([ahead + math.tau * n / steps for n in range(steps)])
            yield from self.stand([ahead] * round(FACING_S / STEP_S))
        until_s = self.t_s + ABOUT_S
        while self.t_s < until_s:
            yield from self.to(anywhere(self.space(), self._rng))

    def stop(self, until_s: float) -> Iterator[Place]:
        """At one of the room's spots, or on an errand, and not for longer than `until_s`."""
        rng = self._rng
        if rng.random() < ERRANDS:
            at, ahead = anywhere(self._rooms[self.room], rng), rng.uniform(0.0, math.tau)
            median_s = ERRAND_S
        else:
            spot = rng.choice(self.spots[self.room])
            at, ahead = self.settled(spot)
            median_s = spot.stop_s
        yield from self.to(at)
        left_s = max(STOP_MIN_S, median_s * math.exp(rng.gauss(0.0, SPREAD)))
        end_s = min(until_s, self.t_s + left_s)
        while self.t_s < end_s:
            calm_s = min(rng.expovariate(1.0 / TURN_EVERY_S), end_s - self.t_s)
            yield from self.stand([ahead] * max(1, round(calm_s / STEP_S)))
            if self.t_s < end_s:
                aside = ahead + rng.gauss(0.0, TURN_RAD)
                turn_s = min(rng.expovariate(1.0 / TURN_S), end_s - self.t_s)
                yield from self.stand([aside] * max(1, round(turn_s / STEP_S)))
