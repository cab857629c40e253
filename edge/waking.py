"""One loop's sleep, which others may cut short: a quiet home's gateway turns seldom.

A loop sleeps until its next moment, and whoever makes an earlier one says so. It still turns once
a slice: a look at the wall clock, a deadline that a suspended machine slept past, the watchdog.
Slices end on whole multiples of boottime, so that the loops of one process turn together.
"""

from __future__ import annotations

import asyncio

from edge.ports import Clock

# A clock that was set, and a moment that passed while the machine was suspended, are seen at the
# latest after this by a loop for which nothing is due before. Telemetry waits a minute anyway.
SLICE_MS = 5_000
# A loop that is woken for all that concerns it turns only to say so; far below BEAT_WITHIN_MS.
BEAT_MS = 15_000
_NEVER = 1 << 62


def slice_end_ms(now_ms: int, slice_ms: int = SLICE_MS) -> int:
    """Boottime at which the slice ends that `now_ms` is in."""
    return now_ms - now_ms % slice_ms + slice_ms


class Waker:
    """The sleep of one loop; boottime milliseconds. Not thread-safe: one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wanted_ms = _NEVER
        self._until_ms = 0  # of the sleep under way
        self._sleeping: asyncio.Timeout | None = None

    def set(self) -> None:
        """Wake at once; who is awake does not sleep before its next look."""
        self.by(0)

    def by(self, boottime_ms: int) -> None:
        """The sleep under way, or the next one, ends at that moment at the latest."""
        self._wanted_ms = min(self._wanted_ms, boottime_ms)
        sleeping = self._sleeping
        if sleeping is not None and boottime_ms < self._until_ms:
            self._sleeping = None  # it is over once
            sleeping.reschedule(asyncio.get_running_loop().time())

    def clear(self) -> None:
        """Forget what was wanted: the look at everything begins now."""
        self._wanted_ms = _NEVER

    async def sleep_until(self, boottime_ms: int) -> bool:
        """Sleep until then, or until the earliest moment that somebody wants meanwhile; whether
        somebody did.
        """
        until_ms = min(boottime_ms, self._wanted())
        if until_ms <= self._clock.now().boottime_ms:
            await asyncio.sleep(0)
            return until_ms < boottime_ms
        while self._clock.now().boottime_ms < until_ms:
            self._until_ms = until_ms
            try:
                async with asyncio.timeout(None) as sleeping:
                    self._sleeping = sleeping
                    await self._clock.sleep_until(until_ms)
            except TimeoutError:
                until_ms = min(until_ms, self._wanted())
            finally:
                self._sleeping = None
        return until_ms < boottime_ms

    def _wanted(self) -> int:
        wanted_ms, self._wanted_ms = self._wanted_ms, _NEVER
        return wanted_ms
