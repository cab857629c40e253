"""Virtual time: it passes when a test says so, and never otherwise."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count

from edge.domain import Instant, Sync

BOOT = "00000000-0000-4000-8000-000000000001"

# Monday 2 March 2026, 12:00 UTC: by day, a working day, no change of summer time near.
NOON_WALL_MS = 1_772_452_800_000

# One hour after boot, so that "earlier in this boot" exists.
NOON_BOOTTIME_MS = 3_600_000

# Helsinki in winter.
OFFSET_MIN = 120

# Turns of the event loop given to woken tasks before time moves on. A chain of
# awaits between two sleeps (queue, lock, task, reply) needs a handful of them.
SETTLE_TURNS = 50


def instant(ms: int = 0, *, sync: Sync = Sync.NTP) -> Instant:
    """Return the moment `ms` milliseconds after the tests' noon."""
    return Instant(
        boot=BOOT,
        boottime_ms=NOON_BOOTTIME_MS + ms,
        wall_ms=NOON_WALL_MS + ms,
        offset_min=OFFSET_MIN,
        sync=sync,
    )


class FakeClock:
    """`edge.ports.Clock` under the test's hand.

    `advance` wakes sleepers in the order of their deadlines, each at its own
    moment, so that a loop which sleeps 60 s runs ten times in ten minutes.
    """

    def __init__(self, start: Instant | None = None) -> None:
        start = start or instant()
        self.boot = start.boot
        self.sync = start.sync
        self.offset_min = start.offset_min
        self._boottime_ms = start.boottime_ms
        self._wall_ms = start.wall_ms
        self._order = count()
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []

    def now(self) -> Instant:
        """Return this moment; the same one until `advance` or `step_wall`."""
        return Instant(
            boot=self.boot,
            boottime_ms=self._boottime_ms,
            wall_ms=self._wall_ms,
            offset_min=self.offset_min,
            sync=self.sync,
        )

    async def sleep_until(self, boottime_ms: int) -> None:
        """Wait until virtual boot time has reached `boottime_ms`."""
        if boottime_ms <= self._boottime_ms:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (boottime_ms, next(self._order), woken))
        await woken

    @property
    def sleepers(self) -> int:
        """How many tasks wait for virtual time."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    async def advance(self, ms: int) -> None:
        """Let `ms` milliseconds pass, and let everybody who is woken by it run."""
        await self._settle()
        end_ms = self._boottime_ms + ms
        while self._sleepers and self._sleepers[0][0] <= end_ms:
            deadline_ms, _, woken = heapq.heappop(self._sleepers)
            if woken.done():
                continue
            self._pass(deadline_ms - self._boottime_ms)
            woken.set_result(None)
            await self._settle()
        self._pass(end_ms - self._boottime_ms)
        await self._settle()

    def pass_time(self, ms: int) -> None:
        """Let `ms` milliseconds pass for code that only reads the clock; wakes nobody."""
        self._pass(ms)

    def step_wall(self, ms: int, *, sync: Sync | None = None) -> None:
        """Set the wall clock forward or back by `ms`, as a time server does; boot time stays."""
        self._wall_ms += ms
        self.sync = self.sync if sync is None else sync

    def _pass(self, ms: int) -> None:
        if ms > 0:
            self._boottime_ms += ms
            self._wall_ms += ms

    @staticmethod
    async def _settle() -> None:
        for _ in range(SETTLE_TURNS):
            await asyncio.sleep(0)
