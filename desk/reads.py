"""What the commands show of the database, as plain dicts for JSON and tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from desk import claims, gaps, proofs, replaced, roster
from desk.decisions import standing
from desk.rights import Right, has
from edge.domain import Priority, Sync
from edge.escalation import attention_for
from edge.escalation.attention import AT_THE_VISIT
from edge.uplink.envelope import (
    GATEWAY_LOST_AFTER_MS,
    AlertEnvelope,
    HeartbeatEnvelope,
    gateway_source,
    wall_ms,
)

_ALERT = msgspec.json.Decoder(AlertEnvelope)
_HEARTBEAT = msgspec.json.Decoder(HeartbeatEnvelope)
_SOURCE = gateway_source("")

_IS_OPEN = "state IN ('raised', 'acknowledged')"
_NEWEST_FIRST = "ORDER BY raised_ms DESC, id DESC"
# Where not all fit, what must be answered at once is not what is left out.
_AT_THE_VISIT = ", ".join(f"'{code}'" for code in sorted(AT_THE_VISIT))
_OPEN_FIRST = (
    f"WHERE {_IS_OPEN} ORDER BY CASE priority WHEN 'critical' THEN 0 WHEN 'high' THEN 1 ELSE 2 END,"
    # What waits for the next visit hides nothing of today's list.
    f" code IN ({_AT_THE_VISIT}),"
    # One that nobody could date yet is as new as its arrival, not of 1970.
    " CASE json_extract(CAST(body AS TEXT), '$.data.clock.sync') WHEN 'none' THEN received_ms"
    " ELSE raised_ms END DESC, id DESC"
)

# A screen's worth; whoever needs more asks the database.
ALERTS_MAX = 1_000
# Stretches of numbers that are missing of one store: a line of text, not a book.
GAPS_MAX = 32


def alerts(
    connection: sqlite3.Connection, *, only_open: bool = False, limit: int = ALERTS_MAX
) -> list[dict[str, object]]:
    """Alerts in their newest revision and with what was decided here.

    All of them stand newest first; those that are open by priority, and then newest first.
    """
    rows = connection.execute(
        f"SELECT * FROM alert {_OPEN_FIRST if only_open else _NEWEST_FIRST} LIMIT ?",  # noqa: S608 - no input in it
        (min(limit, ALERTS_MAX),),
    ).fetchall()
    return [alert(connection, row) for row in rows]


def open_alerts(connection: sqlite3.Connection) -> int:
    """How many alerts nobody has closed."""
    found: int = connection.execute(f"SELECT count(*) FROM alert WHERE {_IS_OPEN}").fetchone()[0]  # noqa: S608 - no input in it
    return found


def alert(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, object]:
    """One alert: `state` is the gateway's, `standing` includes what was decided here."""
    state, holder = standing(connection, row)
    told = _ALERT.decode(row["body"]).data
    decided = connection.execute(
        "SELECT id, kind, account, role, eta_s, outcome, useful, made_ms, state, settled_ms "
        "FROM decision WHERE source = ? AND alert = ? ORDER BY made_ms, id",
        (row["source"], row["id"]),
    ).fetchall()
    return {
        "id": row["id"],
        "gateway": row["source"].removeprefix(_SOURCE),
        "client": row["client"],
        "site": row["site"],
        "rev": row["rev"],
        "code": row["code"],
        "priority": row["priority"],
        "attention": attention_for(row["code"], Priority(row["priority"]), told.alert.params).value,
        "state": row["state"],
        "standing": state.value,
        "holder": holder,
        "outcome": row["outcome"],
        "escalation": row["escalation"],
        **roster.asked_of(connection, row),
        "room": told.alert.room,
        "title": told.alert.title,
        "params": told.alert.params,
        "flags": list(told.alert.flags),
        "next_by": told.alert.next_by,
        "late": bool(row["late"]),
        "test": told.test,
        "sync": told.sync.value,
        "raised_ms": row["raised_ms"],
        "received_ms": row["received_ms"],
        "raised_after_ms": _ms(told.alert.raised_after),
        "raised_before_ms": _ms(told.alert.raised_before),
        "raised_to_received_ms": None
        if told.sync is Sync.NONE
        else row["received_ms"] - row["raised_ms"],
        "evidence": msgspec.to_builtins(told.evidence),
        "decisions": [dict(one) for one in decided],
    }


