"""Which gateways are there: by what they say, by their birth and by their last will."""

from __future__ import annotations

import sqlite3

from desk.happened import Happened, Presence
from edge.uplink.envelope import (
    AlertEnvelope,
    ClaimEnvelope,
    DeviceStatusEnvelope,
    DigestEnvelope,
    HeartbeatEnvelope,
    ObservationsEnvelope,
    ProfileEnvelope,
    RequestEnvelope,
    StateBody,
    WorkEnvelope,
)


def seen(
    connection: sqlite3.Connection,
    gateway: str,
    told: AlertEnvelope
    | ObservationsEnvelope
    | DeviceStatusEnvelope
    | HeartbeatEnvelope
    | ClaimEnvelope
    | ProfileEnvelope
    | RequestEnvelope
    | DigestEnvelope
    | WorkEnvelope,
    at_ms: int,
    happened: list[Happened],
) -> None:
    """A gateway that speaks is there."""
    before = connection.execute("SELECT online FROM gateway WHERE id = ?", (gateway,)).fetchone()
    subject = told.data.subject
    connection.execute(
        "INSERT INTO gateway (id, client, site, online, boot, last_seen_ms) "
        "VALUES (?, ?, ?, 1, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "client = excluded.client, site = excluded.site, online = 1, goodbye_ms = NULL, "
        "last_seen_ms = excluded.last_seen_ms",
        (gateway, subject.client, subject.site, told.data.clock.boot, at_ms),
    )
    if before is None or not before["online"]:
        happened.append(Presence(at_ms=at_ms, gateway=gateway, state="online"))


def keep_state(
    connection: sqlite3.Connection,
    gateway: str,
    told: StateBody,
    at_ms: int,
    happened: list[Happened],
) -> None:
    """Birth or last will. A kept will of an earlier boot is older news than what came since."""
    before = connection.execute(
        "SELECT online, boot FROM gateway WHERE id = ?", (gateway,)
    ).fetchone()
    if before is None:
        if not told.online:
            return  # nothing to miss
        # Whose home it is comes with its first message; from now on it may not fall silent.
        connection.execute(
            "INSERT INTO gateway (id, client, site, online, boot, last_seen_ms) "
            "VALUES (?, '', '', 1, ?, ?)",
            (gateway, told.boot, at_ms),
        )
    elif bool(before["online"]) is told.online or (not told.online and before["boot"] != told.boot):
        return
    connection.execute(
        "UPDATE gateway SET online = ?, boot = ?, goodbye_ms = ? WHERE id = ?",
        (told.online, told.boot, None if told.online else at_ms, gateway),
    )
    state = "online" if told.online else "offline"
    happened.append(Presence(at_ms=at_ms, gateway=gateway, state=state))
