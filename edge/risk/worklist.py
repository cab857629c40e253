"""What the next planned visit of a home is for: what to fix, to ask and to change. Pure.

Everything that is neither critical nor high waits here and asks for no acknowledgement. Lines are
codes with parameters, never a name, an address or a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from edge.domain import (
    Considered,
    Finding,
    Group,
    Hazard,
    Instant,
    Level,
    NextVisit,
    Ranked,
    Scalar,
    Sync,
    Task,
    TaskState,
    VisitKind,
    Work,
    WorkLine,
)
from edge.home.state import Home
from edge.risk.features import INDICES
from edge.risk.findings import open_findings
from edge.risk.profile import last_assessed
from edge.risk.standing import DAY_MS
from edge.risk.tasking import has_climbed, is_open, is_overdue, judged_ms, remind_ms
from edge.risk.worklist_asks import Conflict, Wonder, asks
from edge.risk.worklist_changes import Gap, changes
from edge.risk.worklist_lines import LINES_MAX

# A task that ended stays in the message for as long as a desk may have been away.
ENDED_KEPT_MS = 30 * DAY_MS


def work_of(
    home: Home,
    now: Instant,
    gaps: Sequence[Gap] = (),
    conflicts: Sequence[Conflict] = (),
    wonders: Sequence[Wonder] = (),
    *,
    worn_percent: int | None = None,
    drifted: str | None = None,
) -> Work:
    """All that waits for a visit of this home, at `now`.

    `drifted`: the local day (ISO) by which a model no longer saw what it was trained on.
    """
    wall_ms = judged_ms(home, now)
    findings = open_findings(home, wall_ms)
    return Work(
        tenure=home.tenure,
        levels={hazard: a.level for hazard, a in sorted(home.assessments.items())},
        assessed=last_assessed(home, wall_ms),
        ranked=_ranked(home),
        worn_percent=worn_percent,
        findings=_counted(findings, home.tasks),
        tasks=tuple(t for _, t in sorted(home.tasks.items()) if _is_told(t, wall_ms)),
        considered=tuple(one for _, one in sorted(home.considered.items())),
        lines=(
            *_fixes(home.tasks.values(), home.considered, wall_ms),
            *asks(home, wall_ms, conflicts, wonders, drifted),
            *changes(home, gaps),
        ),
        visit=_next_visit(home, now, wall_ms),
    )


def _ranked(home: Home) -> dict[Hazard, Ranked]:
    """What a notification says of the method; only a red level asks for one. Of a day: never."""
    return {
        hazard: Ranked(
            index=None if one.index is None else round(one.index),
            model=one.model or "",
            checklist=one.checklist or "",
        )
        for hazard, one in sorted(home.assessments.items())
        if one.level is Level.RED and hazard in INDICES
    }


def minutes(lines: Iterable[WorkLine]) -> tuple[int, int]:
    """How long a visit takes for what can be estimated, and for how many lines nobody can say."""
    known = [line.minutes for line in lines]
    return round(sum(m for m in known if m is not None)), sum(m is None for m in known)


def _counted(findings: Sequence[Finding], tasks: Mapping[str, Task]) -> tuple[Finding, ...]:
    """With how often each was found, which its task counts."""
    return tuple(
        msgspec.structs.replace(one, times=task.times)
        if (task := tasks.get(one.twin or one.item)) is not None
        else one
        for one in findings
    )


def _is_told(task: Task, wall_ms: int) -> bool:
    return is_open(task) or wall_ms - task.changed.wall_ms <= ENDED_KEPT_MS


# -- what to fix ---------------------------------------------------------------------------------


def _fixes(
    tasks: Iterable[Task], considered: Mapping[str, Considered], wall_ms: int
) -> list[WorkLine]:
    """Open tasks: those that climbed first, then what is overdue, then by their day."""
    waiting = sorted((t for t in tasks if is_open(t)), key=lambda t: _urgency(t, wall_ms))
    return [
        WorkLine(group=Group.FIX, code=_fix_code(task, considered, wall_ms), params=_of(task))
        for task in waiting[:LINES_MAX]
    ]


def _urgency(task: Task, wall_ms: int) -> tuple[bool, bool, bool, int, str]:
    due_ms = task.due_ms if task.due_ms is not None else wall_ms
    late = is_overdue(task, wall_ms)
    return (not has_climbed(task), not (late and task.critical), not late, due_ms, task.id)


def _fix_code(task: Task, considered: Mapping[str, Considered], wall_ms: int) -> str:
    if task.critical and (has_climbed(task) or is_overdue(task, wall_ms)):
        word = considered.get(task.id)
        # Not fixed in time: the notification is considered again, after the day that passed.
        if word is None or (task.due_ms is not None and word.at.wall_ms < task.due_ms):
            return "consider"
    if task.state is TaskState.IN_PROGRESS:
        return "verify"  # said to be done; nobody of the service has seen it
    if is_overdue(task, wall_ms):
        return "overdue"
    remind = remind_ms(task)
    return "soon" if remind is not None and wall_ms >= remind else "task"


def _of(task: Task) -> dict[str, Scalar]:
    return {
        "task": task.id,
        "checklist": task.checklist,
        "answer": task.code,
        "critical": task.critical,
        "responsible": task.responsible,
        "times": task.times,
    }


def _next_visit(home: Home, now: Instant, wall_ms: int) -> NextVisit | None:
    """The next one at which somebody is there; under an unset clock nobody knows which."""
    if now.sync is Sync.NONE and not home.frame.synced:
        return None
    for visit in sorted(home.visits, key=lambda v: v.from_ms):
        if visit.kind is VisitKind.PHYSICAL and visit.until_ms > wall_ms:
            return NextVisit(
                from_ms=visit.from_ms,
                until_ms=visit.until_ms,
                kind=visit.kind.value,
                role=visit.role,
            )
    return None
