"""What the next planned visit of a home is for: what to fix, to ask and to change. Pure.

Everything that is neither critical nor high waits here and asks for no acknowledgement. Lines are
codes with parameters, never a name, an address or a note.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from edge.alerts.flags import Flag
from edge.domain import (
    Alert,
    AnswerState,
    Checklist,
    Considered,
    Finding,
    Group,
    Hazard,
    Instant,
    Level,
    NextVisit,
    Priority,
    Ranked,
    Record,
    Scalar,
    Sync,
    Task,
    TaskState,
    VisitKind,
    Work,
    WorkLine,
)
from edge.home.budget import Waiting
from edge.home.state import DeviceState, Home
from edge.home.wearing import is_worn_by_somebody
from edge.risk.features import INDICES
from edge.risk.findings import open_findings, whole_lists
from edge.risk.profile import due_anew, last_assessed
from edge.risk.signals import DEVICE
from edge.risk.standing import DAY_MS, expires_ms, in_season
from edge.risk.tasking import has_climbed, is_open, is_overdue, judged_ms, remind_ms
from edge.risk.together import is_short, opened

# Normal alerts that wait for the visit (`edge.escalation.attention`) and of which no line is made
# from the state of a device: what they are on the list, and what says that it is over.
_MENDED = {"appliance_refill": Flag.REFILLED, "wire_fault": Flag.WIRE_WHOLE}

# Days of the home are counted from 1970.
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
# Minutes that a visit takes for it. Ten observations take at most five (field measurements of the
# short list are kept with its answers); the others are our estimates, and repairs have none.
QUESTION_MIN = 0.5
BATTERY_MIN = 5.0
WORN_MIN = 3.0
SILENT_MIN = 10.0
DOUBT_MIN = 5.0
REFILL_MIN = 10.0
WIRE_MIN = 10.0

# A task that ended stays in the message for as long as a desk may have been away.
ENDED_KEPT_MS = 30 * DAY_MS
# More lines than a nurse reads on one visit; what is left out is the least urgent of each group.
LINES_MAX = 60
# A disagreement between a device and a person that nobody settled in this time is a nurse's.
CONFLICT_MAX_MS = 7 * DAY_MS


class Gap(Record, frozen=True, kw_only=True):
    """A question that could not be answered for too much of the last days."""

    question: str
    percent: int  # of the asked time that was known
    reason: str


class Conflict(Record, frozen=True, kw_only=True):
    """A device says otherwise than a person did; `since`: when it was first seen so."""

    checklist: str
    item: str
    signal: str
    since_ms: int


class Wonder(Record, frozen=True, kw_only=True):
    """A device asks that an item be asked: what happened is known, and not what it means."""

    checklist: str
    item: str
    signal: str


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
            *_asks(home, wall_ms, conflicts, wonders, drifted),
            *_changes(home, gaps),
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


# -- what to ask ---------------------------------------------------------------------------------


def _asks(
    home: Home,
    wall_ms: int,
    conflicts: Sequence[Conflict],
    wonders: Sequence[Wonder],
    drifted: str | None,
) -> list[WorkLine]:
    lines = [_conflict(one, wall_ms) for one in conflicts]
    lines += [_wonder(one) for one in wonders]
    lines += [_unlike(one) for one in home.behaviour.waiting]
    lines += [] if drifted is None else [_drifted(drifted)]
    lines += [line for alert in _waiting(home) for line in _asked_by(alert)]
    lists = home.settings.checklists
    whole = whole_lists(home)
    anew = {n: due_anew(lists[n], home, wall_ms) for n in whole if not is_short(lists[n])}
    opened_now = _opened_items(home, wall_ms)
    for one in sorted(lists.values(), key=lambda c: (not is_short(c), c.id)):
        refs = [item.id for item in one.items if item.id in opened_now]
        if why := anew.get(one.id):
            lines.append(_ask("reassess", one, _asked(one, wall_ms), why=" ".join(why)))
            continue
        if refs:
            lines.append(_ask("opened", one, refs))
        if one.id in whole:
            lines += _doubts(one, home, wall_ms, without=refs)
        elif is_short(one) or not any(is_short(other) for other in lists.values()):
            lines.append(_ask("first", one, _asked(one, wall_ms)))
    return lines[:LINES_MAX]


def _conflict(one: Conflict, wall_ms: int) -> WorkLine:
    params = {"checklist": one.checklist, "items": one.item, "signal": one.signal}
    late = wall_ms - one.since_ms >= CONFLICT_MAX_MS
    return WorkLine(
        group=Group.ASK,
        code="conflict_nurse" if late else "conflict",
        params=dict(params),
        minutes=QUESTION_MIN,
    )


def _wonder(one: Wonder) -> WorkLine:
    params = {"checklist": one.checklist, "items": one.item, "signal": one.signal}
    return WorkLine(group=Group.ASK, code="device_asks", params=dict(params), minutes=QUESTION_MIN)


def _unlike(one: Waiting) -> WorkLine:
    """A day that today's list had no room for; what was unlike in it stays in the home."""
    day = date.fromordinal(EPOCH_ORDINAL + one.day).isoformat()
    return WorkLine(group=Group.ASK, code="unlike_day", params={"day": day}, minutes=QUESTION_MIN)


