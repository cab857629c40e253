"""Escalation plans: whole, each time one is told; the last one is in force."""

from __future__ import annotations

import sqlite3

import msgspec

from edge.domain import Instant, Record
from edge.errors import NotNowError
from edge.escalation import EscalationPlan, decode, digest_of, encode
from edge.locale.refusing import worded
from edge.store.names import Names, instant_columns

# What a person looks at; all of them stay.
HISTORY_MAX = 50


class PlanTold(Record, frozen=True, kw_only=True):
    """That a plan was told: by whom, when, and under which name."""

    digest: str
    told_by: str
    told: Instant


def keep(
    connection: sqlite3.Connection, names: Names, plan: EscalationPlan, told_by: str, at: Instant
) -> None:
    """Put a plan in force; the same plan told again is no new one."""
    keep_body(connection, names, encode(plan).decode(), told_by, at)


def keep_body(
    connection: sqlite3.Connection, names: Names, body: str, told_by: str, at: Instant
) -> None:
    """The same of a plan as it was stored; of a box before this one, of any release."""
    digest = digest_of(body)
    newest = connection.execute(
        "SELECT digest FROM escalation_plan ORDER BY key DESC LIMIT 1"
    ).fetchone()
    if newest is not None and newest[0] == digest:
        return
    names.anchor(at)
    connection.execute(
        f"INSERT INTO escalation_plan (digest, told_by, {instant_columns('told')}, body) "  # noqa: S608 (constants)
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (digest, told_by, *names.moment(at), body),
    )


def in_force(connection: sqlite3.Connection, _: Names) -> EscalationPlan | None:
    """The plan told last; raises NotNowError for one that this release cannot read."""
    row = connection.execute(
        "SELECT body FROM escalation_plan ORDER BY key DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    try:
        return decode(row[0])
    except msgspec.MsgspecError as error:
        raise worded(NotNowError, "plan_unreadable") from error


def history(connection: sqlite3.Connection, names: Names) -> list[PlanTold]:
    """The newest first."""
    rows = connection.execute(
        f"SELECT digest, told_by, {instant_columns('told')} "  # noqa: S608 (constants)
        "FROM escalation_plan ORDER BY key DESC LIMIT ?",
        (HISTORY_MAX,),
    ).fetchall()
    return [
        PlanTold(digest=digest, told_by=told_by, told=names.instant(*told))
        for digest, told_by, *told in rows
    ]
