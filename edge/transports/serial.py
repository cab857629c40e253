"""A device on a serial line: opened without flushing, cut into frames, replugged by name.

The frames of one chunk go into the lane together, so that the consumer can
store them in one commit before it acknowledges them.
"""

from __future__ import annotations

import asyncio
import termios
from collections.abc import Callable
from functools import partial

import msgspec
import serial  # type: ignore[import-untyped]
import serial_asyncio_fast
import structlog

from edge.domain import Record
from edge.drivers.base import Driver, Framer, SerialFrame
from edge.errors import TransportError
from edge.events import Fault, FaultKind
from edge.ports import Clock
from edge.transports.clock_watch import ClockWatch
from edge.transports.lanes import Heard, LaneQueue
from edge.transports.port_names import Presence, is_unstable, presence, stable_name
from edge.transports.trouble import Trouble

log = structlog.get_logger()

# An open line is looked at this often for a device that went without a word, and a missing one
# for its return. A stat(2) a second costs nothing.
LOOK_EVERY_MS = 1_000
# A port that is there but cannot be opened (busy, no permission, an adapter that is still
# starting) is tried again after 1, 2, 4 ... s.
RETRY_FIRST_MS = 1_000
RETRY_MAX_MS = 60_000
# Replies that wait for a device which does not read. An appliance repeats what was not
# acknowledged, so beyond this they are dropped and counted.
REPLIES_WAITING_MAX_BYTES = 64 * 1024
# Closing runs in a thread and waits for the driver in the kernel.
CLOSE_MAX_S = 5.0

# What opening a port raises; ValueError is a speed that the adapter cannot do.
OPEN_ERRORS = (serial.SerialException, OSError, termios.error, ValueError)


class SerialSettings(Record, frozen=True):
    """One `[[serial]]` of the site's configuration."""

    device: str
    port: str
    baud: int = 115_200
    alarm: bool = False  # its frames go to the alarm lane


class SerialCounts(msgspec.Struct):
    """What passed, and what did not."""

    opened: int = 0
    lost: int = 0
    frames: int = 0
    garbage_bytes: int = 0
    replies_dropped: int = 0


class KeepingSerial(serial.Serial):  # type: ignore[misc]  # pyserial has no types
    """pyserial's port, without the flush: `open()` throws away what the device said before.

    An appliance that was plugged in while the gateway started has said hello by then.
    """

    def _reset_input_buffer(self) -> None:
        """Keep what is waiting (called by `open()` alone; the public method is unchanged)."""


