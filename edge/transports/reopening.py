"""Opens a port that comes and goes: found by its name, tried again in longer and longer steps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from edge.ports import Clock
from edge.transports.lines.port_names import Presence, presence

T = TypeVar("T")

# A missing port is looked for this often, and an open one for a silent disappearance. A stat(2) a
# second costs nothing.
LOOK_EVERY_MS = 1_000
# A port that is there but cannot be opened (busy, no permission, an adapter that is still
# starting) is tried again after 1, 2, 4 ... s.
RETRY_FIRST_MS = 1_000
RETRY_MAX_MS = 60_000


class Reopening:
    """One port, whatever device its name means today."""

    def __init__(self, port: str, clock: Clock, beat: Callable[[], None]) -> None:
        self._port = port
        self._clock = clock
        self._beat = beat
        self._opened: Presence | None = None

    async def open(
        self,
        opener: Callable[[], Awaitable[T]],
        errors: tuple[type[Exception], ...],
        gone: Callable[[str], None],
        why: Callable[[Exception], str] = lambda error: type(error).__name__,
    ) -> T:
        """Wait until `opener` succeeds; `gone` is told, each time, what stands in the way."""
        wait_ms = RETRY_FIRST_MS
        while True:
            self._beat()
            there = presence(self._port)
            if there is None:
                gone("the port is not there")
                wait_ms = RETRY_FIRST_MS
                await self.look()
                continue
            try:
                opened = await opener()
            except errors as error:
                gone(f"the port cannot be opened: {why(error)}")
            else:
                self._opened = presence(self._port) or there
                return opened
            changed = await wait_for_change(self._port, there, wait_ms, self._clock, self._beat)
            wait_ms = RETRY_FIRST_MS if changed else min(RETRY_MAX_MS, wait_ms * 2)

    def is_same(self) -> bool:
        """Whether the name still means the device that was opened."""
        there = presence(self._port)
        return (
            there is not None and self._opened is not None and there.device == self._opened.device
        )

    async def look(self) -> None:
        """Sleep until it is worth looking again."""
        await _look_again(self._clock)


async def wait_for_change(
    port: str, before: Presence, ms: int, clock: Clock, beat: Callable[[], None]
) -> bool:
    """Wait `ms`, less when the port is replugged or its rights are mended meanwhile."""
    until_ms = clock.now().boottime_ms + ms
    while clock.now().boottime_ms < until_ms:
        beat()
        await _look_again(clock)
        if presence(port) != before:
            return True
    return False


async def _look_again(clock: Clock) -> None:
    await clock.sleep_until(clock.now().boottime_ms + LOOK_EVERY_MS)
