"""What the devices of a home can say to a checklist, and what follows from it.

A signal is one number about now, worked out elsewhere (`edge.app.signals`); a signal that
nobody can work out is left out, and says nothing. It fills in an item that nobody answered, or
stands beside a person's answer as a conflict; it never takes the place of what a person said.
Where only a person can say what it means, it asks that the item be asked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping

from edge.domain import (
    Answer,
    Checklist,
    ChecklistAnswer,
    ChecklistItem,
    Record,
    Signal,
    Sync,
)

SIGNALS: Mapping[str, str] = {
    "smoke_alarm.silent": "smoke alarms that were not heard for as long as they promise",
    "smoke_alarm.battery_low": "smoke alarms that say their battery is low",
    "smoke_alarm.tested_days": "days since the least lately tested alarm's last heard test",
    "stove_guard.silent": "cooker guards that were not heard for as long as they promise",
    "stove_guard.cuts_90d": "times in 90 days that a guard cut the cooker, false alarms left out",
    "fire.events_730d": "smoke and heat alarms in 24 months, tests and false alarms left out",
    "falls.count_30d": "falls that a worn device told of in 30 days, false alarms left out",
    "falls.count_365d": "the same in 12 months",
    "co_alarm.events_365d": "carbon monoxide alarms in 12 months, tests and false alarms left out",
    "no_activity.events_30d": "times in 30 days that nobody was seen to move, and it was so",
    "tag.not_worn": "worn devices that are not worn",
    "tag.worn_percent_7d": "share of the last week in which a tag or fall detector was worn, %",
    "dose.taken_percent_14d": "doses taken of those due in 14 days, in percent",
    "meal.missed_7d": "meals in 7 days that were heated and not taken",
    "toilet.night_visits_7d": "ways from the bedroom to the bathroom a night, on 3 of the last 7",
    "activity.down_percent_7d": "changes of room a day: how much fewer than in the week before, %",
    "weight.down_percent_90d": "how much less than the highest weight in 90 days, in percent",
}

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Signals = Mapping[str, float]

DEVICE = "device"

# A question of a device is answered by what a person said so lately: as far back as signals that
# ask look.
ASKED_DAYS = 30
DAY_MS = 86_400_000


class Suggestion(Record, frozen=True, kw_only=True):
    """What a signal says to an item. `said`: what a person says instead; "": nobody answered."""

    item: str
    code: str
    signal: str
    value: float
    said: str = ""


def suggested(item: ChecklistItem, signals: Signals) -> Signal | None:
    """The first of the item's signals that is known, holds and suggests an answer."""
    return next((one for one in _holding(item, signals) if one.suggests), None)


def _holding(item: ChecklistItem, signals: Signals) -> Iterator[Signal]:
    for one in item.signals:
        value = signals.get(one.signal)
        if value is not None and OPERATORS[one.op](value, one.value):
            yield one


def prefills(
    checklist: Checklist, answers: Mapping[str, Answer], signals: Signals
) -> tuple[Suggestion, ...]:
    """What devices would answer to items that no person has answered, where it is news."""
    found = []
    for item in checklist.items:
        before = answers.get(item.id)
        if before is not None and before.source != DEVICE:
            continue
        one = suggested(item, signals)
        if one is not None:
            found.append(_suggestion(item, one, signals))
    return tuple(found)


def conflicts(
    checklist: Checklist, answers: Mapping[str, Answer], signals: Signals
) -> tuple[Suggestion, ...]:
    """Items where a device says a hazard and a person none, or the other way round.

    A difference only in how bad it is is no conflict. What was not known to the person, or not
    told, contradicts nothing.
    """
    found = []
    for item in checklist.items:
        before = answers.get(item.id)
        if before is None or before.source == DEVICE or not before.code:
            continue
        one = suggested(item, signals)
        said = _find(item, before.code)
        heard = None if one is None else _find(item, one.suggests)
        if one is None or said is None or heard is None:
            continue
        if bool(said.points) != bool(heard.points):
            suggestion = _suggestion(item, one, signals)
            found.append(
                Suggestion(
                    item=suggestion.item,
                    code=suggestion.code,
                    signal=suggestion.signal,
                    value=suggestion.value,
                    said=before.code,
                )
            )
    return tuple(found)


def questions(
    checklist: Checklist, answers: Mapping[str, Answer], signals: Signals, wall_ms: int
) -> tuple[Suggestion, ...]:
    """Items that a device asks to be asked; their code is "".

    Not where a person told of a hazard, or said anything within `ASKED_DAYS`.
    """
    found = []
    for item in checklist.items:
        asking = next((one for one in _holding(item, signals) if not one.suggests), None)
        before = answers.get(item.id)
        if asking is not None and (before is None or _is_open_to(item, before, wall_ms)):
            found.append(_suggestion(item, asking, signals))
    return tuple(found)


def _is_open_to(item: ChecklistItem, before: Answer, wall_ms: int) -> bool:
    said = _find(item, before.code)
    if before.source == DEVICE or said is None:
        return True
    if said.points:
        return False
    dated = before.at.sync is not Sync.NONE
    return not dated or wall_ms - before.at.wall_ms >= ASKED_DAYS * DAY_MS


def _find(item: ChecklistItem, code: str) -> ChecklistAnswer | None:
    return next((answer for answer in item.answers if answer.code == code), None)


def _suggestion(item: ChecklistItem, one: Signal, signals: Signals) -> Suggestion:
    return Suggestion(item=item.id, code=one.suggests, signal=one.signal, value=signals[one.signal])
