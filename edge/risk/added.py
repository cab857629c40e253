"""Items that a fire officer added to a list of this home: an answer that brings its own question.

The note is the question. The code says the gate and what was found: "open_i", "critical_e", "ok_i";
an item that is in order later stays, as in order: nobody deletes one. It adds points and criticals
and takes none away, so it counts in no share of what is known and in no re-assessment.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.domain import Answer, Checklist, ChecklistAnswer, ChecklistItem
from edge.risk.rules import DOUBTS, FIXED

PREFIX = "OF-"

# An officer who finds more than this writes a report, and no checklist.
ADDED_MAX = 20

# No list says whose an officer's finding is: who plans the services gives it to somebody.
ROUTES = "coordinator"

OK, OPEN, CRITICAL = "ok", "open", "critical"

# As an item of the list that is lacking, and as a critical one.
_POINTS = {OK: 0, OPEN: 2, CRITICAL: 4}
_DUE_DAYS = {OPEN: 14, CRITICAL: 3}
# Once a year an officer comes again, or somebody else looks.
VALID_DAYS = 365


def with_added(checklist: Checklist, answers: Mapping[str, Answer]) -> Checklist:
    """The list with the items that were added to it in this home, after its own."""
    found = [_item(checklist, a) for key, a in sorted(answers.items()) if is_added(key)]
    added = tuple(item for item in found if item is not None)
    return msgspec.structs.replace(checklist, items=(*checklist.items, *added))


def is_added(item: str) -> bool:
    return item.startswith(PREFIX)


def next_id(answers: Mapping[str, Answer]) -> str | None:
    """The id of the next item to add; None: there are as many as there may be."""
    taken = sum(is_added(key) for key in answers)
    return None if taken >= ADDED_MAX else f"{PREFIX}{taken + 1:02}"


def code_of(gate: str, *, critical: bool) -> str:
    """What an added item is answered with when it is added: a finding."""
    return f"{CRITICAL if critical else OPEN}_{gate.lower()}"


def found_by(code: str) -> str:
    """What an added item's answer says whatever its gate: "ok", "open" or "critical"."""
    return code.rpartition("_")[0]


def _item(checklist: Checklist, answer: Answer) -> ChecklistItem | None:
    """None for a code of no gate of this list (of another release)."""
    gate = answer.code.rpartition("_")[2]
    gates = {name.lower(): name for name in checklist.gate_labels}
    if gate not in gates or not checklist.items:
        return None
    words = dict.fromkeys(checklist.title, answer.note)
    pattern = checklist.items[0]
    return ChecklistItem(
        id=answer.item,
        gates=(gates[gate],),
        label=words,
        ask=words,
        answers=tuple(
            ChecklistAnswer(
                code=f"{found}_{gate}",
                points=points,
                critical=found == CRITICAL,
                fixable_on_visit=points > 0,
            )
            for found, points in _POINTS.items()
        ),
        answer_labels={
            code: words for code, words in pattern.answer_labels.items() if code in (*DOUBTS, FIXED)
        },
        responsible=dict.fromkeys(pattern.responsible, ROUTES)
        if ROUTES in checklist.parties
        else pattern.responsible,
        action=words,
        due_days={f"{found}_{gate}": days for found, days in _DUE_DAYS.items()},
        valid_days=VALID_DAYS,
        added=True,
    )
