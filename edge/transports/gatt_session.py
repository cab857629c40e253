"""One GATT session: a driver's plan in, frames in the lane out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from typing import TYPE_CHECKING

import msgspec
import structlog

from edge.drivers.base import GattPlan, Notification
from edge.errors import TransportError
from edge.ports import Clock
from edge.transports.current_time import CURRENT_TIME, current_time
from edge.transports.lanes import Heard, LaneQueue
from edge.transports.scanner import RADIO_ERRORS, error_kind

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.device import BLEDevice

    from edge.transports.radio import Radio

log = structlog.get_logger()


class GattLimits(msgspec.Struct, frozen=True):
    """Bounds of the steps of a session, in seconds of real time: they wait for a device."""

    # The scanner may be at a stop and a start of its own (25 s when BlueZ hangs); then it is
    # stopped (5 s). To resume it takes less (20 s).
    pause_s: float = 35.0
    connect_s: float = 10.0  # scanning is paused meanwhile: as short as real adapters allow
    step_s: float = 10.0  # one read, write, subscription or disconnection
    session_s: float = 60.0  # a full cuff sends hundreds of measurements in half of it
    beat_s: float = 5.0  # during the waits that are longer than a loop may be silent


class GattContext(msgspec.Struct, frozen=True):
    """What every session of a gateway shares."""

    radio: Radio
    paused: Callable[[], AbstractAsyncContextManager[None]]
    queue: LaneQueue
    clock: Clock
    beat: Callable[[], None]
    limits: GattLimits


class GattSession:
    """Connects, runs the plan, disconnects.

    `lost` says that the other side ended the link before the burst was over; `notifications`
    counts what was heard, all of which is in the lane by then.
    """

    def __init__(self, device: str, plan: GattPlan, context: GattContext) -> None:
        self.lost = False
        self.notifications = 0
        self._device = device
        self._plan = plan
        self._context = context
        self._stirred = asyncio.Event()
        self._over = False  # what ends now, we end

    async def hold(self, found: BLEDevice) -> None:
        """Raises RADIO_ERRORS or TransportError; each step has its bound in `limits`."""
        limits = self._context.limits
        client = self._context.radio.client(found, self._on_lost, limits.connect_s)
        try:
            await self._connect(client)
            async with asyncio.timeout(limits.session_s):
                await self._collect(client)
        finally:
            self._over = True
            self._context.beat()
            await self._disconnect(client)

    async def _connect(self, client: BleakClient) -> None:
        """Connect while the scanner is paused.

        When BlueZ hangs, waiting for the scanner, pausing it, connecting and resuming each
        take their whole bound, which is long and no reason to end the gateway.
        """
        limits, beat = self._context.limits, self._context.beat
        bound_s = limits.pause_s + limits.connect_s + limits.pause_s
        with beating(beat, every_s=limits.beat_s, bound_s=bound_s):
            async with AsyncExitStack() as resumed:
                async with asyncio.timeout(limits.pause_s):
                    await resumed.enter_async_context(self._context.paused())
                async with asyncio.timeout(limits.connect_s):
                    await client.connect()

    async def _collect(self, client: BleakClient) -> None:
        if self._plan.write_time:
            await self._write_time(client)
        for uuid in self._plan.read:
            await self._read(client, uuid)
        for uuid in self._plan.subscribe:
            await self._subscribe(client, uuid)
        if self._plan.subscribe:
            await self._until_quiet()

    async def _write_time(self, client: BleakClient) -> None:
        """Many cuffs have no other clock. One that refuses still has its measurements."""
        now = current_time(self._context.clock.now())
        if now is None or client.services.get_characteristic(CURRENT_TIME) is None:
            return
        try:
            async with asyncio.timeout(self._context.limits.step_s):
                await client.write_gatt_char(CURRENT_TIME, now, response=True)
        except RADIO_ERRORS as error:
            if self.lost:
                raise
            log.info("gatt_time_refused", device=self._device, error=error_kind(error))
        self._context.beat()

    async def _read(self, client: BleakClient, uuid: str) -> None:
        if client.services.get_characteristic(uuid) is None:
            return
        async with asyncio.timeout(self._context.limits.step_s):
            value = await client.read_gatt_char(uuid)
        self._hear(uuid, value)
        self._context.beat()

    async def _subscribe(self, client: BleakClient, uuid: str) -> None:
        if client.services.get_characteristic(uuid) is None:
            text = f"{self._device} has no characteristic {uuid}: is the driver the right one?"
            raise TransportError(text)

        def heard(_: object, value: bytearray) -> None:
            self.notifications += 1
            self._hear(uuid, value)
            self._stirred.set()

        async with asyncio.timeout(self._context.limits.step_s):
            await client.start_notify(uuid, heard)
        self._context.beat()

    async def _until_quiet(self) -> None:
        """Return `quiet_s` after the last notification; raise TransportError if the link goes."""
        while True:
            self._context.beat()
            if self.lost:
                text = f"{self._device} ended the link before it had been quiet"
                raise TransportError(text)
            self._stirred.clear()
            try:
                async with asyncio.timeout(self._plan.quiet_s):
                    await self._stirred.wait()
            except TimeoutError:
                return

    def _hear(self, uuid: str, value: bytes | bytearray) -> None:
        frame = Notification(characteristic=uuid, value=bytes(value))
        self._context.queue.put_nowait(Heard(self._device, frame, self._context.clock.now()))

    def _on_lost(self, _: BleakClient) -> None:
        self.lost = self.lost or not self._over
        self._stirred.set()

    async def _disconnect(self, client: BleakClient) -> None:
        """A link that is gone, or a stack that hangs, must not keep the next device waiting."""
        try:
            async with asyncio.timeout(self._context.limits.step_s):
                await client.disconnect()
        except RADIO_ERRORS as error:
            log.info("gatt_disconnect_failed", device=self._device, error=error_kind(error))


@contextmanager
def beating(beat: Callable[[], None], *, every_s: float, bound_s: float) -> Iterator[None]:
    """Beat throughout the block, but not beyond `bound_s`: what waits longer than that is stuck."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + bound_s
    timer: asyncio.TimerHandle | None = None

    def again() -> None:
        nonlocal timer
        beat()
        if loop.time() < end_s:
            timer = loop.call_later(every_s, again)

    again()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()
        beat()
