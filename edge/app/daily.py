"""Once a day, after local midnight: what does the model of daily change say of the day that ended?

Only where the settings say which sensor stands for which place. The day and its three weeks are
counted anew from the stored rows each time, so that a restart or a day without power changes
nothing: the day that was assessed last stands in its assessment.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import structlog

from edge.app.drifting import Drifting
from edge.app.house import House
from edge.domain import Hazard, Instant, Sync
from edge.errors import ModelUnavailableError, StoreError
from edge.events import Assessed, Fault, FaultKind
from edge.risk.daily import extract
from edge.risk.daily.extract import BASELINE_DAYS, DayFacts, Row
from edge.risk.daily.observed import KINDS, Seen, facts
from edge.risk.daily.table import DAILY_CHANGE
from edge.risk.said import said, unsaid
from edge.store import activity

log = structlog.get_logger()

SLICE_MS = 5_000
LOOK_EVERY_MS = 60_000
# Telemetry commits within a minute, and a sensor's last word of the day may be a little late.
AFTER_MIDNIGHT_MIN = 10

MINUTE_MS, DAY_MS = 60_000, 86_400_000
# A row's own local day may begin up to a change of the clock earlier or later than by ours; and
# what a sensor saw at midnight is told by its last row before.
MARGIN_MS = 3 * 60 * MINUTE_MS
EPOCH = date(1970, 1, 1)


class DailyChange:
    """One task: `run`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._places = {one.device: one.place for one in house.config.day_place}
        self._look_ms = 0
        self._drift = Drifting(house)

    async def run(self, beat: Callable[[], None] = lambda: None) -> None:
        while True:
            beat()
            await self.turn(beat)
            now_ms = self._house.clock.now().boottime_ms
            await self._house.clock.sleep_until(now_ms + SLICE_MS)

    async def turn(self, beat: Callable[[], None] = lambda: None) -> None:
        """Assess yesterday, unless that is done, not yet due, or not to be known."""
        now = self._house.clock.now()
        if not self._places or now.sync is Sync.NONE or now.boottime_ms < self._look_ms:
            return
        self._look_ms = now.boottime_ms + LOOK_EVERY_MS
        day = _ended(now)
        last = self._house.keeper.home.assessments.get(Hazard.WELLBEING)
        if last is not None and last.day is not None and last.day >= day.isoformat():
            return
        try:
            why, row = await self.counted(day, now, beat)
        except StoreError as error:
            if not error.fault:  # a disk that fails has a loop and a fault of its own
                raise
            return
        self._house.tell(await self._assess(day, why, row))
        if await self._house.keep():
            await self._drift.look(day.isoformat())

    async def counted(
        self, day: date, now: Instant, beat: Callable[[], None] = lambda: None
    ) -> tuple[str | None, Row | None]:
        """Why there is nothing to ask of `day`, or its features; from the stored rows alone."""
        *past, today = [
            await self._facts(day - timedelta(days=back), now, beat)
            for back in range(BASELINE_DAYS, -1, -1)
        ]
        why = extract.abstention(today, past)
        return why, None if why is not None else extract.features(today, past)

    async def _facts(self, day: date, now: Instant, beat: Callable[[], None]) -> DayFacts:
        beat()
        start_ms = (day - EPOCH).days * DAY_MS - now.offset_min * MINUTE_MS
        rows = await self._house.store.look(
            activity.seen, start_ms - MARGIN_MS, start_ms + DAY_MS + MARGIN_MS, KINDS
        )
        if rows is None:
            log.warning("daily_change_too_much", count=activity.ROWS_MAX)
            return extract.day_facts([])
        return facts((Seen(*row) for row in rows), day, self._places)

    async def _assess(self, day: date, why: str | None, row: Row | None) -> Assessed:
        if row is None:
            return unsaid(Hazard.WELLBEING, DAILY_CHANGE, None, why or "", day=day.isoformat())
        house = self._house
        try:
            (answer,) = await house.model.assess(DAILY_CHANGE, [row])
        except ModelUnavailableError as error:
            log.warning("model_unavailable", model=DAILY_CHANGE, code=error.code, reason=str(error))
            house.faults[DAILY_CHANGE] = str(error)
            house.tell(
                Fault(kind=FaultKind.MODEL, subject=DAILY_CHANGE, gone=True, detail=error.code)
            )
            return unsaid(Hazard.WELLBEING, DAILY_CHANGE, row, error.code, day=day.isoformat())
        if house.faults.pop(DAILY_CHANGE, None) is not None:
            house.tell(Fault(kind=FaultKind.MODEL, subject=DAILY_CHANGE, gone=False))
        return said(Hazard.WELLBEING, row, answer, day=day.isoformat())


def _ended(now: Instant) -> date:
    """The last local day that is over and of which all is stored."""
    local_min = now.wall_ms // MINUTE_MS + now.offset_min - AFTER_MIDNIGHT_MIN
    return EPOCH + timedelta(days=local_min * MINUTE_MS // DAY_MS - 1)
