"""When a device should be told the time again."""

from __future__ import annotations

from edge.domain import Instant, Sync

# A time server's usual corrections are milliseconds; a second is what a person reads.
JUMP_MS = 1_000
# An appliance's quartz is 2 s wrong after a day at 20 ppm.
AGAIN_AFTER_MS = 86_400_000
# A clock that is pulled to and fro is told at most so often.
GAP_MS = 60_000


class ClockWatch:
    """Whether our clock has become good, has jumped, or was told a day ago."""

    def __init__(self, told: Instant) -> None:
        self._apart_ms = _apart_ms(told) if told.sync is not Sync.NONE else None
        self._told_ms = told.boottime_ms

    def is_news(self, now: Instant) -> bool:
        """Whether to tell it now; then it counts as told."""
        if now.sync is Sync.NONE:
            return False
        since_ms = now.boottime_ms - self._told_ms
        if self._apart_ms is not None:
            jumped = abs(_apart_ms(now) - self._apart_ms) >= JUMP_MS
            if not (since_ms >= AGAIN_AFTER_MS or (jumped and since_ms >= GAP_MS)):
                return False
        self._apart_ms = _apart_ms(now)
        self._told_ms = now.boottime_ms
        return True


def _apart_ms(at: Instant) -> int:
    return at.wall_ms - at.boottime_ms
