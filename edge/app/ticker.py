"""Time as an event: wakes the rules when silence, dwell or a deadline says so."""

from __future__ import annotations

from collections.abc import Callable

from edge.app.house import House
from edge.events import Tick
from edge.home.boot import is_moved
from edge.ports import Batch
from edge.waking import Waker, slice_end_ms

# What is urgent is committed by whoever made it so; what he left lying goes with this.
LEFT_MS = 1_000
# A home that hears nothing still tells the rules that time has passed and stores it, so that a
# gateway that keeps rebooting in a silent home adds up how long it has listened.
QUIET_TICK_MS = 15 * 60_000
# A deadline that has passed already must not turn the loop into a busy one.
SLICE_MIN_MS = 20


class Ticker:
    """Tells `Tick` at every `wake_at`, and commits the telemetry lane when it is old enough."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stored_ms = house.clock.now().boottime_ms
        self._waker = Waker(house.clock)
        house.after_commit.append(self._committed)
        house.when_told.append(self._told)

    async def run(self, beat: Callable[[], None]) -> None:
        while True:
            beat()
            await self._waker.sleep_until(self._next_ms())
            await self.turn()

    def _next_ms(self) -> int:
        """When to look again, if nothing is told before."""
        keeper, now_ms = self._house.keeper, self._house.clock.now().boottime_ms
        moments = [slice_end_ms(now_ms), self._stored_ms + QUIET_TICK_MS]
        moments += [ms for ms in (keeper.wake_at_ms, keeper.due_at_ms(now_ms)) if ms is not None]
        if keeper.urgent:
            moments.append(now_ms + LEFT_MS)
        return max(min(moments), now_ms + SLICE_MIN_MS)

    def _told(self) -> None:
        """Something happened: there may be an earlier deadline than the one slept for."""
        keeper, now_ms = self._house.keeper, self._house.clock.now().boottime_ms
        if keeper.wake_at_ms is not None:
            self._waker.by(max(keeper.wake_at_ms, now_ms + SLICE_MIN_MS))
        if keeper.urgent:
            self._waker.by(now_ms + LEFT_MS)

    async def turn(self) -> None:
        """One look at the clock."""
        keeper = self._house.keeper
        now = self._house.clock.now()
        now_ms = now.boottime_ms
        due = keeper.wake_at_ms is not None and now_ms >= keeper.wake_at_ms
        if due or is_moved(keeper.home.frame, now):  # the clock was set: what waited is dated
            self._house.tell(Tick())
        quiet = now_ms - self._stored_ms >= QUIET_TICK_MS
        if quiet:
            self._house.tell(Tick())
        if quiet or keeper.urgent or keeper.due(now_ms):
            await self._house.keep()

    def _committed(self, batch: Batch) -> None:
        self._stored_ms = batch.at.boottime_ms
