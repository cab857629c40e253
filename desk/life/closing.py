"""The service to a customer ends, or they died: nothing of before is followed any more."""

from __future__ import annotations

import sqlite3

import msgspec

from desk.customers import line
from desk.database import transaction
from desk.life import managers, plans, segments
from desk.life.people import WORDS_CHARS_MAX
from edge.domain import Actor


def close(connection: sqlite3.Connection, customer: str, why: str, by: Actor, at_ms: int) -> int:
    """End the case manager and every open item; how many items. What was told is kept.

    Rounds and segments told until now are due no more; what is told later begins anew.
    """
    reason = line(why, "reason", WORDS_CHARS_MAX)
    with transaction(connection):
        items = [one for one in plans.of(connection, customer) if one.is_open]
        for item in items:
            dropped = msgspec.structs.replace(
                item,
                outcome=plans.Outcome.DROPPED,
                follow_up=None,
                note=reason,
                told_by=by.account,
                told_ms=at_ms,
            )
            plans.write(connection, dropped, "plan followed")
        managers.ended(connection, customer, by, at_ms)
        segments.write(connection, customer, segments.Kind.CLOSED, reason, by, at_ms)
    return len(items)
