"""The disk under the database: looked at every few seconds, told as a fault of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from edge.app.house import House
from edge.events import Fault, FaultKind
from edge.ports import Batch
from edge.store.steadfast import PROBE_AFTER_MS, DiskState

log = structlog.get_logger()

# What is held goes to the disk soon after it is back.
CHECK_EVERY_MS = 5_000
DISK = "disk"
DATABASE = "database"


class DiskWatch:
    """One loop: asks the store how its disk is, and tells the rules."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._told: dict[str, str] = {}
        self._restated = False
        self._state: DiskState | None = None
        self._wrote_ms = 0  # boottime of the last write that is known here
        house.after_commit.append(self._committed)

    async def run(self, beat: Callable[[], None]) -> None:
        while True:
            beat()
            await self.turn()
            now_ms = self._house.clock.now().boottime_ms
            at_ms, write_ms = now_ms + CHECK_EVERY_MS, self._wrote_ms + PROBE_AFTER_MS
            if write_ms > now_ms:  # not a turn later than it is promised
                at_ms = min(at_ms, write_ms)
            await self._house.clock.sleep_until(at_ms)

    async def turn(self) -> None:
        """One look. What waits for a commit is written instead of a page that says nothing."""
        house = self._house
        now = house.clock.now()
        if house.keeper.pending and now.boottime_ms - self._wrote_ms >= PROBE_AFTER_MS:
            await house.keep()
        state = self._state = await house.store.check(now)
        self._wrote_ms = max(self._wrote_ms, state.wrote_ms or 0)
        if state.trouble == "corrupt" and not state.moved and not self._restated:
            self._restated = True
            await house.begin_anew()
            state = self._state = await house.store.check(house.clock.now())
        self._tell(DISK, state.trouble)
        self._tell(DATABASE, state.aside[-1] if state.aside else "")
        if state.moved:
            house.leave("the store began anew under other numbers; this start ends")

    def status(self) -> dict[str, Any]:
        """For `kotivahti status`."""
        return {} if self._state is None else msgspec.to_builtins(self._state)

    def _committed(self, batch: Batch) -> None:
        if not self._house.unstored:
            self._wrote_ms = batch.at.boottime_ms

    def _tell(self, subject: str, detail: str) -> None:
        if detail == self._told.get(subject, ""):
            return
        self._told[subject] = detail
        state = "gone" if detail else "back"
        kind = FaultKind.STORE.value
        log.warning("fault", kind=kind, subject=subject, state=state, detail=detail)
        self._house.tell(
            Fault(kind=FaultKind.STORE, subject=subject, gone=bool(detail), detail=detail)
        )
