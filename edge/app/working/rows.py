"""Tasks and the visit's list as JSON: codes with the words of the lists beside them."""

from __future__ import annotations

from typing import Any

from edge.app.house import House
from edge.domain import Checklist, ChecklistItem, Considered, Sync, Task, Work, WorkLine
from edge.home.localday import MINUTE_MS, iso_minute
from edge.locale import LANGUAGES, render
from edge.risk.added import found_by, with_added
from edge.risk.tasking import has_climbed, is_open, is_overdue, judged_ms, remind_ms
from edge.risk.worklist import minutes

Row = dict[str, Any]


def task_row(house: House, task: Task) -> Row:
    home = house.keeper.home
    wall_ms = judged_ms(home, house.clock.now())
    checklist, item = item_of(house, task.checklist, task.id)
    party = {} if checklist is None else checklist.parties
    return {
        "id": task.id,
        "checklist": task.checklist,
        "label": {} if item is None else item.label,
        "code": task.code,
        "answer": _answer_words(item, task.code),
        "action": {} if item is None else item.action,
        "critical": task.critical,
        "state": task.state.value,
        "open": is_open(task),
        "overdue": is_overdue(task, wall_ms),
        "climbed": has_climbed(task),
        "times": task.times,
        "responsible": task.responsible,
        "responsible_words": party.get(task.responsible, {}),
        "due": day_text(house, task.due_ms),
        "remind": day_text(house, remind_ms(task)),
        "opened": house.times.text(task.opened),
        "changed": house.times.text(task.changed),
        "ordered_by": task.ordered_by,
        "ordered_words": party.get(task.ordered_by, {}),
        "ordered_until": day_text(house, task.ordered_until_ms),
        "proof": None
        if task.proof is None
        else {
            "kind": task.proof.kind.value,
            "by": task.proof.by,
            "role": task.proof.role,
            "ref": task.proof.ref,
            "at": house.times.text(task.proof.at),
        },
        "found_by": task.role,
        "source": task.source,
        "by": task.by,
        "note": task.note,
    }


def _answer_words(item: ChecklistItem | None, code: str) -> dict[str, str]:
    if item is None:
        return {}
    if item.added:
        return {lang: render(lang, f"answer.{found_by(code)}", {}) for lang in LANGUAGES}
    return item.answer_labels.get(code, {})


def considered_row(house: House, one: Considered) -> Row:
    return {
        "task": one.item,
        "notify": one.notify,
        "why": one.why,
        "by": one.by,
        "role": one.role,
        "at": house.times.text(one.at),
    }


def work_row(house: House, found: Work) -> Row:
    """The list of one home; `words` has what is said of each item and device that it names."""
    known, unknown = minutes(found.lines)
    home = house.keeper.home
    named: dict[str, Row] = {}
    for line in found.lines:
        for ref in str(line.params.get("items") or line.params.get("task") or "").split():
            checklist, item = item_of(house, str(line.params.get("checklist", "")), ref)
            if item is not None and checklist is not None:
                named[ref] = {"label": item.label, "ask": item.ask}
    return {
        "gateway": house.config.gateway.id,
        "site": house.config.gateway.site,
        "made": house.times.text(house.clock.now()),
        "tenure": found.tenure.value,
        "levels": {hazard.value: level.value for hazard, level in found.levels.items()},
        "visit": None
        if found.visit is None
        else {
            "from": minute_text(house, found.visit.from_ms),
            "until": minute_text(house, found.visit.until_ms),
            "role": found.visit.role,
        },
        "minutes": known,
        "without_minutes": unknown,
        "lines": [_line(house, line) for line in found.lines],
        "tasks": {task.id: task_row(house, task) for task in home.tasks.values() if is_open(task)},
        "titles": {name: one.title for name, one in house.checklists.items()},
        "words": named,
    }


def _line(house: House, line: WorkLine) -> Row:
    task = house.keeper.home.tasks.get(str(line.params.get("task", "")))
    due = None if task is None else day_text(house, task.due_ms)
    return {
        "group": line.group.value,
        "code": line.code,
        "params": line.params | {"due": due},
        "minutes": line.minutes,
    }


def day_text(house: House, wall_ms: int | None) -> str | None:
    """A day in the home's own time, ISO 8601; None: nobody knows which."""
    return None if wall_ms is None else minute_text(house, wall_ms)[:10]


def minute_text(house: House, wall_ms: int) -> str:
    now = house.clock.now()
    if now.sync is Sync.NONE:
        return iso_minute(wall_ms)
    return iso_minute(wall_ms + now.offset_min * MINUTE_MS)


def item_of(house: House, name: str, ref: str) -> tuple[Checklist | None, ChecklistItem | None]:
    """The list with what was added in this home, and its item; None where either is gone."""
    checklist = house.checklists.get(name)
    if checklist is None:
        return None, None
    whole = with_added(checklist, house.keeper.home.answers.get(name, {}))
    return whole, next((item for item in whole.items if item.id == ref), None)
