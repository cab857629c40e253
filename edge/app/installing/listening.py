"""How long an installer's command listens, and how often it says how it stands."""

from __future__ import annotations

import asyncio
from typing import Any

from edge.errors import ControlError, MisaskedError
from edge.locale.refusing import worded

# How often the installer sees how it stands.
TELL_EVERY_S = 0.5
# The longest window of one command: a whole round of a device that beacons every quarter of an
# hour. Longer, and strangers would be watched by a forgotten terminal.
WINDOW_MAX_S = 900.0


class Window:
    """Iterates over the seconds left, every `every_s`, and once more when there are none."""

    def __init__(self, window_s: float, every_s: float = TELL_EVERY_S) -> None:
        self._loop = asyncio.get_running_loop()
        self._end_s = self._loop.time() + window_s
        self._every_s = every_s
        self._left_s: float | None = None

    def __aiter__(self) -> Window:
        return self

    async def __anext__(self) -> float:
        if self._left_s is not None:
            if self._left_s <= 0:
                raise StopAsyncIteration
            await asyncio.sleep(min(self._every_s, self._left_s))
        self._left_s = max(0.0, self._end_s - self._loop.time())
        return self._left_s


def seconds(args: dict[str, Any], *, default_s: float) -> float:
    """The window that was asked for; raises ControlError for none that can be."""
    value = args.get("seconds")
    if value is None:
        return default_s
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise MisaskedError("seconds is not a number")
    if not 0 < value <= WINDOW_MAX_S:
        raise worded(ControlError, "seconds_range", value=value, most=round(WINDOW_MAX_S))
    return float(value)
