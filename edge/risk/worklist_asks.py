"""What the next visit asks: what devices and answers leave open, and lists that are due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from edge.domain import Alert, AnswerState, Checklist, Group, Record, Scalar, WorkLine
from edge.home.budget import Waiting
from edge.home.state import Home
from edge.risk.findings import whole_lists
from edge.risk.profile import due_anew
from edge.risk.signals import DEVICE
from edge.risk.standing import DAY_MS, expires_ms, in_season
from edge.risk.together import is_short, opened
from edge.risk.worklist_lines import DOUBT_MIN, LINES_MAX, QUESTION_MIN, waiting

# Days of the home are counted from 1970.
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
# A disagreement between a device and a person that nobody settled in this time is a nurse's.
CONFLICT_MAX_MS = 7 * DAY_MS


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


def asks(
    home: Home,
    wall_ms: int,
    conflicts: Sequence[Conflict],
    wonders: Sequence[Wonder],
    drifted: str | None,
) -> list[WorkLine]:
    """Questions of devices, lists and alerts, at most LINES_MAX; `wall_ms`: UTC, now."""
    lines = [_conflict(one, wall_ms) for one in conflicts]
    lines += [_wonder(one) for one in wonders]
    lines += [_unlike(one) for one in home.behaviour.waiting]
    lines += [] if drifted is None else [_drifted(drifted)]
    lines += [line for alert in waiting(home) for line in _asked_by(alert)]
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
