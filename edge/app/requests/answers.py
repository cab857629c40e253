"""What is said of the items of a checklist, checked: which item, which answer, with what note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.app.requests.asked import text_of
from edge.domain import NOTE_MAX_CHARS, AnswerState, ChecklistItem
from edge.errors import ControlError
from edge.locale.refusing import listed, worded
from edge.risk.checklist import find
from edge.risk.rules import FIXED, NOT_APPLICABLE

_SHRUGS = {"unknown": AnswerState.UNKNOWN, "declined": AnswerState.DECLINED}


def note_of(args: dict[str, Any]) -> str:
    """One line beside the answers, which may be left out; raises ControlError."""
    return text_of(args, "note", NOTE_MAX_CHARS) if args.get("note") else ""


def item_named(items: Mapping[str, ChecklistItem], item: str) -> ChecklistItem:
    """The item of a list; raises ControlError naming the first and the last that there are."""
    if item not in items:
        first, last = next(iter(items)), list(items)[-1]
        raise worded(ControlError, "no_item", name=item, first=first, last=last)
    return items[item]


def answer_of(item: ChecklistItem, said: object) -> tuple[str, AnswerState]:
    """The answer's code and what it means: no points is in order, a mended hazard is mended."""
    text = said if isinstance(said, str) else ""
    if text in _SHRUGS:
        return "", _SHRUGS[text]
    code, _, how = text.partition(":")
    answer = find(item, code)
    if answer is not None and how in ("", FIXED):
        if how and not answer.fixable_on_visit:
            raise worded(ControlError, "not_on_a_visit", item=item.id, code=code)
        if how or code == FIXED:
            return code, AnswerState.FIXED_ON_VISIT
        if code == NOT_APPLICABLE:
            return code, AnswerState.NOT_APPLICABLE
        return code, AnswerState.HAZARD if answer.points else AnswerState.OK
    mended = (f"{a.code}:{FIXED}" for a in item.answers if a.fixable_on_visit)
    known = listed([*(a.code for a in item.answers), *mended, *_SHRUGS])
    raise worded(ControlError, "no_such_answer", item=item.id, name=str(said)[:40], there=known)
