"""Who may read the home's profile, what was sent of it, and the parts that only tables know."""

from __future__ import annotations

import sqlite3

from edge.domain import Instant, Record
from edge.profile import CertificatePart, ClaimPart, EscalationPart, FitPart
from edge.store.names import Names
from edge.store.names import instant_columns as columns


class Recipient(Record, frozen=True, kw_only=True):
    """The public key of the recovery code, and the last profile that was sent for it."""

    key: bytes
    by: str
    told: Instant
    sent_digest: str = ""  # "" until the first one went out
    sent_number: int = 0
    sent: Instant | None = None


class Parts(Record, frozen=True, kw_only=True):
    """What a profile takes from tables that the rules do not know."""

    fit: FitPart | None = None
    claim: ClaimPart | None = None
    certificate: CertificatePart | None = None
    escalation: EscalationPart | None = None


def recipient(connection: sqlite3.Connection, names: Names) -> Recipient | None:
    row = connection.execute(
        f"SELECT recipient, told_by, {columns('told')}, sent_digest, sent_number, "  # noqa: S608
        f"{columns('sent')} FROM profile"
    ).fetchone()
    if row is None:
        return None
    key, by, *rest = row
    return Recipient(
        key=key,
        by=by,
        told=names.instant(*rest[:5]),
        sent_digest=rest[5],
        sent_number=rest[6],
        sent=None if rest[7] is None else names.instant(*rest[7:12]),
    )


def set_recipient(
    connection: sqlite3.Connection, names: Names, key: bytes, by: str, at: Instant
) -> None:
    """Seal for this key from now on. Numbers go on; the next profile is due at once."""
    connection.execute(
        f"INSERT INTO profile (key, recipient, told_by, {columns('told')}) "  # noqa: S608
        "VALUES (1, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
        "recipient = excluded.recipient, told_by = excluded.told_by, "
        "told_boot = excluded.told_boot, told_boottime_ms = excluded.told_boottime_ms, "
        "told_wall_ms = excluded.told_wall_ms, told_offset_min = excluded.told_offset_min, "
        "told_sync = excluded.told_sync, sent_digest = ''",
        (key, by, *names.moment(at)),
    )


def note_sent(
    connection: sqlite3.Connection, names: Names, digest: str, number: int, at: Instant
) -> None:
    connection.execute(
        "UPDATE profile SET sent_digest = ?, sent_number = ?, sent_boot = ?, "
        "sent_boottime_ms = ?, sent_wall_ms = ?, sent_offset_min = ?, sent_sync = ?",
        (digest, number, *names.moment(at)),
    )


def parts(connection: sqlite3.Connection, names: Names) -> Parts:
    """The locator's fit and the escalation plan in force, the confirmed claim, the last finished
    commissioning.
    """
    fit = connection.execute(
        f"SELECT windows, told_by, body, {columns('fitted')} FROM locator_fit "  # noqa: S608
        "WHERE ended_boot IS NULL ORDER BY key DESC LIMIT 1"
    ).fetchone()
    claim = connection.execute(
        "SELECT customer, name, address FROM claim WHERE state = 'confirmed' "
        "ORDER BY key DESC LIMIT 1"
    ).fetchone()
    fitting = connection.execute(
        f"SELECT id, told_by, body, {columns('begun')}, {columns('ended')} "  # noqa: S608
        "FROM commissioning WHERE ended_boot IS NOT NULL ORDER BY key DESC LIMIT 1"
    ).fetchone()
    plan = connection.execute(
        f"SELECT told_by, body, {columns('told')} FROM escalation_plan "  # noqa: S608
        "ORDER BY key DESC LIMIT 1"
    ).fetchone()
    return Parts(
        escalation=None
        if plan is None
        else EscalationPart(by=plan[0], body=plan[1], told=names.instant(*plan[2:7])),
        fit=None
        if fit is None
        else FitPart(windows=fit[0], by=fit[1], body=fit[2], fitted=names.instant(*fit[3:8])),
        claim=None
        if claim is None
        else ClaimPart(customer=claim[0], name=claim[1], address=claim[2]),
        certificate=None
        if fitting is None
        else CertificatePart(
            id=fitting[0],
            by=fitting[1],
            body=fitting[2],
            begun=names.instant(*fitting[3:8]),
            ended=names.instant(*fitting[8:13]),
        ),
    )
