"""Plans and alerts for the tests of escalation."""

from __future__ import annotations

from typing import Any

from edge.domain import Alert, AlertState, Instant, Priority
from edge.escalation import EscalationPlan
from edge.escalation.plan import plan_of
from tests.support.clock import instant


def row(ident: str, number: str = "", **more: Any) -> dict[str, Any]:
    """One recipient as a table of the file."""
    return {
        "id": ident,
        "role": "coordinator",
        "language": "fi",
        "alias": "Koti 88",
        "staffed": ["24/7"],
        "address": True,
        "number": number,
    } | more


def tables(*levels: list[dict[str, Any]]) -> dict[str, Any]:
    return {"level": [{"recipient": rows} for rows in levels]}


DUTY = row("duty", "+358401234501")
CARE = row("care", "+358401234502", role="nurse", staffed=["mon-fri 07:00-21:00"])
DAUGHTER = row("daughter", "+358401234503", role="relative", address=False, alias="Äidin koti")
THREE = tables([DUTY], [CARE], [DAUGHTER])


def made(data: dict[str, Any] = THREE) -> EscalationPlan:
    plan, faults = plan_of(data, "plan.toml")
    assert plan is not None, faults
    return plan


def alert(code: str = "help_button", priority: Priority = Priority.CRITICAL, **more: Any) -> Alert:
    at: Instant = more.pop("at", instant())
    told: dict[str, Any] = {
        "id": "a",
        "rev": 1,
        "subject": "button",
        "state": AlertState.RAISED,
        "raised": at,
        "changed": at,
    }
    return Alert(code=code, priority=priority, **(told | more))
