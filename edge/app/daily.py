"""Once a day, after local midnight: what is there to say of the day that ended?

The model of daily change says how unlike others it was; the home's own usual days say in what.

Only where it is decided that behaviour is followed, and the settings say which sensor stands for
which place: without a decision nobody's days are counted. The day and its three weeks are
counted anew from the stored rows each time, so that a restart or a day without power changes
nothing: the day that was assessed last stands in its assessment.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import msgspec
import structlog

from edge.app.drifting import Drifting
from edge.app.house import House
from edge.app.routine import EPOCH, Rows, UsualDays, rows_of
from edge.domain import Hazard, Instant, Routine, Sync
from edge.errors import ModelUnavailableError, StoreError
from edge.events import Assessed, Fault, FaultKind
from edge.risk.daily import extract
from edge.risk.daily.extract import BASELINE_DAYS, Row
from edge.risk.daily.observed import facts
from edge.risk.daily.table import DAILY_CHANGE
from edge.risk.routine.reasons import routine_reasons
from edge.risk.said import said, unsaid

log = structlog.get_logger()

SLICE_MS = 5_000
LOOK_EVERY_MS = 60_000
# Telemetry commits within a minute, and a sensor's last word of the day may be a little late.
AFTER_MIDNIGHT_MIN = 10

MINUTE_MS, DAY_MS = 60_000, 86_400_000


class DailyChange:
    """One task: `run`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._places = {one.device: one.place for one in house.config.day_place}
        self._usual = UsualDays(house, self._places)
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
        if not self._usual.decided:
            return
        self._look_ms = now.boottime_ms + LOOK_EVERY_MS
        day = _ended(now)
        last = self._house.keeper.home.assessments.get(Hazard.WELLBEING)
        if last is not None and last.day is not None and last.day >= day.isoformat():
            return
        try:
            read = await self._read(day, now, beat)
            word = await self._usual.word(day, now, read, beat)
            explained = await self._usual.explained(day, now)
        except StoreError as error:
            if not error.fault:  # a disk that fails has a loop and a fault of its own
                raise
            return
        why, row = self._counted(day, read)
        told = with_routine(await self._assess(day, why, row), word, explained=explained)
        self._house.tell(told)
        if await self._house.keep():
            await self._drift.look(day.isoformat())

    async def counted(
        self, day: date, now: Instant, beat: Callable[[], None] = lambda: None
    ) -> tuple[str | None, Row | None]:
        """Why there is nothing to ask of `day`, or its features; from the stored rows alone."""
        return self._counted(day, await self._read(day, now, beat))

    async def _read(self, day: date, now: Instant, beat: Callable[[], None]) -> list[Rows]:
        """The rows of `day`, the last one, and of the days that it is held against."""
        read = []
        for back in range(BASELINE_DAYS, -1, -1):
            beat()
            read.append(await rows_of(self._house, day - timedelta(days=back), now))
        return read

    def _counted(self, day: date, read: list[Rows]) -> tuple[str | None, Row | None]:
        first = day - timedelta(days=BASELINE_DAYS)
        *past, today = [
            facts(rows, first + timedelta(days=n), self._places) for n, rows in enumerate(read)
        ]
        why = extract.abstention(today, past)
        return why, None if why is not None else extract.features(today, past)

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


def with_routine(told: Assessed, word: Routine, *, explained: bool) -> Assessed:
    """What the model said of a day, with what the home's own usual days say of it."""
    return msgspec.structs.replace(
        told, routine=word, reasons=told.reasons + routine_reasons(word), explained=explained
    )


def _ended(now: Instant) -> date:
    """The last local day that is over and of which all is stored."""
    local_min = now.wall_ms // MINUTE_MS + now.offset_min - AFTER_MIDNIGHT_MIN
    return EPOCH + timedelta(days=local_min * MINUTE_MS // DAY_MS - 1)
