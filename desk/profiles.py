"""Sealed profiles of homes: kept as they came, and given to the box that takes over.

The desk has no key to them: to it they are bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from desk import customers, gaps
from desk.happened import ProfileShown
from edge.domain import Instant
from edge.ports import Ids
from edge.uplink.envelope import (
    GAPS_MAX,
    HELD_MAX,
    PART_BYTES_MAX,
    HeldPart,
    ProfileEnvelope,
    RestoreData,
    cut,
    gateway_source,
    restore,
)

# The last one may be of an evil hour, and the one before it may have lost its code.
KEPT_MAX = 3
# Begun and not whole: the one that is coming, and one that was overtaken.
INCOMPLETE_MAX = 2


def keep(
    connection: sqlite3.Connection, gateway: str, told: ProfileEnvelope, at_ms: int
) -> ProfileShown | None:
    """Keep one part; gives the profile when it is whole. The caller holds the transaction."""
    data = told.data
    if data.superseded:
        return None
    key = (gateway, told.storeid, data.number, data.digest)
    connection.execute(
        "INSERT OR IGNORE INTO profile (gateway, store_id, number, digest, size, parts, first_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*key, data.size, data.parts, at_ms),
    )
    row = connection.execute(
        "SELECT * FROM profile WHERE gateway = ? AND store_id = ? AND number = ? AND digest = ?",
        key,
    ).fetchone()
    if row["complete_ms"] is not None or (row["size"], row["parts"]) != (data.size, data.parts):
        return None
    connection.execute(
        "INSERT OR IGNORE INTO profile_part VALUES (?, ?, ?)", (row["key"], data.part, data.body)
    )
    (came,) = connection.execute(
        "SELECT count(*) FROM profile_part WHERE profile = ?", (row["key"],)
    ).fetchone()
    shown = None
    if came == data.parts and _digest(connection, row["key"]) == data.digest:
        connection.execute("UPDATE profile SET complete_ms = ? WHERE key = ?", (at_ms, row["key"]))
        shown = ProfileShown(at_ms=at_ms, gateway=gateway, number=data.number, size=data.size)
    _forget_old(connection, gateway)
    return shown


def _joined(connection: sqlite3.Connection, profile: int) -> bytes:
    rows = connection.execute(
        "SELECT body FROM profile_part WHERE profile = ? ORDER BY part", (profile,)
    )
    return b"".join(body for (body,) in rows)


def _digest(connection: sqlite3.Connection, profile: int) -> str:
    return sha256(_joined(connection, profile)).hexdigest()


def _forget_old(connection: sqlite3.Connection, gateway: str) -> None:
    old: list[tuple[int]] = []
    for state, most in (("NOT NULL", KEPT_MAX), ("NULL", INCOMPLETE_MAX)):
        rows = connection.execute(
            f"SELECT key FROM profile WHERE gateway = ? AND complete_ms IS {state} "  # noqa: S608 (constants)
            "ORDER BY complete_ms DESC, key DESC LIMIT -1 OFFSET ?",
            (gateway, most),
        )
        old += [(key,) for (key,) in rows]
    connection.executemany("DELETE FROM profile_part WHERE profile = ?", old)
    connection.executemany("DELETE FROM profile WHERE key = ?", old)


def listed(
    connection: sqlite3.Connection, gateway: str, *, by: str, at_ms: int
) -> list[dict[str, Any]]:
    """The whole profiles of a gateway, the newest first; the look is written down."""
    _note(connection, by, "profiles listed", gateway, at_ms)
    rows = connection.execute(
        "SELECT number, store_id, size, digest, complete_ms FROM profile "
        "WHERE gateway = ? AND complete_ms IS NOT NULL ORDER BY complete_ms DESC, key DESC",
        (gateway,),
    )
    return [dict(row) for row in rows]


def exported(
    connection: sqlite3.Connection, gateway: str, number: int | None, *, by: str, at_ms: int
) -> tuple[int, bytes] | None:
    """As `sealed`, written down as taken away."""
    found = sealed(connection, gateway, number)
    if found is not None:
        _note(connection, by, f"profile {found[0]} exported", gateway, at_ms)
    return found


def _note(connection: sqlite3.Connection, by: str, what: str, gateway: str, at_ms: int) -> None:
    row = connection.execute("SELECT client FROM gateway WHERE id = ?", (gateway,)).fetchone()
    if row is not None:
        customers.note(connection, by, what, row["client"], at_ms)


def sealed(
    connection: sqlite3.Connection, gateway: str, number: int | None = None
) -> tuple[int, bytes] | None:
    """Number and bytes of the newest whole profile, or of the one with this number."""
    row = connection.execute(
        "SELECT key, number FROM profile WHERE gateway = ? AND complete_ms IS NOT NULL "
        "AND (? IS NULL OR number = ?) ORDER BY complete_ms DESC, key DESC LIMIT 1",
        (gateway, number, number),
    ).fetchone()
    return None if row is None else (row["number"], _joined(connection, row["key"]))


def wanted(connection: sqlite3.Connection, at_ms: int, within_ms: int) -> list[sqlite3.Row]:
    """Claims of boxes that take over and have no profile yet; only of those that are there."""
    rows: list[sqlite3.Row] = connection.execute(
        "SELECT claim.* FROM claim JOIN gateway ON gateway.id = claim.gateway "
        "WHERE claim.replaces IS NOT NULL AND claim.state IN ('answered', 'confirmed') "
        "AND claim.restored_ms IS NULL AND gateway.online = 1 AND claim.made_ms >= ? "
        "ORDER BY claim.made_ms, claim.request",
        (at_ms - within_ms,),
    ).fetchall()
    return rows


def parts_of(connection: sqlite3.Connection, gateway: str) -> int:
    """How many messages the newest profile of this gateway has; 1 says that there is none."""
    row = connection.execute(
        "SELECT size FROM profile WHERE gateway = ? AND complete_ms IS NOT NULL "
        "ORDER BY complete_ms DESC, key DESC LIMIT 1",
        (gateway,),
    ).fetchone()
    return 1 if row is None else max(1, -(-row["size"] // PART_BYTES_MAX))


def message(
    connection: sqlite3.Connection, desk: str, claim: sqlite3.Row, part: int, ids: Ids, at: Instant
) -> bytes | None:
    """Part `part` of the profile for this claim; None when a newer one has fewer."""
    found = sealed(connection, claim["replaces"])
    number, whole = (0, b"") if found is None else found
    parts = cut(whole, number=number)
    if part > len(parts):
        return None
    one = parts[part - 1]
    told = RestoreData(
        gateway=gateway_source(claim["gateway"]),
        request=claim["request"],
        replaces=claim["replaces"],
        number=number,
        digest=one.digest,
        size=one.size,
        part=part if number else 0,
        parts=len(parts) if number else 0,
        body=one.body,
        held=_held(connection, claim["replaces"]),
    )
    return restore(desk, told, id=ids.uuid7(at), at=at)


def _held(connection: sqlite3.Connection, gateway: str) -> tuple[HeldPart, ...]:
    """What is here of each store of the gateway that is replaced, the longest first."""
    source = gateway_source(gateway)
    rows = connection.execute(
        "SELECT store_id, max(highest, told) AS last FROM stretch WHERE source = ? "
        "ORDER BY last DESC LIMIT ?",
        (source, HELD_MAX),
    ).fetchall()
    return tuple(
        HeldPart(
            storeid=row["store_id"],
            highest=row["last"],
            missing=_bounded(gaps.ranges(connection, source, row["store_id"])),
        )
        for row in rows
    )


def _bounded(ranges: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """At most GAPS_MAX; the rest is told as one, with what is between."""
    if len(ranges) <= GAPS_MAX:
        return tuple(ranges)
    return (*ranges[: GAPS_MAX - 1], (ranges[GAPS_MAX - 1][0], ranges[-1][1]))
