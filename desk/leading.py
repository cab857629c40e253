"""The case managers whom an alert about a level asks first.

Here and not in the plan: the desk has the accounts, who named whom, and until when. A name in a
plan would be a second truth, in the home's box, that nobody ends when the person leaves.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta

import msgspec

from desk.life import managers
from edge.domain import Actor, Instant
from edge.escalation import EscalationPlan, PlanRole, Recipient
from edge.escalation.attention import LEVEL_CHANGED
from edge.escalation.hours import SHIFT


def by_customer(connection: sqlite3.Connection, at: Instant) -> dict[str, Actor]:
    """The case manager of each customer with a raised alert about a level, where there is one.

    Whose naming or account has ended is none: the home is asked about as without a case manager.
    """
    rows = connection.execute(
        "SELECT DISTINCT client FROM alert WHERE state = 'raised' AND code = ?", (LEVEL_CHANGED,)
    ).fetchall()
    today = _day(at)
    found = {client: managers.case_manager(connection, client, today) for (client,) in rows}
    return {client: one for client, one in found.items() if one is not None}


def recipient(manager: Actor, plan: EscalationPlan | None) -> Recipient:
    """Them as somebody who is asked: with the hours of the plan, or a service's working hours."""
    role = PlanRole(manager.role)
    known = None if plan is None else plan.recipient(manager.account)
    if known is not None:
        return msgspec.structs.replace(known, role=role)
    return Recipient(
        id=manager.account,
        role=role,
        language="fi",  # this and the alias go with a telephone, and the desk sends no messages
        alias="-",
        staffed=SHIFT,
        address=False,
    )


def _day(at: Instant) -> date:
    local = datetime.fromtimestamp(at.wall_ms / 1000, UTC) + timedelta(minutes=at.offset_min)
    return local.date()
