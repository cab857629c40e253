"""Slow, regular work: what is owed is counted, what is old is deleted, the clock is judged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from edge.app.house import House
from edge.domain import Instant, OutboxClass
from edge.errors import StoreError
from edge.events import Fault, FaultKind
from edge.store import parking
from edge.store.outbox import OutboxCount
from edge.waking import BEAT_MS, slice_end_ms

# The counts feed the heartbeat, which goes out once a minute.
COUNT_EVERY_MS = 30_000
# A call takes milliseconds and deletes a bounded number of rows, so that an alarm's commit never
# waits for a long one. Each call writes the same pages beside those of the values: once in twenty
# minutes they are a third fewer than in ten, and an observation a second is within one call.
PRUNE_EVERY_MS = 1_200_000
# While there is more to delete.
PRUNE_AGAIN_MS = 1_000
# A gateway without a real-time clock is not synchronised for its first minutes; one that is not
# within the hour has no time server, and somebody should know.
CLOCK_GRACE_MS = 3_600_000


class Upkeep:
    """Keeps the counts fresh and the database within its retention."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._doubtful_since_ms: int | None = None
        self._doubt_told = False
        self._parked_told = False
        self.owed: list[OutboxCount] = []
        self.also: list[
            Callable[[], Awaitable[None]]
        ] = []  # done at every turn; each bounds itself
        self.parked = 0
        self.refused_now: Callable[[], int] = lambda: 0  # on this connection, not yet for good

    async def run(self, beat: Callable[[], None]) -> None:
        count_ms = prune_ms = self._now_ms()
        while True:
            beat()
            for work in self.also:
                await work()
            now_ms = self._now_ms()
            if now_ms >= count_ms:
                with suppress(StoreError):  # a disk that fails has a loop and a fault of its own
                    self.owed = await self._house.store.outbox_counts()
                    self._tell_parked(await self._house.store.look(parking.count))
                count_ms = now_ms + COUNT_EVERY_MS
            if now_ms >= prune_ms:
                prune_ms = now_ms + await self._prune()
            await self._house.clock.sleep_until(min(prune_ms, slice_end_ms(now_ms, BEAT_MS)))

    def _tell_parked(self, stored: int) -> None:
        """A message that nobody takes is a fault until somebody mends it, and sends it again."""
        self.parked = stored + self.refused_now()
        if bool(self.parked) is not self._parked_told:
            self._parked_told = bool(self.parked)
            detail = str(self.parked) if self.parked else ""
            self._house.tell(
                Fault(kind=FaultKind.OUTBOX, subject="mqtt", gone=bool(self.parked), detail=detail)
            )

    async def _prune(self) -> int:
        if self._now_ms() < self._house.exporting_until_ms:
            return PRUNE_EVERY_MS
        try:
            pruned = await self._house.store.prune(self._house.clock.now())
        except StoreError as error:
            if not error.fault:
                raise
            return PRUNE_EVERY_MS
        self._judge_clock(pruned.doubt)
        return PRUNE_AGAIN_MS if pruned.more else PRUNE_EVERY_MS

    def _judge_clock(self, doubt: str | None) -> None:
        """Retention stands still while the time is in doubt; that is told when it lasts."""
        now_ms = self._now_ms()
        if doubt is None:
            self._doubtful_since_ms = None
        elif self._doubtful_since_ms is None:
            self._doubtful_since_ms = now_ms
        since_ms = self._doubtful_since_ms
        lasting = since_ms is not None and now_ms - since_ms >= CLOCK_GRACE_MS
        if lasting is not self._doubt_told:
            self._doubt_told = lasting
            fault = Fault(kind=FaultKind.CLOCK, subject="wall", gone=lasting, detail=doubt or "")
            self._house.tell(fault)

    @property
    def owed_alerts(self) -> int:
        return sum(c.rows for c in self.owed if c.cls is OutboxClass.ALERT)

    @property
    def owed_all(self) -> int:
        return sum(c.rows for c in self.owed)

    def oldest_owed_s(self, now: Instant) -> int:
        times = self._house.times
        return max((times.ago_ms(c.oldest, now) for c in self.owed), default=0) // 1000

    def _now_ms(self) -> int:
        return self._house.clock.now().boottime_ms
