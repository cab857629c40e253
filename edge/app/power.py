"""Mains and battery of the box: their loss goes out while there is something left to send it with.

The gateway does not switch itself off: a call for help may come in the battery's last minute. It
makes that minute harmless instead: alerts are synced when they are made, and on battery everything
else is too, at every look. The clean end is the operating system's (SIGTERM, by its own guard of
the battery).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

from edge.app.commissioning.supply import Supply, look
from edge.app.house import House
from edge.events import Fault, FaultKind

log = structlog.get_logger()

# A look reads some words of a file system in memory.
LOOK_EVERY_MS = 2_000
# Two looks that agree: a lamp that flickers is no mains failure.
LOOKS_ALIKE = 2
# A tenth of a small battery is minutes: the last moment at which a word surely goes out. UPower
# calls 5 % critical and 2 % its end; a Pi draws more than a sleeping laptop.
LOW_PERCENT = 10
MAINS = "mains"
BATTERY = "battery"


class PowerWatch:
    """One loop: asks the kernel what feeds the box, and tells the rules."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._root = Path(house.config.gateway.power_supplies)
        self._told: dict[str, bool] = {}
        self._alike = 0
        self._supply: Supply | None = None

    async def run(self, beat: Callable[[], None]) -> None:
        while True:
            beat()
            await self.turn()
            now_ms = self._house.clock.now().boottime_ms
            await self._house.clock.sleep_until(now_ms + LOOK_EVERY_MS)

    async def turn(self) -> None:
        """One look."""
        before = self._supply
        found = self._supply = await asyncio.to_thread(look, self._root)
        same = before is not None and before.mains is found.mains
        self._alike = self._alike + 1 if same else 1
        if found.mains is None or self._alike < LOOKS_ALIKE:
            return  # nobody can tell, or not yet
        on_battery = not found.mains
        self._tell(MAINS, gone=on_battery, capacity=found.capacity)
        low = on_battery and found.capacity is not None and found.capacity <= LOW_PERCENT
        # A battery that recovers a little under a smaller load is as empty as before.
        low = low or (on_battery and self._told.get(BATTERY, False))
        self._tell(BATTERY, gone=low, capacity=found.capacity)
        if self._house.keeper.urgent or on_battery:
            await self._house.keep()

    def status(self) -> dict[str, Any]:
        """For `kotivahti status`."""
        return {} if self._supply is None else msgspec.to_builtins(self._supply)

    def _tell(self, subject: str, *, gone: bool, capacity: int | None) -> None:
        """What changed; at the start also what is in order, for an alert of before the start."""
        if self._told.get(subject) is gone:
            return
        first = subject not in self._told
        self._told[subject] = gone
        if gone or not first:
            state = "gone" if gone else "back"
            log.warning("fault", kind=FaultKind.POWER.value, subject=subject, state=state)
        detail = f"{capacity} %" if gone and capacity is not None else ""
        self._house.tell(Fault(kind=FaultKind.POWER, subject=subject, gone=gone, detail=detail))
