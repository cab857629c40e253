"""A gateway's radio side on a virtual home's air, in one process, over real HCI on loopback."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from edge.clock import SystemClock
from edge.sim.air import Air, HciPort
from edge.transports.ble.backends import open_radio
from edge.transports.ble.gatt import GattSessions
from edge.transports.ble.scanner import Listed, Scanner
from edge.transports.lanes import Heard, LaneQueue
from tests.transports.fakes import Beats, Faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from bleak.backends.device import BLEDevice

    from edge.drivers.base import GattPlan
    from edge.transports.ble.gatt_session import GattLimits

# What a virtual radio may take on a busy two-core machine.
PATIENCE_S = 8.0


async def until(true: Callable[[], bool]) -> None:
    """Wait for `true`, bounded."""
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.005)


async def collect(queue: LaneQueue, enough: Callable[[list[Heard]], bool]) -> list[Heard]:
    """Take batches until `enough` says so, bounded."""
    got: list[Heard] = []
    async with asyncio.timeout(PATIENCE_S):
        while not enough(got):
            got += await queue.get_batch(1000)
    return got


class Receiver:
    """Scanner and GATT sessions as the app wires them."""

    def __init__(
        self,
        backend: str,
        table: Mapping[str, Listed],
        plans: Mapping[str, GattPlan] | None = None,
        limits: GattLimits | None = None,
        states: Mapping[str, bytes] | None = None,
    ) -> None:
        kept = {} if states is None else states
        clock = SystemClock("Europe/Helsinki", trusted=True)
        self.queue = LaneQueue()
        self.faults = Faults()
        self.beats = Beats()
        self.radio = open_radio(backend)
        self.scanner = Scanner(
            self.radio,
            self.queue,
            clock,
            on_fault=self.faults,
            beat=self.beats,
            on_invitation=self._invited,
        )
        self.sessions = GattSessions(
            self.radio,
            self.scanner.paused,
            self.queue,
            clock,
            beat=self.beats,
            limits=limits,
            state_of=lambda device: kept.get(device, b""),
        )
        self.scanner.enrol(table)
        self.sessions.enrol(plans or {})

    def _invited(self, device: str, found: BLEDevice) -> None:
        self.sessions.invited(device, found)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(self.scanner.run()),
            asyncio.create_task(self.sessions.run()),
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            await self.radio.close()
        assert all(isinstance(end, asyncio.CancelledError) for end in ended), ended


@asynccontextmanager
async def air_with_radio() -> AsyncIterator[tuple[Air, str]]:
    """An air and the `[ble] backend` that hears it."""
    air = Air()
    port = HciPort(air)
    number = await port.open()
    try:
        yield air, f"bumble:tcp-client:127.0.0.1:{number}"
    finally:
        await port.close()


@asynccontextmanager
async def living(thing: object) -> AsyncIterator[None]:
    """Run a virtual device beside the test."""
    task = asyncio.create_task(thing.run())  # type: ignore[attr-defined]
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
