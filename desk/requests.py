"""What a customer asks of the service by way of their home: done at once, told to people.

Erasing takes what the service has by the customer's own choice: readings, device states, the
sealed profile, the last sign of life, and what they answered about their own life. What is part
of the client record stays, and the answer says which and why. Whether the customer was told is a
person's word.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from desk import looks
from desk.database import transaction
from desk.happened import RequestShown
from desk.replaced import CHAIN_MAX
from edge.domain import Sent
from edge.errors import EdgeError
from edge.locale.refusing import worded
from edge.uplink.envelope import RequestEnvelope, RequestKind, gateway_source

# A month to answer whoever asks about their own data (GDPR, article 12(3)).
ANSWER_WITHIN_MS = 30 * 86_400_000
LISTED_MAX = 500

_ERASED = {
    "observations": "DELETE FROM observations WHERE source = :source",
    "device": "DELETE FROM device WHERE source = :source",
    "home_work": "DELETE FROM home_work WHERE source = :source",
    "profile_part": "DELETE FROM profile_part WHERE profile IN "
    "(SELECT key FROM profile WHERE gateway = :gateway)",
    "profile": "DELETE FROM profile WHERE gateway = :gateway",
    "heartbeat": "UPDATE gateway SET heartbeat = NULL "
    "WHERE id = :gateway AND heartbeat IS NOT NULL",
    # Of whom the box was claimed for, confirmed in the home: a message alone could name anybody.
    "life_answer": "DELETE FROM life_answer WHERE round IN (SELECT key FROM life_round "
    "WHERE customer = :client AND customer IN "
    "(SELECT customer FROM claim WHERE gateway = :gateway AND state = 'confirmed'))",
    "life_round": "DELETE FROM life_round WHERE customer = :client AND customer IN "
    "(SELECT customer FROM claim WHERE gateway = :gateway AND state = 'confirmed')",
    "home_access": "DELETE FROM home_access WHERE customer IN "
    "(SELECT client FROM gateway WHERE id = :gateway)",
    "home_fact": "DELETE FROM home_fact WHERE customer IN "
    "(SELECT client FROM gateway WHERE id = :gateway)",
    "typed_address": "UPDATE claim SET typed_address = '' "
    "WHERE gateway = :gateway AND typed_address <> ''",
}
_KEPT = {
    "alert": "SELECT count(*) FROM alert_revision WHERE source = :source",
    "decision": "SELECT count(*) FROM decision WHERE source = :source",
    "home_task": "SELECT count(*) FROM home_task WHERE source = :source",
    "assessed": "SELECT count(*) FROM assessed WHERE source = :source",
    "access": "SELECT count(*) FROM access WHERE client = :client",
    "customer": "SELECT count(*) FROM customer WHERE id = :client",
    "dwelling": "SELECT count(*) FROM dwelling WHERE customer = :client",
    "silence": "SELECT count(*) FROM silence WHERE client = :client",
    "life_plan": "SELECT count(*) FROM life_plan WHERE customer = :client",
    "life_segment": "SELECT count(*) FROM life_segment WHERE customer = :client",
    "life_manager": "SELECT count(*) FROM life_manager WHERE customer = :client",
    "life_contact": "SELECT count(*) FROM life_contact WHERE customer = :client",
    "notification": "SELECT count(*) FROM notification WHERE customer = :client",
    "considered": "SELECT count(*) FROM considered WHERE customer = :client",
}
# Counted for each box that the home had; the others are the customer's.
_OF_A_BOX = ("alert", "decision", "home_task", "assessed")


class RequestError(EdgeError):
    """The request cannot be answered; the text says why."""


def keep(
    connection: sqlite3.Connection, gateway: str, told: RequestEnvelope, at_ms: int
) -> RequestShown:
    """Do what is asked; the caller holds the transaction, and the receipt follows its commit."""
    data = told.data
    erased: dict[str, int] = {}
    kept: dict[str, int] = {}
    if data.kind is RequestKind.ERASE:
        for box in _boxes(connection, gateway):
            facts = {
                "gateway": box,
                "source": gateway_source(box),
                "client": data.subject.client,
            }
            for what, statement in _ERASED.items():
                rows = connection.execute(statement, facts).rowcount
                erased[what] = erased.get(what, 0) + rows
            for what in _OF_A_BOX:
                kept[what] = kept.get(what, 0) + _count(connection, what, facts)
        for what in [one for one in _KEPT if one not in _OF_A_BOX]:
            kept[what] = _count(connection, what, {"client": data.subject.client})
    elif data.cls == Sent.WORK.value and not data.allowed:
        # A list that nobody brings up to date any more would send people for what is done.
        connection.execute("DELETE FROM home_work WHERE source = ?", (gateway_source(gateway),))
    connection.execute(
        "INSERT INTO request (gateway, client, site, kind, class, allowed, received_ms, erased, "
        "kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(gateway, data.subject.client, data.subject.site, data.kind.value, data.cls or ""),
            *(data.allowed, at_ms, json.dumps(erased), json.dumps(kept)),
        ),
    )
    return RequestShown(
        at_ms=at_ms,
        gateway=gateway,
        kind=data.kind.value,
        what=data.cls or "",
        allowed=data.allowed,
        rows=sum(erased.values()),
    )


def listed(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """The newest requests; of an erasing with what went and what stayed."""
    rows = connection.execute("SELECT * FROM request ORDER BY key DESC LIMIT ?", (LISTED_MAX,))
    return [
        dict(row) | {"erased": json.loads(row["erased"]), "kept": json.loads(row["kept"])}
        for row in rows
    ]


def client_of(connection: sqlite3.Connection, key: int) -> str:
    """Who made a request; raises RequestError."""
    row = connection.execute("SELECT client FROM request WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise worded(RequestError, "no_request", key=key)
    return str(row["client"])


def answered(connection: sqlite3.Connection, key: int, by: str, at_ms: int) -> None:
    """A named person told the customer what was erased and what stays; raises RequestError."""
    with transaction(connection):
        row = connection.execute("SELECT * FROM request WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise worded(RequestError, "no_request", key=key)
        if row["answered_ms"] is not None:
            raise worded(RequestError, "request_answered", key=key, who=row["answered_by"])
        connection.execute(
            "UPDATE request SET answered_ms = ?, answered_by = ? WHERE key = ?", (at_ms, by, key)
        )
        looks.note(connection, by, "request answered", [row["client"]], at_ms)


def _boxes(connection: sqlite3.Connection, gateway: str) -> list[str]:
    """The gateway, and those of the same home that it took over from."""
    found = [gateway]
    for box in found:
        rows = connection.execute("SELECT gateway FROM successor WHERE successor = ?", (box,))
        found += [one for (one,) in rows if one not in found]
        if len(found) > CHAIN_MAX:
            break
    return found


def _count(connection: sqlite3.Connection, what: str, facts: dict[str, str]) -> int:
    (rows,) = connection.execute(_KEPT[what], facts).fetchone()
    return int(rows)
