"""From what happened in an area to its figures, with those of small numbers hidden. Pure.

A figure of few tells of one: a count of 1 to 4, or anything that stands on fewer than five homes
or cases, is hidden. What is hidden in a column sums to at least five as well, or else the total
would tell it: then the smallest figures that could still be shown are hidden with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from statistics import median

from edge.domain import Record

# The smallest number that may be shown (`field.md` section 7: n >= 5).
SMALL = 5
TOTAL = ""
WEEK_S = 7 * 86_400


class Kpi(StrEnum):
    """One column. Every name is a key of the words."""

    HOMES = "homes"
    ASSESSMENTS = "assessments"
    ASSESSMENTS_PER_100 = "assessments_per_100"
    OPEN_CRITICAL = "open_critical"
    DRAFTS = "drafts"
    RELEASED = "released"
    REJECTED = "rejected"
    ALERTS_PER_WEEK = "alerts_per_home_week"
    INTERRUPTS_PER_WEEK = "interrupts_per_home_week"
    USEFUL = "useful_share"
    ONLINE = "online_share"
    WORN = "worn_share"


# days_to_close:<party>, one column for each responsible party
DAYS_TO_CLOSE = "days_to_close"
# Where a count of one to four would tell of a person.
COUNTS = frozenset(
    {Kpi.HOMES, Kpi.ASSESSMENTS, Kpi.OPEN_CRITICAL, Kpi.DRAFTS, Kpi.RELEASED, Kpi.REJECTED}
)
# Counts of what happened: those of the months of a period add up to its own.
ADDED_UP = ("assessments", "drafts", "released", "rejected", "alerts", "interrupts")
# A rate and the homes that it stands on would tell these counts.
_RATE_OF = {
    Kpi.ASSESSMENTS_PER_100: ("homes", "assessments"),
    Kpi.ALERTS_PER_WEEK: ("alerts",),
    Kpi.INTERRUPTS_PER_WEEK: ("interrupts",),
}


class Facts(Record, frozen=True, kw_only=True):
    """What happened in one area within the period. Shares are lists, one value a home."""

    homes: int = 0
    home_s: float = 0.0  # seconds in which its homes were in service
    offline_s: float = 0.0  # of them, not heard
    assessments: int = 0
    open_critical: int = 0
    close_days: Mapping[str, tuple[float, ...]] = {}  # by responsible party, a closed task each
    drafts: int = 0
    released: int = 0
    rejected: int = 0
    alerts: int = 0
    interrupts: int = 0  # of them, critical and high
    useful: int = 0
    not_useful: int = 0
    worn: tuple[float, ...] = ()


class Cell(Record, frozen=True):
    """One figure: `value` None where there is nothing to tell; `n` homes or cases it stands on."""

    value: float | None
    n: int
    hidden: bool = False


Row = dict[str, Cell]


def figures(
    areas: Mapping[str, Facts], withheld: Mapping[str, Collection[str]] | None = None
) -> dict[str, Row]:
    """By area, and TOTAL over all of them: each figure, or that it is hidden.

    `withheld`: by count of ADDED_UP, the areas in which it would tell a month's small number.
    """
    whole = {**areas, TOTAL: together(list(areas.values()))}
    parties = sorted({party for facts in areas.values() for party in facts.close_days})
    small = {
        name: hidden(areas, name) | set((withheld or {}).get(name, ()))
        for name in (*COUNTS, *ADDED_UP)
    }
    rows: dict[str, Row] = {area: {} for area in whole}
    for kpi in Kpi:
        cells = {area: _WHAT[kpi](facts) for area, facts in whole.items()}
        if kpi in COUNTS:
            out = small[kpi.value]
        else:
            out = _hidden(cells, whole, counts=False)
            out = out.union(*(small[name] for name in _RATE_OF.get(kpi, ())))
        _fill(rows, kpi.value, cells, out)
    for party in parties:
        cells = {area: _days_of(party)(facts) for area, facts in whole.items()}
        _fill(rows, f"{DAYS_TO_CLOSE}:{party}", cells, _hidden(cells, whole, counts=False))
    return rows


def hidden(areas: Mapping[str, Facts], name: str) -> set[str]:
    """Where a count is hidden, TOTAL among them; by this period alone."""
    whole = {**areas, TOTAL: together(list(areas.values()))}
    cells = {area: _count(name)(facts) for area, facts in whole.items()}
    return _hidden(cells, whole, counts=True)


def together(parts: Sequence[Facts]) -> Facts:
    """Several areas as one."""
    parties = sorted({party for facts in parts for party in facts.close_days})
    days = {p: tuple(d for facts in parts for d in facts.close_days.get(p, ())) for p in parties}
    return Facts(
        homes=sum(f.homes for f in parts),
        home_s=sum(f.home_s for f in parts),
        offline_s=sum(f.offline_s for f in parts),
        assessments=sum(f.assessments for f in parts),
        open_critical=sum(f.open_critical for f in parts),
        close_days=days,
        drafts=sum(f.drafts for f in parts),
        released=sum(f.released for f in parts),
        rejected=sum(f.rejected for f in parts),
        alerts=sum(f.alerts for f in parts),
        interrupts=sum(f.interrupts for f in parts),
        useful=sum(f.useful for f in parts),
        not_useful=sum(f.not_useful for f in parts),
        worn=tuple(w for f in parts for w in f.worn),
    )


def _fill(rows: dict[str, Row], name: str, cells: Mapping[str, Cell], out: Collection[str]) -> None:
    for area, cell in cells.items():
        rows[area][name] = Cell(None, 0, hidden=True) if area in out else cell


def _hidden(cells: Mapping[str, Cell], whole: Mapping[str, Facts], *, counts: bool) -> set[str]:
    """What is small in a column, and enough with it that the total tells nothing."""

    def size(area: str) -> float:
        """What the total less the shown would tell of this cell."""
        value = cells[area].value
        return value if counts and value is not None else cells[area].n

    out = {area for area in cells if is_small(cells[area], whole[area].homes, counts=counts)}
    apart = out - {TOTAL}
    shown = sorted(
        (area for area in cells if area not in out and area != TOTAL and size(area) > 0),
        key=lambda area: (size(area), area),
    )
    while apart and TOTAL not in out and sum(size(area) for area in apart) < SMALL:
        if not shown:
            out.add(TOTAL)
            break
        apart.add(shown.pop(0))
    return out | apart


def is_small(cell: Cell, homes: int, *, counts: bool) -> bool:
    if cell.value is None:
        return False  # nothing to tell tells nothing
    if 0 < homes < SMALL:
        return True
    return 0 < cell.value < SMALL if counts else cell.n < SMALL


def _count(name: str) -> Callable[[Facts], Cell]:
    def of(facts: Facts) -> Cell:
        return Cell(float(getattr(facts, name)), facts.homes)

    return of


def _per_week(name: str) -> Callable[[Facts], Cell]:
    def of(facts: Facts) -> Cell:
        weeks = facts.home_s / WEEK_S
        return Cell(getattr(facts, name) / weeks if weeks else None, facts.homes)

    return of


def _per_100(facts: Facts) -> Cell:
    value = 100 * facts.assessments / facts.homes if facts.homes else None
    return Cell(value, facts.homes)


def _useful(facts: Facts) -> Cell:
    said = facts.useful + facts.not_useful
    return Cell(facts.useful / said if said else None, said)


def _online(facts: Facts) -> Cell:
    value = 1 - facts.offline_s / facts.home_s if facts.home_s else None
    return Cell(value, facts.homes)


def _worn(facts: Facts) -> Cell:
    return Cell(sum(facts.worn) / len(facts.worn) if facts.worn else None, len(facts.worn))


def _days_of(party: str) -> Callable[[Facts], Cell]:
    def of(facts: Facts) -> Cell:
        days = facts.close_days.get(party, ())
        return Cell(median(days) if days else None, len(days))

    return of


_WHAT: Mapping[Kpi, Callable[[Facts], Cell]] = {
    Kpi.HOMES: _count("homes"),
    Kpi.ASSESSMENTS: _count("assessments"),
    Kpi.ASSESSMENTS_PER_100: _per_100,
    Kpi.OPEN_CRITICAL: _count("open_critical"),
    Kpi.DRAFTS: _count("drafts"),
    Kpi.RELEASED: _count("released"),
    Kpi.REJECTED: _count("rejected"),
    Kpi.ALERTS_PER_WEEK: _per_week("alerts"),
    Kpi.INTERRUPTS_PER_WEEK: _per_week("interrupts"),
    Kpi.USEFUL: _useful,
    Kpi.ONLINE: _online,
    Kpi.WORN: _worn,
}
