"""What a level stood on, kept with it; the answers of that moment are found again by their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from edge.domain import Answer, Checklist, Grounds, Happened, Sync
from edge.home import told
from edge.home.state import Home
from edge.risk.tasking import has_climbed
from edge.risk.together import Answers

# Changes whenever the same answers to the same lists would come to another level, other points or
# other reasons; `tests/risk/test_grounds.py` finds a change that forgot it.
RULES = "levels/2"

_ENCODER = msgspec.json.Encoder(order="sorted")


def grounds_of(home: Home, wall_ms: int) -> Grounds:
    """What the levels of this moment stand on; validity is judged by `wall_ms` (UTC)."""
    return Grounds(
        rules=RULES,
        judged_ms=wall_ms,
        answers=answers_hash(home.answers),
        lists={
            f"{name}/{checklist.version}": list_hash(checklist)
            for name, checklist in sorted(home.settings.checklists.items())
        },
        happened={
            key: Happened(trigger=one.trigger.value, at=one.at) for key, one in home.anew.items()
        },
        repeated=tuple(sorted(i for i, task in home.tasks.items() if has_climbed(task))),
        dated={
            f"{name}/{item}": one.at.wall_ms
            for name, items in home.answers.items()
            for item, one in items.items()
            if one.at.sync is not Sync.NTP
        },
    )


def list_hash(checklist: Checklist) -> str:
    """SHA-256 of all that a list says, its words included."""
    return hashlib.sha256(_ENCODER.encode(checklist)).hexdigest()


def answers_hash(answers: Answers) -> str:
    """SHA-256 of the answers in force. When they were given is told by the boot, which no clock
    that is set later changes.
    """
    rows = sorted(
        (a.checklist, a.item, a.code, a.state, a.role, a.source, a.at.boot, a.at.boottime_ms)
        for items in answers.values()
        for a in items.values()
    )
    return hashlib.sha256(_ENCODER.encode(rows)).hexdigest()


def answers_then(told_in_order: Iterable[Answer], grounds: Grounds) -> Answers | None:
    """The answers that were in force, from all that were ever stored, in their order.

    None: no moment had them; some were erased, or stand in another order than they were told.
    """
    home = Home.new()
    if answers_hash(home.answers) == grounds.answers:
        return home.answers
    for one in told_in_order:
        home = told.answer(home, (one,))
        if answers_hash(home.answers) == grounds.answers:
            return _dated(home.answers, grounds)
    return None


def _dated(answers: Answers, grounds: Grounds) -> Answers:
    """With the dates that answers of an unset clock had got by then."""
    return {
        name: {
            item: _dated_one(answer, grounds.dated.get(f"{name}/{item}"))
            for item, answer in items.items()
        }
        for name, items in answers.items()
    }


def _dated_one(answer: Answer, wall_ms: int | None) -> Answer:
    """As `edge.home.dating` dates it; one that was not dated by then stays as it was told."""
    at = answer.at
    if at.sync is not Sync.NONE or wall_ms is None or wall_ms == at.wall_ms:
        return answer
    until_ms = answer.valid_until_ms
    return msgspec.structs.replace(
        answer,
        at=msgspec.structs.replace(at, wall_ms=wall_ms, sync=Sync.HOLDOVER),
        valid_until_ms=None if until_ms is None else until_ms + wall_ms - at.wall_ms,
    )
