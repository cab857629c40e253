"""What the desk owes the homes beside receipts: decisions, levels, answers to claims, profiles."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from desk import claims, decisions, levels, profiles
from edge.domain import Instant
from edge.ports import Ids
from edge.uplink.envelope import Topics

# A profile takes a slow line half a minute; repeating it sooner would only fill the line.
PROFILE_DOUBLINGS = 4
# 46 kB a second: what a poor line can take, with room for a receipt in between.
PROFILE_PACE_MS = 1_000


class Parcel(NamedTuple):
    """One message for one gateway, repeated until the gateway shows that it has it."""

    id: str
    topic: str
    doublings: int = 0  # of the first wait before it is repeated
    after_ms: int = 0  # how long it waits for the parts before it
    decision: sqlite3.Row | None = None
    claim: sqlite3.Row | None = None
    level: sqlite3.Row | None = None
    part: int = 0  # of the profile that this claim asks for; 0: the answer itself


def pending(connection: sqlite3.Connection, at_ms: int) -> list[Parcel]:
    """Everything that some gateway should have and has not shown."""
    found = [
        Parcel(row["id"], Topics(gateway=decisions.gateway_of(row)).down, decision=row)
        for row in decisions.pending(connection, at_ms)
    ]
    found += [
        Parcel(
            f"{row['id']}/level/{row['level']}",
            Topics(gateway=decisions.gateway_of(row)).down,
            after_ms=levels.OWN_WORD_MS,
            level=row,
        )
        for row in levels.pending(connection)
    ]
    found += [
        Parcel(row["request"], Topics(gateway=row["gateway"]).down_claim, claim=row)
        for row in claims.unanswered(connection, at_ms)
    ]
    for row in profiles.wanted(connection, at_ms, claims.ANSWERED_FOR_MS):
        topic = Topics(gateway=row["gateway"]).down_profile
        found += [
            Parcel(
                f"{row['request']}/{part}",
                topic,
                doublings=PROFILE_DOUBLINGS,
                after_ms=(part - 1) * PROFILE_PACE_MS,
                claim=row,
                part=part,
            )
            for part in range(1, profiles.parts_of(connection, row["replaces"]) + 1)
        ]
    return found


def message(
    connection: sqlite3.Connection, desk: str, parcel: Parcel, ids: Ids, at: Instant
) -> bytes | None:
    """The bytes of a parcel; None when it has become needless."""
    if parcel.decision is not None:
        return decisions.message(desk, parcel.decision)
    if parcel.level is not None:
        return levels.message(desk, parcel.level, id_=ids.uuid7(at), at=at)
    assert parcel.claim is not None  # noqa: S101 - a parcel has one of these
    if parcel.part:
        return profiles.message(connection, desk, parcel.claim, parcel.part, ids, at)
    return claims.message(connection, desk, parcel.claim)
