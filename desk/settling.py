"""Whether a gateway's alert shows what a person decided."""

from __future__ import annotations

import sqlite3

from desk.happened import Decided, Happened
from edge.alerts.lifecycle import ESCALATION_MAX
from edge.domain import AlertState
from edge.uplink.envelope import AckKind, AlertPart

_OVER = (AlertState.CLOSED, AlertState.CANCELLED)


def verdict(row: sqlite3.Row, alert: AlertPart) -> str | None:
    """`shown`, `superseded` by somebody else's decision, or None: not yet known."""
    kind = AckKind(row["kind"])
    mine = alert.actor is not None and alert.actor.account == row["account"]
    if alert.rev <= row["rev"]:
        return None
    if alert.state in _OVER:
        closed = kind is AckKind.CLOSED and alert.state is AlertState.CLOSED and mine
        return "shown" if closed else "superseded"
    if kind is AckKind.ACCEPTED and alert.state is AlertState.ACKNOWLEDGED:
        return "shown" if mine else "superseded"
    if kind is AckKind.DECLINED and alert.state is AlertState.RAISED:
        higher = alert.escalation > row["escalation"] or alert.escalation >= ESCALATION_MAX
        return "shown" if higher else None
    return None


def settle(
    connection: sqlite3.Connection, gateway: str, source: str, alert: AlertPart, at_ms: int
) -> list[Happened]:
    """Settle what this revision shows of the decisions about its alert."""
    told: list[Happened] = []
    rows = connection.execute(
        "SELECT * FROM decision WHERE source = ? AND alert = ? AND state = 'pending' "
        "ORDER BY made_ms, id",
        (source, alert.id),
    ).fetchall()
    for row in rows:
        state = verdict(row, alert)
        if state is None:
            continue
        connection.execute(
            "UPDATE decision SET state = ?, settled_ms = ? WHERE id = ?", (state, at_ms, row["id"])
        )
        told.append(
            Decided(
                at_ms=at_ms,
                gateway=gateway,
                alert=alert.id,
                kind=AckKind(row["kind"]),
                account=row["account"],
                state=state,
                after_ms=at_ms - row["made_ms"],
            )
        )
    return told
