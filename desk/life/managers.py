"""The named case manager of a customer: one personal account at a time, with history and an end."""

from __future__ import annotations

import sqlite3
from datetime import date

import msgspec

from desk import looks
from desk.database import transaction
from desk.life.people import LifeError, ahead, is_worker, role_of, worker
from edge.domain import Actor
from edge.locale.refusing import worded

# More than anybody ever had; a bound for what is read, not for what is kept.
READ_MAX = 1_000


class Manager(msgspec.Struct, frozen=True, kw_only=True):
    """`until`: the last day, ISO, where one was told."""

    customer: str
    account: str
    until: str | None
    told_by: str
    told_ms: int
    ended_by: str | None
    ended_ms: int | None


def case_manager(connection: sqlite3.Connection, customer: str, today: date) -> Actor | None:
    """Who is told of this customer: level changes, and what stands on today's list.

    None where nobody is named, the naming has ended, or the account has: then it is told to the
    coordinator, as without a case manager.
    """
    found = named(connection, customer)
    if found is None or is_over(found, today) or not is_worker(connection, found.account):
        return None
    return Actor(account=found.account, role=role_of(connection, found.account) or "")


def named(connection: sqlite3.Connection, customer: str) -> Manager | None:
    """The naming that nobody has ended, whether or not it still holds."""
    row = connection.execute(
        "SELECT * FROM life_manager WHERE customer = ? AND ended_ms IS NULL "
        "ORDER BY key DESC LIMIT 1",
        (customer,),
    ).fetchone()
    return None if row is None else _manager(row)


def is_over(manager: Manager, today: date) -> bool:
    return manager.until is not None and today.isoformat() > manager.until


def name(
    connection: sqlite3.Connection,
    customer: str,
    account: str,
    by: Actor,
    *,
    until: date | None,
    today: date,
    at_ms: int,
) -> None:
    """Name the case manager; who had it before has it no more. Raises LifeInputError."""
    with transaction(connection):
        worker(connection, account)
        last = None if until is None else ahead(until, today, "last_day").isoformat()
        ended(connection, customer, by, at_ms)
        connection.execute(
            "INSERT INTO life_manager (customer, account, until, told_by, told_ms) "
            "VALUES (?, ?, ?, ?, ?)",
            (customer, account, last, by.account, at_ms),
        )
        looks.note(connection, by.account, "case manager named", [customer], at_ms)


def end(connection: sqlite3.Connection, customer: str, by: Actor, at_ms: int) -> None:
    """The customer has no case manager from now on; raises LifeError."""
    with transaction(connection):
        if not ended(connection, customer, by, at_ms):
            raise worded(LifeError, "no_manager")
        looks.note(connection, by.account, "case manager ended", [customer], at_ms)


def ended(connection: sqlite3.Connection, customer: str, by: Actor, at_ms: int) -> bool:
    """Whether there was one to end; the caller holds the transaction."""
    done = connection.execute(
        "UPDATE life_manager SET ended_ms = ?, ended_by = ? "
        "WHERE customer = ? AND ended_ms IS NULL",
        (at_ms, by.account, customer),
    )
    return done.rowcount > 0


def history(connection: sqlite3.Connection, customer: str) -> list[Manager]:
    """Everybody who was named, the newest first."""
    rows = connection.execute(
        "SELECT * FROM life_manager WHERE customer = ? ORDER BY key DESC LIMIT ?",
        (customer, READ_MAX),
    )
    return [_manager(row) for row in rows]


def every(connection: sqlite3.Connection) -> list[Manager]:
    """Every naming that nobody has ended."""
    rows = connection.execute("SELECT * FROM life_manager WHERE ended_ms IS NULL ORDER BY customer")
    return [_manager(row) for row in rows]


def _manager(row: sqlite3.Row) -> Manager:
    return msgspec.convert({field: row[field] for field in Manager.__struct_fields__}, Manager)
