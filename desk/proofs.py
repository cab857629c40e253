"""The alerts by which gateways prove their way every day: kept apart, and missed when none comes.

They stand on no list of alerts, ask nobody and count in no figure about alerts.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Literal

import msgspec

from desk import replaced
from desk.silence import CLOCK_STEP_MS
from edge.domain import Sync
from edge.uplink.envelope import (
    PROOF_LATE_MS,
    AlertEnvelope,
    HeartbeatEnvelope,
    gateway_source,
    wall_ms,
)

# A gateway makes one a day; more than 400 days back nobody asks.
KEEP_MS = 400 * 86_400_000
_SOURCE = gateway_source("")
_HEARTBEAT = msgspec.json.Decoder(HeartbeatEnvelope)

Standing = Literal["ok", "late", "off", "waiting", "none", "replaced"]


def keep(connection: sqlite3.Connection, told: AlertEnvelope, at_ms: int) -> None:
    """One that came through."""
    alert = told.data.alert
    connection.execute(
        "INSERT OR IGNORE INTO proof VALUES (?, ?, ?, ?, ?, ?)",
        (
            *(told.source, alert.id, str(alert.params.get("cause", ""))[:20]),
            *(told.data.sync.value, wall_ms(alert.raised), at_ms),
        ),
    )


def prune(connection: sqlite3.Connection, at_ms: int) -> None:
    connection.execute("DELETE FROM proof WHERE received_ms < ?", (at_ms - KEEP_MS,))


def of(connection: sqlite3.Connection, gateway: sqlite3.Row, at_ms: int) -> dict[str, Any]:
    """How the proof of one gateway stands; `way_ms` is from its raising to its commit here.

    late: none came for 26 h from a gateway that makes them, or it says itself that none came
    through. none: it is of a release that makes none.
    """
    row = connection.execute(
        # One that came under a clock of ours that was ahead vouches for nothing until that day.
        "SELECT cause, sync, raised_ms, received_ms FROM proof WHERE source = ? "
        "AND received_ms <= ? ORDER BY received_ms DESC LIMIT 1",
        (gateway_source(gateway["id"]), at_ms + CLOCK_STEP_MS),
    ).fetchone()
    told = None
    if gateway["heartbeat"] is not None:
        told = _HEARTBEAT.decode(gateway["heartbeat"]).data.proof
    return {
        "gateway": gateway["id"],
        "state": _standing(
            connection, gateway["id"], row, None if told is None else told.state, at_ms
        ),
        "received_ms": row and row["received_ms"],
        "age_s": row and max(0, at_ms - row["received_ms"]) // 1000,
        "way_ms": row
        and (row["received_ms"] - row["raised_ms"] if row["sync"] != Sync.NONE else None),
        "cause": row and row["cause"],
        "told": None if told is None else msgspec.to_builtins(told),
    }


def all_of(connection: sqlite3.Connection, at_ms: int) -> list[dict[str, Any]]:
    """Every gateway, the late ones first."""
    rows = connection.execute("SELECT id, heartbeat FROM gateway ORDER BY id").fetchall()
    return sorted((of(connection, row, at_ms) for row in rows), key=lambda r: r["state"] != "late")


def late(connection: sqlite3.Connection, at_ms: int) -> set[str]:
    """The gateways whose proof is overdue."""
    return {row["gateway"] for row in all_of(connection, at_ms) if row["state"] == "late"}


def _standing(
    connection: sqlite3.Connection,
    gateway: str,
    row: sqlite3.Row | None,
    told: str | None,
    at_ms: int,
) -> Standing:
    if replaced.successor(connection, gateway) is not None:
        return "replaced"
    if told == "off":
        return "off"
    if row is not None and at_ms - row["received_ms"] > PROOF_LATE_MS:
        return "late"
    if told == "late":
        return "late"
    if row is not None:
        return "ok"
    return "none" if told is None else "waiting"
