"""The two lanes between the transports and the gateway's one consumer.

A radio callback or a serial chunk ends here: looked up, stamped, queued,
counted. Alarm-class devices have a lane of their own, which is always emptied
first; everything else shares the telemetry lane, in which an advertisement, said again
within seconds, makes room for what is said once: a stored measurement that its sender has
been told is delivered, a contact's change, a message.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from edge.domain import Instant
from edge.drivers.base import Advert, Frame

# Frames. A home has a handful of alarm devices and a press is a burst of five to ten frames:
# a thousand waiting frames means that the consumer has stood still for minutes.
ALARM_LANE_MAX = 1024
# Frames of one device in the alarm lane. A button that is stuck, or a stranger who forges its
# address, must leave room for the smoke alarm's first frame.
ALARM_LANE_PER_DEVICE_MAX = 128
# Frames. More than a second of the fastest serial line we promise to carry (5,000 a second).
TELEMETRY_LANE_MAX = 8192
# Frames in the telemetry lane from which a line that can wait is asked to, and again told to go
# on. The rest is room for the radio, which cannot wait, and for chunks that are under way.
CROWDED_AT = TELEMETRY_LANE_MAX * 3 // 4
ROOMY_AT = TELEMETRY_LANE_MAX // 2


class Heard(msgspec.Struct, frozen=True, gc=False):
    """One frame of one enrolled device, stamped when the transport had it."""

    device: str
    frame: Frame
    at: Instant


class LaneQueue:
    """Bounded, single consumer; every method but `get_batch` is for callbacks and returns at once.

    When the alarm lane is full the newest frame is refused: the oldest carries the moment of
    the press, the later ones repeat it. When the telemetry lane is full the oldest advertisement
    goes, or else the oldest frame: a fresh reading beats a stale one. Both are counted.
    """

    def __init__(self) -> None:
        self.alarm_refused = 0
        self.telemetry_dropped = 0
        self._alarm: deque[Heard] = deque()
        self._alarm_of: dict[str, int] = {}
        self._adverts: deque[Heard] = deque()  # the telemetry lane: these,
        self._others: deque[Heard] = deque()  # and these
        self._ready = asyncio.Event()
        self._waiting: list[Callable[[], None]] = []

    def __len__(self) -> int:
        return len(self._alarm) + self._telemetry

    @property
    def _telemetry(self) -> int:
        return len(self._adverts) + len(self._others)

    def put_nowait(self, heard: Heard, *, alarm: bool = False) -> None:
        if alarm:
            self._put_alarm(heard)
        else:
            self._put_telemetry(heard)
        self._ready.set()

    def put_all(self, frames: Sequence[Heard], *, alarm: bool = False) -> None:
        """Queue frames that arrived together, so that they can share one commit."""
        for heard in frames:
            self.put_nowait(heard, alarm=alarm)

    @property
    def crowded(self) -> bool:
        """Whether a transport that can hold its sender back should do so now."""
        return self._telemetry >= CROWDED_AT

    def when_roomy(self, tell: Callable[[], None]) -> None:
        """Call `tell` once, from the consumer's side, when the crowd is gone."""
        self._waiting.append(tell)

    async def get_batch(self, limit: int) -> list[Heard]:
        """Wait for frames; at most `limit` of them, alarms first, each lane oldest first."""
        while not self:
            self._ready.clear()
            await self._ready.wait()
        batch = self._take_alarms(limit)
        self._add_telemetry(batch, limit)
        if self._waiting and self._telemetry <= ROOMY_AT:
            waiting, self._waiting = self._waiting, []
            for tell in waiting:
                tell()
        return batch

    def _put_alarm(self, heard: Heard) -> None:
        of_device = self._alarm_of.get(heard.device, 0)
        if of_device >= ALARM_LANE_PER_DEVICE_MAX or len(self._alarm) >= ALARM_LANE_MAX:
            self.alarm_refused += 1
            return
        self._alarm_of[heard.device] = of_device + 1
        self._alarm.append(heard)

    def _put_telemetry(self, heard: Heard) -> None:
        if self._telemetry >= TELEMETRY_LANE_MAX:
            (self._adverts or self._others).popleft()
            self.telemetry_dropped += 1
        (self._adverts if type(heard.frame) is Advert else self._others).append(heard)

    def _add_telemetry(self, batch: list[Heard], limit: int) -> None:
        """In the order of arrival; one device's frames are all of one sort."""
        adverts, others = self._adverts, self._others
        while adverts and others and len(batch) < limit:
            earlier = adverts[0].at.boottime_ms < others[0].at.boottime_ms
            batch.append((adverts if earlier else others).popleft())
        left = adverts or others
        while left and len(batch) < limit:
            batch.append(left.popleft())

    def _take_alarms(self, limit: int) -> list[Heard]:
        batch: list[Heard] = []
        while self._alarm and len(batch) < limit:
            heard = self._alarm.popleft()
            left = self._alarm_of[heard.device] - 1
            if left:
                self._alarm_of[heard.device] = left
            else:
                del self._alarm_of[heard.device]
            batch.append(heard)
        return batch
