"""Open hazards become tasks, and answers end them: a pure function of what the home knows.

Only an answer in force ends a task: whoever says that it is done says so by an answer, and the
laws of answers hold (`edge.home.told`): no shrug, no device and no resident takes away what a
worker found. A task changes no level but by one fact: that a person found the same critical
deficiency open a second time.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.domain import OPEN_TASK, Answer, Finding, Instant, Proof, ProofKind, Sync, Task, TaskState
from edge.events import Effect, KeepTask
from edge.home.state import Home, latest_wall_ms
from edge.home.told import AT_HOME
from edge.risk.checklist import party_for
from edge.risk.findings import due_ms, open_findings
from edge.risk.signals import DEVICE
from edge.risk.standing import DAY_MS

# A deficiency that was mended more than a year ago and is back is a new one.
AGAIN_WITHIN_MS = 365 * DAY_MS
AGAIN_AFTER_MS = DAY_MS // 2
# So often found open, it weighs more than the deficiency itself.
CLIMBS_AT = 2
# A reminder comes when this share of the time is left, and no longer before than a week.
REMIND_SHARE = 1 / 3
REMIND_MAX_MS = 7 * DAY_MS
# An item has one task; lists have some 70 items, and officers add 20 to each.
TASKS_MAX = 160

# Why a task ended without anybody's answer: short codes in its note.
OUT_OF_SEASON = "out_of_season"
ASKED_IN_FULL = "asked_in_full"
_BY_ITSELF = frozenset({OUT_OF_SEASON, ASKED_IN_FULL})


def judged_ms(home: Home, now: Instant) -> int:
    """The wall time (UTC, ms) by which days are judged at `now`; the home may have heard nothing
    for hours.
    """
    return latest_wall_ms(home) if now.sync is Sync.NONE else now.wall_ms


def is_open(task: Task) -> bool:
    return task.state in OPEN_TASK


def is_overdue(task: Task, wall_ms: int) -> bool:
    return is_open(task) and task.due_ms is not None and wall_ms >= task.due_ms


def remind_ms(task: Task) -> int | None:
    """When whoever answers for it is to be reminded, UTC ms; None while nobody knows the day."""
    if task.remind_ms is not None or task.due_ms is None:
        return task.remind_ms
    span_ms = max(task.due_ms - task.since.wall_ms, 0)
    return task.due_ms - min(int(span_ms * REMIND_SHARE), REMIND_MAX_MS)


def has_climbed(task: Task) -> bool:
    """Whether it is a critical deficiency that persons found open again and again."""
    return is_open(task) and task.critical and task.times >= CLIMBS_AT


def retask(home: Home, now: Instant) -> tuple[Home, tuple[Effect, ...]]:
    """The home with the tasks that its answers ask for, and the word to store those that changed.

    Done twice it changes nothing; so does a restart.
    """
    wall_ms = latest_wall_ms(home)
    found = {one.item: one for one in open_findings(home, wall_ms) if not one.twin}
    tasks = dict(home.tasks)
    for item, finding in found.items():
        old = tasks.get(item)
        tasks[item] = _begun(finding, home, now) if old is None else _met(old, finding, home, now)
    for item, old in home.tasks.items():
        if item not in found and is_open(old):
            tasks[item] = _over(old, home, now)
    return keep(home, tasks)


def keep(home: Home, tasks: Mapping[str, Task]) -> tuple[Home, tuple[Effect, ...]]:
    """The home with these tasks, each that changed with a higher revision."""
    changed = []
    kept = dict(tasks)
    for item, task in tasks.items():
        old = home.tasks.get(item)
        if old == task:
            continue
        kept[item] = msgspec.structs.replace(
            task, rev=old.rev + 1 if old is not None else task.rev or 1
        )
        changed.append(kept[item])
    if not changed:
        return home, ()
    over = sorted((t for t in kept.values() if not is_open(t)), key=lambda t: t.changed.wall_ms)
    for task in over[: max(len(kept) - TASKS_MAX, 0)]:
        del kept[task.id]
    home = msgspec.structs.replace(home, tasks=kept)
    return home, tuple(KeepTask(task=task) for task in changed)


def _begun(finding: Finding, home: Home, now: Instant) -> Task:
    return Task(
        id=finding.item,
        rev=0,
        checklist=finding.checklist,
        code=finding.code,
        critical=finding.critical,
        state=TaskState.REQUESTED,
        responsible=_responsible(finding, home),
        opened=finding.at,
        since=finding.at,
        found=finding.at,
        role=finding.role,
        source=finding.source,
        changed=now,
        due_ms=due_ms(finding.at, finding.days),
    )


def _met(old: Task, finding: Finding, home: Home, now: Instant) -> Task:
    """A task whose hazard is open now: the same finding, the same again, or opened anew."""
    if not is_open(old):
        return _anew(old, finding, home, now)
    if (old.code, old.found) == (finding.code, finding.at):
        return _told_of(old, finding, home)
    dated = _same_moment(old.found, finding.at)  # the answer got its date when the clock was set
    worse = finding.critical and not old.critical
    late = not dated and _by_person(finding) and _is_past(old, finding.at)
    looked = not dated and old.state is TaskState.IN_PROGRESS and _by_worker(finding)
    new_days = late or worse or dated
    since = finding.at if new_days else old.since
    due = due_ms(since, finding.days)
    if worse and not late and old.due_ms is not None and due is not None:
        due = min(due, old.due_ms)  # a finding that has become worse gives nobody more time
    task = msgspec.structs.replace(
        old,
        code=finding.code,
        critical=finding.critical,
        since=since,
        found=finding.at,
        opened=finding.at if dated and _same_moment(old.opened, finding.at) else old.opened,
        due_ms=due,
        role=finding.role,
        source=finding.source,
        times=old.times + 1 if late else old.times,
        remind_ms=None if late else old.remind_ms,
        state=_found_again(old, finding, home, late=late) if late or looked else old.state,
        proof=None if late or looked else old.proof,
        changed=now,
    )
    return _told_of(task, finding, home)


def _found_again(old: Task, finding: Finding, home: Home, *, late: bool) -> TaskState:
    """Nobody has to look whether it was done: a worker did, and it is open.

    After its day it begins anew, whoever was given it; before, it is still theirs.
    """
    given = old.ordered_by or old.responsible != _responsible(finding, home)
    return TaskState.ACCEPTED if given and not late else TaskState.REQUESTED


def _anew(old: Task, finding: Finding, home: Home, now: Instant) -> Task:
    """A task that had ended; the hazard it was about is open."""
    by_itself = old.state is TaskState.CANCELLED and old.note in _BY_ITSELF
    by_word = old.stays or (old.state is TaskState.CANCELLED and not by_itself)
    if by_word and _same_moment(old.found, finding.at):
        return old  # somebody ended it by a word, and nobody has found it again since
    kept = by_itself or old.stays
    again = _by_person(finding) and not kept and _is_again(old.changed, finding.at)
    times = old.times + 1 if again else 1
    begun = _begun(finding, home, now)
    return msgspec.structs.replace(begun, times=old.times if kept else times)


def _over(old: Task, home: Home, now: Instant) -> Task:
    """The hazard is not open any more: by whose answer, or by no answer at all."""
    if old.checklist not in home.settings.checklists:
        return old  # the list cannot be read now: nothing is known of it, and nothing ends
    answer = home.answers.get(old.checklist, {}).get(old.id)
    if answer is None:
        return old
    if _is_hazard_still(answer, old):
        why = OUT_OF_SEASON if _is_seasonal(home, old) else ASKED_IN_FULL
        return msgspec.structs.replace(old, state=TaskState.CANCELLED, note=why, by="", changed=now)
    proof = old.proof
    if proof is None or proof.by != answer.by:
        kind = ProofKind.SEEN
        if answer.source == DEVICE:
            kind = ProofKind.DEVICE
        elif answer.role in AT_HOME:
            kind = ProofKind.SAID
        proof = Proof(kind=kind, by=answer.by, role=answer.role, at=answer.at)
    return msgspec.structs.replace(
        old, state=TaskState.COMPLETED, proof=proof, by=answer.by, changed=now
    )


def _is_hazard_still(answer: Answer, old: Task) -> bool:
    return answer.code == old.code and _same_moment(answer.at, old.found)


def _is_seasonal(home: Home, old: Task) -> bool:
    items = home.settings.checklists[old.checklist].items
    return any(item.id == old.id and item.months for item in items)


def _told_of(task: Task, finding: Finding, home: Home) -> Task:
    """With who answers for it by the tenure as it is known now, unless it was given to somebody."""
    party = _responsible(finding, home)
    given = bool(task.by) and task.state is not TaskState.REQUESTED  # a reminder gives it to nobody
    if task.responsible == party or given:
        return task
    return msgspec.structs.replace(task, responsible=party)


def _responsible(finding: Finding, home: Home) -> str:
    return party_for(finding.responsible, home.tenure.value)


def _by_person(finding: Finding) -> bool:
    return finding.source != DEVICE


def _by_worker(finding: Finding) -> bool:
    return _by_person(finding) and finding.role not in AT_HOME


def _same_moment(one: Instant, other: Instant) -> bool:
    return (one.boot, one.boottime_ms) == (other.boot, other.boottime_ms)


def _is_past(old: Task, at: Instant) -> bool:
    return old.due_ms is not None and at.sync is not Sync.NONE and at.wall_ms >= old.due_ms


def _is_again(ended: Instant, found: Instant) -> bool:
    """Whether it was mended and is back: on the same visit it was a slip of the finger."""
    if Sync.NONE in (ended.sync, found.sync):
        return False
    return AGAIN_AFTER_MS <= found.wall_ms - ended.wall_ms <= AGAIN_WITHIN_MS
