"""How much of people's attention an alert may take, and of whose: now, today, or at the next visit.

The budget of a region: per 400 homes at most 10 interrupts and 20 entries of the today list a day.
So what is neither an emergency nor today's work asks nobody: it waits for the visit that is planned
anyway (docs/attention.md has what that costs and what it catches).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from edge.domain import Alert, Level, Priority
from edge.escalation.plan import EscalationPlan, PlanLevel, PlanRole, Recipient


class Attention(StrEnum):
    INTERRUPT = "interrupt"  # somebody is asked at once
    TODAY = "today"  # a line of the coordinator's list, asked about in working hours
    VISIT = "visit"  # waits for the next planned visit and asks for no acknowledgement


# Normal alerts about what only hands in the home can mend, or what a visit asks anyway. What is
# not named here is today's: nobody has said that it can wait.
AT_THE_VISIT = frozenset(
    {
        "appliance_refill",
        "battery_low",
        "decision_review",
        "device_silent",
        "identity_doubtful",
        "missed_meal",
        "tag_not_worn",
        "wire_fault",
    }
)
# Faults that a service call mends, or that mend themselves; a line or a disk is today's, because
# doses and alarms hang on it.
FAULTS_AT_THE_VISIT = frozenset({"certificate", "clock", "model", "outbox", "path"})

LEVEL_CHANGED = "level_changed"
# Its level rose at two assessments in a row (edge.alerts.flags.Flag.RISING): a coordinator's case.
RISING_FLAG = "level_rising"
# Who works with the home, in the order in which they are asked. A relative hears of a level from
# a person who may tell it, never from a message of ours.
LEVEL_ROLES: dict[Level, tuple[frozenset[PlanRole], ...]] = {
    Level.ORANGE: (frozenset({PlanRole.COORDINATOR, PlanRole.NURSE}),),
    Level.RED: (frozenset({PlanRole.COORDINATOR}), frozenset({PlanRole.NURSE})),
}


def attention_of(alert: Alert) -> Attention:
    return attention_for(alert.code, alert.priority, alert.params)


def attention_for(code: str, priority: Priority, params: Mapping[str, object]) -> Attention:
    """The same by the parts of an alert, as a message has them."""
    if priority is not Priority.NORMAL:
        return Attention.INTERRUPT
    if code in AT_THE_VISIT or params.get("fault") in FAULTS_AT_THE_VISIT:
        return Attention.VISIT
    return Attention.TODAY


def routed(alert: Alert, plan: EscalationPlan, manager: Recipient | None = None) -> EscalationPlan:
    """The plan as it goes for this alert: by the roles that it is for, where there are any.

    An alert about a level goes to the plan's coordinators and nurses, whichever level they stand
    in. Where the plan has none of them, to everybody but relatives. `manager` is the home's case
    manager, where one is named and there: asked first, and the others with them when time is up.
    """
    if alert.code != LEVEL_CHANGED:
        return plan
    level = Level.RED if alert.priority is Priority.HIGH else Level.ORANGE
    tiers = [_those(plan, roles) for roles in LEVEL_ROLES[level]]
    found = [tier for tier in tiers if tier] or [_those(plan, _NOT_RELATIVES)]
    if manager is not None:
        others = tuple(one for tier in found for one in tier if one.id != manager.id)
        case = RISING_FLAG in alert.flags
        at_once = tuple(one for one in others if case and one.role is PlanRole.COORDINATOR)
        found = [(manager, *at_once), (manager, *others)]
    return EscalationPlan(level=tuple(PlanLevel(recipient=tier) for tier in found if tier))


_NOT_RELATIVES = frozenset(PlanRole) - {PlanRole.RELATIVE}


def _those(plan: EscalationPlan, roles: frozenset[PlanRole]) -> tuple[Recipient, ...]:
    return tuple(one for one in plan.recipients if one.role in roles)
