"""The figures of a period beside those of the months and quarters in it, which others have. Pure.

Months are told first, and by themselves; a quarter or a year is told as far as no difference with
them tells a number that they hide (`desk.kpi.differencing`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

import msgspec

from desk.kpi.differencing import Sum, Told, plain_sum
from desk.kpi.figures import ADDED_UP, SMALL, TOTAL, Facts, Row, figures, hidden, together
from desk.kpi.periods import Period
from edge.domain import Record

Areas = Mapping[str, Facts]


class _Table(Record, frozen=True, kw_only=True):
    """One period: its months by place, its facts, TOTAL too; by count the areas that are hidden."""

    months: tuple[int, ...]
    facts: Areas
    hidden: Mapping[str, set[str]]

    def value(self, area: str, name: str) -> int:
        found = self.facts.get(area)
        return 0 if found is None else int(getattr(found, name))

    def has_few_homes(self, area: str) -> bool:
        found = self.facts.get(area)
        return found is not None and 0 < found.homes < SMALL


def _table(months: tuple[int, ...], facts: Areas) -> _Table:
    """A period by itself: nothing else is told yet."""
    return _Table(
        months=months,
        facts={**facts, TOTAL: together(list(facts.values()))},
        hidden={name: hidden(facts, name) for name in ADDED_UP},
    )


def table(period: Period, of: Callable[[Period], Areas]) -> dict[str, Row]:
    """By area, and TOTAL; `of` gives what happened in a period."""
    months = period.months()
    each = [of(one) for one in months]
    if len(each) == 1:
        return figures(each[0])
    told = [_table((place,), found) for place, found in enumerate(each)]
    names = [one.name for one in months]
    quarters = period.quarters()
    facts: dict[str, Facts] = {}
    for part in (*quarters, period) if len(quarters) > 1 else (period,):
        places = tuple(names.index(one.name) for one in part.months())
        facts = _added_up(of(part), [each[place] for place in places])
        alone = _table(places, facts)
        out = {name: _out(told, alone, name) for name in ADDED_UP}
        told.append(msgspec.structs.replace(alone, hidden=out))
    return figures(facts, told[-1].hidden)


def _added_up(whole: Areas, months: Sequence[Areas]) -> dict[str, Facts]:
    """`whole` with what happened as its months have it, each in the area that a home had then."""
    areas = sorted({area for one in (whole, *months) for area in one})
    made = {}
    for area in areas:
        parts = together([one[area] for one in months if area in one])
        happened = {
            name: getattr(parts, name) for name in (*ADDED_UP, "home_s", "offline_s", "close_days")
        }
        made[area] = msgspec.structs.replace(whole.get(area, Facts()), **happened)
    return made


def _out(told: Sequence[_Table], whole: _Table, name: str) -> set[str]:
    """Where a count of `whole` is hidden, beside all tables that are told."""
    areas = sorted({area for one in (*told, whole) for area in one.facts} - {TOTAL})
    known = Told(_secrets([*told, whole], areas, name))
    for one in told:
        for area in (*areas, TOTAL):
            if area not in one.hidden[name]:
                known.tell(_sum(areas, area, one.months))
    out = set(whole.hidden[name])
    # What says most is told first: all areas, then the largest one.
    for area in (TOTAL, *sorted(areas, key=lambda area: (-whole.value(area, name), area))):
        added = _sum(areas, area, whole.months)
        if area in out:
            continue
        if known.would_tell(added):
            out.add(area)
        else:
            known.tell(added)
    return out


def _secrets(tables: Sequence[_Table], areas: Sequence[str], name: str) -> Iterator[Sum]:
    """Each hidden count that is small; what is hidden of an area, where all of it is small."""
    for one in tables:
        for area in (*areas, TOTAL):
            small = 0 < one.value(area, name) < SMALL or one.has_few_homes(area)
            if area in one.hidden[name] and small:
                yield _sum(areas, area, one.months)
    months = [one for one in tables if len(one.months) == 1]
    for whole in tables[len(months) :]:
        for area in (*areas, TOTAL):
            away = [
                one for one in months if one.months[0] in whole.months and area in one.hidden[name]
            ]
            if 0 < sum(one.value(area, name) for one in away) < SMALL:
                yield _sum(areas, area, tuple(one.months[0] for one in away))


def _sum(areas: Sequence[str], area: str, months: Sequence[int]) -> Sum:
    counts: list[Hashable] = [
        (one, month) for one in (areas if area == TOTAL else (area,)) for month in months
    ]
    return plain_sum(counts)
