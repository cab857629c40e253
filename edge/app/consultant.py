"""Asks the model what the rules want to know by themselves, such as when an answer has run out."""

from __future__ import annotations

from collections.abc import Callable

from edge.app.house import House

# A level is redone when an answer runs out, months after it was given: seconds do not matter.
LOOK_EVERY_MS = 5_000


class Consultant:
    """A loop of its own, since a model's process takes longer than a tick may."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def run(self, beat: Callable[[], None]) -> None:
        while True:
            beat()
            await self._house.consult_all(beat)
            now_ms = self._house.clock.now().boottime_ms
            await self._house.clock.sleep_until(now_ms + LOOK_EVERY_MS)
