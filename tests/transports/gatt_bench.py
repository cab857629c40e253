"""GATT sessions on a fake client that does what a test told it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from bleak.backends.device import BLEDevice

from edge.drivers.base import GattPlan, Notification
from edge.transports.ble.current_time import CURRENT_TIME
from edge.transports.ble.gatt import (
    GattSessions,
)
from edge.transports.ble.gatt_session import GattLimits
from edge.transports.lanes import LaneQueue
from tests.transports.fakes import CUFF, Beats

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.support.clock import FakeClock

MEASUREMENT = "00002a35-0000-1000-8000-00805f9b34fb"
BATTERY = "00002a19-0000-1000-8000-00805f9b34fb"
CONTEXT = "00002a34-0000-1000-8000-00805f9b34fb"
CONTROL = "00002a52-0000-1000-8000-00805f9b34fb"
PLAN = GattPlan(service="", write_time=True, subscribe=(MEASUREMENT,), quiet_s=0.05)
FOUND = BLEDevice(CUFF, None, None)


class FakeCharacteristic(msgspec.Struct):
    """As much of bleak's as a session looks at."""

    uuid: str
    properties: tuple[str, ...] = ("read", "write", "indicate")
    value: bytes = b""
    service_uuid: str = ""


class FakeClient:
    """As much of a bleak client as a session uses; does what its bench was told."""

    def __init__(self, bench: Bench, lost: Callable[[Any], None]) -> None:
        self.bench = bench
        self.lost = lost

    @property
    def services(self) -> FakeClient:
        return self

    @property
    def characteristics(self) -> dict[int, FakeCharacteristic]:
        return dict(enumerate(self.bench.characteristics))

    async def connect(self) -> None:
        self.bench.paused_at_connect.append(self.bench.paused)
        if self.bench.connect_raises is not None:
            raise self.bench.connect_raises
        if self.bench.connect_hangs:
            await asyncio.Event().wait()

    async def disconnect(self) -> None:
        self.bench.disconnects += 1
        self.lost(self)
        if self.bench.disconnect_raises is not None:
            raise self.bench.disconnect_raises

    async def read_gatt_char(self, found: FakeCharacteristic) -> bytearray:
        self.bench.steps.append(f"read {found.uuid[4:8]}")
        if self.bench.read_raises is not None:
            raise self.bench.read_raises
        if self.bench.read_hangs:
            await asyncio.Event().wait()
        return bytearray(found.value)

    async def write_gatt_char(
        self, found: FakeCharacteristic, data: bytes, *, response: bool
    ) -> None:
        assert response
        self.bench.steps.append(f"write {found.uuid[4:8]}")
        if self.bench.write_raises is not None:
            raise self.bench.write_raises
        self.bench.written.append((found.uuid, data))
        self.bench.answer(found.uuid, data)

    async def start_notify(
        self, found: FakeCharacteristic, heard: Callable[[Any, bytearray], None]
    ) -> None:
        self.bench.steps.append(f"subscribe {found.uuid[4:8]}")
        if found.uuid in self.bench.subscribe_raises:
            raise self.bench.subscribe_raises[found.uuid]
        self.bench.paused_at_subscribe.append(self.bench.paused)
        self.bench.notify[found.uuid] = lambda value: heard(None, bytearray(value))
        for value in self.bench.values if found.uuid == MEASUREMENT else []:
            heard(None, bytearray(value))
        if self.bench.leaves:
            asyncio.get_running_loop().call_later(0.01, self.lost, self)


class Bench:
    """Implements `radio.Radio` for one cuff, and owns the sessions under test."""

    name = "fake"

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.queue = LaneQueue()
        self.beats = Beats()
        self.paused = False
        self.paused_at_connect: list[bool] = []
        self.paused_at_subscribe: list[bool] = []
        self.characteristics = [
            FakeCharacteristic(MEASUREMENT, ("indicate",)),
            FakeCharacteristic(CURRENT_TIME, value=bytes.fromhex("ea0703020e0000010000")),
        ]
        self.steps: list[str] = []
        self.notify: dict[str, Callable[[bytes], None]] = {}
        self.answer: Callable[[str, bytes], None] = lambda _uuid, _data: None
        self.read_raises: Exception | None = None
        self.read_hangs = False
        self.subscribe_raises: dict[str, Exception] = {}
        self.bonded: set[str] = set()
        self.states: dict[str, bytes] = {}
        self.values = [b"\x01", b"\x02"]
        self.written: list[tuple[str, bytes]] = []
        self.disconnects = 0
        self.connect_raises: Exception | None = None
        self.connect_hangs = False
        self.pause_hangs = False
        self.leaves = False  # the device ends the link after what it has sent
        self.resume_hangs_s = 0.0
        self.disconnect_raises: Exception | None = None
        self.write_raises: Exception | None = None
        self.sessions = GattSessions(
            self,  # type: ignore[arg-type]
            self.pause,
            self.queue,
            clock,
            beat=self.beats,
            limits=GattLimits(pause_s=0.1, connect_s=0.1, step_s=0.1, prepare_s=1, beat_s=0.01),
            state_of=lambda device: self.states.get(device, b""),
        )
        self.sessions.enrol({"bp-1": PLAN})

    async def is_bonded(self, address: str) -> bool:
        return address in self.bonded

    def client(self, _: BLEDevice, lost: Callable[[Any], None], __: float) -> FakeClient:
        return FakeClient(self, lost)

    @asynccontextmanager
    async def pause(self) -> AsyncIterator[None]:
        if self.pause_hangs:
            await asyncio.Event().wait()
        self.paused = True
        try:
            yield
        finally:
            await asyncio.sleep(self.resume_hangs_s)
            self.paused = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.sessions.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def held(self, sessions: int) -> None:
        """Wait until that many sessions have ended."""
        counts = self.sessions.counts
        async with asyncio.timeout(3):
            while counts.completed + counts.failed + counts.link_lost < sessions:
                await asyncio.sleep(0.005)


async def held_session(bench: Bench, plan: GattPlan, number: int = 1) -> list[Notification]:
    bench.sessions.enrol({"bp-1": plan})
    bench.sessions.invited("bp-1", FOUND)
    await bench.held(number)
    if not len(bench.queue):
        return []
    frames = [heard.frame for heard in await bench.queue.get_batch(100)]
    return [frame for frame in frames if isinstance(frame, Notification)]
