"""When a person is asked whether to notify: a red level, once for the same findings in six months.

Only asked: the obligation binds on any manifest danger, and a worker drafts from one finding at
any level. What was considered counts as much as what was sent, because somebody thought of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from edge.domain import Hazard, Level, Record
from edge.domain.notification import NotificationKind
from edge.notification.findings import TELLABLE

DAY_MS = 86_400_000
# Half a year; what was thought of longer ago is thought of anew.
AGAIN_MS = 183 * DAY_MS
# Undecided so long: a deputy is named.
DECIDE_WITHIN_MS = DAY_MS

HAZARD_OF = {NotificationKind.DANGER: Hazard.FIRE, NotificationKind.CONCERN: Hazard.FALL}
# Whoever considered it at grey did not know what red says.
_RANK = {Level.GREY: 0, Level.GREEN: 0, Level.YELLOW: 1, Level.ORANGE: 2, Level.RED: 3}


class Worse(StrEnum):
    NEW_CRITICAL = "new_critical"
    LEVEL_UP = "level_up"
    NEW_GATE = "new_gate"


class Considered(Record, frozen=True, kw_only=True):
    """What was known when a notification was drafted, or when somebody decided against one."""

    findings: frozenset[str]
    level: Level
    at_ms: int


def kind_of(hazard: str, level: str, *, is_client: bool) -> NotificationKind | None:
    """Which notification a level asks for: red fire always, red fall of somebody who is no client.

    Whoever is a client has a nurse and a plan; the law's notice is for who has nobody.
    """
    if level != Level.RED.value:
        return None
    kind = next((kind for kind, known in HAZARD_OF.items() if known.value == hazard), None)
    return None if kind is NotificationKind.CONCERN and is_client else kind


def worse(before: Iterable[Considered], now: Considered) -> tuple[Worse, ...]:
    """In what way `now` is worse than all that was considered; () when it is not."""
    known = [one for one in before if 0 <= now.at_ms - one.at_ms < AGAIN_MS]
    found: list[Worse] = []
    told = frozenset().union(*(one.findings for one in known))
    if _criticals(now.findings) - _criticals(told):
        found.append(Worse.NEW_CRITICAL)
    if known and _RANK[now.level] > max(_RANK[one.level] for one in known):
        found.append(Worse.LEVEL_UP)
    if _gates(now.findings) - _gates(told):
        found.append(Worse.NEW_GATE)
    return tuple(found)


def is_due(before: Iterable[Considered], now: Considered) -> bool:
    """Whether a person is asked: nobody thought of it within six months, or it is worse."""
    known = [one for one in before if 0 <= now.at_ms - one.at_ms < AGAIN_MS]
    return not known or bool(worse(known, now))


def _criticals(findings: frozenset[str]) -> frozenset[str]:
    return frozenset(one for one in findings if one in TELLABLE and TELLABLE[one].critical)


def _gates(findings: frozenset[str]) -> frozenset[str]:
    return frozenset("".join(TELLABLE[one].gates for one in findings if one in TELLABLE))
