"""What people say of tasks, of notifications considered and of how the home is held. Pure."""

from __future__ import annotations

import msgspec

from edge.domain import Considered, Instant, Task, TaskState, Tenancy
from edge.events import Effect, TaskTold, TaskVerb
from edge.home.state import Home
from edge.risk.tasking import is_open, keep, retask

# Of each item the last word stands; the store keeps them all.
CONSIDERED_MAX = 160

Told = tuple[Home, tuple[Effect, ...], tuple[str, ...]]


def tell(home: Home, event: Considered | TaskTold | Tenancy | None, now: Instant) -> Told:
    """The home with what was told, what is to be stored of its tasks, and what was refused.

    None: nobody told anything, and the answers are looked at.
    """
    if event is None or isinstance(event, Tenancy):
        if event is not None:
            home = msgspec.structs.replace(home, tenure=event.tenure)
        home, effects = retask(home, now)
        return home, effects, ()
    if isinstance(event, Considered):
        considered = {k: v for k, v in home.considered.items() if k != event.item}
        considered[event.item] = event
        while len(considered) > CONSIDERED_MAX:
            del considered[next(iter(considered))]
        return msgspec.structs.replace(home, considered=considered), (), ()
    task = home.tasks.get(event.task)
    if task is None:
        return home, (), ("unknown_task",)
    if not is_open(task):
        return home, (), ("task_is_over",)
    if event.verb is TaskVerb.CANCEL and task.critical:
        return home, (), ("critical_task",)
    home, effects = keep(home, {**home.tasks, task.id: _changed(task, event, now)})
    return home, effects, ()


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
