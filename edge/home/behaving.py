"""Folds what is said of a day's behaviour into the budget, and says what becomes of the day."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from edge.domain import (
    Alert,
    AlertState,
    Deviation,
    Hazard,
    Question,
    Reason,
    Routine,
    Visit,
    VisitKind,
)
from edge.events import Assessed
from edge.home.budget import Entry, Spoken, spend, wait_for_visit, waited
from edge.home.deciding import is_decided
from edge.home.localday import day_of
from edge.home.state import Home, alert_key, latest_wall_ms

CODE = "behaviour_changed"
SUBJECT = Hazard.WELLBEING.value
# What the reasons of the home's own usual days begin with.
ROUTINE = "routine"
# Somebody of this home was elsewhere on that day, or somebody of another one was in it.
STAY, VISITOR = "stay", "visitor"
# Three reasons are read on a list; the assessment has all of them. One of them is the model's:
# what has figures beside it says more.
REASONS_TOLD, MODEL_REASONS = 3, 1


def behaved(home: Home, event: Assessed) -> tuple[Home, Assessed]:
    """The home after the word on a day, which then says what became of it.

    A word about now, or one that nobody decided should be asked for, is left as it is.
    """
    day = None if event.day is None else day_of(event.day)
    asked = event.hazard is Hazard.WELLBEING and is_decided(home, Question.BEHAVIOUR)
    if day is None or not asked:
        return home, event
    said = Spoken(
        day=day,
        speaks=_speaks(event),
        calm=_is_calm(event),
        explained=event.explained,
        open=alert_key(CODE, SUBJECT) in home.alerts,
    )
    budget, entry = spend(home.behaviour, said)
    if entry is Entry.NO_BUDGET:
        reasons = tuple(reasons_told(event.reasons, event.routine))
        budget = wait_for_visit(budget, day, reasons, latest_wall_ms(home))
    event = msgspec.structs.replace(event, entry=entry.value)
    return msgspec.structs.replace(home, behaviour=budget), event


def visited(home: Home, visits: Sequence[Visit]) -> Home:
    """The home without the days that waited for one of these visits, where it is over.

    Whether anybody asked is not known; a line that comes back at every visit is read by nobody.
    """
    if not home.behaviour.waiting or not home.frame.synced:
        return home
    wall_ms = latest_wall_ms(home)
    over = [v.until_ms for v in visits if v.kind is VisitKind.PHYSICAL and v.until_ms <= wall_ms]
    return _without(home, max(over, default=0))


def closed(home: Home, alert: Alert) -> Home:
    """The home after an alert ended: who closed one about a day has asked about the others too."""
    if alert.code != CODE or alert.state is not AlertState.CLOSED:
        return home
    return _without(home, latest_wall_ms(home) + 1)


def asking_ends(home: Home) -> list[int]:
    """Wall times, UTC ms, at which a visit is over that a day waits for."""
    if not home.behaviour.waiting:
        return []
    wall_ms = latest_wall_ms(home)
    return [
        one.until_ms
        for one in home.visits
        if one.kind is VisitKind.PHYSICAL and one.until_ms > wall_ms
    ]


def _without(home: Home, until_ms: int) -> Home:
    budget = waited(home.behaviour, until_ms)
    if budget is home.behaviour:
        return home
    return msgspec.structs.replace(home, behaviour=budget)


def _speaks(event: Assessed) -> bool:
    if event.routine is not None and event.routine.abstained in (STAY, VISITOR):
        return False  # a stay pauses what is said of behaviour, a visit explains it
    return _is_high(event) or (event.routine is not None and event.routine.speaks)


def _is_high(event: Assessed) -> bool:
    index, limit = event.index, event.alert_from
    return index is not None and limit is not None and index >= limit


def _is_calm(event: Assessed) -> bool:
    """Whether a change that was told is over: by a word, never by its absence."""
    words = [word for word in (event.index, event.routine) if word is not None]
    low = event.index is None or event.calm_below is None or event.index < event.calm_below
    routine = event.routine
    quiet = routine is None or (routine.abstained is None and not routine.speaks)
    return bool(words) and low and quiet


def reasons_told(reasons: Sequence[Reason], routine: Routine | None) -> list[str]:
    """Of both sources, for the catalogues' table `compared`: the home's own with their figures."""
    own = [] if routine is None else [compared(one) for one in routine.deviations]
    model = [r.code for r in reasons if not r.code.startswith(f"{ROUTINE}:")]
    kept = REASONS_TOLD - min(len(model), MODEL_REASONS)
    return [*own[:kept], *model][:REASONS_TOLD]


def compared(one: Deviation) -> str:
    """A measure with its value and what is usual: "routine:moves day 12 30"."""
    form = "drift" if one.drift else "day"
    return f"{ROUTINE}:{one.measure} {form} {_text(one, one.value)} {_text(one, one.usual)}"


def _text(one: Deviation, value: float) -> str:
    if one.unit != "h":
        return f"{value:.1f}".removesuffix(".0")
    minutes = round(value * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