def _ms(told: str | None) -> int | None:
    return None if told is None else wall_ms(told)


def homes(connection: sqlite3.Connection, at_ms: int) -> list[dict[str, object]]:
    """Every gateway: whether it lives, what it owes, and what of it is missing here."""
    rows = connection.execute("SELECT * FROM gateway ORDER BY id").fetchall()
    return [_home(connection, row, at_ms) for row in rows]


def _home(connection: sqlite3.Connection, row: sqlite3.Row, at_ms: int) -> dict[str, object]:
    source = gateway_source(row["id"])
    silent_ms = max(0, at_ms - row["last_seen_ms"])
    stores = [
        name
        for (name,) in connection.execute(
            "SELECT store_id FROM stretch WHERE source = ? ORDER BY store_id", (source,)
        )
    ]
    (readings,) = connection.execute(
        "SELECT coalesce(sum(rows), 0) FROM observations WHERE source = ?", (source,)
    ).fetchone()
    (open_alerts,) = connection.execute(
        "SELECT count(*) FROM alert WHERE source = ? AND state IN ('raised', 'acknowledged')",
        (source,),
    ).fetchone()
    missing = {store: gaps.missing(connection, source, store) for store in stores}
    after = replaced.successor(connection, row["id"])
    proof = proofs.of(connection, row, at_ms)
    home: dict[str, object] = {
        "gateway": row["id"],
        "client": row["client"],
        "site": row["site"],
        "online": bool(row["online"]),
        "customer": claims.customer_of(connection, row["id"]),
        "replaced_by": after,
        "lost": after is None and silent_ms > GATEWAY_LOST_AFTER_MS,
        "silent_s": silent_ms // 1000,
        "open_alerts": open_alerts,
        "observations": readings,
        "proof": {key: proof[key] for key in ("state", "age_s", "way_ms")},
        "missing": missing,
        "gaps": {
            store: gaps.ranges(connection, source, store)[:GAPS_MAX]
            for store in stores
            if missing[store]
        },
    }
    if row["heartbeat"] is not None:
        told = _HEARTBEAT.decode(row["heartbeat"]).data
        home["heartbeat"] = msgspec.to_builtins(told)
    return home


def clients_of(connection: sqlite3.Connection, gateways: Iterable[str]) -> list[str]:
    """Whose homes these gateways stand in, by the pseudonyms that they told."""
    rows = connection.execute("SELECT id, client FROM gateway").fetchall()
    wanted = set(gateways)
    return sorted({row["client"] for row in rows if row["id"] in wanted and row["client"]})


def clients(connection: sqlite3.Connection) -> list[str]:
    """Everybody whose home has a gateway here."""
    found = connection.execute("SELECT DISTINCT client FROM gateway WHERE client <> ''")
    return [client for (client,) in found]


# What says whose home it is, how it is used, and how the resident is.
_OF_RESIDENT = frozenset(
    {"client", "site", "customer", "open_alerts", "observations", "evidence", "asked"}
    | {"escape", "fire_level", "open_critical"}
)


def seen_by(role: str, row: dict[str, object]) -> dict[str, object]:
    """An alert, a home or a silence as this role sees it: boxes without whose they are."""
    if has(role, Right.RESIDENTS):
        return row
    seen = {name: value for name, value in row.items() if name not in _OF_RESIDENT}
    if isinstance(beat := seen.get("heartbeat"), dict):
        seen["heartbeat"] = {name: value for name, value in beat.items() if name != "subject"}
    return seen
