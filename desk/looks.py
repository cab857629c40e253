"""Who looked at whose data, when, in which view, and why: written before anything is shown."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterable
from typing import Any

from desk.database import transaction
from desk.schema_region import ACCESS_KEPT_MS
from edge.locale import catalogue, render

# A list that a person shows again and again is one look a minute at each customer in it; a look
# at one customer is written each time.
AGAIN_MS = 60_000
# What a person says of why; a line.
WHY_CHARS_MAX = 200
LISTED_MAX = 10_000
# "profile 3 exported": which one.
_NUMBER = re.compile(r" \d+")


def note(
    connection: sqlite3.Connection,
    who: str,
    what: str,
    customers: Iterable[str],
    at_ms: int,
    *,
    why: str = "",
    each: bool = True,
) -> None:
    """Write down that `who` saw these customers in the view `what`.

    `who` is an account, or `os:` and the machine's user; its role of today stands beside. `each`:
    every time, as for one customer; False for lists (AGAIN_MS). The caller may hold a transaction.
    """
    since_ms = None if each else at_ms - AGAIN_MS
    rows = [
        {"at": at_ms, "who": who, "what": what, "client": one, "why": why, "since": since_ms}
        for one in sorted(set(customers))
        if one
    ]
    # One commit for a list, not one for each customer in it.
    held = contextlib.nullcontext() if connection.in_transaction else transaction(connection)
    with held:
        connection.executemany(
            "INSERT INTO access (at_ms, who, what, client, role, why) "
            "SELECT :at, :who, :what, :client, "
            "coalesce((SELECT role FROM account WHERE name = :who), ''), :why "
            "WHERE :since IS NULL OR NOT EXISTS (SELECT 1 FROM access WHERE who = :who "
            "AND what = :what AND client = :client AND at_ms > :since AND at_ms <= :at)",
            rows,
        )


def of(connection: sqlite3.Connection, customer: str, *, since_ms: int = 0) -> list[dict[str, Any]]:
    """Every look at a customer, the newest first: what the customer is told when they ask."""
    rows = connection.execute(
        "SELECT at_ms, who, role, what, why FROM access WHERE client = ? AND at_ms >= ? "
        "ORDER BY key DESC LIMIT ?",
        (customer, since_ms, LISTED_MAX),
    )
    return [dict(row) for row in rows]


def said(what: str, lang: str) -> str:
    """The name of a view as people read it; one of another release stands for itself."""
    name, number = _NUMBER.sub("", what), _NUMBER.search(what)
    key = f"desk_look.{name.replace(' ', '_')}"
    if key not in catalogue(lang):
        return what
    return render(lang, key, {} if number is None else {"n": number[0].strip()})


def known(connection: sqlite3.Connection, customer: str) -> bool:
    """Whether anybody ever looked at somebody of this id."""
    found = connection.execute("SELECT 1 FROM access WHERE client = ? LIMIT 1", (customer,))
    return found.fetchone() is not None


def prune(connection: sqlite3.Connection, at_ms: int) -> None:
    """Forget what is older than twelve years; the database lets nothing younger go."""
    with transaction(connection):
        # By the log's own time: a clock that is ahead makes nothing old.
        connection.execute(
            "DELETE FROM access WHERE at_ms <= ? AND at_ms <= (SELECT max(at_ms) FROM access) - ?",
            (at_ms - ACCESS_KEPT_MS, ACCESS_KEPT_MS),
        )
