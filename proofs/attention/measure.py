"""The numbers of the page: what is asked a day of 400 homes, how false, and what was caught."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import msgspec

from edge.escalation import Attention
from proofs.attention.judging import cause, is_caught
from proofs.attention.recorded import Home
from proofs.attention.story import DAYS, PRESSES_OK, RATES
from proofs.attention.week import Lived
from proofs.records import Figure, Machine

HOMES = 400
WEEK_DAYS = 7
INTERRUPTS_A_DAY, TODAY_A_DAY, REACHES_A_WEEK = 10.0, 20.0, 0.5
FALSE_URGENT_A_WEEK, CAUGHT_SHARE = 0.17, 0.95
# None of these may be missed, whatever the share.
NEVER_MISSED = ("smoke", "carbon_monoxide", "press")
BOOTSTRAP_ROUNDS = 1_000


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table of what was asked: how often, and per 400 homes and day."""

    attention: str
    code: str
    cause: str
    count: int
    a_day: float


class Caught(msgspec.Struct, frozen=True, kw_only=True):
    """Of one kind of planted thing: how many, how many caught, and the names of the missed."""

    kind: str
    how: str
    planted: int
    caught: int
    missed: tuple[str, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One half of the proof: recorded homes, or simulated weeks."""

    homes: int
    days: int  # home-days
    lines: tuple[Line, ...]
    figures: tuple[Figure, ...]
    caught: tuple[Caught, ...] = ()
    happened: dict[str, int] = {}
    notes: dict[str, float] = {}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored. `recorded` None: no directory was given."""

    date: str
    commit: str
    command: str
    took_s: float
    machine: Machine
    simulated: Part
    before: Part  # the same weeks with the waits of before: judged by nobody
    bare: Part  # the same weeks without an OK button on the wall: judged by nobody
    recorded: Part | None = None

    @property
    def heeds(self) -> float:
        """The share of those asked that must press the OK button for every budget to hold.

        By a straight line between the same weeks without the button and with the story's share.
        """
        needed = [0.0]
        for bare, found in zip(self.bare.figures, self.simulated.figures, strict=True):
            if found.at_most is not None and bare.value > found.at_most:
                won = bare.value - found.value
                needed.append((bare.value - found.at_most) / won if won > 0 else math.inf)
        return PRESSES_OK * max(needed)

    @property
    def passed(self) -> bool:
        parts = [part for part in (self.simulated, self.recorded) if part is not None]
        return all(figure.ok for part in parts for figure in part.figures)


class _Counts(msgspec.Struct, kw_only=True):
    """Of one home: what counts in the budgets."""

    days: int
    interrupts: int = 0
    today: int = 0
    false: int = 0


def simulated(weeks: Sequence[Lived]) -> Part:
    """Planted emergencies are caught or missed; the budgets count all the rest."""
    lines: Counter[tuple[str, str, str]] = Counter()
    counts, happened = [], Counter[str]()
    for lived in weeks:
        one = _Counts(days=DAYS)
        happened.update(lived.happened)
        planted = {p.kind for p in lived.planted} | {"fault: silence"}
        for asked in lived.asked:
            why = cause(asked, lived)
            lines[asked.attention.value, asked.code, why or "false"] += 1
            if why in planted:
                continue
            one.interrupts += asked.attention is Attention.INTERRUPT
            one.today += asked.attention is Attention.TODAY
            one.false += asked.attention is Attention.INTERRUPT and not why
        counts.append(one)
    caught = _caught(weeks)
    return Part(
        homes=len(weeks),
        days=DAYS * len(weeks),
        lines=_lines(lines, DAYS * len(weeks)),
        figures=(*_budgets(counts, false=True), *_sensitivity(caught)),
        caught=caught,
        happened=dict(sorted(happened.items())),
        notes=_notes(weeks),
    )


def of_recorded(homes: Sequence[Home]) -> Part:
    lines: Counter[tuple[str, str, str]] = Counter()
    counts = []
    for home in homes:
        one = _Counts(days=home.days)
        for asked in home.asked:
            lines[asked.attention.value, asked.code, ""] += 1
            one.interrupts += asked.attention is Attention.INTERRUPT
            one.today += asked.attention is Attention.TODAY
        counts.append(one)
    days = sum(home.days for home in homes)
    return Part(
        homes=len(homes),
        days=days,
        lines=_lines(lines, days),
        figures=_budgets(counts, false=False),
        notes={"silent days": sum(home.silent_days for home in homes)},
    )


def _lines(found: Counter[tuple[str, str, str]], days: int) -> tuple[Line, ...]:
    order = [one.value for one in Attention]
    rows = [
        Line(attention=a, code=code, cause=why, count=n, a_day=round(n / days * HOMES, 2))
        for (a, code, why), n in found.items()
    ]
    return tuple(sorted(rows, key=lambda r: (order.index(r.attention), -r.count, r.code, r.cause)))


def _budgets(counts: Sequence[_Counts], *, false: bool) -> tuple[Figure, ...]:
    def figure(
        name: str, of: Callable[[_Counts], int], scale: float, most: float, unit: str
    ) -> Figure:
        value, (low, high) = _rate(counts, of, scale), _interval(counts, of, scale)
        return Figure(
            name=f"{name} (95 %: {low:.3g} to {high:.3g})",
            value=round(value, 3),
            unit=unit,
            at_most=most,
        )

    found = [
        figure("interrupts, 400 homes", lambda c: c.interrupts, HOMES, INTERRUPTS_A_DAY, "a day"),
        figure("lines of today's list, 400 homes", lambda c: c.today, HOMES, TODAY_A_DAY, "a day"),
        figure(
            "all that reaches a coordinator",
            lambda c: c.interrupts + c.today,
            WEEK_DAYS,
            REACHES_A_WEEK,
            "a home-week",
        ),
    ]
    if false:
        found.append(
            figure(
                "false urgent alerts",
                lambda c: c.false,
                WEEK_DAYS,
                FALSE_URGENT_A_WEEK,
                "a home-week",
            )
        )
    return tuple(found)


def _rate(counts: Sequence[_Counts], of: Callable[[_Counts], int], scale: float) -> float:
    return sum(map(of, counts)) * scale / sum(one.days for one in counts)


def _interval(
    counts: Sequence[_Counts], of: Callable[[_Counts], int], scale: float
) -> tuple[float, float]:
    """By drawing homes with replacement."""
    draw = random.Random(1)
    found = sorted(
        _rate(draw.choices(counts, k=len(counts)), of, scale) for _ in range(BOOTSTRAP_ROUNDS)
    )
    return found[round(0.025 * (len(found) - 1))], found[round(0.975 * (len(found) - 1))]


def _caught(weeks: Sequence[Lived]) -> tuple[Caught, ...]:
    planted: Counter[tuple[str, str]] = Counter()
    missed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for lived in weeks:
        for one in (*lived.planted, *lived.unheard):
            planted[one.kind, one.how] += 1
            if not is_caught(one, lived.asked):
                missed[one.kind, one.how].append(lived.name)
    return tuple(
        Caught(
            kind=kind,
            how=how,
            planted=count,
            caught=count - len(missed[kind, how]),
            missed=tuple(missed[kind, how]),
        )
        for (kind, how), count in sorted(planted.items())
    )


def _sensitivity(found: Sequence[Caught]) -> tuple[Figure, ...]:
    figures = []
    for kind in sorted({one.kind for one in found}):
        rows = [one for one in found if one.kind == kind]
        planted, caught = sum(r.planted for r in rows), sum(r.caught for r in rows)
        share = 100 * (1.0 if kind in NEVER_MISSED else CAUGHT_SHARE)
        figures.append(
            Figure(
                name=f"caught: {kind.replace('_', ' ')} ({caught} of {planted})",
                value=round(100 * caught / planted, 2),
                unit="%",
                at_least=share,
            )
        )
    return tuple(figures)


def _notes(weeks: Sequence[Lived]) -> dict[str, float]:
    """What the budget bears: how many flags of bands, with everything else as it was."""
    urgent = Counter[str]()
    for lived in weeks:
        for asked in lived.asked:
            if asked.attention is Attention.INTERRUPT and not cause(asked, lived):
                urgent[asked.code] += 1
    flags = sum(lived.happened.get("false_fall", 0) for lived in weeks)
    called = urgent["possible_fall"] / flags if flags else 0.0
    rest = (sum(urgent.values()) - urgent["possible_fall"]) / len(weeks)
    bears = (FALSE_URGENT_A_WEEK - rest) / called if called else 0.0
    return {
        "false flags a home-week, as told": RATES["false_fall"],
        "false flags a home-week, here": round(flags / len(weeks), 3),
        "share of false flags that call somebody": round(called, 3),
        "false flags a home-week that the budget bears": round(bears, 3),
    }
