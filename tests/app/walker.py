"""A flat in which somebody wears a tag: its radio waves reach the gateway's ingest as bytes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from edge.app.house import House
from edge.app.ingest import Ingest
from edge.app.locating.commands import LocatorCommands
from edge.app.locating.locator import HOP_MS, Locator
from edge.domain import (
    Decision,
    Device,
    Observation,
    Person,
    PersonKind,
    Plan,
    Question,
    Role,
    Room,
)
from edge.drivers.base import Advert
from edge.events import Enrolled
from edge.sim.radio_map import Plan as FloorPlan
from edge.sim.radio_map import Point, RadioMap
from edge.sim.strolls import FLAT_3, Place, flat, stroll
from edge.transports.lanes import Heard, LaneQueue
from tests.app.homes import PEER, house_in
from tests.support.clock import FakeClock

APPLE = 0x004C
BEACON = bytes.fromhex("0215" + "5a3c1b7e90d24f6fa1b4d85e20c7394b" + "00010002" + "c5")
TAG = "C4:4B:56:48:02:05"
STEP_MS = 500
MISS = 0.0
SATELLITES = """
[ingest]
[[ingest.satellite]]
id = "s1"
room = "bedroom"
[[ingest.satellite]]
id = "s2"
room = "living"
"""
DECIDED = Decision(
    question=Question.LOCATION,
    basis="service decision 2026-02-01",
    decided_by="anna",
    role="nurse",
    review_by="2026-12-31",
    by="anna",
)


class FakeReceivers:
    """The receivers of a flat, and which of them work."""

    def __init__(self, rooms: Mapping[str, str]) -> None:
        self.of = dict(rooms)
        self.down: set[str] = set()

    def rooms(self) -> dict[str, str]:
        return self.of

    def up(self) -> frozenset[str]:
        return frozenset(self.of) - self.down


class Flat:
    """A house with its ingest and its locator, and a wearer on their way through the rooms."""

    def __init__(
        self, house: House, clock: FakeClock, floor: FloorPlan, at: Mapping[str, Point], seed: int
    ) -> None:
        self.house = house
        self.clock = clock
        self.floor = floor
        self.ingest = Ingest(house, LaneQueue(), self._no_reply)
        rooms = {"": "", "s1": "bedroom", "s2": "living"}
        self.receivers = FakeReceivers({key: rooms.get(key, "") for key in at})
        self.locator = Locator(house, self.ingest.when_received, self.receivers)
        self.commands = LocatorCommands(house)
        self.commands.locator = self.locator
        self.seen: list[Observation] = []
        house.when_heard.append(self.seen.append)
        self.radio = RadioMap(floor, dict(at))
        self.wearer: Place | None = None
        self.gain_db = 0.0
        self._rng = random.Random(seed)
        self._hop_ms = clock.now().boottime_ms + HOP_MS

    async def _no_reply(self, *_: object) -> None:
        raise AssertionError("nothing that advertises is answered")

    def told(self, kind: str = "location") -> list[object]:
        return [one.value for one in self.seen if one.kind == kind]

    def enrol(self, ident: str = "tag-1", person: str | None = "resident") -> None:
        device = Device(id=ident, driver="ibeacon", role=Role.TAG, address=TAG, person=person)
        self.house.tell(Enrolled(device=device))

    def people(self, *, decided: bool = True) -> None:
        self.house.tell(Person(id="resident", kind=PersonKind.RESIDENT, by="anna"))
        near = self.floor.neighbours()
        rooms = tuple(
            Room(id=name, next_to=tuple(sorted(near[name])), outer=name == "hallway")
            for name in sorted(near)
        )
        self.house.tell(Plan(rooms=rooms, by="anna"))
        if decided:
            self.house.tell(DECIDED)

    async def live(self, way: Iterable[Place], hook: Any = None) -> None:
        """Let the wearer go that way: a packet each step, heard as the walls let it."""
        for place in way:
            self.wearer = place
            await self._send(place)
            await self.clock.advance(STEP_MS)
            if self.clock.now().boottime_ms >= self._hop_ms:
                self._hop_ms += HOP_MS
                self.locator.turn()
                if self.house.keeper.due(self.clock.now().boottime_ms):
                    await self.house.commit()
            if hook is not None:
                hook(place)

    async def _send(self, place: Place) -> None:
        if self._rng.random() < MISS:  # one packet a second on average, never in step with slots
            return
        t_s = self.clock.now().wall_ms / 1000
        sent = self.radio.rssi(place.position, place.heading_rad, self.gain_db, t_s)
        heard = [
            Heard(
                "tag-1",
                Advert(address=TAG, manufacturer={APPLE: BEACON}, rssi_dbm=level, source=name),
                self.clock.now(),
            )
            for name, level in sent.items()
            if level is not None
        ]
        if heard:
            await self.ingest.take(heard)

    async def stream(
        self, rows: AsyncGenerator[dict[str, Any], None], way: Any
    ) -> list[dict[str, Any]]:
        """All that a command says while the wearer goes that way."""
        said: list[dict[str, Any]] = []

        async def read() -> None:
            async for row in rows:
                said.append(row)  # noqa: PERF401 (what was said stands there when it is broken off)

        reading = asyncio.create_task(read())
        await asyncio.sleep(0)
        try:
            await self.live(way)
            for _ in range(200):
                if reading.done():
                    break
                await asyncio.sleep(0.01)
        finally:
            if not reading.done():
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
                await rows.aclose()
        if not reading.cancelled():
            reading.result()
        return said

    def stay(self, room: str, length_s: float, seed: int) -> Any:
        return stroll_in(self.floor, room, length_s, seed, self.clock.now().wall_ms / 1000)

    async def walk(self, room: str, length_s: float = 60.0, seed: int = 1) -> list[dict[str, Any]]:
        args = {"room": room, "seconds": length_s, "by": "kalle"}
        way = self.stay(room, length_s + 1, seed)
        return await self.stream(self.commands.walking.walk(args, PEER), way)

    async def fit(self) -> dict[str, Any]:
        last: dict[str, Any] = {}
        async for row in self.commands.fit({"by": "kalle"}, PEER):
            last = row
        return last


def stroll_in(floor: FloorPlan, room: str, length_s: float, seed: int, start_s: float) -> Any:
    """Somebody who stays in one room, stands and turns and walks about."""
    for place in stroll(
        floor, seed=seed, start_s=start_s, length_s=length_s, stay_s=length_s, rooms=(room,)
    ):
        if place.t_s >= start_s + length_s:
            return
        yield place


@asynccontextmanager
async def flat_in(
    folder: Path,
    clock: FakeClock,
    *,
    at: Mapping[str, Point] = FLAT_3,
    decided: bool = True,
    seed: int = 1,
) -> AsyncIterator[Flat]:
    async with house_in(folder, clock, SATELLITES) as house:
        one = Flat(house, clock, flat(seed), at, seed)
        one.people(decided=decided)
        one.enrol()
        await one.locator.load()
        yield one
