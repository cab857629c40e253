"""An assessment visit: the fire list answered whole, so that a level comes of it."""

from __future__ import annotations

from edge.domain import Answer, AnswerState, Checklist, ChecklistItem, Instant
from edge.events import Answered

# Shares of levels with mending on the visit, from a simulation with guessed prevalences: about
# half green, a quarter yellow, a quarter orange. Red is planted, as what must be caught.
SHARES = {"calm": 0.75, "orange": 0.25}
# A burn mark in bed is an open critical; with nobody able to get out it is red.
HAZARDS: dict[str, dict[str, str]] = {
    "calm": {},
    "orange": {"FS-05": "bed"},
    "red": {"FS-05": "bed", "FS-22": "no"},
}


def answers(level: str, fire: Checklist, at: Instant) -> Answered:
    """Every item answered now, all in order but for what makes this level."""
    found = HAZARDS[level]
    return Answered(answers=tuple(_answer(item, found, fire.id, at) for item in fire.items))


def _answer(item: ChecklistItem, found: dict[str, str], checklist: str, at: Instant) -> Answer:
    calm = min(item.answers, key=lambda one: one.points)
    code = found.get(item.id, calm.code)
    points = next(one.points for one in item.answers if one.code == code)
    state = AnswerState.HAZARD if points else AnswerState.OK
    if code == AnswerState.NOT_APPLICABLE.value:
        state = AnswerState.NOT_APPLICABLE
    return Answer(
        checklist=checklist,
        item=item.id,
        code=code,
        state=state,
        by="nurse.one",
        role="nurse",
        source="human",
        at=at,
    )
