"""Closes a stretch of the messages of this store once a day, and tells its digest.

The stretches follow each other without a hole, so every number stands in one of them. A digest is
told anew when a message of its stretch is parked, dropped or taken back afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import structlog

from edge.app.house import House
from edge.app.proving import stretches
from edge.domain import Instant, OutboxEntry, Sync
from edge.errors import StoreError
from edge.escalation.asking import elapsed_ms
from edge.store import digests
from edge.store.bounds import DAY_MS
from edge.store.digests import Stretch
from edge.uplink import envelope
from edge.uplink.envelope import DIGEST_NUMBERS_MAX

log = structlog.get_logger()

SLICE_MS = 5_000
LOOK_EVERY_MS = 60_000
# What became of what was owed is told while somebody listens, and not with every message.
REVISE_EVERY_MS = 10 * 60_000


class Digester:
    """One task: `run`. `is_up` is told by who has the line."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._since = house.clock.now()
        self._last: Stretch | None = None
        self._day = ""  # of UTC, in which the open stretch was begun; '' while nobody knows
        self._look_ms = self._revise_ms = 0
        self._closing = asyncio.Lock()  # a person may ask while the loop does it
        self.is_up: Callable[[], bool] = lambda: False

    async def run(self, beat: Callable[[], None] = lambda: None) -> None:
        await self.load()
        while True:
            beat()
            await self.turn()
            now_ms = self._now().boottime_ms
            await self._house.clock.sleep_until(now_ms + SLICE_MS)

    async def load(self) -> None:
        """Where the last stretch ended."""
        try:
            self._last = await self._house.store.look(digests.newest)
        except StoreError as error:
            if not error.fault:
                raise
        last = self._last
        if last is not None and last.closed.sync is not Sync.NONE:
            self._day = day_of(last.closed)

    async def turn(self) -> None:
        now = self._now()
        if now.boottime_ms < self._look_ms or self._house.unstored:
            return
        self._look_ms = now.boottime_ms + LOOK_EVERY_MS
        try:
            if self._is_due(now):
                await self.close()
            if now.boottime_ms >= self._revise_ms and self.is_up():
                self._revise_ms = now.boottime_ms + REVISE_EVERY_MS
                await self.revise()
        except StoreError as error:
            if not error.fault:  # a disk that fails has a loop and a fault of its own
                raise

    async def close(self) -> bool:
        """End the open stretch here and tell its digest; False when there is nothing in it."""
        async with self._closing:
            return await self._close_all(self._now())

    async def _close_all(self, now: Instant) -> bool:
        head, lowest = await self._house.store.look(digests.head)
        # What was numbered before this release, and is gone, cannot be told any more.
        first = (lowest or head + 1) if self._last is None else self._last.last + 1
        day, self._day = self._day, day_of(now)
        told = False
        while first <= head:
            last = min(head, first + DIGEST_NUMBERS_MAX - 1)
            await self._close(first, last, day, now)
            first, told = last + 1, True
        return told

    async def _close(self, first: int, last: int, day: str, now: Instant) -> None:
        found = await self._house.store.look(digests.look, first, last)
        marks = stretches.first_marks(first, last, found, may_be_pruned=self._may_be_pruned(now))
        row = Stretch(
            first=first,
            last=last,
            day=day,
            rev=0,
            marks=marks,
            left_out="",
            closed=now,
            ids=stretches.packed(first, last, found),
        )
        self._last = row
        await self._tell(row, marks)

    async def revise(self) -> None:
        """Tell anew what has changed since it was told."""
        for row in await self._house.store.look(digests.unsettled):
            found = await self._house.store.look(digests.look, row.first, row.last)
            marks = stretches.next_marks(row.first, row.marks, found)
            if marks == row.marks:
                continue
            if stretches.words(stretches.left_out(row.first, marks)) != row.left_out:
                await self._tell(row, marks)
            else:
                await self._house.store.jot(digests.keep, _with(row, marks))

    async def _tell(self, row: Stretch, marks: str) -> None:
        """The next revision of a digest, in one commit with the row that remembers it."""
        house, ids = self._house, row.ids or b""
        left = stretches.left_out(row.first, marks)
        found = stretches.digest_now(row.first, marks, ids)

        def seal(*, id: str, sequence: int, at: Instant) -> OutboxEntry:  # noqa: A002
            return envelope.digest(
                *(house.origin, found),
                first=row.first,
                last=row.last,
                rev=row.rev + 1,
                day=row.day or None,
                left_out=left,
                id=id,
                sequence=sequence,
                at=at,
            )

        told = msgspec.structs.replace(
            _with(row, marks), rev=row.rev + 1, left_out=stretches.words(left)
        )
        house.keeper.owe(seal)
        await house.keep(lambda connection, names: digests.keep(connection, names, told))
        log.info("digest_told", count=found.count)

    def _is_due(self, now: Instant) -> bool:
        """Once a day of UTC; without a time of day, once a day of this boot."""
        if now.sync is not Sync.NONE:
            if not self._day:
                self._day = day_of(now)
            return day_of(now) != self._day
        began = self._since
        if self._last is not None and self._last.closed.boot == now.boot:
            began = max(began, self._last.closed, key=lambda at: at.boottime_ms)
        return elapsed_ms(began, now) >= DAY_MS

    def _may_be_pruned(self, now: Instant) -> bool:
        """Whether received messages since the last digest may have gone by their age."""
        if self._last is None:
            return True
        kept_ms = self._house.config.retention.messages_days * DAY_MS
        closed = self._last.closed
        if closed.boot != now.boot and Sync.NONE in (closed.sync, now.sync):
            return True
        return elapsed_ms(closed, now) >= kept_ms

    def _now(self) -> Instant:
        return self._house.clock.now()


def day_of(at: Instant) -> str:
    """The day of UTC; '' under an unset clock."""
    if at.sync is Sync.NONE:
        return ""
    return datetime.fromtimestamp(at.wall_ms / 1000, UTC).date().isoformat()


def _with(row: Stretch, marks: str) -> Stretch:
    """With these marks, and without ids when nothing more can come."""
    ids = None if stretches.is_settled(marks) else row.ids
    return msgspec.structs.replace(row, marks=marks, ids=ids)
