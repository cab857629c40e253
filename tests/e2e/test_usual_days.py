"""Sixteen days of sensors' bytes, then a night on the feet: one entry on the desk's list."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path

import msgspec
import pytest

from edge.app.gateway import Gateway
from edge.app.household.decisions import Decisions
from edge.app.ingest import Ingest
from edge.app.opening import open_house
from edge.clock import RandomIds, SystemClock
from edge.config import parse
from edge.domain import Hazard, Instant
from edge.drivers.advert.bthome import SERVICE
from edge.drivers.base import Advert
from edge.transports.lanes import Heard, LaneQueue
from tests.app.homes import PEER
from tests.desk.living import Office, until
from tests.support.clock import FakeClock, instant
from tests.support.mosquitto import mosquitto

pytestmark = pytest.mark.timeout(90)

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
ROOMS = {"bathroom": 1, "bedroom": 2, "hallway": 3, "kitchen": 4, "lounge": 5}
ADDRESS = "54:48:E6:8F:80:{:02X}"
DAYS = 16
# Two in the afternoon of a FakeClock is noon in UTC: back to a quarter past midnight.
BEGIN_MS = -14 * HOUR_MS + 900_000
DECISION = {
    "question": "behaviour",
    "basis": "service decision",
    "decided_by": "coordinator.one",
    "role": "coordinator",
    "review_by": "2026-12-31",
}


class Later(SystemClock):
    """The clock of a process that runs on the evening after those days."""

    def __init__(self, wall_ms: int) -> None:
        super().__init__("Europe/Helsinki", trusted=True)
        self._ahead_ms = wall_ms - super().now().wall_ms

    def now(self) -> Instant:
        at = super().now()
        wall_ms = at.wall_ms + self._ahead_ms
        return msgspec.structs.replace(at, wall_ms=wall_ms, offset_min=120)


def settings(folder: Path, port: int) -> str:
    devices = "".join(
        f'[[device]]\nid = "pir-{room}"\ndriver = "bthome"\nrole = "motion"\nroom = "{room}"\n'
        f'address = "{ADDRESS.format(n)}"\n'
        f'[[day_place]]\ndevice = "pir-{room}"\nplace = "{room}"\n'
        for room, n in ROOMS.items()
    )
    return (
        '[gateway]\nid = "gw-0001"\nsite = "s"\ncustomer = "c"\ntrusted_clock = true\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\ntls = false\n'
        f'[ble]\nbackend = "off"\n[store]\npath = "{folder}/home.db"\n'
        f'[control]\nsocket = "{folder}/home.sock"\n{devices}'
    )


class Sensors:
    """Motion sensors that say by BTHome v2 whether they see somebody; each is heard hourly."""

    def __init__(self, ingest: Ingest, clock: FakeClock) -> None:
        self._ingest, self._clock = ingest, clock
        self._packet = dict.fromkeys(ROOMS, 0)
        self._draw = random.Random(4)

    async def day(self, visits: int) -> None:
        draw, rooms = self._draw, list(ROOMS)
        happens: list[tuple[int, str]] = [(h * 3600 + 1000, "") for h in range(24)]
        times = draw.sample(range(7 * 3600 + 900, 22 * 3600, 7), 40)
        happens += [(second, draw.choice(rooms)) for second in times]
        happens += [(1800 + n * 1200, "bathroom") for n in range(visits)]
        happens += [(1860 + n * 1200, room) for n in range(visits - 1) for room in rooms[1:]]
        before = 900
        for second, room in sorted(happens):
            self._clock.pass_time((second - before) * 1000)
            before = second
            for name in [room] if room else rooms:
                if room:
                    await self._say(name, moves=True)
                await self._say(name, moves=False)
        self._clock.pass_time(DAY_MS - (before - 900) * 1000)

    async def _say(self, room: str, *, moves: bool) -> None:
        self._packet[room] = (self._packet[room] + 1) % 256
        # Version 2, unencrypted: packet number, motion.
        frame = bytes((0x40, 0x00, self._packet[room], 0x21, moves))
        advert = Advert(address=ADDRESS.format(ROOMS[room]), service={SERVICE: frame})
        await self._ingest.take([Heard(f"pir-{room}", advert, self._clock.now())])


async def _no_reply(_device: str, _replies: object) -> None:
    raise AssertionError("a motion sensor is told nothing")


async def test_a_night_on_the_feet_is_one_entry_at_the_desk(tmp_path: Path) -> None:
    clock = FakeClock(instant(BEGIN_MS))
    with mosquitto(tmp_path) as broker:
        config = parse(settings(tmp_path, broker.port), "test")
        async with open_house(config, clock, RandomIds()) as house:
            await Decisions(house).add(DECISION, PEER)
            sensors = Sensors(Ingest(house, LaneQueue(), _no_reply), clock)
            for n in range(DAYS):
                await sensors.day(visits=15 if n == DAYS - 1 else 1)
            await house.commit()
        later = Later(clock.now().wall_ms)
        office = Office(broker, tmp_path)
        office.clock = later
        async with office.living(), open_house(config, later, RandomIds()) as house:
            stop, gateway = asyncio.Event(), Gateway(house)
            running = asyncio.create_task(gateway.run(stop))
            query = "SELECT body FROM alert WHERE code = 'behaviour_changed'"
            await until(lambda: office.rows(query), 60)
            stop.set()
            await running
            word = house.keeper.home.assessments[Hazard.WELLBEING]
        (row,) = office.rows(query)
        told = json.loads(row[0])["data"]["alert"]
        assert told["priority"] == "normal"
        assert word.entry == "told"
        assert word.model == "daily-change/1.0.0"
        text = json.dumps(told, ensure_ascii=False)
        assert "yöllisiä WC-käyntejä" in text
        assert "(tavallisesti 1)" in text
