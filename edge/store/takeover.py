"""What a spare box takes over from the box before it: rows that no event carries.

Alerts that the old card still owes go out with their old bytes and ids. They
stand in the outbox below zero, in their order: own numbers count without a
hole, and what is older goes out first (critical: last), as in one queue.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from edge.domain import Instant, OutboxEntry, Record
from edge.profile import Profile
from edge.store import outbox, plans, profiles, sending
from edge.store.names import Names
from edge.store.names import instant_columns as columns

_FIVE = "?, ?, ?, ?, ?"
# Digests come over too, and are nobody's alerts.
_CARRIED = "SELECT count(*) FROM outbox WHERE sequence < 0 AND class = 'alert'"


class Predecessor(Record, frozen=True, kw_only=True):
    """A store that this one took over from; `carried` of its alerts went on from here."""

    gateway: str
    store_id: str
    last_message: int  # as its profile knew it
    carried: int
    site: str  # the home that came over: the next start may open it under this name
    by: str
    taken: Instant


def predecessors(connection: sqlite3.Connection, names: Names) -> list[Predecessor]:
    """All of them, the first one first."""
    rows = connection.execute(
        "SELECT gateway, store_id, last_message, carried, source, told_by, "  # noqa: S608
        f"{columns('taken')} FROM predecessor ORDER BY key"
    )
    return [
        Predecessor(
            gateway=row[0],
            store_id=row[1],
            last_message=row[2],
            carried=row[3],
            site=row[4],
            by=row[5],
            taken=names.instant(*row[6:11]),
        )
        for row in rows.fetchall()
    ]


def take(
    connection: sqlite3.Connection,
    names: Names,
    profile: Profile,
    claim_id: str,
    by: str,
    at: Instant,
) -> None:
    """The rows beside the batch that enrols the devices; the caller holds the transaction."""
    origin = f"{profile.gateway}: "
    if profile.fit is not None:
        fit = profile.fit
        connection.execute(
            f"INSERT INTO locator_fit (windows, told_by, {columns('fitted')}, body) "  # noqa: S608
            f"VALUES (?, ?, {_FIVE}, ?)",
            (fit.windows, origin + fit.by, *names.moment(fit.fitted), fit.body),
        )
    if profile.certificate is not None:
        done = profile.certificate
        connection.execute(
            "INSERT INTO commissioning (id, reason, told_by, "  # noqa: S608 (constants)
            f"{columns('begun')}, {columns('ended')}, body) VALUES (?, ?, ?, {_FIVE}, {_FIVE}, ?) "
            "ON CONFLICT (id) DO NOTHING",
            (
                *(done.id, f"of {profile.gateway}", origin + done.by),
                *(*names.moment(done.begun), *names.moment(done.ended), done.body),
            ),
        )
    (claims,) = connection.execute("SELECT count(*) FROM claim").fetchone()
    if profile.claim is not None and not claims:
        told = profile.claim
        connection.execute(
            "INSERT INTO claim (id, kind, state, typed_address, customer, name, address, reason, "  # noqa: S608
            f"told_by, {columns('told')}, {columns('changed')}) "
            f"VALUES (?, 'replace', 'confirmed', '', ?, ?, ?, ?, ?, {_FIVE}, {_FIVE})",
            (
                *(claim_id, told.customer, told.name, told.address, f"of {profile.gateway}", by),
                *(*names.moment(at), *names.moment(at)),
            ),
        )
    if profile.escalation is not None:
        plan = profile.escalation
        plans.keep_body(connection, names, plan.body, origin + plan.by, plan.told)
    if profile.recipient:
        profiles.set_recipient(connection, names, profile.recipient, by, at)
    for switch in profile.switches:
        sending.keep(connection, names, switch)
    connection.execute(
        "INSERT INTO predecessor (gateway, store_id, last_message, carried, source, told_by, "  # noqa: S608
        f"{columns('taken')}) VALUES (?, ?, ?, 0, ?, ?, {_FIVE})",
        (
            *(profile.gateway, profile.store_id, profile.message, profile.site, by),
            *names.moment(at),
        ),
    )


def carry(
    connection: sqlite3.Connection,
    names: Names,
    store_id: str,
    entries: Sequence[OutboxEntry],
    at: Instant,
) -> int:
    """Owe these messages of a predecessor; returns how many were not known before.

    `entries` come in their own order. Each call numbers below all that is there, so a card is
    carried from its newest entries to its oldest, in pieces.
    """
    before = connection.execute(_CARRIED).fetchone()
    outbox.carry(connection, names, entries, at)
    after = connection.execute(_CARRIED).fetchone()
    fresh = int(after[0]) - int(before[0])
    connection.execute(
        "UPDATE predecessor SET carried = carried + ? WHERE store_id = ?", (fresh, store_id)
    )
    return fresh


def may_be_called(connection: sqlite3.Connection, home: str) -> bool:
    """Whether a home of this name was taken over: then the file is its own by that name too."""
    found = connection.execute(
        "SELECT 1 FROM predecessor WHERE source = ? ORDER BY key DESC LIMIT 1", (home,)
    ).fetchone()
    return found is not None
