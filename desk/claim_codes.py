"""One-time codes by which a box in a home says whose it is: issued to a person, stored hashed."""

from __future__ import annotations

import secrets
import sqlite3

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from desk import customers
from desk.customers import CustomerError
from desk.database import transaction
from edge.domain import Actor, ClaimKind
from edge.locale.refusing import given, worded
from edge.uplink.envelope import ClaimData, ClaimRefusal, make_code

# A fitting is agreed on within a fortnight, or anew.
VALID_MS = 14 * 86_400_000
# Five wrong codes, then an hour: 120 guesses a day of 50 bits.
FAILURES_MAX = 5
LOCKED_MS = 3_600_000
# Gateways come with broker accounts, so they are no more than those.
TRY_ROWS_MAX = 10_000

# Argon2id with OWASP's least memory: 20 ms a look-up, and 50 bits of a code that is dead in a
# fortnight need no more. One salt a desk, because a code is looked up by its hash.
_MEMORY_KIB = 19 * 1024
_PASSES = 2
_LANES = 1
_TAG_BYTES = 32


def issue(
    connection: sqlite3.Connection,
    customer: str,
    actor: Actor,
    *,
    replaces: str | None,
    at_ms: int,
) -> str:
    """A new code for this customer, to be shown once; raises CustomerError.

    With `replaces`, the box that uses it takes over from that gateway.
    """
    code = make_code(secrets.randbelow)
    hashed = _hash(connection, code)
    with transaction(connection):
        customers.of(connection, customer)
        if replaces is not None:
            _check_replaced(connection, replaces, customer)
        connection.execute(
            "INSERT INTO claim_code (hash, customer, replaces, issued_ms, issued_by, expires_ms) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (hashed, customer, replaces, at_ms, actor.account, at_ms + VALID_MS),
        )
        customers.note(connection, actor.account, "claim code issued", customer, at_ms)
    return code


def _check_replaced(connection: sqlite3.Connection, gateway: str, customer: str) -> None:
    row = connection.execute("SELECT client FROM gateway WHERE id = ?", (gateway,)).fetchone()
    if row is None:
        raise worded(CustomerError, "no_gateway_ever", name=given(gateway))
    claimed = connection.execute(
        "SELECT 1 FROM claim WHERE gateway = ? AND customer = ? "
        "AND state IN ('answered', 'confirmed')",
        (gateway, customer),
    ).fetchone()
    if row["client"] not in ("", customer) and claimed is None:
        raise worded(CustomerError, "gateway_anothers", name=gateway)


def use(
    connection: sqlite3.Connection, gateway: str, told: ClaimData, at_ms: int
) -> sqlite3.Row | ClaimRefusal:
    """The code's row, used up by this claim, or why not. The caller holds the transaction."""
    if _locked(connection, gateway, at_ms):
        return ClaimRefusal.LOCKED
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM claim_code WHERE hash = ?", (_hash(connection, told.code or ""),)
    ).fetchone()
    if row is None:
        _note_failure(connection, gateway, at_ms)
        return ClaimRefusal.WRONG_CODE
    refusal = _refusal(row, gateway, told, at_ms)
    if refusal is not None:
        return refusal
    connection.execute("DELETE FROM claim_try WHERE gateway = ?", (gateway,))
    connection.execute(
        "UPDATE claim_code SET used_ms = ?, used_by = ?, request = ? WHERE key = ?",
        (at_ms, gateway, told.request, row["key"]),
    )
    what = f"claim code used by {gateway}"
    customers.note(connection, row["issued_by"], what, row["customer"], at_ms)
    return row


def _refusal(row: sqlite3.Row, gateway: str, told: ClaimData, at_ms: int) -> ClaimRefusal | None:
    if row["used_ms"] is not None:
        return ClaimRefusal.USED
    if at_ms >= row["expires_ms"]:
        return ClaimRefusal.EXPIRED
    if (row["replaces"] is not None) is not (told.kind is ClaimKind.REPLACE):
        return ClaimRefusal.WRONG_KIND
    if told.replaces not in (None, row["replaces"]) or row["replaces"] == gateway:
        return ClaimRefusal.WRONG_GATEWAY
    # A spare box is set up for nobody yet: its settings come with the profile.
    if told.kind is ClaimKind.NEW and told.subject.client != row["customer"]:
        return ClaimRefusal.CUSTOMER_MISMATCH
    return None


def _locked(connection: sqlite3.Connection, gateway: str, at_ms: int) -> bool:
    row = connection.execute(
        "SELECT locked_until_ms FROM claim_try WHERE gateway = ?", (gateway,)
    ).fetchone()
    # A clock set back must not lock a home out for longer than the lock-out.
    return row is not None and 0 < row["locked_until_ms"] - at_ms <= LOCKED_MS


def _note_failure(connection: sqlite3.Connection, gateway: str, at_ms: int) -> None:
    connection.execute(
        "INSERT INTO claim_try VALUES (?, 1, ?, 0) ON CONFLICT (gateway) DO UPDATE SET "
        "failures = failures + 1, last_ms = excluded.last_ms",
        (gateway, at_ms),
    )
    connection.execute(
        "UPDATE claim_try SET failures = 0, locked_until_ms = ? "
        "WHERE gateway = ? AND failures >= ?",
        (at_ms + LOCKED_MS, gateway, FAILURES_MAX),
    )
    connection.execute(
        "DELETE FROM claim_try WHERE gateway NOT IN "
        "(SELECT gateway FROM claim_try ORDER BY last_ms DESC LIMIT ?)",
        (TRY_ROWS_MAX,),
    )


def _hash(connection: sqlite3.Connection, code: str) -> bytes:
    (salt,) = connection.execute("SELECT salt FROM claim_salt").fetchone()
    kdf = Argon2id(
        salt=salt,
        length=_TAG_BYTES,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )
    tag: bytes = kdf.derive(code.encode())
    return tag
