"""What people told of a customer's home for whoever comes to rescue: facts, and the way in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec

from desk import dwellings
from desk.database import transaction
from desk.sealing import seal, unseal
from desk.silence import Escape
from edge.domain import Actor, Level
from edge.domain.notification import (
    EscapeCapacity,
    IndexLine,
    Known,
    NotificationContent,
    WorkerRisk,
)
from edge.domain.rescue import Rescue
from edge.domain.task import Tenure
from edge.errors import EdgeError
from edge.locale.refusing import worded
from edge.notification.drafting import amended
from edge.uplink.envelope import AlertEnvelope, version_in

ACCESS_CHARS_MAX = 60

_FACTS = msgspec.json.Decoder(Rescue)
_ESCAPE = {
    Escape.OUT: EscapeCapacity.CAN,
    Escape.MAYBE: EscapeCapacity.MAY,
    Escape.NO: EscapeCapacity.CANNOT,
}


class AccessError(EdgeError):
    """The door code cannot be kept as told; the text says why, and never repeats it."""


def facts_of(connection: sqlite3.Connection, customer: str) -> Rescue:
    """What was told last."""
    row = newest(connection, customer)
    return Rescue() if row is None else _FACTS.decode(row["body"])


def named(facts: Rescue) -> Iterator[tuple[str, Any]]:
    """Every value that was told with its key, those of contacts too ("contact[1].name")."""
    for name, value in msgspec.to_builtins(facts).items():
        rows = value if isinstance(value, (list, tuple)) else [{"": value}]
        for number, row in enumerate(rows, 1):
            for key, one in row.items():
                if one not in ("", None, "unknown", Tenure.FALLBACK.value):
                    yield f"{name}[{number}].{key}" if key else name, one


def newest(connection: sqlite3.Connection, customer: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM home_fact WHERE customer = ? ORDER BY key DESC LIMIT 1", (customer,)
    ).fetchone()
    return row


def tell(
    connection: sqlite3.Connection, customer: str, facts: Rescue, by: Actor, at_ms: int
) -> None:
    """Keep what `by` tells in the place of what was told before."""
    with transaction(connection):
        connection.execute(
            "INSERT INTO home_fact (customer, body, told_by, told_ms) VALUES (?, ?, ?, ?)",
            (customer, msgspec.json.encode(facts).decode(), by.account, at_ms),
        )


def tell_access(
    connection: sqlite3.Connection, customer: str, text: str, key: bytes, by: Actor, at_ms: int
) -> None:
    """Keep a door code or where a key is, sealed; raises AccessError."""
    line = " ".join(text.split())
    if not line or len(line) > ACCESS_CHARS_MAX or not line.isprintable():
        raise worded(AccessError, "door_code_line", most=ACCESS_CHARS_MAX)
    nonce, sealed = seal(key, line.encode(), customer)
    with transaction(connection):
        # The older codes open doors too: none is kept.
        connection.execute("DELETE FROM home_access WHERE customer = ?", (customer,))
        connection.execute(
            "INSERT INTO home_access (customer, sealed, nonce, told_by, told_ms) "
            "VALUES (?, ?, ?, ?, ?)",
            (customer, sealed, nonce, by.account, at_ms),
        )


def has_access(connection: sqlite3.Connection, customer: str) -> bool:
    row = connection.execute("SELECT 1 FROM home_access WHERE customer = ?", (customer,)).fetchone()
    return row is not None


def access_of(connection: sqlite3.Connection, customer: str, key: bytes) -> str:
    """The way in, "" where nobody told any; raises SealingError."""
    row = connection.execute(
        "SELECT sealed, nonce FROM home_access WHERE customer = ?", (customer,)
    ).fetchone()
    return "" if row is None else unseal(key, row["nonce"], row["sealed"], customer).decode()


def who_and_where(connection: sqlite3.Connection, customer: str) -> tuple[str, str]:
    """Name and address of the register, "" where nobody entered the customer."""
    row = connection.execute(
        "SELECT name, address FROM customer WHERE id = ?", (customer,)
    ).fetchone()
    return ("", "") if row is None else (row["name"], row["address"])


def escape_of(connection: sqlite3.Connection, customer: str) -> EscapeCapacity:
    """What a named person told of getting out."""
    told = dwellings.of(connection, customer).escape
    return EscapeCapacity.NOT_ASSESSED if told is None else _ESCAPE[told]


def index_line(told: AlertEnvelope, level: Level) -> IndexLine:
    """By which list a level is, and how much of it stands on nothing, as an alert tells."""
    params = told.data.alert.params
    unknown = params.get("unknown_percent")
    share = unknown / 100 if isinstance(unknown, int | float) else None
    return IndexLine(
        level=level,
        list_version=version_in(str(params.get("list"))) or "",
        share_unknown=share if share is not None and 0 <= share <= 1 else None,
    )


def placed(
    content: NotificationContent, facts: Rescue, tenure: Tenure, escape: EscapeCapacity
) -> NotificationContent:
    """A draft with what was told of the building; what nobody told stays not known.

    `escape`: told by a named person at the desk; the checklists' own finding is worse or as bad.
    """
    changes: dict[str, Any] = {
        "site.building": facts.building,
        "site.storey": facts.storey,
        "site.storeys": facts.storeys,
        "site.tenure": tenure if facts.tenure is Tenure.FALLBACK else facts.tenure,
        "site.owner_contact": facts.owner,
        "at_risk.number": facts.persons,
    }
    if content.escape is EscapeCapacity.NOT_ASSESSED or escape is EscapeCapacity.CANNOT:
        changes["escape"] = escape
        if content.escape is not escape:
            changes["escape_basis"] = ""  # what the checklists said is another word
    if changes.get("escape") is EscapeCapacity.CANNOT:
        changes["at_risk.needs_assistance"] = Known.YES  # whoever said so
    if facts.stair and not content.site.stair:
        changes["site.stair"] = facts.stair
    risks = [WorkerRisk.HOARDING] if facts.hoarding == "yes" else []
    risks += [WorkerRisk.OXYGEN] if facts.oxygen == "yes" else []
    return amended(content, {**changes, "worker_safety": tuple(risks)})
