"""Whether a gateway's alert shows what a person decided."""

from __future__ import annotations

import sqlite3

from desk import decisions
from desk.happened import Happened
from edge.domain import ESCALATION_MAX, AlertState
from edge.uplink.envelope import AckKind, AlertEnvelope, AlertPart

_OVER = (AlertState.CLOSED, AlertState.CANCELLED)


def verdict(row: sqlite3.Row, alert: AlertPart) -> str | None:
    """`shown`, `superseded` by somebody else's decision, or None: not yet known.

    `rev`, `holder`, `next_by` and `escalation` of `row` are the alert's when it was decided.
    """
    if alert.rev <= row["rev"]:
        return None
    kind = AckKind(row["kind"])
    account = None if alert.actor is None else alert.actor.account
    if alert.state in _OVER:
        mine = alert.state is AlertState.CLOSED and account == row["account"]
        return "shown" if kind is AckKind.CLOSED and mine else "superseded"
    if kind is AckKind.CLOSED:
        return None  # an end may be told whoever has the alert meanwhile
    if account not in (None, row["account"], row["holder"]):
        return "superseded"
    if kind is AckKind.ACCEPTED:
        return "shown" if _accepted(row, alert, account) else None
    higher = alert.escalation > row["escalation"] or alert.escalation >= ESCALATION_MAX
    return "shown" if alert.state is AlertState.RAISED and higher else None


def _accepted(row: sqlite3.Row, alert: AlertPart, account: str | None) -> bool:
    """In this person's hands, and if it was so before, for another time."""
    if alert.state is not AlertState.ACKNOWLEDGED or account != row["account"]:
        return False
    return bool(row["holder"] != account or alert.next_by != row["next_by"])


def settle(connection: sqlite3.Connection, told: AlertEnvelope, at_ms: int) -> list[Happened]:
    """Settle what this revision shows of the decisions about its alert.

    Only the oldest of them was sent: what it shows, the others cannot have caused. They are
    judged with it when it fell, and from this revision on when it was shown.
    """
    alert = told.data.alert
    rows = connection.execute(
        "SELECT * FROM decision WHERE source = ? AND alert = ? AND state = 'pending' "
        "ORDER BY made_ms, id",
        (told.source, alert.id),
    ).fetchall()
    settled: list[Happened] = []
    for row in rows:
        state = verdict(row, alert)
        if state is None:
            break
        connection.execute(
            "UPDATE decision SET state = ?, settled_ms = ? WHERE id = ?", (state, at_ms, row["id"])
        )
        settled.append(decisions.told(row, state, at_ms))
        if state == "shown" and alert.state not in _OVER:
            break
    if settled:
        _wait_from_here(connection, told, rows[len(settled) :])
    return settled


def _wait_from_here(
    connection: sqlite3.Connection, told: AlertEnvelope, rows: list[sqlite3.Row]
) -> None:
    """Give decisions that were not sent yet the facts of the newest revision: they go after it."""
    now = connection.execute(
        "SELECT message_id, rev, escalation, account, next_by FROM alert "
        "WHERE source = ? AND id = ?",
        (told.source, told.data.alert.id),
    ).fetchone()
    connection.executemany(
        "UPDATE decision SET message_id = ?, rev = ?, escalation = ?, holder = ?, next_by = ? "
        "WHERE id = ?",
        [(*now, row["id"]) for row in rows],
    )
