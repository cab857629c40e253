"""Segments told by a named worker, and who was in touch when: rhythm of contact, never a risk."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import msgspec

from desk import looks
from desk.customers import line
from desk.database import transaction
from desk.life.people import WORDS_CHARS_MAX, LifeInputError
from edge.domain import Actor
from edge.life.segment import EVERY_DAYS_MAX, REASONS_MAX, RHYTHMS, Receiver, valid_until
from edge.locale.refusing import worded
from edge.uplink.envelope import AlertEnvelope

_ALERT = msgspec.json.Decoder(AlertEnvelope)
# The home's own word that somebody is back (edge/alerts/rules/assessment_due.py), and from where.
_HOME_AGAIN, _HOSPITAL = "assessment_due", "hospital"
# A contact a day for a lifetime in care: the customer gets all of it.
READ_MAX = 20_000


class Kind(StrEnum):
    """What a worker tells."""

    CONTACT = "contact"  # they were in touch
    HOSPITAL = "hospital"  # the customer came home from hospital
    CLOSED = "closed"  # nothing of before is followed any more: the service has ended


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """`level` 1 self-care support, 2 assisted care, 3 intensive case management."""

    customer: str
    level: int
    reasons: tuple[str, ...]
    every_days: int
    receiver: Receiver
    valid_until: str
    told_by: str
    told_ms: int


def tell(
    connection: sqlite3.Connection,
    customer: str,
    by: Actor,
    *,
    level: int,
    reasons: Sequence[str],
    every_days: int | None,
    receiver: Receiver | None,
    today: date,
    at_ms: int,
) -> Segment:
    """Keep a segment beside the earlier ones; raises LifeInputError and CustomerError."""
    if level not in RHYTHMS:
        raise worded(LifeInputError, "no_segment", n=level)
    if not 1 <= len(reasons) <= REASONS_MAX:
        raise worded(LifeInputError, "segment_reasons", most=REASONS_MAX)
    usual = RHYTHMS[level]
    every = usual.every_days if every_days is None else every_days
    if not 1 <= every <= EVERY_DAYS_MAX:
        raise worded(LifeInputError, "segment_every", n=every, most=EVERY_DAYS_MAX)
    segment = Segment(
        customer=customer,
        level=level,
        reasons=tuple(line(reason, "reason", WORDS_CHARS_MAX) for reason in reasons),
        every_days=every,
        receiver=receiver or usual.receiver,
        valid_until=valid_until(today).isoformat(),
        told_by=by.account,
        told_ms=at_ms,
    )
    with transaction(connection):
        connection.execute(
            "INSERT INTO life_segment (customer, level, reasons, every_days, receiver, "
            "valid_until, told_by, told_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(customer, level, json.dumps(segment.reasons), every, segment.receiver.value),
                *(segment.valid_until, by.account, at_ms),
            ),
        )
        looks.note(connection, by.account, "segment told", [customer], at_ms)
    return segment


def history(connection: sqlite3.Connection, customer: str) -> list[Segment]:
    """Every segment of a customer, the newest first."""
    rows = connection.execute(
        "SELECT * FROM life_segment WHERE customer = ? ORDER BY key DESC LIMIT ?",
        (customer, READ_MAX),
    )
    return [_segment(row) for row in rows]


def in_force(connection: sqlite3.Connection) -> list[Segment]:
    """The last segment told of each customer."""
    rows = connection.execute(
        "SELECT * FROM life_segment WHERE key IN "
        "(SELECT max(key) FROM life_segment GROUP BY customer) ORDER BY customer"
    )
    return [_segment(row) for row in rows]


def _segment(row: sqlite3.Row) -> Segment:
    facts = {name: row[name] for name in Segment.__struct_fields__}
    return msgspec.convert(facts | {"reasons": json.loads(row["reasons"])}, Segment)


def note(
    connection: sqlite3.Connection, customer: str, kind: Kind, text: str, by: Actor, at_ms: int
) -> None:
    """A worker tells that they were in touch, or that the customer is home from hospital."""
    with transaction(connection):
        write(connection, customer, kind, text, by, at_ms)


def write(
    connection: sqlite3.Connection, customer: str, kind: Kind, text: str, by: Actor, at_ms: int
) -> None:
    """As `note`; the caller holds the transaction."""
    connection.execute(
        "INSERT INTO life_contact (customer, kind, note, told_by, told_ms) VALUES (?, ?, ?, ?, ?)",
        (customer, kind.value, text and line(text, "note", WORDS_CHARS_MAX), by.account, at_ms),
    )
    looks.note(connection, by.account, f"{kind.value} told", [customer], at_ms)


def notes(connection: sqlite3.Connection, customer: str) -> list[dict[str, object]]:
    """What workers told of contacts, the newest first."""
    rows = connection.execute(
        "SELECT kind, note, told_by, told_ms FROM life_contact WHERE customer = ? "
        "ORDER BY key DESC LIMIT ?",
        (customer, READ_MAX),
    )
    return [dict(row) for row in rows]


def last(connection: sqlite3.Connection, kind: Kind) -> dict[str, int]:
    """When a worker told this of each customer last, UTC ms."""
    return dict(
        connection.execute(
            "SELECT customer, max(told_ms) FROM life_contact WHERE kind = ? GROUP BY customer",
            (kind.value,),
        ).fetchall()
    )


def home_again(connection: sqlite3.Connection) -> dict[str, int]:
    """When each customer came home from hospital last, UTC ms: a worker's word or a home's alert.

    A home's alert counts from its arrival: its clock may not have been set.
    """
    found = last(connection, Kind.HOSPITAL)
    rows = connection.execute(
        "SELECT client, received_ms, body FROM alert WHERE code = ?", (_HOME_AGAIN,)
    )
    for client, received_ms, body in rows:
        told = _ALERT.decode(body).data
        if told.alert.params.get("stay") == _HOSPITAL and not told.test:
            found[client] = max(found.get(client, 0), received_ms)
    return found