class SerialLine:
    """Keeps one port open, whatever it is called today, until cancelled.

    `state` is the driver's last committed state: who commits a newer one sets it, since it
    decides what the device is asked for after a replug.
    """

    def __init__(
        self,
        settings: SerialSettings,
        driver: Driver,
        state: bytes,
        queue: LaneQueue,
        clock: Clock,
        *,
        on_fault: Callable[[Fault], None],
        beat: Callable[[str], None],
    ) -> None:
        if driver.framer is None:
            text = f"[[serial]] device {settings.device!r}: driver {driver.id!r} has no serial line"
            raise TransportError(text)
        self.state = state
        self.counts = SerialCounts()
        self._settings = settings
        self._driver = driver
        self._new_framer = driver.framer
        self._queue = queue
        self._clock = clock
        self._beat = partial(beat, f"serial:{settings.device}")
        self._trouble = Trouble(FaultKind.LINE, settings.device, on_fault)
        self._link: _Link | None = None
        self._garbage_before = 0  # of links that have ended

    async def run(self) -> None:
        """Open, read, and open again. No failure of the line ends it."""
        self._warn_of_unstable_name()
        while True:
            link = await self._open_when_there()
            try:
                await self._serve(link)
            finally:
                self._link = None
                await link.close()
            self.counts.lost += 1
            self._garbage_before += link.framer.dropped_bytes
            self._trouble.gone("the port is gone")

    def write(self, data: bytes) -> None:
        """Send bytes to the device; dropped and counted when there is no line, or it is full."""
        if self._link is None or not self._link.write(data):
            self.counts.replies_dropped += 1

    async def _serve(self, link: _Link) -> None:
        """Return when the port has ended, or its name has come to mean another one."""
        self._link = link
        self.counts.opened += 1
        self._trouble.back()
        if self._driver.on_open is not None:
            for data in self._driver.on_open(self.state, self._clock.now()):
                self.write(data)
        watch = ClockWatch(self._clock.now())  # what opened the line told the time as well
        opened = presence(self._settings.port)
        while not link.lost.done():
            self._beat()
            await self._wait(LOOK_EVERY_MS)
            self._tell_time(watch)
            there = presence(self._settings.port)
            if opened is None or there is None or there.device != opened.device:
                return

    def _tell_time(self, watch: ClockWatch) -> None:
        now = self._clock.now()
        if self._driver.on_clock is not None and watch.is_news(now):
            for data in self._driver.on_clock(now):
                self.write(data)

    async def _open_when_there(self) -> _Link:
        wait_ms = RETRY_FIRST_MS
        while True:
            self._beat()
            there = presence(self._settings.port)
            if there is None:
                self._trouble.gone("the port is not there")
                wait_ms = RETRY_FIRST_MS
                await self._wait(LOOK_EVERY_MS)
                continue
            try:
                return await self._open()
            except OPEN_ERRORS as error:
                self._trouble.gone(f"the port cannot be opened: {type(error).__name__}")
            changed = await self._wait_for_change(there, wait_ms)
            wait_ms = RETRY_FIRST_MS if changed else min(RETRY_MAX_MS, wait_ms * 2)

    async def _wait_for_change(self, before: Presence, ms: int) -> bool:
        """Wait `ms`, less when the port is replugged or its rights are mended meanwhile."""
        until_ms = self._clock.now().boottime_ms + ms
        while self._clock.now().boottime_ms < until_ms:
            self._beat()
            await self._wait(LOOK_EVERY_MS)
            if presence(self._settings.port) != before:
                return True
        return False

    async def _open(self) -> _Link:
        port = KeepingSerial(baudrate=self._settings.baud, exclusive=True)
        port.port = self._settings.port
        await asyncio.to_thread(port.open)  # an adapter's driver talks to it in there
        link = _Link(self._new_framer(), self._heard)
        await link.attach(port)
        return link

    def _heard(self, link: _Link, frames: list[bytes]) -> None:
        self.counts.garbage_bytes = self._garbage_before + link.framer.dropped_bytes
        if not frames:
            return
        at = self._clock.now()
        device = self._settings.device
        self.counts.frames += len(frames)
        heard = [Heard(device, SerialFrame(data=data), at) for data in frames]
        self._queue.put_all(heard, alarm=self._settings.alarm)
        if self._queue.crowded and not self._settings.alarm:
            link.hold()
            self._queue.when_roomy(link.go_on)

    async def _wait(self, ms: int) -> None:
        await self._clock.sleep_until(self._clock.now().boottime_ms + ms)

    def _warn_of_unstable_name(self) -> None:
        port = self._settings.port
        if is_unstable(port):
            better = f"write {stable_name(port) or 'its name under /dev/serial/by-id'}"
            device = self._settings.device
            log.warning("serial_name_not_stable", device=device, port=port, detail=better)


class RestingTransport(serial_asyncio_fast.SerialTransport):
    """The library's transport, which stops asking for room once it has nothing more to write.

    Without this, one full output buffer leaves the port registered as wanting to
    write for ever, and every turn of the loop fails on its empty buffer (0.16).
    """

    def _write_ready(self) -> None:
        if self._write_buffer:
            super()._write_ready()
        if not self._write_buffer:
            self._remove_writer()


class _Link(asyncio.Protocol):
    """One opened port: bytes in, frames out. `lost` is done when the port has ended."""

    def __init__(self, framer: Framer, heard: Callable[[_Link, list[bytes]], None]) -> None:
        self.framer = framer
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._heard = heard
        self._transport: serial_asyncio_fast.SerialTransport | None = None

    async def attach(self, port: serial.Serial) -> None:
        """Read from an open port from now on; what it holds already is read first."""
        self._transport = RestingTransport(asyncio.get_running_loop(), self, port)

    def data_received(self, data: bytes) -> None:
        self._heard(self, self.framer.feed(data))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        if not self.lost.done():
            self.lost.set_result(None)

    def write(self, data: bytes) -> bool:
        """Whether the bytes were taken; a line that has ended or is full takes none."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() + len(data) > REPLIES_WAITING_MAX_BYTES:
            return False
        transport.write(data)
        return True

    def hold(self) -> None:
        """Leave further bytes in the kernel: the lane is crowded."""
        if self._transport is not None:
            self._transport.pause_reading()

    def go_on(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    async def close(self) -> None:
        """End the port without waiting for bytes that the device may never take."""
        transport = self._transport
        if transport is None:
            return
        await asyncio.sleep(0)  # an ending that has begun empties its buffer in its first turn
        if not transport.is_closing() or transport.get_write_buffer_size():
            transport.abort()
        await asyncio.wait([self.lost], timeout=CLOSE_MAX_S)
