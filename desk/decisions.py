"""What named persons decide: written down first, then carried to the gateway until it shows it."""

from __future__ import annotations

import re
import sqlite3
from typing import NamedTuple

from desk import replaced
from desk.database import transaction
from desk.happened import Decided
from edge.alerts.lifecycle import Refused as NotNow
from edge.alerts.lifecycle import Trigger, next_state
from edge.domain import Actor, AlertState, Instant
from edge.errors import EdgeError
from edge.locale.refusing import given, listed, worded
from edge.uplink.envelope import AckKind, OfPart, Outcome, decision, gateway_source

# What was decided a day ago is no longer what somebody is about to do.
EXPIRE_MS = 86_400_000
# Shorter beginnings are typing errors.
PREFIX_MIN = 4

_SOURCE = gateway_source("")


class StateRefusedError(EdgeError):
    """The alert is not in a state in which this can be decided; the text says which."""


class AlertNameError(EdgeError):
    """No alert, or more than one, has an id that begins like this."""


class Made(NamedTuple):
    """A decision that is written down: about which alert, and which colleague had it until now."""

    alert: str
    colleague: str | None
    here: bool = False  # settled here: another box took over from the alert's gateway


def find(connection: sqlite3.Connection, prefix: str) -> sqlite3.Row:
    """The one alert whose id begins with `prefix`; raises AlertNameError."""
    if len(prefix) < PREFIX_MIN or not re.fullmatch(r"[0-9a-f-]+", prefix):
        raise worded(AlertNameError, "alert_prefix", name=given(prefix), least=PREFIX_MIN)
    rows: list[sqlite3.Row] = connection.execute(
        "SELECT * FROM alert WHERE id >= ? AND id < ? ORDER BY raised_ms DESC LIMIT 6",
        (prefix, prefix + "g"),
    ).fetchall()
    if not rows:
        raise worded(AlertNameError, "no_alert", name=given(prefix))
    if len(rows) > 1:
        some = listed(row["id"] for row in rows[:5])
        raise worded(AlertNameError, "many_alerts", name=given(prefix), there=some)
    return rows[0]


def decide(
    connection: sqlite3.Connection,
    prefix: str,
    kind: AckKind,
    actor: Actor,
    *,
    id_: str,
    at: Instant,
    eta_s: int | None = None,
    outcome: Outcome | None = None,
    take_over: bool = False,
    useful: bool | None = None,
) -> Made:
    """Write a decision down. Raises StateRefusedError or AlertNameError.

    Whoever is first has it: the check and the row are one transaction.
    """
    with transaction(connection):
        alert = find(connection, prefix)
        state, holder = standing(connection, alert)
        after = next_state(state, Trigger(kind.value))
        if isinstance(after, NotNow):
            if holder is None:
                raise worded(StateRefusedError, "alert_already", state=state.value)
            raise worded(StateRefusedError, "alert_already_by", state=state.value, who=holder)
        taken = state is AlertState.ACKNOWLEDGED and holder not in (None, actor.account)
        if kind is AckKind.ACCEPTED and taken and not take_over:
            raise worded(StateRefusedError, "alert_taken", who=holder)
        if kind is AckKind.DECLINED and taken:
            raise worded(StateRefusedError, "alert_anothers", who=holder)
        connection.execute(
            "INSERT INTO decision (id, source, alert, message_id, rev, escalation, holder, "
            "next_by, kind, account, role, eta_s, outcome, useful, made_ms, offset_min, state) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending')",
            (
                id_,
                alert["source"],
                alert["id"],
                alert["message_id"],
                alert["rev"],
                alert["escalation"],
                alert["account"],
                alert["next_by"],
                kind.value,
                actor.account,
                actor.role,
                eta_s,
                outcome and outcome.value,
                useful,
                at.wall_ms,
                at.offset_min,
            ),
        )
        if replaced.successor(connection, gateway_of(alert)) is not None:
            row = connection.execute("SELECT * FROM decision WHERE id = ?", (id_,)).fetchone()
            replaced.settle(connection, row, at.wall_ms)
            return Made(str(alert["id"]), holder if taken else None, here=True)
    return Made(alert=str(alert["id"]), colleague=holder if taken else None)


def standing(connection: sqlite3.Connection, alert: sqlite3.Row) -> tuple[AlertState, str | None]:
    """The state of an alert with what was decided here and the gateway has not shown yet."""
    state, holder = AlertState(alert["state"]), alert["account"]
    rows = connection.execute(
        "SELECT kind, account FROM decision WHERE source = ? AND alert = ? "
        "AND state = 'pending' ORDER BY made_ms, id",
        (alert["source"], alert["id"]),
    )
    for row in rows:
        after = next_state(state, Trigger(row["kind"]))
        if not isinstance(after, NotNow):
            state = after
            holder = None if row["kind"] == AckKind.DECLINED else row["account"]
    return state, holder


def pending(connection: sqlite3.Connection, at_ms: int) -> list[sqlite3.Row]:
    """The decisions to carry to gateways: of each alert only the oldest, so that order is kept."""
    rows: list[sqlite3.Row] = connection.execute(
        "SELECT * FROM decision WHERE state = 'pending' ORDER BY made_ms, id"
    ).fetchall()
    first: dict[tuple[str, str], sqlite3.Row] = {}
    for row in rows:
        if row["made_ms"] >= at_ms - EXPIRE_MS:
            first.setdefault((row["source"], row["alert"]), row)
    return list(first.values())


def expire(connection: sqlite3.Connection, at_ms: int) -> list[sqlite3.Row]:
    """Give up decisions that no gateway has shown within a day."""
    with transaction(connection):
        rows: list[sqlite3.Row] = connection.execute(
            "SELECT * FROM decision WHERE state = 'pending' AND made_ms < ? ORDER BY made_ms, id",
            (at_ms - EXPIRE_MS,),
        ).fetchall()
        connection.executemany(
            "UPDATE decision SET state = 'expired', settled_ms = ? WHERE id = ?",
            [(at_ms, row["id"]) for row in rows],
        )
    return rows


def gateway_of(row: sqlite3.Row) -> str:
    """Which gateway a decision or an alert is of."""
    return str(row["source"]).removeprefix(_SOURCE)


def told(row: sqlite3.Row, state: str, at_ms: int) -> Decided:
    """What became of a decision, for the screen."""
    return Decided(
        at_ms=at_ms,
        gateway=gateway_of(row),
        alert=row["alert"],
        kind=AckKind(row["kind"]),
        account=row["account"],
        state=state,
        after_ms=at_ms - row["made_ms"],
    )


def message(desk: str, row: sqlite3.Row) -> bytes:
    """The decision as it goes out: the same bytes every time."""
    made = Instant(boot="", boottime_ms=0, wall_ms=row["made_ms"], offset_min=row["offset_min"])
    return decision(
        desk,
        OfPart(source=row["source"], id=row["message_id"], alert=row["alert"], rev=row["rev"]),
        AckKind(row["kind"]),
        Actor(account=row["account"], role=row["role"]),
        id=row["id"],
        at=made,
        eta_s=row["eta_s"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
    )
