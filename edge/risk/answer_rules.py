"""The answers of one item: from safe to worst, and nothing in between that would mislead."""

from __future__ import annotations

import msgspec

from edge.domain import ChecklistAnswer, Raised
from edge.risk.reading import Table
from edge.risk.rules import DOUBTS, FIXED, NOT_APPLICABLE

# One answer never outweighs a whole gate: the highest grade begins at 7 points.
POINTS_MAX = 9

# Longer than this is no due date: the home is assessed anew every six months.
DUE_DAYS_MAX = 180

CODE = r"[a-z][a-z0-9_]{0,30}"
ITEM_CODE = r"[A-Z]{2}-\d{2}:" + CODE


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What an item's answers say; `raised` is by answer code."""

    answers: tuple[ChecklistAnswer, ...]
    labels: dict[str, dict[str, str]]
    due_days: dict[str, int]
    raised: dict[str, tuple[Raised, ...]]


def read_answers(item: Table, languages: tuple[str, ...]) -> Answers:
    """Read `answers` of one item and check each alone and all together."""
    answers: list[ChecklistAnswer] = []
    labels: dict[str, dict[str, str]] = {}
    due_days: dict[str, int] = {}
    raised: dict[str, tuple[Raised, ...]] = {}
    tables = item.tables("answers", "write them as a list of tables, from safe to worst")
    for table in tables:
        answer = ChecklistAnswer(
            code=table.text("code", "lower-case letters, digits and _", CODE),
            points=table.whole("points", "what the answer scores", 0, POINTS_MAX),
            critical=table.flag("critical"),
            fixable_on_visit=table.flag("fixable_on_visit"),
        )
        if answer.code in labels:
            table.fault("code", f"'{answer.code}' stands twice in this item", "give it its own")
        labels[answer.code] = table.words("label", languages)
        if table.has("due_days"):
            due_days[answer.code] = table.whole("due_days", "days", 1, DUE_DAYS_MAX)
        if more := _raised(table):
            raised[answer.code] = more
        answers.append(answer)
        _check_one(table, answer)
        table.close()
    _check_all(item, tables, answers)
    return Answers(answers=tuple(answers), labels=labels, due_days=due_days, raised=raised)


def _raised(table: Table) -> tuple[Raised, ...]:
    found = []
    for case in table.tables("raised", "a list of { when, points }", optional=True):
        when = case.text("when", "item and answer, for example FS-24:alone", ITEM_CODE)
        points = case.whole("points", "what it scores then", 1, POINTS_MAX)
        item, _, code = when.partition(":")
        found.append(Raised(item=item, answer=code, points=points))
        case.close()
    return tuple(found)


def _check_one(table: Table, answer: ChecklistAnswer) -> None:
    hazard = answer.points > 0
    if answer.code in DOUBTS:
        table.fault("code", f"'{answer.code}' is not an answer", "choose another code")
    if answer.critical and not hazard:
        table.fault("points", "is 0 in a critical answer", "a critical answer scores points")
    if answer.fixable_on_visit and not hazard:
        table.fault("fixable_on_visit", "stands in an answer without points", "remove it")
    if answer.code == NOT_APPLICABLE and hazard:
        table.fault("points", f"is {answer.points} where nothing applies", "write 0")
    if answer.code == FIXED and (answer.critical or not hazard):
        table.fault("points", "a fixed hazard scores points and is not critical", "mend both")
    due = hazard and answer.code != FIXED
    if due and not table.has("due_days"):
        table.fault("due_days", "is missing", "say by when the action is done, in days")
    if not due and table.has("due_days"):
        table.fault("due_days", "stands where nothing is left to do", "remove it")


def _check_all(item: Table, tables: list[Table], answers: list[ChecklistAnswer]) -> None:
    if not tables:
        return
    if not any(a.points == 0 and a.code != NOT_APPLICABLE for a in answers):
        item.fault("answers", "have no ok answer", "add one with 0 points")
    for i in range(1, len(answers)):
        if answers[i].points < answers[i - 1].points:
            tables[i].fault("points", "is less than in the answer before", "sort safe to worst")
    if any(a.critical for a in answers) and not answers[-1].critical:
        tables[-1].fault("critical", "is false after a critical answer", "the worst is last")
    fixed = next((a.points for a in answers if a.code == FIXED), None)
    if fixed is None:
        return
    fixable = [a.points for a in answers if a.fixable_on_visit]
    if not fixable:
        item.fault("answers", "have 'fixed' but nothing fixable", "mark what can be fixed")
    elif fixed > min(fixable):
        item.fault("answers", "score more fixed than open", "lower the points of 'fixed'")
