"""Every loop of the gateway says that it turns; the watchdog is fed only while all do."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from edge.app.notify import notify, watchdog_interval_s
from edge.ports import Clock

log = structlog.get_logger()

# Loops wait in slices far below this. The radio's may wait longest: a Bluetooth daemon that hangs
# takes 25 s to give up on, or 35 s while a connection holds the scanner back; an alarm on the
# serial line must not die of that.
BEAT_WITHIN_MS = 40_000


class Beats:
    """When each loop last turned, in boottime milliseconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_ms: dict[str, int] = {}

    def expect(self, loop: str) -> Callable[[], None]:
        """From now on `loop` must beat; returns what it calls to do so."""
        self.beat(loop)
        return lambda: self.beat(loop)

    def beat(self, loop: str) -> None:
        self._last_ms[loop] = self._clock.now().boottime_ms

    def late(self) -> list[str]:
        """Loops that have not turned within BEAT_WITHIN_MS."""
        now_ms = self._clock.now().boottime_ms
        return sorted(n for n, ms in self._last_ms.items() if now_ms - ms > BEAT_WITHIN_MS)

    async def feed_watchdog(self) -> None:
        """Feed systemd's watchdog while every loop turns; else let it end this process."""
        told: list[str] = []
        interval_ms = int(watchdog_interval_s() * 1000)
        while True:
            late = self.late()
            if not late:
                notify("WATCHDOG=1")
            elif late != told:
                log.error("loops_stuck", loops=late)
            told = late
            await self._clock.sleep_until(self._clock.now().boottime_ms + interval_ms)