def _drifted(day: str) -> WorkLine:
    """Whether sensors hang where they did, and who lives here, only somebody in the home sees."""
    return WorkLine(group=Group.ASK, code="model_drift", params={"day": day}, minutes=DOUBT_MIN)


def _opened_items(home: Home, wall_ms: int) -> frozenset[str]:
    """Items of full lists that findings of the short ones ask for."""
    lists = home.settings.checklists
    found = [opened(one, lists, home.answers, wall_ms) for one in lists.values() if is_short(one)]
    return frozenset(ref for each in found for refs in each.values() for ref in refs)


def _doubts(
    one: Checklist, home: Home, wall_ms: int, *, without: Collection[str]
) -> list[WorkLine]:
    """What was never answered, is not known, or has grown old, but for what a finding asks for."""
    given = home.answers.get(one.id, {})
    missing, unknown, expired = [], [], []
    for item in one.items:
        if not in_season(item, wall_ms) or item.added or item.id in without:
            continue
        answer = given.get(item.id)
        if answer is None or answer.source == DEVICE:
            missing.append(item.id)
        elif answer.state is AnswerState.UNKNOWN:
            unknown.append(item.id)
        elif (end_ms := expires_ms(one, item, answer)) is not None and wall_ms >= end_ms:
            expired.append(item.id)
    found = (("unanswered", missing), ("unknown", unknown), ("expired", expired))
    # The ten are ticked on any visit: nobody comes for those that the full lists left out.
    asked = (("unknown", unknown),) if is_short(one) else found
    return [_ask(code, one, items) for code, items in asked if items]


def _asked(one: Checklist, wall_ms: int) -> list[str]:
    return [item.id for item in one.items if in_season(item, wall_ms)]


def _ask(code: str, one: Checklist, items: Sequence[str], **params: str) -> WorkLine:
    told: dict[str, Scalar] = {"checklist": one.id, "items": " ".join(items), "n": len(items)}
    return WorkLine(
        group=Group.ASK,
        code=code,
        params=told | dict(params),
        minutes=len(items) * QUESTION_MIN,
    )


# -- what to change ------------------------------------------------------------------------------


def _changes(home: Home, gaps: Sequence[Gap]) -> list[WorkLine]:
    lines = []
    for device in home.devices.values():
        if device.low:
            lines.append(_device("battery", device, BATTERY_MIN))
        if device.silent and not device.masked:
            lines.append(_device("silent", device, SILENT_MIN))
        if device.identity:
            lines.append(_device("doubtful", device, DOUBT_MIN))
        worn = device.worn
        if is_worn_by_somebody(device) and worn is not None and worn.off:
            lines.append(_device("not_worn", device, WORN_MIN))
    for alert in _waiting(home):
        about = home.devices.get(alert.subject)
        if about is not None and alert.code in _MENDED:
            is_wire = alert.code == "wire_fault"
            code, minutes_ = ("wire", WIRE_MIN) if is_wire else ("refill", REFILL_MIN)
            lines.append(_device(code, about, minutes_))
    lines += [
        WorkLine(
            group=Group.CHANGE,
            code="worn_time" if gap.question == "tag_worn" else "coverage",
            params={"question": gap.question, "percent": gap.percent, "reason": gap.reason},
        )
        for gap in gaps
    ]
    return lines[:LINES_MAX]


def _waiting(home: Home) -> list[Alert]:
    """Open alerts that ask nobody before the visit, but for those that were mended since."""
    return [
        alert
        for _, alert in sorted(home.alerts.items())
        if alert.priority is Priority.NORMAL and _MENDED.get(alert.code) not in alert.flags
    ]


def _asked_by(alert: Alert) -> list[WorkLine]:
    """What only the resident can say to an alert."""
    if alert.code == "missed_meal":
        code, params = "meal", {"day": str(alert.params.get("since") or "")[:10]}
    elif alert.code == "decision_review":
        day = str(alert.params.get("review_by") or "")
        code, params = "review", {"question": alert.subject, "day": day}
    else:
        return []
    told: dict[str, Scalar] = dict(params)
    return [WorkLine(group=Group.ASK, code=code, params=told, minutes=QUESTION_MIN)]


def _device(code: str, device: DeviceState, minutes_: float) -> WorkLine:
    return WorkLine(
        group=Group.CHANGE,
        code=code,
        params={"device": device.id, "role": device.role.value, "room": device.room},
        minutes=minutes_,
    )


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
