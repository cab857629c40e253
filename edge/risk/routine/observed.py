"""What appliances told of a day, and why a day is none of the home's usual ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from edge.domain import HourCoverage, Stay, StayKind, Visit, VisitKind
from edge.home.behaving import STAY, VISITOR
from edge.risk.daily.counting import Numbers
from edge.risk.daily.observed import Seen, activations
from edge.risk.routine.measuring import Day, day_of

CARE_KINDS = frozenset({"dose", "meal"})

# Why a day is apart, beside STAY and VISITOR. Of several the first is said.
COVERAGE = "poor_coverage"

# Four calls of home care of three quarters of an hour belong to the usual day of who needs much
# help; beyond that somebody keeps them company.
COMPANY_MS = 3 * 3_600_000
# Three quarters of a day seen by every sensor: less would tell of the sensors, not of the person.
SEEN_MIN_SHARE = 0.75
# The questions of the coverage ledger on which a day's measures stand (edge.home.asking).
ASKED = frozenset({"movement", "rooms"})
HOUR_S, HOUR_MS = 3600, 3_600_000

Span = tuple[int, int]
"""From and until, wall time, UTC ms."""


def day(seen: Iterable[Seen], on: date, places: Mapping[str, str], apart: str) -> Day:
    """The local day `on` from rows in the order of time."""
    rows = list(seen)
    return day_of(activations(rows, on, places), care(rows, on), apart)


def care(seen: Iterable[Seen], on: date) -> Numbers:
    """Doses and meals of the day by what devices told; one that told nothing is not known."""
    words = [(one.kind, one.value) for one in seen if one.kind in CARE_KINDS and _is_on(one, on)]
    doses = [value for kind, value in words if kind == "dose"]
    meals = [value for kind, value in words if kind == "meal"]
    found: Numbers = {}
    if doses:
        found["doses.missed"] = float(doses.count("missed"))
    if meals:
        found["meals.taken"] = float(meals.count("taken"))
    return found


def apart(
    span: Span,
    stays: Sequence[Stay],
    visits: Sequence[Visit],
    hours: Sequence[HourCoverage],
    company_hours: int,
) -> str:
    """Why the day of `span` is no usual one, "" for nothing.

    `stays` and `visits` in the order in which they were told; `company_hours`: in how many hours
    of it a device was heard that belongs to somebody who does not live here.
    """
    if any(_overlap_ms(span, one) for one in elsewhere(stays)):
        return STAY
    if company_hours * HOUR_MS > COMPANY_MS or _visited_ms(span, visits) > COMPANY_MS:
        return VISITOR
    return "" if _is_seen(span, hours) else COVERAGE


def elsewhere(stays: Sequence[Stay]) -> list[Span]:
    """When anybody who lives here was said to be elsewhere; a later word ends an earlier one."""
    found: list[tuple[str | None, int, int]] = []
    for stay in stays:
        found = [
            (who, start, min(until, stay.from_ms) if stay.person in (None, who) else until)
            for who, start, until in found
        ]
        if stay.kind is not StayKind.HOME:
            until = FOREVER_MS if stay.until_ms is None else stay.until_ms
            found.append((stay.person, stay.from_ms, until))
    return [(start, until) for _, start, until in found if start < until]


# Later than any wall time that a clock shows.
FOREVER_MS = 1 << 62


def _visited_ms(span: Span, visits: Sequence[Visit]) -> int:
    """How long somebody was visiting; two at the same time are one visit."""
    told = {visit.ref or f"#{n}": visit for n, visit in enumerate(visits)}
    inside = sorted(
        (max(span[0], one.from_ms), min(span[1], one.until_ms))
        for one in told.values()
        if one.kind is VisitKind.PHYSICAL
    )
    total, reached = 0, span[0]
    for start, until in inside:
        total += max(0, until - max(start, reached))
        reached = max(reached, until)
    return total


def _is_seen(span: Span, hours: Sequence[HourCoverage]) -> bool:
    """Whether each question was answered for most of the day; what was not asked is not known."""
    for question in ASKED:
        rows = [h for h in hours if h.question == question and span[0] <= h.hour_ms < span[1]]
        known_s = sum(row.known_s for row in rows)
        if known_s < SEEN_MIN_SHARE * (span[1] - span[0]) / 1000:
            return False
    return True


def _overlap_ms(span: Span, other: Span) -> int:
    return max(0, min(span[1], other[1]) - max(span[0], other[0]))


def _is_on(one: Seen, on: date) -> bool:
    return one.local.date() == on
