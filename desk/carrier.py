"""Carries decisions, claims' answers and profiles, again and again until the gateway shows them."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable

from desk import decisions
from desk.happened import Decided
from desk.parcels import Parcel
from edge.ports import Clock
from edge.uplink.envelope import repeat_after_ms

Publish = Callable[[str, bytes], Awaitable[None]]

# Something always wakes it earlier; a round too many costs nothing.
IDLE_MS = 3_600_000


class Carrier:
    """What was sent how often lives in memory: after a restart everything pending goes again."""

    def __init__(
        self,
        *,
        clock: Clock,
        pending: Callable[[], Awaitable[list[Parcel]]],
        message: Callable[[Parcel], Awaitable[bytes | None]],
        show: Callable[[Decided], None],
    ) -> None:
        self._clock = clock
        self._pending = pending
        self._message = message
        self._show = show
        self._sent: dict[str, tuple[int, int]] = {}  # parcel -> (sendings, next boottime ms)
        self._told: set[str] = set()
        self.due = asyncio.Event()  # set it when there may be something new

    def connected(self) -> None:
        """A new line: everything pending is due at once."""
        self._sent.clear()
        self.due.set()

    async def run(self, publish: Publish) -> None:
        """Send what is pending, and again after 3, 6, 12 ... 60 s until it is pending no more."""
        while True:
            self.due.clear()
            wake_ms = await self._round(publish)
            async with _at_most(self._clock, wake_ms):
                await self.due.wait()

    async def _round(self, publish: Publish) -> int:
        """One round; when the next repetition is due, in boottime milliseconds."""
        parcels = await self._pending()
        now_ms = self._clock.now().boottime_ms
        self._sent = {
            parcel.id: self._sent.get(parcel.id, (0, now_ms + parcel.after_ms))
            for parcel in parcels
        }
        for parcel in parcels:
            row = parcel.decision
            if row is not None:
                self._tell_made(row)
            sent, next_ms = self._sent[parcel.id]
            if next_ms > self._clock.now().boottime_ms:
                continue
            body = await self._message(parcel)
            if body is not None:
                await publish(parcel.topic, body)
            wait_ms = repeat_after_ms(sent + 1 + parcel.doublings)
            self._sent[parcel.id] = (sent + 1, self._clock.now().boottime_ms + wait_ms)
            if sent == 0 and row is not None:
                self._show_decision(row, "sent")
        idle_ms = self._clock.now().boottime_ms + IDLE_MS
        return min((next_ms for _, next_ms in self._sent.values()), default=idle_ms)

    def _tell_made(self, row: sqlite3.Row) -> None:
        if row["id"] in self._told:
            return
        self._told = {id_ for id_ in self._told if id_ in self._sent} | {row["id"]}
        self._show_decision(row, "made")

    def _show_decision(self, row: sqlite3.Row, state: str) -> None:
        at_ms = row["made_ms"] if state == "made" else self._clock.now().wall_ms
        self._show(decisions.told(row, state, at_ms))


@contextlib.asynccontextmanager
async def _at_most(clock: Clock, boottime_ms: int) -> AsyncIterator[None]:
    """End the block quietly when the time has come."""
    left_s = max(0, boottime_ms - clock.now().boottime_ms) / 1000
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(left_s):
            yield
