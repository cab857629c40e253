"""A device that goes mute in the air is told within two minutes of its deadline."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bleak.backends.scanner import AdvertisementData

from edge.app.gateway import Gateway
from edge.app.house import House
from edge.domain import Device, Role
from edge.drivers.advert.bthome import SERVICE
from edge.events import Enrolled
from edge.home.asking import BY_ROLE, Asked, Why, asked_now
from tests.app.homes import house_in
from tests.drivers.tools import vectors
from tests.support.clock import FakeClock
from tests.transports.fakes import STRANGER, FakeRadio

ADDRESS = "54:48:E6:00:00:01"
SECOND, MINUTE = 1_000, 60_000
# "Cannot see" is said at the latest so long after a deadline.
TOLD_WITHIN_MS = 120 * SECOND
RUUVI = "CB:B8:33:4C:88:4F"


class Air:
    """A gateway with its radio, and devices that send what theirs would."""

    def __init__(self, house: House, clock: FakeClock) -> None:
        self.house, self.clock, self.radio = house, clock, FakeRadio()
        self.gateway = Gateway(house, self.radio)
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The loops between the antenna and the rules."""
        ble = self.gateway.ble
        assert ble is not None
        loops = (
            ble.scanner.run(),
            self.gateway.ingest.run(lambda: None),
            self.gateway.ticker.run(lambda: None),
        )
        tasks = [asyncio.create_task(loop) for loop in loops]
        await self.settle()
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def enrol(self, name: str, role: Role, driver: str, address: str, after_s: int) -> None:
        self.house.tell(
            Enrolled(
                device=Device(
                    id=name,
                    driver=driver,
                    role=role,
                    address=address,
                    person="maija",
                    silent_after_s=after_s,
                )
            )
        )
        for listener in self.house.when_enrolled:
            listener()

    async def sends(self, driver: str, address: str) -> None:
        """One advertisement as the device makes it."""
        service: dict[str, bytes] = {}
        maker: dict[int, bytes] = {}
        if driver == "bthome":
            service[SERVICE] = bytes([0x44, 0x00, next(self._numbers) % 256, 0x01, 0x5A])
        else:
            case = vectors(driver)["cases"][0]
            maker[0x0499 if driver == "ruuvitag" else 0x004C] = bytes.fromhex(case["payload"])
        self.radio.say(address, AdvertisementData("", maker, service, [], None, -60, ()))
        await self.settle()

    async def settle(self) -> None:
        """Until the store's thread has answered whoever asked it."""
        for _ in range(3):
            await self.clock.advance(0)
            await self.house.store.heads()

    async def pass_by(self, ms: int, *, neighbours: bool = True) -> None:
        """Time in which only neighbours are heard, or nobody."""
        for _ in range(ms // (10 * SECOND)):
            await self.clock.advance(10 * SECOND)
            if neighbours:
                self.radio.say(STRANGER)
            await self.settle()

    def codes(self) -> set[str]:
        return {alert.code for alert in self.house.keeper.home.alerts.values()}


@pytest.fixture
async def air(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Air]:
    async with house_in(tmp_path, clock) as house:
        yield Air(house, clock)


@pytest.mark.parametrize(
    "role, driver, deadline_s",
    [
        (Role.HELP_BUTTON, "bthome", 86_400),
        (Role.SMOKE_ALARM, "bthome", 86_400),
        (Role.CO_ALARM, "bthome", 86_400),
        (Role.HEAT_ALARM, "bthome", 86_400),
        (Role.GAS_ALARM, "bthome", 86_400),
        (Role.WATER_ALARM, "bthome", 86_400),
        (Role.MOTION, "bthome", 43_200),
        (Role.DOOR, "bthome", 86_400),
        (Role.CLIMATE, "bthome", 3_600),
        (Role.CLIMATE, "ruuvitag", 600),
        (Role.TAG, "bthome", 600),
        (Role.TAG, "ibeacon", 600),
    ],
)
async def test_one_device_goes_mute(air: Air, role: Role, driver: str, deadline_s: int) -> None:
    """Neighbours are heard all the time; the device is known up to its deadline and not after."""
    address = RUUVI if driver == "ruuvitag" else ADDRESS
    # What the import of a device takes: the shorter of its driver's word and its role's.
    after_s = 600 if driver in ("ruuvitag", "ibeacon") else 0
    air.enrol("dev", role, driver, address, after_s)
    async with air.running():
        await air.sends(driver, address)
    assert air.house.keeper.home.devices["dev"].heard_ms is not None
    assert air.house.keeper.home.devices["dev"].silent_after_ms == deadline_s * SECOND
    # The loops sleep in between: it makes no difference how often time is told.
    air.clock.pass_time(deadline_s * SECOND - 30 * SECOND)
    question = BY_ROLE[role]
    async with air.running():
        await air.pass_by(20 * SECOND)
        assert air.codes() == set()
        assert asked_now(air.house.keeper.home)[question] == ""
        await air.pass_by(TOLD_WITHIN_MS)
        assert air.codes() == {"device_silent"}
        assert asked_now(air.house.keeper.home)[question] == Why.DEVICE_SILENT
    rows = (await air.gateway.service.coverage.listed({}, None))["hours"]  # type: ignore[arg-type]
    assert sum(known for _, q, _, known, _ in rows if q == question) == 0


@pytest.mark.timeout(60)
async def test_the_radio_goes_mute(air: Air) -> None:
    """Nobody is heard at all: told after three minutes, before any device's deadline."""
    air.enrol("button", Role.HELP_BUTTON, "bthome", ADDRESS, 0)
    air.enrol("air", Role.CLIMATE, "ruuvitag", RUUVI, 600)
    async with air.running():
        await air.sends("bthome", ADDRESS)
        await air.sends("ruuvitag", RUUVI)
        await air.pass_by(2 * MINUTE, neighbours=False)
        assert air.codes() == set()
        await air.pass_by(MINUTE + 10 * SECOND, neighbours=False)
        assert air.codes() == {"gateway_fault"}
        lost = asked_now(air.house.keeper.home)
        assert lost[Asked.ALARM_BUTTON] == lost[Asked.INDOOR_AIR] == Why.RADIO_FAULT
        await air.pass_by(
            8 * MINUTE, neighbours=False
        )  # the deadline of one: the same cause, told once
        assert air.codes() == {"gateway_fault"}
        alert = next(iter(air.house.keeper.home.alerts.values()))
        assert "devices_silent" in alert.flags
        await air.sends("bthome", ADDRESS)
        await air.pass_by(10 * SECOND, neighbours=False)
        assert asked_now(air.house.keeper.home)[Asked.ALARM_BUTTON] == ""
    rows = (await air.gateway.service.coverage.listed({}, None))["hours"]  # type: ignore[arg-type]
    known = {q: known for _, q, _, known, _ in rows}
    # From its word to its word, less all in which the radio brought nothing.
    assert known[Asked.ALARM_BUTTON] < 30
    assert known[Asked.INDOOR_AIR] < 30
