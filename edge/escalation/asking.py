"""What is due of one alert now: whom to ask, on which path, at which level, and when to look again.

`due` never forgets: what was asked is an argument, and the answer is what is still missing. An
alert that nobody has accepted always has a next moment; one that is taken or over has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from edge.domain import ESCALATION_MAX, Alert, AlertState, Instant, Record, Sync
from edge.escalation.attention import Attention, attention_of, routed
from edge.escalation.hours import is_staffed, next_shift_ms
from edge.escalation.plan import EscalationPlan, PlanRole, Recipient
from edge.escalation.table import AT_ONCE, ENDED_FLAG, TEST_FLAG, Deadlines, deadlines_of

DESK, SMS, SOUNDER, HOOK = "desk", "sms", "sounder", "hook"
# A text message to who took it: until when, and a code to extend it or to give it back.
HELD = "held"
# The home's own sounder stands in no plan.
HOME = "home"


class Side(StrEnum):
    """Who asks: the desk asks everybody on its screen, the gateway by its own modem."""

    GATEWAY = "gateway"
    DESK = "desk"


class Page(Record, frozen=True, kw_only=True):
    """One call to one recipient. No two are alike within one (re)opening of an alert.

    `turn` counts the repetitions of the last level, and those of the sounder (level 0).
    """

    level: int
    turn: int
    recipient: str
    path: str


class Paths(Record, frozen=True, kw_only=True):
    """What the gateway knows of its ways out: `down` is known to be so, never guessed."""

    uplink_down: bool = False
    sms: bool = False  # a modem is there
    sms_down: bool = False
    sounder: bool = False
    hook: bool = False

    @property
    def all_down(self) -> bool:
        return self.uplink_down and (self.sms_down or not self.sms)


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked about one alert since it was opened, or opened again, at `since`.

    `rev` is the revision that did so; `received`: a system upstream has it or a later one.
    `reached` is when the last level was first asked, `sounded` when the sounder began.
    """

    since: Instant
    rev: int
    level: int = 1
    received: bool = False
    reached: Instant | None = None
    sounded: Instant | None = None
    made: frozenset[Page] = frozenset()


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """`pages` are to be made now; `wake_at_ms` is the boottime to look again, None for never."""

    level: int
    pages: tuple[Page, ...] = ()
    wake_at_ms: int | None = None


def first_asking(alert: Alert) -> Asking:
    """The asking that begins with this revision of an alert."""
    return Asking(since=alert.changed, rev=alert.rev, level=alert.escalation)


def elapsed_ms(since: Instant, now: Instant) -> int:
    """Time passed; across a boot by the wall clock where both ends know it, else of this boot."""
    if since.boot == now.boot:
        return max(0, now.boottime_ms - since.boottime_ms)
    if Sync.NONE in (since.sync, now.sync):
        return now.boottime_ms
    return max(0, now.wall_ms - since.wall_ms)


def due(
    alert: Alert,
    plan: EscalationPlan | None,
    asking: Asking,
    now: Instant,
    paths: Paths,
    side: Side = Side.GATEWAY,
    manager: Recipient | None = None,
) -> Due:
    """What follows for this alert at `now`. Without a plan only the sounder can be asked.

    `manager`: the home's case manager, whom alerts about a level ask first in their hours; with
    one such an alert needs no plan.
    """
    level = max(asking.level, alert.escalation)
    if alert.state is not AlertState.RAISED or not _asks(alert):
        return Due(level=level)
    if manager is not None and not is_staffed(manager.staffed, now):
        manager = None  # who is not there holds nothing up: it goes as without one
    if plan is not None or manager is not None:
        plan = routed(alert, plan or EscalationPlan(level=()), manager)
    table, ms = deadlines_of(alert), elapsed_ms(asking.since, now)
    level = min(ESCALATION_MAX, max(level, 1 + sum(ms >= at for at in table.levels_ms)))
    asked = tuple(
        page
        for page in (
            *_people(alert, plan, asking, now, level, side, paths),
            *(_sounder(table, asking, now, ms, paths) if side is Side.GATEWAY else ()),
        )
        if page not in asking.made
    )
    wakes = [at for at in _moments(table, asking, now, ms) if at > 0]
    return Due(level=level, pages=asked, wake_at_ms=now.boottime_ms + min(wakes))


def _asks(alert: Alert) -> bool:
    """A test asks nobody, and what waits for the next visit asks for no acknowledgement."""
    return TEST_FLAG not in alert.flags and attention_of(alert) is not Attention.VISIT


