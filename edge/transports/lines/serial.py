"""A device on a serial line: opened without flushing, cut into frames, replugged by name.

The frames of one chunk go into the lane together, so that the consumer can
store them in one commit before it acknowledges them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
import structlog

from edge.domain import Record
from edge.drivers.base import Driver, LineSettings, SerialFrame
from edge.errors import TransportError
from edge.events import Fault, FaultKind
from edge.ports import Clock
from edge.transports.lanes import Heard, LaneQueue
from edge.transports.lines.clock_watch import ClockWatch
from edge.transports.lines.handshake import PortFinder
from edge.transports.lines.port_names import Presence, is_unstable, presence, stable_name
from edge.transports.lines.serial_port import OPEN_ERRORS, Link, open_link
from edge.transports.reopening import (
    LOOK_EVERY_MS,
    RETRY_FIRST_MS,
    RETRY_MAX_MS,
    wait_for_change,
)
from edge.transports.trouble import Trouble

log = structlog.get_logger()


class SerialSettings(Record, frozen=True):
    """One `[[serial]]` of the site's configuration. What is None is as the driver has it."""

    device: str
    port: str | None  # None: wherever the finder has found it
    baud: int | None = None
    parity: str | None = None
    stop_bits: int | None = None
    alarm: bool = False  # its frames go to the alarm lane

    def line(self, own: LineSettings) -> LineSettings:
        """How the port is set: as the site says, else as the driver `own`s it."""
        return LineSettings(
            baud=own.baud if self.baud is None else self.baud,
            parity=own.parity if self.parity is None else self.parity,
            stop_bits=own.stop_bits if self.stop_bits is None else self.stop_bits,
        )


class SerialCounts(msgspec.Struct):
    """What passed, and what did not."""

    opened: int = 0
    lost: int = 0
    frames: int = 0
    garbage_bytes: int = 0
    replies_dropped: int = 0


class SerialLine:
    """Keeps one port open, whatever it is called today, until cancelled.

    `state` is the driver's last committed state: who commits a newer one sets it, since it
    decides what the device is asked for after a replug. A line without a port's name asks
    `finder` for it.
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
        finder: PortFinder | None = None,
    ) -> None:
        if driver.framer is None:
            text = f"[[serial]] device {settings.device!r}: driver {driver.id!r} has no serial line"
            raise TransportError(text)
        if settings.port is None and finder is None:
            text = f"[[serial]] device {settings.device!r} names no port and nobody looks for it"
            raise TransportError(text)
        self.state = state
        self.counts = SerialCounts()
        self._settings = settings
        self._line = settings.line(driver.line)
        self._driver = driver
        self._new_framer = driver.framer
        self._queue = queue
        self._clock = clock
        self._beat = partial(beat, f"serial:{settings.device}")
        self._trouble = Trouble(FaultKind.LINE, settings.device, on_fault)
        self._finder = finder
        self._port = settings.port or ""
        self._link: Link | None = None
        self._garbage_before = 0  # of links that have ended

    @property
    def is_open(self) -> bool:
        return self._link is not None

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
            self._release()
            self.counts.lost += 1
            self._garbage_before += link.dropped_bytes
            self._trouble.gone("the port is gone")

    def write(self, data: bytes) -> None:
        """Send bytes to the device; dropped and counted when there is no line, or it is full."""
        if self._link is None or not self._link.write(data):
            self.counts.replies_dropped += 1

    async def _serve(self, link: Link) -> None:
        """Return when the port has ended, or its name has come to mean another one."""
        self._link = link
        self.counts.opened += 1
        self._trouble.back()
        if self._driver.on_open is not None:
            for data in self._driver.on_open(self.state, self._clock.now()):
                self.write(data)
        opened = presence(self._port)
        poll = _Poll(self._driver)
        watch = ClockWatch(self._clock.now())  # what opened the line told the time as well
        while not link.lost.done():
            self._beat()
            asked = poll.due(self._clock.now().boottime_ms)
            if asked is not None:
                if poll.begun:
                    link.renew(self._new_framer())
                self.write(asked)
            await self._wait(LOOK_EVERY_MS)
            self._tell_time(watch)
            there = presence(self._port)
            if opened is None or there is None or there.device != opened.device:
                return

    def _tell_time(self, watch: ClockWatch) -> None:
        now = self._clock.now()
        if self._driver.on_clock is not None and watch.is_news(now):
            for data in self._driver.on_clock(now):
                self.write(data)

    async def _open_when_there(self) -> Link:
        wait_ms = RETRY_FIRST_MS
        while True:
            self._beat()
            there = self._look()
            if there is None:
                wait_ms = RETRY_FIRST_MS
                await self._wait(LOOK_EVERY_MS)
                continue
            try:
                return await open_link(self._port, self._line, self._new_framer(), self._heard)
            except OPEN_ERRORS as error:
                self._trouble.gone(f"the port cannot be opened: {type(error).__name__}")
            changed = await wait_for_change(self._port, there, wait_ms, self._clock, self._beat)
            wait_ms = RETRY_FIRST_MS if changed else min(RETRY_MAX_MS, wait_ms * 2)
            self._release()

    def _look(self) -> Presence | None:
        """The port, when there is one; otherwise the fault is told."""
        if self._settings.port is None and self._finder is not None:
            found = self._finder.port_of(self._settings.device)
            if found is None:
                verdict = self._finder.verdict(self._settings.device)
                if verdict:  # before the first round is over, nobody knows
                    self._trouble.still_gone(verdict)
                return None
            self._port = found
        there = presence(self._port)
        if there is None:
            self._release()
            self._trouble.gone("the port is not there")
        return there

    def _release(self) -> None:
        if self._settings.port is None and self._finder is not None:
            self._finder.release(self._settings.device)

    def _heard(self, link: Link, frames: list[bytes]) -> None:
        self.counts.garbage_bytes = self._garbage_before + link.dropped_bytes
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
        port = self._port
        if is_unstable(port):
            better = f"write {stable_name(port) or 'its name under /dev/serial/by-id'}"
            device = self._settings.device
            log.warning("serial_name_not_stable", device=device, port=port, detail=better)


class _Poll:
    """When the next write to an instrument that speaks only when asked is due.

    One at each look, so that one which the first write wakes has a second to get up.
    """

    def __init__(self, driver: Driver) -> None:
        self.begun = False  # the last write was the first of its request
        self._writes = driver.poll
        self._every_ms = round(driver.poll_s * 1000)
        self._left: list[bytes] = []
        self._next_ms = 0

    def due(self, now_ms: int) -> bytes | None:
        self.begun = bool(self._writes) and not self._left and now_ms >= self._next_ms
        if self.begun:
            self._left = list(self._writes)
            self._next_ms = now_ms + self._every_ms
        return self._left.pop(0) if self._left else None
