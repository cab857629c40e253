"""What each item of a checklist stands at: what is known, what is in doubt, how bad it could be.

Two cases are kept side by side. `known` counts only what somebody said and
what still holds; an item in doubt counts there with nothing, except that a
hazard which has grown old stays a hazard until somebody says otherwise.
`feared` gives every item in doubt its worst answer. The truth lies between.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from edge.domain import (
    Answer,
    AnswerState,
    Checklist,
    ChecklistAnswer,
    ChecklistItem,
    Instant,
    Record,
    Sync,
)
from edge.risk.checklist import find, worst
from edge.risk.rules import (
    DECLINED,
    EXPIRED,
    FIXED,
    NOT_APPLICABLE,
    UNANSWERED,
    UNKNOWN,
)

DAY_MS = 86_400_000

# What a hazard scores that was mended on the visit, where the item has no answer "fixed":
# it was there, and may come back.
FIXED_POINTS = 1

DEVICE = "device"

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MONTH_DAYS_MAX = 31


class Standing(Record, frozen=True, kw_only=True):
    """One item now. `code` is "" and `points` 0 where nothing is known."""

    item: str
    code: str = ""
    points: int = 0
    critical: bool = False
    doubt: str = ""  # one of rules.DOUBTS, or "" when the answer can be stood on


Case = dict[str, Standing]


def expires_ms(checklist: Checklist, item: ChecklistItem, answer: Answer) -> int | None:
    """When an answer stops holding (UTC, ms): its own date, and never later than the list allows.

    What a device said is a state of that moment and holds for days, not months.
    None: it was given before the clock was set, so nobody knows yet; it holds until it is dated
    (`edge.home.dating`).
    """
    if answer.at.sync is Sync.NONE:
        return None
    days = item.valid_days
    if answer.source == DEVICE:
        days = min(days, checklist.device_valid_days)
    end = answer.at.wall_ms + days * DAY_MS
    return end if answer.valid_until_ms is None else min(end, answer.valid_until_ms)


def known(checklist: Checklist, answers: Mapping[str, Answer], at: Instant) -> Case:
    """Each item by what is known of it at `at`."""
    case = {
        item.id: _stand(checklist, item, answers.get(item.id), at.wall_ms)
        if in_season(item, at.wall_ms)
        else Standing(item=item.id)
        for item in checklist.items
    }
    return _raise(checklist, case)


def in_season(item: ChecklistItem, wall_ms: int) -> bool:
    """Whether the item counts now: by the month in UTC, so that no time zone matters."""
    return not item.months or _utc(wall_ms).month in item.months


def next_season_ms(item: ChecklistItem, wall_ms: int) -> int | None:
    """When the item begins or ceases to count next, UTC ms; None: it counts always."""
    if not item.months:
        return None
    now = in_season(item, wall_ms)
    day = _utc(wall_ms).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while True:  # ends: a list that names every month is refused
        day = (day + dt.timedelta(days=_MONTH_DAYS_MAX + 1)).replace(day=1)
        if (day.month in item.months) != now:
            return int(day.timestamp() * 1000)


def _utc(wall_ms: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(milliseconds=wall_ms)


def feared(checklist: Checklist, case: Case) -> Case:
    """The same home with every item in doubt at its worst answer."""
    worse = dict(case)
    for item in checklist.items:
        if case[item.id].doubt:
            worse[item.id] = _scored(item.id, worst(item), case[item.id].doubt)
    return _raise(checklist, worse)


def _stand(checklist: Checklist, item: ChecklistItem, answer: Answer | None, now: int) -> Standing:
    if answer is None or answer.checklist != checklist.id:
        return Standing(item=item.id, doubt=UNANSWERED)
    if answer.state == AnswerState.DECLINED:
        return Standing(item=item.id, doubt=DECLINED)
    found = _given(item, answer)
    if found is None:
        return Standing(item=item.id, doubt=UNKNOWN)
    end_ms = expires_ms(checklist, item, answer)
    doubt = EXPIRED if end_ms is not None and now >= end_ms else ""
    if answer.state == AnswerState.FIXED_ON_VISIT and _mended(item, found):
        return Standing(item=item.id, code=FIXED, points=_fixed_points(item, found), doubt=doubt)
    if doubt and not found.points:
        return Standing(item=item.id, doubt=doubt)
    return _scored(item.id, found, doubt)


def _given(item: ChecklistItem, answer: Answer) -> ChecklistAnswer | None:
    """The answer that was given, or None when state and code do not make one answer."""
    if answer.state == AnswerState.UNKNOWN:
        return None
    nothing_applies = answer.state == AnswerState.NOT_APPLICABLE
    code = answer.code or (NOT_APPLICABLE if nothing_applies else "")
    if nothing_applies != (code == NOT_APPLICABLE):
        return None
    found = find(item, code)
    claims_hazard = answer.state in {AnswerState.HAZARD, AnswerState.FIXED_ON_VISIT}
    if found is not None and claims_hazard and not found.points:
        return None
    return found


def _mended(item: ChecklistItem, found: ChecklistAnswer) -> bool:
    """Whether this can be mended on a visit: a habit or an event cannot."""
    return found.fixable_on_visit or (found.code == FIXED and find(item, FIXED) is not None)


def _fixed_points(item: ChecklistItem, found: ChecklistAnswer) -> int:
    fixed = find(item, FIXED)
    return fixed.points if fixed is not None else min(FIXED_POINTS, found.points)


def _scored(item_id: str, answer: ChecklistAnswer, doubt: str) -> Standing:
    return Standing(
        item=item_id,
        code=answer.code,
        points=answer.points,
        critical=answer.critical,
        doubt=doubt,
    )


def _raise(checklist: Checklist, case: Case) -> Case:
    """Give the points that another item's answer changes; never fewer than before."""
    raised = dict(case)
    for item_id, standing in case.items():
        for more in checklist.raised.get(f"{item_id}:{standing.code}", ()):
            if case[more.item].code == more.answer and more.points > raised[item_id].points:
                raised[item_id] = Standing(
                    item=item_id,
                    code=standing.code,
                    points=more.points,
                    critical=standing.critical,
                    doubt=standing.doubt,
                )
    return raised