def next_step_ms(alert: Alert, asking: Asking, now: Instant) -> int | None:
    """Milliseconds until more people are asked: those of the next level, or the last ones again.

    None: nobody is asked about it.
    """
    if not _asks(alert):
        return None
    table, ms = deadlines_of(alert), elapsed_ms(asking.since, now)
    level = max(asking.level, alert.escalation)
    ahead = [at - ms for at in table.levels_ms[level - 1 :] if at > ms]
    if ahead:
        return min(ahead)
    passed = elapsed_ms(asking.reached or asking.since, now)
    return table.repeat_ms - passed % table.repeat_ms


def joined(asking: Asking, found: Due, now: Instant, made: tuple[Page, ...]) -> Asking:
    """The asking after `made` of the pages that were due is written down."""
    levels = [page.level for page in made if page.level]
    reached, sounded = asking.reached, asking.sounded
    if levels and (found.level > asking.level or reached is None):
        reached = now
    if sounded is None and any(page.level == 0 for page in made):
        sounded = now
    return msgspec.structs.replace(
        asking,
        level=max(asking.level, found.level),
        reached=reached,
        sounded=sounded,
        made=asking.made | frozenset(made),
    )


def _people(
    alert: Alert,
    plan: EscalationPlan | None,
    asking: Asking,
    now: Instant,
    level: int,
    side: Side,
    paths: Paths,
) -> Iterator[Page]:
    if plan is None or not plan.level or (side is Side.GATEWAY and not paths.sms):
        return
    table, ms = deadlines_of(alert), elapsed_ms(asking.since, now)
    # What the desk has, it asks level 1 about itself; what is called off in time asks nobody.
    waits = asking.received or ms < max(table.receipt_ms, table.cancel_ms)
    if side is Side.GATEWAY and level == 1 and waits:
        return
    if table.by_shift and next_shift_ms(now) > 0:
        return
    tier = min(level, len(plan.level))
    is_last = tier == len(plan.level) or level > len(table.levels_ms)
    turn = 0
    if is_last and asking.reached is not None and asking.level >= level:
        turn = elapsed_ms(asking.reached, now) // table.repeat_ms
    path = DESK if side is Side.DESK else SMS
    for one in _asked(alert, plan, tier, now, side):
        yield Page(level=tier, turn=turn, recipient=one.id, path=path)


def _asked(
    alert: Alert, plan: EscalationPlan, tier: int, now: Instant, side: Side
) -> tuple[Recipient, ...]:
    """Who of this level is asked now; of the last level everybody of the plan, at any hour.

    Where nobody of a level can be asked (no telephone, nobody there), the next ones are.
    """
    may = [
        level.recipient if ENDED_FLAG not in alert.flags else _without_relatives(level.recipient)
        for level in plan.level
    ]
    if side is Side.GATEWAY:
        may = [tuple(one for one in level if one.number) for level in may]
    # A case manager stands in both levels of an alert about a level, and is asked once.
    everybody = tuple({one.id: one for level in may for one in level}.values())
    by_hours = deadlines_of(alert).by_shift
    if (tier == len(plan.level) or alert.code in AT_ONCE) and not by_hours:
        return everybody
    for level in may[tier - 1 :]:
        there = tuple(one for one in level if is_staffed(one.staffed, now))
        if there:
            return there
    return () if by_hours else everybody


def _without_relatives(all_of: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
    return tuple(one for one in all_of if one.role is not PlanRole.RELATIVE)


def _sounder(
    table: Deadlines, asking: Asking, now: Instant, ms: int, paths: Paths
) -> Iterator[Page]:
    """At its time, or at once where nothing can be told to anybody outside."""
    if table.sounder_ms is None or not (paths.sounder or paths.hook):
        return
    if asking.sounded is None:
        if ms < table.sounder_ms and not paths.all_down:
            return
        turn = 0
    else:
        turn = elapsed_ms(asking.sounded, now) // table.repeat_ms
    for path, is_there in ((SOUNDER, paths.sounder), (HOOK, paths.hook)):
        if is_there:
            yield Page(level=0, turn=turn, recipient=HOME, path=path)


def _moments(table: Deadlines, asking: Asking, now: Instant, ms: int) -> Iterator[int]:
    """Every moment at which more may be due, in milliseconds from now; some are past."""
    for at in (table.receipt_ms, table.cancel_ms, *table.levels_ms, table.sounder_ms):
        if at is not None:
            yield at - ms
    for began in (asking.since, asking.reached, asking.sounded):
        if began is not None:
            yield table.repeat_ms - elapsed_ms(began, now) % table.repeat_ms
    if table.by_shift:
        yield next_shift_ms(now)
