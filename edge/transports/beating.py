"""A loop's sign of life during a wait that is longer than a loop may be silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beating(beat: Callable[[], None], *, every_s: float, bound_s: float) -> Iterator[None]:
    """Beat throughout the block, but not beyond `bound_s`: what waits longer than that is stuck."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + bound_s
    timer: asyncio.TimerHandle | None = None

    def again() -> None:
        nonlocal timer
        beat()
        if loop.time() < end_s:
            timer = loop.call_later(every_s, again)

    again()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()
        beat()
