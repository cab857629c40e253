"""The level that the desk has reached, on its way to the home: the higher one of both is in force.

Both escalators count from the same moment, so mostly the home's own word comes first. What it has
not shown a while after is told to it: its desk began earlier, a plan stands here alone, or its box
was off. A level is no decision: nobody took anything, so nothing is stored for it and the message
is made of what was asked.
"""

from __future__ import annotations

import sqlite3

from desk import decisions, replaced
from edge.domain import AlertState, Instant
from edge.escalation.table import AT_ONCE
from edge.uplink.envelope import OfPart, escalated

# The home reaches the same level by its own clock and says so; only what it does not is told.
OWN_WORD_MS = 10_000
# Open alerts of a region at once; what does not fit goes in the next round.
PENDING_MAX = 500


def pending(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Raised alerts whose home shows a lower level than the one that is asked here.

    Not while a person's word is on its way: a decline is one level more than the home's own.
    """
    once = ", ".join("?" * len(AT_ONCE))
    rows: list[sqlite3.Row] = connection.execute(
        "SELECT alert.source, id, message_id, alert.rev, level FROM alert "  # noqa: S608 - marks only
        "JOIN asking ON asking.source = alert.source AND asking.alert = alert.id "
        f"WHERE state = ? AND level > escalation AND code NOT IN ({once}) "
        "AND NOT EXISTS (SELECT 1 FROM decision WHERE decision.source = alert.source "
        "AND decision.alert = alert.id AND decision.state = 'pending') "
        "ORDER BY raised_ms, id LIMIT ?",
        (AlertState.RAISED.value, *sorted(AT_ONCE), PENDING_MAX),
    ).fetchall()
    return [
        row for row in rows if replaced.successor(connection, decisions.gateway_of(row)) is None
    ]


def message(desk: str, row: sqlite3.Row, *, id_: str, at: Instant) -> bytes:
    """The level of one row of `pending`."""
    of = OfPart(source=row["source"], id=row["message_id"], alert=row["id"], rev=row["rev"])
    return escalated(desk, of, row["level"], id=id_, at=at)
