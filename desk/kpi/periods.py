"""A stretch of whole days with a name: a year, a quarter, a month. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from edge.domain import Record

_MONTHS = {"Q1": 1, "Q2": 4, "Q3": 7, "Q4": 10}


class Period(Record, frozen=True, kw_only=True):
    """`first` to before `end`, local days; `name`: 2026, 2026-Q3 or 2026-09."""

    name: str
    first: date
    end: date

    def span_ms(self, zone: ZoneInfo) -> tuple[int, int]:
        """Wall milliseconds of its local midnights."""
        first, end = (
            round(datetime(d.year, d.month, d.day, tzinfo=zone).timestamp() * 1000)
            for d in (self.first, self.end)
        )
        return first, end

    def months(self) -> tuple[Period, ...]:
        """The months that it is made of; a month: itself."""
        count = (self.end.year - self.first.year) * 12 + self.end.month - self.first.month
        starts = [_later(self.first.year, self.first.month, n) for n in range(count + 1)]
        return tuple(
            Period(name=f"{first:%Y-%m}", first=first, end=end) for first, end in pairwise(starts)
        )

    def quarters(self) -> tuple[Period, ...]:
        """The quarters that a year is made of; a quarter: itself; a month: none."""
        months = self.months()
        return tuple(
            Period(
                name=f"{part[0].first.year}-Q{part[0].first.month // 3 + 1}",
                first=part[0].first,
                end=part[-1].end,
            )
            for part in (months[n : n + 3] for n in range(0, len(months), 3))
            if len(part) == 3  # noqa: PLR2004 - months of a quarter
        )


def parse(text: str) -> Period | None:
    """A year, a quarter or a month; None when it is none."""
    found = re.fullmatch(r"(2\d{3})(?:-(Q[1-4]|0[1-9]|1[0-2]))?", text)
    if found is None:
        return None
    year, part = int(found[1]), found[2]
    month, months = (1, 12) if part is None else (_MONTHS.get(part), 3)
    if month is None:
        month, months = int(part), 1
    return Period(name=text, first=date(year, month, 1), end=_later(year, month, months))


def before(today: date) -> Period:
    """The last whole month."""
    year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    found = parse(f"{year}-{month:02d}")
    if found is None:
        raise ValueError(today)
    return found


def _later(year: int, month: int, months: int) -> date:
    whole = year * 12 + month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)
