"""Claims of boxes: judged once, answered until the home has the answer."""

from __future__ import annotations

import sqlite3

from desk import claim_codes, customers, replaced
from desk.happened import ClaimShown
from edge.domain import ClaimKind, Instant
from edge.uplink.envelope import (
    ClaimData,
    ClaimedData,
    ClaimEnvelope,
    ClaimRefusal,
    ClaimStep,
    claimed,
    gateway_source,
)

# An answer that no home took within the life of a code is answered no more.
ANSWERED_FOR_MS = claim_codes.VALID_MS
# States of the table `claim`.
ANSWERED, REFUSED = "answered", "refused"
_ENDS = {
    ClaimStep.CONFIRMED: "confirmed",
    ClaimStep.MISMATCH: "mismatch",
    ClaimStep.WITHDRAWN: "withdrawn",
}


def keep(
    connection: sqlite3.Connection, gateway: str, told: ClaimEnvelope, at_ms: int
) -> ClaimShown | None:
    """Take one step of a claim, in whatever order they come; a repeated one changes nothing."""
    data = told.data
    row = connection.execute(
        "SELECT * FROM claim WHERE gateway = ? AND request = ?", (gateway, data.request)
    ).fetchone()
    if data.step is ClaimStep.ASKED:
        return None if row is not None else _judge(connection, gateway, data, at_ms)
    if row is None:
        if data.step is ClaimStep.WITHDRAWN:  # overtook the question, which is void now
            _insert(connection, gateway, data, at_ms, state="withdrawn")
        return None
    if data.step is ClaimStep.RESTORED:
        connection.execute(
            "UPDATE claim SET restored_ms = ? WHERE gateway = ? AND request = ?",
            (at_ms, gateway, data.request),
        )
        return None
    return _settle(connection, row, data, at_ms)


def _judge(connection: sqlite3.Connection, gateway: str, data: ClaimData, at_ms: int) -> ClaimShown:
    verdict = claim_codes.use(connection, gateway, data, at_ms)
    if isinstance(verdict, ClaimRefusal):
        _insert(connection, gateway, data, at_ms, state=REFUSED, reason=verdict.value)
        return _shown(gateway, None, REFUSED, verdict.value, at_ms)
    _insert(
        connection,
        gateway,
        data,
        at_ms,
        state=ANSWERED,
        customer=verdict["customer"],
        replaces=verdict["replaces"],
    )
    replaced.lives(connection, gateway)
    if verdict["replaces"] is not None:
        replaced.record(connection, verdict["replaces"], gateway, at_ms)
    return _shown(gateway, verdict["customer"], ANSWERED, "", at_ms)


def _insert(
    connection: sqlite3.Connection,
    gateway: str,
    data: ClaimData,
    at_ms: int,
    *,
    state: str,
    customer: str | None = None,
    replaces: str | None = None,
    reason: str = "",
) -> None:
    kind = "" if data.kind is None else data.kind.value
    connection.execute(
        "INSERT INTO claim (gateway, request, kind, customer, replaces, typed_address, state, "
        "reason, made_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(gateway, data.request, kind, customer, replaces, data.address or ""),
            *(state, reason, at_ms),
        ),
    )


def _settle(
    connection: sqlite3.Connection, row: sqlite3.Row, data: ClaimData, at_ms: int
) -> ClaimShown | None:
    """The home has the answer, and may have said what became of it."""
    gateway, end = row["gateway"], _ENDS.get(data.step)
    connection.execute(
        "UPDATE claim SET seen_ms = coalesce(seen_ms, ?) WHERE gateway = ? AND request = ?",
        (at_ms, gateway, data.request),
    )
    if end is None or row["state"] != ANSWERED:
        return None
    connection.execute(
        "UPDATE claim SET state = ?, settled_ms = ? WHERE gateway = ? AND request = ?",
        (end, at_ms, gateway, data.request),
    )
    if row["replaces"] is not None and data.step is not ClaimStep.CONFIRMED:
        replaced.undo(connection, gateway, row["replaces"])
    return _shown(gateway, row["customer"], end, "", at_ms)


def _shown(gateway: str, customer: str | None, state: str, reason: str, at_ms: int) -> ClaimShown:
    return ClaimShown(
        at_ms=at_ms, gateway=gateway, customer=customer or "", state=state, reason=reason
    )


def unanswered(connection: sqlite3.Connection, at_ms: int) -> list[sqlite3.Row]:
    """Claims whose answer no home has yet."""
    rows: list[sqlite3.Row] = connection.execute(
        "SELECT * FROM claim WHERE seen_ms IS NULL AND state IN ('answered', 'refused') "
        "AND made_ms >= ? ORDER BY made_ms, request",
        (at_ms - ANSWERED_FOR_MS,),
    ).fetchall()
    return rows


def message(connection: sqlite3.Connection, desk: str, row: sqlite3.Row) -> bytes:
    """The answer as it goes out; there is one to a claim, so it bears the claim's id."""
    source = gateway_source(row["gateway"])
    if row["state"] == REFUSED:
        told = ClaimedData(
            gateway=source,
            request=row["request"],
            state="refused",
            reason=ClaimRefusal(row["reason"]),
        )
    else:
        customer = customers.of(connection, row["customer"])
        told = ClaimedData(
            gateway=source,
            request=row["request"],
            state="confirmed",
            customer=customer["id"],
            name=customer["name"],
            address=customer["address"],
            replaces=row["replaces"],
        )
    made = Instant(boot="", boottime_ms=0, wall_ms=row["made_ms"])
    return claimed(desk, told, id=row["request"], at=made)


def customer_of(connection: sqlite3.Connection, gateway: str) -> dict[str, object] | None:
    """Whose box this is by its last claim that had a right code; `state` is that claim's."""
    row = connection.execute(
        "SELECT customer.id, customer.name, claim.state FROM claim "
        "JOIN customer ON customer.id = claim.customer "
        "WHERE claim.gateway = ? AND claim.state IN ('answered', 'confirmed', 'mismatch') "
        "ORDER BY claim.made_ms DESC, claim.request DESC LIMIT 1",
        (gateway,),
    ).fetchone()
    return None if row is None else dict(row)


def is_replacement(row: sqlite3.Row) -> bool:
    return bool(row["kind"] == ClaimKind.REPLACE)
