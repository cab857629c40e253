"""Whose box this is and what was sent of its profile: rows of `claim`, `profile`, `predecessor`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from edge.domain import Claim, ClaimKind, ClaimState, OutboxClass, OutboxEntry, ProfileSent, Record
from edge.store import outbox
from edge.store.names import Names

# An installer who types for a whole day; the claims that were confirmed stay for ever.
CLAIMS_MAX = 100

_CLAIM = (
    "id, kind, state, typed_address, customer, name, address, reason, told_by, told_boot, "
    "told_boottime_ms, told_wall_ms, told_offset_min, told_sync, changed_boot, "
    "changed_boottime_ms, changed_wall_ms, changed_offset_min, changed_sync"
)


class ProfileHead(Record, frozen=True, kw_only=True):
    """What was sent of the home's profile last; number 0: nothing yet."""

    number: int
    digest: str


def write(connection: sqlite3.Connection, names: Names, claims: Iterable[Claim]) -> None:
    """Store claims as they are now; what changes of one is its state and what the desk said."""
    for claim in claims:
        connection.execute(
            f"INSERT INTO claim ({_CLAIM}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) "  # noqa: S608 (constants)
            "ON CONFLICT (id) DO UPDATE SET state = excluded.state, customer = excluded.customer, "
            "name = excluded.name, address = excluded.address, reason = excluded.reason, "
            "told_by = excluded.told_by, changed_boot = excluded.changed_boot, "
            "changed_boottime_ms = excluded.changed_boottime_ms, "
            "changed_wall_ms = excluded.changed_wall_ms, "
            "changed_offset_min = excluded.changed_offset_min, "
            "changed_sync = excluded.changed_sync",
            (
                *(claim.id, claim.kind.value, claim.state.value, claim.typed_address),
                *(claim.customer, claim.name, claim.address, claim.reason, claim.told_by),
                *names.moment(claim.told),
                *names.moment(claim.changed),
            ),
        )
    connection.execute(
        "DELETE FROM claim WHERE state <> 'confirmed' AND key <= (SELECT max(key) FROM claim) - ?",
        (CLAIMS_MAX,),
    )


def newest_first(connection: sqlite3.Connection, names: Names) -> list[Claim]:
    """The last claims, and every one that was confirmed among them."""
    rows = connection.execute(
        f"SELECT {_CLAIM} FROM claim ORDER BY key DESC LIMIT ?",  # noqa: S608 (constants)
        (CLAIMS_MAX,),
    ).fetchall()
    return [
        Claim(
            id=row[0],
            kind=ClaimKind(row[1]),
            state=ClaimState(row[2]),
            typed_address=row[3],
            customer=row[4],
            name=row[5],
            address=row[6],
            reason=row[7],
            told_by=row[8],
            told=names.instant(*row[9:14]),
            changed=names.instant(*row[14:19]),
        )
        for row in rows
    ]


def profile_head(connection: sqlite3.Connection, _: Names) -> ProfileHead | None:
    """None: nobody made a recovery code, so there is nobody to seal a profile for."""
    row = connection.execute("SELECT sent_number, sent_digest FROM profile").fetchone()
    return None if row is None else ProfileHead(number=row[0], digest=row[1])


def owed_profile(connection: sqlite3.Connection, _: Names) -> list[OutboxEntry]:
    """The parts of profiles that have no receipt yet."""
    return outbox.owed_of(connection, OutboxClass.PROFILE)


def write_profile(connection: sqlite3.Connection, names: Names, sent: ProfileSent) -> None:
    """Note what is sent now, and put it in the place of what it makes needless.

    The number of an older part is of a newer one from here on, also when its receipt came since it
    was looked up: upstream has the number then, and takes the new part by its id.
    """
    connection.execute(
        "UPDATE profile SET sent_digest = ?, sent_number = ?, sent_boot = ?, "
        "sent_boottime_ms = ?, sent_wall_ms = ?, sent_offset_min = ?, sent_sync = ?",
        (sent.digest, sent.number, *names.moment(sent.at)),
    )
    connection.executemany(
        "UPDATE outbox SET body = ? WHERE id = ? AND received_boot IS NULL",
        [(entry.body, entry.id) for entry in sent.emptied],
    )
    connection.executemany(
        "UPDATE outbox SET id = ?, body = ?, created_ms = ?, stored_boot = ?, "
        "stored_boottime_ms = ?, stored_wall_ms = ?, stored_offset_min = ?, stored_sync = ?, "
        "received_boot = NULL, received_boottime_ms = NULL, received_wall_ms = NULL, "
        "received_offset_min = NULL, received_sync = NULL WHERE sequence = ?",
        [
            (entry.id, entry.body, entry.created_ms, *names.moment(sent.at), entry.sequence)
            for entry in sent.instead
        ],
    )


def predecessors(connection: sqlite3.Connection, _: Names) -> frozenset[str]:
    """The gateways that this one took over from."""
    rows = connection.execute("SELECT DISTINCT gateway FROM predecessor").fetchall()
    return frozenset(gateway for (gateway,) in rows)
