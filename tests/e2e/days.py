"""A home's sensors over many local days, in seconds: encrypted packets through the true drivers.

What they say is encoded by the simulator, which knows nothing of the decoders. Time is virtual and
ends when the last day does, so that a real gateway goes on from there at the true time.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge.app.daily import AFTER_MIDNIGHT_MIN
from edge.app.household.decisions import Decisions
from edge.app.ingest import Ingest
from edge.app.opening import open_house
from edge.clock import RandomIds
from edge.config import load
from edge.domain import Instant, Person, PersonKind
from edge.drivers.advert.bthome import SERVICE
from edge.drivers.base import Advert
from edge.events import Tick
from edge.sim.encode import bthome_encrypted
from edge.transports.lanes import Heard, LaneQueue
from tests.app.homes import PEER
from tests.support.clock import FakeClock

ZONE = ZoneInfo("Europe/Helsinki")
ROOMS = ("bathroom", "bedroom", "hallway", "kitchen", "lounge")
# BTHome v2 object ids.
PACKET_ID, MOTION = 0x00, 0x21
HOUR_S, DAY_S = 3600, 86_400


def last_ended() -> date:
    """The local day of which a gateway that starts now says its word."""
    return (datetime.now(ZONE) - timedelta(days=1, minutes=AFTER_MIDNIGHT_MIN)).date()


def settings_of(folder: Path) -> dict[str, Any]:
    """`device` rows and `day_place` rows of five motion sensors, each with a key of its own."""
    rows, places = [], []
    for number, room in enumerate(ROOMS):
        key = folder / f"pir-{room}.key"
        key.touch(mode=0o600)
        key.write_text(_key(number).hex() + "\n", encoding="ascii")
        rows.append(
            {
                "id": f"pir-{room}",
                "driver": "bthome",
                "role": "motion",
                "room": room,
                "address": _address(number),
                "key_file": str(key),
            }
        )
        places.append({"device": f"pir-{room}", "place": room})
    return {"device": rows, "day_place": places}


def live(settings: Path, lived: Sequence[tuple[int, int]]) -> None:
    """Local days, the last of them the one that ended: (visits to the toilet at night, walks)."""
    asyncio.run(_Days(settings, lived).live())


def _address(number: int) -> str:
    return f"54:48:E6:8F:81:{number:02X}"


def _key(number: int) -> bytes:
    return bytes((number + 1,)) * 16


class _Days:
    def __init__(self, settings: Path, lived: Sequence[tuple[int, int]]) -> None:
        self._config = load(settings)
        self._lived = lived
        self._counters = [0] * len(ROOMS)
        self._draw = random.Random(4)
        last = last_ended()
        self._dates = [last - timedelta(days=n) for n in range(len(lived) - 1, -1, -1)]
        # The home is set up on the evening before.
        self._clock = FakeClock(_instant(_midnight_ms(self._dates[0]) - HOUR_S * 1000))

    async def live(self) -> None:
        async with open_house(self._config, self._clock, RandomIds()) as house:
            house.tell(Person(id="maija", kind=PersonKind.RESIDENT, by="installer.one"))
            await Decisions(house).add(
                {
                    "question": "behaviour",
                    "basis": "service decision",
                    "decided_by": "coordinator.one",
                    "role": "coordinator",
                    "review_by": (self._dates[-1] + timedelta(days=90)).isoformat(),
                },
                PEER,
            )
            ingest = Ingest(house, LaneQueue(), _no_reply)
            for day, (visits, walks) in zip(self._dates, self._lived, strict=True):
                midnight_ms = _midnight_ms(day)
                for second, room in self._day(visits, walks):
                    self._until(midnight_ms + second * 1000)
                    house.tell(Tick())
                    for one in (room,) if room else ROOMS:
                        await self._say(ingest, one, (True, False) if room else (False,))
            self._until(_midnight_ms(self._dates[-1] + timedelta(days=1)))
            house.tell(Tick())
            await house.commit()

    def _day(self, visits: int, walks: int) -> list[tuple[int, str]]:
        """(local second, room that somebody walks through; "": every sensor is only heard)."""
        draw = self._draw
        happens = [(hour * HOUR_S + 1000, "") for hour in range(24)]
        times = draw.sample(range(7 * HOUR_S, 22 * HOUR_S, 7), walks)
        happens += [(second, draw.choice(ROOMS)) for second in times]
        for n in range(visits):
            begins = 1200 + n * 1200
            happens += [(begins, "bathroom")]
            happens += [(begins + 60 + i, room) for i, room in enumerate(ROOMS[2:])] * (visits > 5)
            happens += [(begins + 90, "bedroom")]
        happens += [(23 * HOUR_S, "bedroom")]
        return sorted(happens)

    def _until(self, wall_ms: int) -> None:
        self._clock.pass_time(wall_ms - self._clock.now().wall_ms)
        self._clock.offset_min = _offset_min(wall_ms)

    async def _say(self, ingest: Ingest, room: str, words: tuple[bool, ...]) -> None:
        number = ROOMS.index(room)
        for moves in words:
            self._counters[number] += 1
            packet = {PACKET_ID: bytes((self._counters[number] % 256,)), MOTION: bytes((moves,))}
            data = bthome_encrypted(
                packet,
                key=_key(number),
                address=_address(number),
                counter=self._counters[number],
                triggered=True,
            )
            advert = Advert(address=_address(number), service={SERVICE: data})
            await ingest.take([Heard(f"pir-{room}", advert, self._clock.now())])


async def _no_reply(_device: str, _replies: object) -> None:
    raise AssertionError("a motion sensor is told nothing")


def _midnight_ms(day: date) -> int:
    return int(datetime.combine(day, datetime.min.time(), ZONE).timestamp() * 1000)


def _offset_min(wall_ms: int) -> int:
    offset = datetime.fromtimestamp(wall_ms / 1000, ZONE).utcoffset()
    assert offset is not None
    return int(offset.total_seconds() // 60)


def _instant(wall_ms: int) -> Instant:
    return Instant(
        boot="00000000-0000-4000-8000-00000000da15",
        boottime_ms=30_000,
        wall_ms=wall_ms,
        offset_min=_offset_min(wall_ms),
    )
