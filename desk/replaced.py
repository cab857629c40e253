"""Gateways that another box took over from: who speaks for them now, and who decides."""

from __future__ import annotations

import sqlite3

from edge.alerts.lifecycle import Refused as NotNow
from edge.alerts.lifecycle import Trigger, next_state
from edge.domain import ESCALATION_MAX, AlertState
from edge.uplink.envelope import AckKind, gateway_source

# Boxes that took over from each other, one after the other, in one home.
CHAIN_MAX = 16

# A decision about an alert whose gateway is gone: nobody there would answer.
SETTLED_HERE = "settled_here"


def successor(connection: sqlite3.Connection, gateway: str) -> str | None:
    """The gateway that took over from this one."""
    row = connection.execute(
        "SELECT successor FROM successor WHERE gateway = ?", (gateway,)
    ).fetchone()
    return None if row is None else str(row["successor"])


def may_carry(connection: sqlite3.Connection, gateway: str, source: str) -> bool:
    """Whether `gateway` sends on what `source` owed: it took over from it, at any remove."""
    at = source.removeprefix(gateway_source(""))
    for _ in range(CHAIN_MAX):
        after = successor(connection, at)
        if after is None or after == gateway:
            return after is not None
        at = after
    return False


def record(connection: sqlite3.Connection, gateway: str, by: str, at_ms: int) -> None:
    """`by` takes over from `gateway`; what waits for its answer is settled here."""
    connection.execute(
        "INSERT INTO successor VALUES (?, ?, ?) ON CONFLICT (gateway) DO UPDATE SET "
        "successor = excluded.successor, at_ms = excluded.at_ms",
        (gateway, by, at_ms),
    )
    waiting = connection.execute(
        "SELECT * FROM decision WHERE source = ? AND state = 'pending' ORDER BY made_ms, id",
        (gateway_source(gateway),),
    ).fetchall()
    for decision in waiting:
        settle(connection, decision, at_ms)


def lives(connection: sqlite3.Connection, gateway: str) -> None:
    """This box was claimed: whatever took over from it before, it answers for itself now."""
    connection.execute("DELETE FROM successor WHERE gateway = ?", (gateway,))


def undo(connection: sqlite3.Connection, by: str, gateway: str) -> None:
    """The box stands in another home than was thought: it took over from nobody."""
    connection.execute("DELETE FROM successor WHERE gateway = ? AND successor = ?", (gateway, by))


def settle(connection: sqlite3.Connection, decision: sqlite3.Row, at_ms: int) -> None:
    """Let a decision change its alert here, where nobody in the home is left to do so."""
    connection.execute(
        "UPDATE decision SET state = ?, settled_ms = ? WHERE id = ?",
        (SETTLED_HERE, at_ms, decision["id"]),
    )
    alert = connection.execute(
        "SELECT state, escalation FROM alert WHERE source = ? AND id = ?",
        (decision["source"], decision["alert"]),
    ).fetchone()
    after = next_state(AlertState(alert["state"]), Trigger(decision["kind"]))
    if isinstance(after, NotNow):
        return
    declined = decision["kind"] == AckKind.DECLINED
    connection.execute(
        "UPDATE alert SET state = ?, account = ?, role = ?, next_by = NULL, outcome = ?, "
        "escalation = ?, revised_ms = ? WHERE source = ? AND id = ?",
        (
            after.value,
            None if declined else decision["account"],
            None if declined else decision["role"],
            decision["outcome"],
            min(ESCALATION_MAX, alert["escalation"] + declined),
            at_ms,
            decision["source"],
            decision["alert"],
        ),
    )
