"""The customers' register: the one place beside their own homes that knows name and address."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from desk import looks
from desk.database import transaction
from edge.errors import EdgeError
from edge.locale.refusing import worded

# As long as what a message may carry of it.
TEXT_CHARS_MAX = 200
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class CustomerError(EdgeError):
    """The register cannot do what was asked; the text says why, and names nobody."""


def add(
    connection: sqlite3.Connection, id_: str, name: str, address: str, *, by: str, at_ms: int
) -> None:
    """Enter a customer; raises CustomerError. `by` is who did it."""
    if not _ID.fullmatch(id_):
        raise worded(CustomerError, "customer_id")
    row = (id_, line(name, "name"), line(address, "address"), at_ms, by, at_ms, by)
    try:
        with transaction(connection):
            connection.execute("INSERT INTO customer VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            note(connection, by, "customer added", id_, at_ms)
    except sqlite3.IntegrityError as error:
        raise worded(CustomerError, "customer_there", name=id_) from error


def change(
    connection: sqlite3.Connection,
    id_: str,
    *,
    name: str | None,
    address: str | None,
    by: str,
    at_ms: int,
) -> None:
    """Correct name or address; raises CustomerError. Homes keep what they confirmed."""
    if name is None and address is None:
        raise worded(CustomerError, "customer_no_change")
    with transaction(connection):
        row = of(connection, id_)
        connection.execute(
            "UPDATE customer SET name = ?, address = ?, changed_ms = ?, changed_by = ? "
            "WHERE id = ?",
            (
                row["name"] if name is None else line(name, "name"),
                row["address"] if address is None else line(address, "address"),
                *(at_ms, by, id_),
            ),
        )
        note(connection, by, "customer changed", id_, at_ms)


def of(connection: sqlite3.Connection, id_: str) -> sqlite3.Row:
    """One customer; raises CustomerError."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM customer WHERE id = ?", (id_,)
    ).fetchone()
    if row is None:
        if _ID.fullmatch(id_):
            raise worded(CustomerError, "no_customer", name=id_)
        raise worded(CustomerError, "no_customer_of")
    return row


def expect(connection: sqlite3.Connection, id_: str) -> None:
    """Raise CustomerError where neither the register nor a home knows this customer."""
    row = connection.execute("SELECT 1 FROM gateway WHERE client = ? LIMIT 1", (id_,)).fetchone()
    if row is None:
        of(connection, id_)


def seen(
    connection: sqlite3.Connection, id_: str, *, by: str, at_ms: int, why: str = ""
) -> dict[str, Any]:
    """One customer with the claims made in their name; the look is written down."""
    with transaction(connection):
        row = dict(of(connection, id_))
        looks.note(connection, by, "customer shown", [id_], at_ms, why=why)
    claims = connection.execute(
        "SELECT gateway, kind, replaces, state, reason, typed_address, made_ms, settled_ms "
        "FROM claim WHERE customer = ? ORDER BY made_ms, request",
        (id_,),
    )
    codes = connection.execute(
        "SELECT issued_ms, issued_by, expires_ms, replaces, used_ms, used_by FROM claim_code "
        "WHERE customer = ? ORDER BY key",
        (id_,),
    )
    return row | {"claims": [dict(one) for one in claims], "codes": [dict(one) for one in codes]}


def listed(connection: sqlite3.Connection, *, by: str, at_ms: int) -> list[dict[str, object]]:
    """Every customer; the look is written down for each of them."""
    with transaction(connection):
        rows = [dict(row) for row in connection.execute("SELECT * FROM customer ORDER BY id")]
        ids = [str(row["id"]) for row in rows]
        looks.note(connection, by, "customers listed", ids, at_ms, each=False)
    return rows


def note(connection: sqlite3.Connection, who: str, what: str, customer: str, at_ms: int) -> None:
    """Write down who did what about which customer."""
    looks.note(connection, who, what, [customer], at_ms)


def line(text: str, what: str, chars_max: int = TEXT_CHARS_MAX) -> str:
    """One line of text, without repeating it when it is none; raises CustomerError.

    `what`: its key in the table `desk_field` of the catalogues.
    """
    told = " ".join(text.split())
    if not told:
        raise worded(CustomerError, "line_empty", what=what)
    if not told.isprintable():
        raise worded(CustomerError, "line_unprintable", what=what)
    if len(told) > chars_max:
        raise worded(CustomerError, "line_long", what=what, most=chars_max)
    return told
