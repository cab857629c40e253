"""Alerts that were over before the clock was set are dated once it is: one revision more of each.

Those that are open are dated by the rules' own step (`edge.alerts.dating`).
"""

from __future__ import annotations

import msgspec

from edge.app.house import House
from edge.domain import Alert, Instant, Sync
from edge.errors import StoreError
from edge.store import reads

# One commit holds up no alarm; a home whose clock was never set for a month has a few dozen.
PIECE_MAX = 16


class Redating:
    """Work of the upkeep: a piece at each turn, until none is left."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._done = ""  # the boot in which nothing is left to do

    async def turn(self) -> None:
        now = self._house.clock.now()
        if now.sync is Sync.NONE:
            self._done = ""
            return
        if self._done == now.boot or self._house.unstored:
            return
        if not self._house.times.is_current(now):
            await self._house.keep()  # the fact of this boot comes with its first commit
            return
        try:
            found = await self._house.store.look(reads.undated_alerts, PIECE_MAX)
        except StoreError as error:
            if not error.fault:
                raise
            return  # the disk has a loop and a fault of its own
        if not found:
            self._done = now.boot
            return
        self._house.keeper.correct([self._dated(alert, now) for alert in found])
        await self._house.keep()

    def _dated(self, alert: Alert, now: Instant) -> Alert:
        told = msgspec.structs.replace(alert, rev=alert.rev + 1, changed=now)
        raised, found = alert.raised, self._house.times.when(alert.raised)
        if raised.sync is not Sync.NONE or alert.raised_before_ms is not None:
            return told
        if found.wall_ms is None:
            return msgspec.structs.replace(
                told, raised_after_ms=found.after_ms, raised_before_ms=found.before_ms
            )
        at = msgspec.structs.replace(
            raised, wall_ms=found.wall_ms, offset_min=found.offset_min, sync=Sync.HOLDOVER
        )
        return msgspec.structs.replace(told, raised=at)
