"""Where everything of a virtual home is, and what each receiver hears of it.

Only in a dwelling with a floor plan. Placed devices stay where they are; what a person wears goes
with that person, who walks from room to room when told to: there once to each spot, then as `days`
has it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from edge.errors import ControlError
from edge.sim.days import stay_in
from edge.sim.radio_map import Plan, Point, RadioMap
from edge.sim.script import Dwelling, Gadget
from edge.sim.strolls import Place, flat, house, stroll

PLANS: Mapping[str, Callable[[], Plan]] = {"flat": flat, "house": house}
# The gateway's own radio, as the gateway calls it.
OWN = ""
# Somebody who walks on stops on the way for no longer.
ON_THE_WAY_S = 1.0
# The longest way through a dwelling takes a minute.
WAY_S = 600.0


class DwellingRadio:
    """The levels, in dBm, at which the receivers hear each device now."""

    def __init__(self, dwelling: Dwelling, seed: int) -> None:
        if dwelling.plan not in PLANS:
            known = ", ".join(PLANS)
            raise ControlError(f"no floor plan '{dwelling.plan}'; there are: {known}")
        self.plan = PLANS[dwelling.plan]()
        self._centres: dict[str, Point] = {
            room.name: ((room.left + room.right) / 2, (room.bottom + room.top) / 2, room.floor)
            for room in self.plan.rooms
        }
        receivers = {g.id: self._point(g) for g in dwelling.device if g.kind == "satellite"}
        if dwelling.gateway_at is not None:
            receivers[OWN] = dwelling.gateway_at
        self._radio = RadioMap(self.plan, receivers)
        self._placed = {g.address.upper(): self._point(g) for g in dwelling.device}
        self._worn = {g.address.upper() for g in dwelling.device if g.person}
        self._rng = random.Random(seed)
        self._began_s = time.monotonic()
        first = next((g.room for g in dwelling.device if g.person), self.plan.rooms[0].name)
        self._here = Place(t_s=0.0, position=self._centre(first), heading_rad=0.0, room=first)
        self._way = self._stay(first, 0.0)

    def levels(self, address: str) -> Mapping[str, int | None]:
        """One transmission of that address, as it comes in at every receiver."""
        now_s = self._now_s()
        if address.upper() in self._worn:
            place = self._place(now_s)
            return self._radio.rssi(place.position, place.heading_rad, 0.0, now_s)
        position = self._placed.get(address.upper())
        if position is None:  # a stranger in the stairwell
            position = self._centre(self.plan.rooms[0].name)
        return self._radio.rssi(position, 0.0, 0.0, now_s)

    def walk(self, room: str) -> None:
        """Who wears the tags goes to that room, through the rooms between, and stays there."""
        self._centre(room)
        now_s = self._now_s()
        here = self._place(now_s).room
        self._way = chain(self._through(here, room, now_s), self._stay(room, now_s))

    def stand(self, room: str) -> None:
        """They are in that room at once: nobody wants to wait for the way in a test."""
        now_s = self._now_s()
        self._here = Place(t_s=now_s, position=self._centre(room), heading_rad=0.0, room=room)
        self._way = self._stay(room, now_s)

    def where(self) -> str:
        """The room in which they are now, also on the way."""
        return self._place(self._now_s()).room

    def _through(self, here: str, room: str, now_s: float) -> Iterator[Place]:
        """Only the way: what `stroll` has of it until the room is reached."""
        if here == room:
            return
        way = stroll(
            self.plan,
            seed=self._rng.randrange(1 << 30),
            start_s=0.0,
            length_s=WAY_S,
            stay_s=ON_THE_WAY_S,
            rooms=(here, room),
        )
        for place in way:
            if place.room == room:
                return
            yield _later(place, now_s)

    def _stay(self, room: str, now_s: float) -> Iterator[Place]:
        way = stay_in(self.plan, room, seed=self._rng.randrange(1 << 30))
        # The way here took its own time: the stay begins when it is over.
        for place in way:
            yield _later(place, max(now_s, self._here.t_s - place.t_s))

    def _place(self, now_s: float) -> Place:
        while self._here.t_s < now_s:
            self._here = next(self._way)
        return self._here

    def _point(self, gadget: Gadget) -> Point:
        return self._centre(gadget.room) if gadget.at is None else gadget.at

    def _centre(self, room: str) -> Point:
        if room not in self._centres:
            known = ", ".join(self._centres)
            raise ControlError(f"no room '{room}' in this dwelling; there are: {known}")
        return self._centres[room]

    def _now_s(self) -> float:
        return time.monotonic() - self._began_s


def _later(place: Place, shift_s: float) -> Place:
    return Place(
        t_s=place.t_s + shift_s,
        position=place.position,
        heading_rad=place.heading_rad,
        room=place.room,
    )
