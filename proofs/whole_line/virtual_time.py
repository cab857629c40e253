"""An event loop whose time passes when nobody has anything left to do: a month takes minutes.

Only what runs in the loop's own thread may run on it; a thread would be overtaken by time.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import Any, NoReturn

from edge.domain import Instant, Sync

# Monday 2 March 2026, 12:00 UTC; any moment would do that a wall clock can have.
BEGAN_WALL_MS = 1_772_452_800_000
# Helsinki in winter.
OFFSET_MIN = 120
# A machine has been up for a while when its gateway starts.
UP_MS = 30_000


class _Jumping(selectors.DefaultSelector):
    """Waits for no file: the wait is over at once, and so much later."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everybody waits, and nobody for a moment in time")
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Everything of asyncio but files and threads."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s

    def is_quiet(self) -> bool:
        """Asked by a task in its turn: whether nobody else has one before time passes."""
        return not self._ready  # type: ignore[attr-defined]

    def run_in_executor(self, executor: Any, func: Any, *_: Any) -> NoReturn:  # type: ignore[override]
        raise RuntimeError(f"{func} wants a thread of {executor}: virtual time would overtake it")


class VirtualClock:
    """`edge.ports.Clock` on the loop's time. `reboot` begins a new boot, as a machine does."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._time = loop.time
        self._boots = 1
        self._boot_at_ms = -UP_MS
        self._moment: Instant | None = None  # as of `_moment_s`: many ask within one
        self._moment_s = -1.0

    def reboot(self) -> None:
        self._boots += 1
        self._boot_at_ms = self._ms() - UP_MS
        self._moment = None

    def now(self) -> Instant:
        now_s = self._time()
        if self._moment is None or now_s != self._moment_s:
            self._moment, self._moment_s = self._instant(), now_s
        return self._moment

    def _instant(self) -> Instant:
        ms = self._ms()
        return Instant(
            boot=f"{self._boots:08x}",
            boottime_ms=ms - self._boot_at_ms,
            wall_ms=BEGAN_WALL_MS + ms,
            offset_min=OFFSET_MIN,
            sync=Sync.NTP,
        )

    async def sleep_until(self, boottime_ms: int) -> None:
        left_ms = boottime_ms - self.now().boottime_ms
        await asyncio.sleep(max(0, left_ms) / 1000)

    def _ms(self) -> int:
        return round(self._time() * 1000)
