"""Folds what is said of a day's behaviour into the budget, and says what becomes of the day."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from edge.domain import Deviation, Hazard, Question, Reason, Routine
from edge.events import Assessed
from edge.home.budget import Entry, Spoken, spend, wait_for_visit
from edge.home.deciding import is_decided
from edge.home.localday import day_of
from edge.home.state import Home, alert_key

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
        budget = wait_for_visit(budget, day, tuple(reasons_told(event.reasons, event.routine)))
    event = msgspec.structs.replace(event, entry=entry.value)
    return msgspec.structs.replace(home, behaviour=budget), event


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
