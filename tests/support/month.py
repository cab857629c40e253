"""A simulated home that is lived in for days, with what goes wrong in a year in one month.

    python -m tests.support.month DIR        an October, as in the picture of docs/nurse.md

leaves a settings file and a database in DIR, for `kotivahti coverage --config DIR/gateway.toml`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from edge.app.house import House
from edge.app.opening import open_house
from edge.config import load
from edge.domain import Device, Instant, Person, PersonKind, Role, Scalar, Stay, StayKind, Sync
from edge.events import Enrolled, Fault, FaultKind, Tick
from edge.kinds import observation
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds

ZONE = ZoneInfo("Europe/Helsinki")
MINUTE, HOUR = 60_000, 3_600_000
STEP = 10 * MINUTE
SETTINGS = """[gateway]
id = "gw-simulated"
site = "simulated-home"
customer = "simulated"
trusted_clock = true
[mqtt]
host = "127.0.0.1"
tls = false
[ble]
backend = "off"
[store]
path = "{folder}/home.db"
[control]
socket = "{folder}/control.sock"
[pager]
port = "/dev/serial/by-id/simulated"
"""
DEVICES = (
    Device(id="button", driver="bthome", role=Role.HELP_BUTTON, address="A", silent_after_s=4500),
    Device(id="smoke", driver="bthome", role=Role.SMOKE_ALARM, address="B"),
    Device(id="air", driver="bthome", role=Role.CLIMATE, address="C"),
    Device(
        id="tag",
        driver="bthome",
        role=Role.TAG,
        address="D",
        person="maija",
        silent_after_s=1800,
    ),
    Device(id="hall", driver="bthome", role=Role.MOTION, address="E", silent_after_s=7200),
    Device(id="bath", driver="bthome", role=Role.MOTION, address="F", silent_after_s=7200),
    Device(id="door", driver="bthome", role=Role.DOOR, address="G"),
    Device(id="robot", driver="appliance", role=Role.MEDICATION_ROBOT, address="H"),
)
# Day of the month, from and until what hour, local, and what goes wrong then; the day may go on.
Trouble = tuple[int, float, float]
OFF: tuple[Trouble, ...] = ((6, 2.2, 5.4),)
LINE: tuple[Trouble, ...] = ((3, 8, 9.5), (22, 8, 19), (30, 23, 26))
RADIO: tuple[Trouble, ...] = ((28, 13, 16.5),)
UNPLUGGED: tuple[Trouble, ...] = ((9, 13, 16.2), (10, 9, 9.8))
FLAT: tuple[Trouble, ...] = ((13, 17, 24 + 15),)  # the button's battery
LOST: tuple[Trouble, ...] = ((20, 6, 4 * 24 + 11),)  # a sensor that fell behind a cupboard
PUT_AWAY: tuple[Trouble, ...] = ((12, 9, 24), (26, 8, 22.5))
AWAY: Trouble = (16, 10, 3 * 24)


class Month:
    """Lives one month, hour by hour, through the gateway's own house and store."""

    def __init__(self, folder: Path, first: datetime, days: int) -> None:
        (folder / "gateway.toml").write_text(SETTINGS.format(folder=folder), encoding="utf-8")
        self.config = load(folder / "gateway.toml")
        self.first_ms = int(first.timestamp() * 1000)
        # Where summer time ends, a month has an hour more.
        self.end_ms = int((first + timedelta(days=days)).timestamp() * 1000)
        self.first = first
        self._standing: set[str] = set()

    def is_in(self, troubles: tuple[Trouble, ...], wall_ms: int) -> bool:
        return any(self._ms(t, 1) <= wall_ms < self._ms(t, 2) for t in troubles)

    def _ms(self, trouble: Trouble, end: int) -> int:
        day = self.first.replace(day=trouble[0])
        return int(day.timestamp() * 1000) + int(trouble[end] * HOUR)

    async def live(self) -> None:
        wall_ms, boot = self.first_ms, 0
        while wall_ms < self.end_ms:
            boot += 1
            start = Instant(
                boot=f"00000000-0000-4000-8000-{boot:012}",
                boottime_ms=30_000,
                wall_ms=wall_ms,
                offset_min=_offset_min(wall_ms),
                sync=Sync.NTP,
            )
            clock = FakeClock(start)
            async with open_house(self.config, clock, SeqIds()) as house:
                self._standing = set()
                if boot == 1:
                    house.tell(Person(id="maija", kind=PersonKind.RESIDENT, by="simulated"))
                    for device in DEVICES:
                        house.tell(Enrolled(device=device))
                house.tell(Fault(kind=FaultKind.PATH, subject="mqtt", gone=False))
                wall_ms = await self._run(house, clock)
            while wall_ms < self.end_ms and self.is_in(OFF, wall_ms):
                wall_ms += STEP

    async def _run(self, house: House, clock: FakeClock) -> int:
        while (wall_ms := clock.now().wall_ms) < self.end_ms and not self.is_in(OFF, wall_ms):
            clock.offset_min = _offset_min(wall_ms)
            self._faults(house, wall_ms)
            if wall_ms == self._ms(AWAY, 1) // STEP * STEP:
                until_ms = self._ms(AWAY, 2)
                house.tell(
                    Stay(
                        kind=StayKind.HOSPITAL,
                        by="simulated",
                        from_ms=wall_ms,
                        until_ms=until_ms,
                    )
                )
            self._devices(house, wall_ms)
            for _ in range(STEP // MINUTE):
                clock.pass_time(MINUTE)
                if not self.is_in(UNPLUGGED, clock.now().wall_ms):
                    self._say(house, "robot", "mains_lost", value=False)
                house.tell(Tick())
            if wall_ms % HOUR == 0:
                await house.keep()
        return clock.now().wall_ms

    def _faults(self, house: House, wall_ms: int) -> None:
        for kind, subject, when in (
            (FaultKind.PATH, "mqtt", LINE),
            (FaultKind.RADIO, "hci0", RADIO),
            (FaultKind.LINE, "robot", UNPLUGGED),
        ):
            gone = self.is_in(when, wall_ms)
            if gone is not (subject in self._standing):
                house.tell(Fault(kind=kind, subject=subject, gone=gone))
                self._standing ^= {subject}

    def _devices(self, house: House, wall_ms: int) -> None:
        """What each sends in ten minutes, as far as it is heard."""
        if self.is_in(RADIO, wall_ms):
            return
        minute = wall_ms // MINUTE
        local_hour = (wall_ms + _offset_min(wall_ms) * MINUTE) // HOUR % 24
        awake = 7 <= local_hour < 22 and not self.is_in((AWAY,), wall_ms)
        say: Callable[..., None] = self._say
        say(house, "air", "temperature", value=21.0)
        if not self.is_in(FLAT, wall_ms) and minute % 60 == 0:
            say(house, "button", "battery", value=80.0)
        if minute % 360 == 0:
            say(house, "smoke", "battery", value=90.0)
            say(house, "door", "battery", value=90.0)
        walks = awake and minute % 30 == 0
        say(house, "hall", "motion", value=walks)
        if not self.is_in(LOST, wall_ms):
            say(house, "bath", "motion", value=walks and minute % 120 == 0)
        if not self.is_in((AWAY,), wall_ms):
            say(house, "tag", "moving", value=awake and not self.is_in(PUT_AWAY, wall_ms))

    def _say(self, house: House, device: str, kind: str, *, value: Scalar) -> None:
        house.hear(observation(device, kind, value, house.clock.now()))


def _offset_min(wall_ms: int) -> int:
    offset = datetime.fromtimestamp(wall_ms / 1000, ZONE).utcoffset()
    return 0 if offset is None else int(offset.total_seconds() // 60)


def october(folder: Path, days: int = 31) -> None:
    """The month of the picture, or its first days; the folder is there."""
    first = datetime(2026, 10, 1, tzinfo=ZONE)
    asyncio.run(Month(folder, first, days).live())


if __name__ == "__main__":
    october(Path(sys.argv[1]))
