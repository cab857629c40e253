"""What people say of tasks, of notifications considered and of how the home is held. Pure."""

from __future__ import annotations

import msgspec

from edge.domain import Considered, Instant, Task, TaskState, Tenancy
from edge.events import Disputed, Effect, Event, TasksTaken, TaskTold, TaskVerb
from edge.home.state import Home, latest_wall_ms
from edge.risk.tasking import is_open, keep, retask

# Of each item the last word stands; the store keeps them all.
CONSIDERED_MAX = 160
# Items with a signal are a dozen.
DISPUTES_MAX = 64

Told = tuple[Home, tuple[Effect, ...], tuple[str, ...]]


def tell(home: Home, event: Event | None, now: Instant) -> Told:
    """The home with what was told, what is to be stored of its tasks, and what was refused.

    None: nobody told anything, and the answers are looked at.
    """
    effects: tuple[Effect, ...] = ()
    refused = ""
    match event:
        case None:
            home, effects = retask(home, now)
        case Tenancy():
            home, effects = retask(msgspec.structs.replace(home, tenure=event.tenure), now)
        case TasksTaken():
            taken = {task.id: task for task in event.tasks}
            home, effects = keep(home, {**taken, **home.tasks})
        case Disputed():
            now_ms = latest_wall_ms(home)
            since = {i: home.disputes.get(i, now_ms) for i in event.items[:DISPUTES_MAX]}
            home = msgspec.structs.replace(home, disputes=since)
        case Considered():
            words = {k: v for k, v in home.considered.items() if k != event.item}
            words[event.item] = event
            while len(words) > CONSIDERED_MAX:
                del words[next(iter(words))]
            home = msgspec.structs.replace(home, considered=words)
        case TaskTold():
            home, effects, refused = _told(home, event, now)
    return home, effects, (refused,) if refused else ()


def _told(home: Home, event: TaskTold, now: Instant) -> tuple[Home, tuple[Effect, ...], str]:
    task = home.tasks.get(event.task)
    if task is None:
        return home, (), "unknown_task"
    if not is_open(task):
        return home, (), "task_is_over"
    if event.verb is TaskVerb.CANCEL and task.critical:
        return home, (), "critical_task"
    home, effects = keep(home, {**home.tasks, task.id: _changed(task, event, now)})
    return home, effects, ""


def _changed(task: Task, event: TaskTold, now: Instant) -> Task:
    task = msgspec.structs.replace(task, by=event.by, changed=now, note=event.note or task.note)
    match event.verb:
        case TaskVerb.ASSIGN:
            return msgspec.structs.replace(
                task, state=TaskState.ACCEPTED, responsible=event.party or task.responsible
            )
        case TaskVerb.ORDER:
            return msgspec.structs.replace(
                task,
                state=TaskState.ACCEPTED,
                ordered_by=event.party or task.responsible,
                ordered_until_ms=event.until_ms,
                proof=event.proof or task.proof,
            )
        case TaskVerb.REMIND:
            return msgspec.structs.replace(task, remind_ms=event.until_ms)
        case TaskVerb.CLAIM:
            return msgspec.structs.replace(
                task, state=TaskState.IN_PROGRESS, proof=event.proof or task.proof
            )
        case TaskVerb.DONE:
            return msgspec.structs.replace(
                task, state=TaskState.COMPLETED, proof=event.proof, stays=True
            )
        case TaskVerb.CANCEL:
            return msgspec.structs.replace(task, state=TaskState.CANCELLED)
