"""Reads the days that the home's own usual days are made of, out of the store.

They are counted anew each time, so that a restart or a day without power changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import structlog

from edge.alerts.rules.behaviour_changed import EXPLAINS
from edge.app.house import House
from edge.domain import HourCoverage, Instant, PersonKind, Question, Routine, Stay, Visit
from edge.home.deciding import is_decided
from edge.risk.daily.observed import KINDS, Seen
from edge.risk.routine import observed
from edge.risk.routine.judging import DAYS_BEFORE, judge
from edge.risk.routine.measuring import Day
from edge.store import activity, coverage

log = structlog.get_logger()

MINUTE_MS, DAY_MS = 60_000, 86_400_000
# A row's own local day may begin up to a change of the clock earlier or later than by ours; and
# what a sensor saw at midnight is told by its last row before.
MARGIN_MS = 3 * 60 * MINUTE_MS
EPOCH = date(1970, 1, 1)
# Who is in the home and does not live there, when their tag is heard.
_GUESTS = frozenset({PersonKind.VISITOR, PersonKind.RELATIVE, PersonKind.WORKER})

Rows = list[Seen]


def span_of(day: date, now: Instant) -> observed.Span:
    """The local day in wall time, by the home's offset of now."""
    start_ms = (day - EPOCH).days * DAY_MS - now.offset_min * MINUTE_MS
    return start_ms, start_ms + DAY_MS


async def rows_of(house: House, day: date, now: Instant) -> Rows:
    """What sensors, instruments and appliances told around the day; nothing if it is too much."""
    start_ms, end_ms = span_of(day, now)
    rows = await house.store.look(
        activity.seen, start_ms - MARGIN_MS, end_ms + MARGIN_MS, KINDS | observed.CARE_KINDS
    )
    if rows is None:
        log.warning("daily_change_too_much", count=activity.ROWS_MAX)
        return []
    return [Seen(*row) for row in rows]


class UsualDays:
    """One house's days, for the word on the last of them."""

    def __init__(self, house: House, places: Mapping[str, str]) -> None:
        self._house = house
        self._places = places

    @property
    def decided(self) -> bool:
        """Whether days may be held against each other here."""
        return is_decided(self._house.keeper.home, Question.BEHAVIOUR)

    async def word(
        self, day: date, now: Instant, read: Sequence[Rows], beat: Callable[[], None]
    ) -> Routine:
        """The word on `day`; `read`: the rows of the days up to it that were read already."""
        stays, visits = await self._house.store.look(activity.lived)
        days = []
        for back in range(DAYS_BEFORE, -1, -1):
            beat()
            one = day - timedelta(days=back)
            rows = read[-1 - back] if back < len(read) else await rows_of(self._house, one, now)
            days.append(await self._day(one, now, rows, stays, visits))
        return judge(days)

    async def explained(self, day: date, now: Instant) -> bool:
        """Whether a rule raised an alert about the resident on that day."""
        return not EXPLAINS.isdisjoint(
            await self._house.store.look(activity.raised, *span_of(day, now))
        )

    async def _day(
        self, day: date, now: Instant, rows: Rows, stays: list[Stay], visits: list[Visit]
    ) -> Day:
        why = await self.apart(day, now, stays, visits)
        return observed.day(rows, day, self._places, why)

    async def apart(
        self, day: date, now: Instant, stays: Sequence[Stay], visits: Sequence[Visit]
    ) -> str:
        """Why the local day is no usual one, in a short code; "" for nothing."""
        span = span_of(day, now)
        hours, company = await self._hours(span), await self._company_hours(span)
        return observed.apart(span, stays, visits, hours, company)

    async def _company_hours(self, span: observed.Span) -> int:
        home = self._house.keeper.home
        guests = {p.id for p in home.persons.values() if p.kind in _GUESTS}
        tags = [d.id for d in home.devices.values() if d.person in guests]
        if not tags:
            return 0
        return await self._house.store.look(activity.company_hours, *span, tags)

    async def _hours(self, span: observed.Span) -> list[HourCoverage]:
        return await self._house.store.look(coverage.hours, from_ms=span[0], until_ms=span[1])
