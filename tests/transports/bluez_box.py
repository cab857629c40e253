"""A gateway's whole radio side over a mocked BlueZ."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from edge.app.ble import Ble
from edge.drivers.base import GattPlan
from edge.transports.ble.bluez import BluezRadio
from edge.transports.ble.pairing import PairingLimits
from edge.transports.ble.scanner import Listed
from edge.transports.lanes import LaneQueue
from tests.support.clock import FakeClock
from tests.support.dbus_daemon import dbus_daemon
from tests.support.mock_bluez import MockBluez, mock_bluez
from tests.support.mock_bluez_objects import MockCharacteristic, MockDevice
from tests.transports.fakes import Beats, Faults
from tests.transports.virtual import PATIENCE_S, living, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

TAG = "C4:00:00:00:00:31"
CUFF = "C4:00:00:00:00:32"
FCD2 = "0000fcd2-0000-1000-8000-00805f9b34fb"
MEASUREMENT = "00002a35-0000-1000-8000-00805f9b34fb"
TIME = "00002a2b-0000-1000-8000-00805f9b34fb"
BATTERY = "00002a19-0000-1000-8000-00805f9b34fb"
PLAN = GattPlan(
    service="00001810-0000-1000-8000-00805f9b34fb",
    write_time=True,
    read=(BATTERY,),
    subscribe=(MEASUREMENT,),
    quiet_s=0.3,
)
LIMITS = PairingLimits(
    look_s=3, pause_s=3, connect_s=2, pair_s=3, passkey_s=3, step_s=2, off_s=0.3, power_cycle_s=3
)


class Box:
    """A gateway's whole radio side over the mocked service."""

    def __init__(self, bluez: MockBluez, adapter: str | None = None) -> None:
        self.bluez = bluez
        self.clock = FakeClock()
        self.queue = LaneQueue()
        self.faults = Faults()
        self.told: list[str] = []
        self.radio = BluezRadio(adapter)
        self.ble = Ble(
            self.radio,
            self.queue,
            self.clock,
            on_fault=self.faults,
            beat=Beats(),
            pairing=LIMITS,
        )
        self.tag = bluez.place(MockDevice(TAG, "Tag"))
        self.measurement = MockCharacteristic(MEASUREMENT, ["indicate"])
        self.cuff = bluez.place(
            MockDevice(
                CUFF,
                "Cuff",
                characteristics=[
                    self.measurement,
                    MockCharacteristic(
                        TIME, ["read", "write"], bytes.fromhex("ea0703020f00000100")
                    ),
                    MockCharacteristic(BATTERY, ["read"], b"\x5b"),
                ],
            )
        )
        self.ble.scanner.enrol({TAG: Listed("tag", alarm=True), CUFF: Listed("bp-1", connect=True)})
        self.ble.sessions.enrol({"bp-1": PLAN})

    def tell(self, step: str, **_: str) -> None:
        self.told.append(step)

    async def heard(self, true: Callable[[], bool], device: MockDevice | None = None) -> None:
        """Let a device advertise until something has happened."""

        def say() -> bool:
            if not true():
                self.bluez.say(device or self.tag, service={FCD2: b"\x40\x3a\x01"})
            return true()

        await until(say)

    async def in_time(self, true: Callable[[], bool], device: MockDevice | None = None) -> None:
        """Let time pass, a second at a time and with room for the bus, until `true`; bounded.

        One long step is a race: what does not wait yet counts its wait from the step's end.
        With a `device`, that one advertises all the while.
        """
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                if device is not None:
                    self.bluez.say(device, service={FCD2: b"\x40\x3a\x01"})
                await self.clock.advance(1_000)
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def advertising(self, device: MockDevice) -> AsyncIterator[None]:
        async def go_on() -> None:
            while True:
                self.bluez.say(device)
                await asyncio.sleep(0.02)

        task = asyncio.create_task(go_on())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def box(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, adapter: str | None = None
) -> AsyncIterator[Box]:
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(dbus_daemon(tmp_path))
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        bluez = await stack.enter_async_context(mock_bluez())
        here = Box(bluez, adapter)
        await stack.enter_async_context(living(here.ble))
        yield here
