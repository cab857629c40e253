"""Who may be named: a worker's personal account that is alive, and the days that people tell."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from desk.customers import CustomerError
from desk.rights import ROLES, Right, has
from edge.errors import EdgeError
from edge.locale.refusing import given, worded

# A plan's words are a person's own: a sentence or two.
WORDS_CHARS_MAX = 400
# Nothing is planned further ahead than a year.
AHEAD_DAYS_MAX = 366


class LifeError(EdgeError):
    """Refused by how things stand; the text says why, and names nobody who is a customer."""


class LifeInputError(CustomerError):
    """What was told cannot be taken; the text says what may stand there."""


def worker(connection: sqlite3.Connection, account: str) -> str:
    """The account of a worker who is here now; raises LifeInputError."""
    if not is_worker(connection, account):
        able = ", ".join(role for role in ROLES if has(role, Right.WELFARE))
        raise worded(LifeInputError, "no_worker", name=given(account), there=able)
    return account


def is_worker(connection: sqlite3.Connection, account: str) -> bool:
    """Whether this account is alive and of a role that sees customers' plans."""
    role = role_of(connection, account)
    return role is not None and has(role, Right.WELFARE)


def role_of(connection: sqlite3.Connection, account: str) -> str | None:
    """The role of a living account."""
    row = connection.execute(
        "SELECT role FROM account WHERE name = ? AND ended_ms IS NULL", (account,)
    ).fetchone()
    return None if row is None else str(row["role"])


def day_of(at_ms: int, zone: str) -> date:
    """The local day of a moment."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)).date()


def ahead(day: date, today: date, what: str) -> date:
    """A day from today on, at most a year from now; raises LifeInputError.

    `what`: its key in the table `desk_field` of the catalogues.
    """
    if not 0 <= (day - today).days <= AHEAD_DAYS_MAX:
        raise worded(
            LifeInputError, "day_ahead", what=what, day=day.isoformat(), most=AHEAD_DAYS_MAX
        )
    return day
