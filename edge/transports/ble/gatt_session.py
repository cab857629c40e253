"""One GATT session: a driver's plan in, frames in the lane out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import structlog

from edge.domain import Instant
from edge.drivers.base import GattPlan, Notification, Write
from edge.drivers.rights import may_write
from edge.errors import TransportError
from edge.ports import Clock
from edge.transports.beating import beating
from edge.transports.ble.bond import needs_bond
from edge.transports.ble.current_time import CURRENT_TIME, DATE_TIME, ahead_s, clock_value
from edge.transports.ble.scanner import RADIO_ERRORS, error_kind
from edge.transports.lanes import Heard, LaneQueue

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic
    from bleak.backends.device import BLEDevice

    from edge.transports.ble.radio import Radio

log = structlog.get_logger()

T = TypeVar("T")

# A live session makes room for another device after this long: a minute of a pulse can wait, a
# cuff advertises for one minute only.
LIVE_SHARE_S = 10.0
# What is live sends every second or so; who has been quiet for longer has said what it had.
LIVE_EVERY_S = 3.0


class End(Enum):
    """Why a session was over."""

    QUIET = auto()  # nothing more came
    LAST = auto()  # the driver knew the last notification
    LIVE = auto()  # it would have gone on: the session's longest time, or another device waits


class GattLimits(msgspec.Struct, frozen=True):
    """Bounds of the steps of a session, in seconds of real time: they wait for a device."""

    # The scanner may be at a stop and a start of its own (25 s when BlueZ hangs); then it is
    # stopped (5 s). To resume it takes less (20 s).
    pause_s: float = 35.0
    connect_s: float = 10.0  # scanning is paused meanwhile: as short as real adapters allow
    step_s: float = 10.0  # one read, write, subscription or disconnection
    prepare_s: float = 60.0  # all steps before the notifications are waited for
    longest_s: float = 120.0  # whatever a plan says: a full memory comes in half of it
    beat_s: float = 5.0  # during the waits that are longer than a loop may be silent


class GattContext(msgspec.Struct, frozen=True):
    """What every session of a gateway shares."""

    radio: Radio
    paused: Callable[[], AbstractAsyncContextManager[None]]
    queue: LaneQueue
    clock: Clock
    beat: Callable[[], None]
    limits: GattLimits
    state_of: Callable[[str], bytes]  # the driver's state of a device, for its plan's `begin`
    others_wait: Callable[[], bool]  # whether a device is waiting for its session


class GattSession:
    """Connects, runs the plan, disconnects.

    `lost` says that the other side ended the link before the burst was over; `notifications`
    counts what was heard, all of which is in the lane by then (`alarm`: that of alarms).
    `wants_bond`: the device refused something because there is none.
    """

    def __init__(
        self, device: str, plan: GattPlan, context: GattContext, *, alarm: bool = False
    ) -> None:
        self.lost = False
        self.wants_bond = False
        self.notifications = 0
        self.deaf_s = 0.0  # so long nothing was scanned for a connection that was not made
        self._alarm = alarm
        self._device = device
        self._plan = plan
        self._context = context
        self._offset_s: int | None = None
        self._stirred = asyncio.Event()
        self._first_s: float | None = None  # of the loop's clock: the first notification came
        self._heard_s = 0.0  # and the latest
        self._subscribed = 0
        self._last = False  # the driver has seen the last notification
        self._linked = False  # what ends outside of this, we end

    async def hold(self, found: BLEDevice) -> End:
        """Raises RADIO_ERRORS or TransportError; each step has its bound in `limits`."""
        limits = self._context.limits
        client = self._context.radio.client(found, self._on_lost, limits.connect_s)
        try:
            await self._connect(client)
            async with asyncio.timeout(limits.prepare_s):
                await self._prepare(client)
            return await self._listen() if self._listens else End.LAST
        finally:
            # A connection that fails leaves nothing behind; bleak would then wait for the end of
            # a bus that never began.
            was_linked, self._linked = self._linked, False
            self._context.beat()
            if was_linked:
                await self._disconnect(client)

    @property
    def _listens(self) -> bool:
        return bool(self._plan.subscribe or self._plan.also)

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
                deaf_from_s = asyncio.get_running_loop().time()
                try:
                    async with asyncio.timeout(limits.connect_s):
                        await client.connect()
                        self._linked = True
                except RADIO_ERRORS:
                    self.deaf_s = asyncio.get_running_loop().time() - deaf_from_s
                    raise

    async def _prepare(self, client: BleakClient) -> None:
        half_s = asyncio.get_running_loop().time() + self._context.limits.prepare_s / 2
        await self._clock(client)
        # Before anything is read: a cuff wants its collector's ear within a second or two.
        for uuid in self._plan.subscribe:
            await self._subscribe(client, uuid, needed=True)
        for uuid in self._plan.also:
            await self._subscribe(client, uuid, needed=False)
        if self._listens and not self._subscribed:
            text = f"{self._device} has nothing that its driver listens to: is it the right one?"
            raise TransportError(text)
        await self._read_all(client, half_s)
        if self._plan.begin is not None:
            await self._begin(client, self._plan.begin)

    async def _read_all(self, client: BleakClient, half_s: float) -> None:
        for uuid in self._plan.read:
            if self._listens and asyncio.get_running_loop().time() > half_s:
                log.info("gatt_reads_given_up", device=self._device)
                return  # values that hang must leave time for the measurements
            await self._read(client, uuid)

    async def _clock(self, client: BleakClient) -> None:
        """Compare the device's clock with ours, then set it when the plan says so.

        Its stored readings carry the clock as it was, so it is read before it is written. Many
        cuffs have no other clock than ours. One that shows or takes no time still has its
        measurements.
        """
        found = self._find(client, CURRENT_TIME) or self._find(client, DATE_TIME)
        if found is None:
            return
        if "read" in found.properties:
            value = await self._tried(client.read_gatt_char(found), "gatt_clock_unread")
            if value is not None:
                self._offset_s = ahead_s(bytes(value), self._context.clock.now())
        now = clock_value(found.uuid, self._context.clock.now())
        if self._plan.write_time and now is not None and "write" in found.properties:
            await self._tried(
                client.write_gatt_char(found, now, response=True), "gatt_time_refused"
            )

    async def _tried(self, step: Coroutine[Any, Any, T], event: str) -> T | None:
        """The step's result; None when the device would not have it and the link is still there."""
        try:
            async with asyncio.timeout(self._context.limits.step_s):
                return await step
        except RADIO_ERRORS as error:
            self.wants_bond = self.wants_bond or needs_bond(error)
            if self.lost:
                raise
            log.info(event, device=self._device, error=error_kind(error))
            return None
        finally:
            self._context.beat()

    def _find(self, client: BleakClient, uuid: str) -> BleakGATTCharacteristic | None:
        """The characteristic of the plan's own service first: several services may have one."""
        fitting = [c for c in client.services.characteristics.values() if c.uuid == uuid]
        own = [c for c in fitting if c.service_uuid == self._plan.service]
        return next(iter(own or fitting), None)

    async def _read(self, client: BleakClient, uuid: str) -> None:
        """What a device lacks or will not show is passed over: its measurements matter more."""
        found = self._find(client, uuid)
        if found is None:
            return
        value = await self._tried(client.read_gatt_char(found), "gatt_read_refused")
        if value is not None:
            self._hear(uuid, value, indicated=False)

    async def _subscribe(self, client: BleakClient, uuid: str, *, needed: bool) -> None:
        found = self._find(client, uuid)
        if found is None and needed:
            text = f"{self._device} has no characteristic {uuid}: is the driver the right one?"
            raise TransportError(text)
        if found is None:
            return
        indicated = "indicate" in found.properties and "notify" not in found.properties

        def heard(_: object, value: bytearray) -> None:
            self.notifications += 1
            self._heard_s = asyncio.get_running_loop().time()
            self._first_s = self._heard_s if self._first_s is None else self._first_s
            frame = self._hear(uuid, value, indicated=indicated)
            self._last = self._last or (self._plan.ends is not None and self._plan.ends(frame))
            self._stirred.set()

        try:
            async with asyncio.timeout(self._context.limits.step_s):
                await client.start_notify(found, heard)
        except RADIO_ERRORS as error:
            self.wants_bond = self.wants_bond or needs_bond(error)
            if needed or self.lost:
                raise
            log.info("gatt_subscription_refused", device=self._device, error=error_kind(error))
            return
        self._subscribed += 1
        self._context.beat()

    async def _begin(
        self, client: BleakClient, begin: Callable[[bytes, Instant], tuple[Write, ...]]
    ) -> None:
        """What the driver asks for, from what it last committed."""
        state = self._context.state_of(self._device)
        for write in begin(state, self._context.clock.now()):
            if not may_write(write):  # whoever's driver it is: devices are not controlled from here
                text = f"{self._device}: its driver would write to {write.characteristic}"
                raise TransportError(text)
            found = self._find(client, write.characteristic)
            if found is None:
                text = f"{self._device} has no characteristic {write.characteristic} to ask through"
                raise TransportError(text)
            async with asyncio.timeout(self._context.limits.step_s):
                await client.write_gatt_char(found, write.value, response=True)
            self._context.beat()

    async def _listen(self) -> End:
        """Return when the burst is over; raise TransportError if the link goes before."""
        loop = asyncio.get_running_loop()
        longest_s = min(self._plan.longest_s, self._context.limits.longest_s)
        began_s = loop.time()
        while not self._last:
            self._context.beat()
            if self.lost:
                text = f"{self._device} ended the link before it had been quiet"
                raise TransportError(text)
            now_s = loop.time()
            end_s = max(began_s, self._heard_s) + self._plan.quiet_s
            if now_s >= end_s:
                return End.QUIET
            if self._first_s is not None:
                end_s = min(end_s, self._first_s + longest_s)
                if now_s >= end_s:
                    return End.LIVE
                if self._gives_way(now_s - self._first_s):
                    return End.LIVE if now_s - self._heard_s < LIVE_EVERY_S else End.QUIET
            self._stirred.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(end_s - now_s, self._context.limits.beat_s)):
                    await self._stirred.wait()
        return End.LAST

    def _gives_way(self, heard_for_s: float) -> bool:
        live = self._plan.begin is None and self._plan.ends is None
        return live and heard_for_s >= LIVE_SHARE_S and self._context.others_wait()

    def _hear(self, uuid: str, value: bytes | bytearray, *, indicated: bool) -> Notification:
        frame = Notification(
            characteristic=uuid,
            value=bytes(value),
            clock_offset_s=self._offset_s,
            indicated=indicated,
        )
        heard = Heard(self._device, frame, self._context.clock.now())
        self._context.queue.put_nowait(heard, alarm=self._alarm)
        return frame

    def _on_lost(self, _: BleakClient) -> None:
        self.lost = self.lost or self._linked
        self._stirred.set()

    async def _disconnect(self, client: BleakClient) -> None:
        """A link that is gone, or a stack that hangs, must not keep the next device waiting."""
        try:
            async with asyncio.timeout(self._context.limits.step_s):
                await client.disconnect()
        except RADIO_ERRORS as error:
            log.info("gatt_disconnect_failed", device=self._device, error=error_kind(error))
