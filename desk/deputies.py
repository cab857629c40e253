"""A draft that nobody decided in a day goes to a deputy by name, whoever asked for it.

The desk has no telephone and no mail: its ways to a person are its lists, its screen and its log.
So the deputy has the draft on their own list, stands beside an alert that is open still as one
more who was asked, and is named until somebody decides. A text message is the home's own: where it
has a modem, its plan is asked about a red level from two hours on until somebody takes it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

import structlog

from desk import notice_lists, notices, roster
from desk.database import transaction
from desk.happened import NoticeShown
from desk.life import managers
from desk.life.people import role_of
from desk.prompts import DESK
from desk.rights import ROLES, Right, has
from edge.notification.prompting import DECIDE_WITHIN_MS

log = structlog.get_logger()

# Names of roles that read and release notifications; nobody else could be a deputy.
_ABLE = json.dumps([role for role in ROLES if has(role, Right.NOTICES)])


def name_deputies(
    connection: sqlite3.Connection, deputies: Sequence[str], at_ms: int
) -> list[NoticeShown]:
    """Name a deputy for each draft that nobody decided in a day.

    Once, and again when the one who was named may do it no more, or nobody could be named before.
    """
    due = connection.execute(
        "SELECT * FROM notification WHERE state = 'draft' AND decided_ms IS NULL "
        "AND coalesce(decide_ms, made_ms + ?) <= ? AND NOT EXISTS "
        "(SELECT 1 FROM account WHERE name = deputy "
        "AND ended_ms IS NULL AND role IN (SELECT value FROM json_each(?))) "
        "ORDER BY coalesce(decide_ms, made_ms) LIMIT ?",
        (DECIDE_WITHIN_MS, at_ms, _ABLE, notice_lists.LISTED_MAX),
    ).fetchall()
    told = []
    for row in due:
        who = _deputy(connection, deputies, row)
        if who == row["deputy"]:
            continue  # that there is nobody has been said
        with transaction(connection):
            connection.execute(
                "UPDATE notification SET deputy = ?, deputy_ms = ? WHERE id = ?",
                (who, at_ms, row["id"]),
            )
            notices.step(
                connection, row["id"], row["revision"], "deputy", DESK, at_ms, {"deputy": who}
            )
            if who and row["alert"] is not None:
                roster.also(connection, row["gateway"], row["alert"], who, at_ms)
        log.warning("notice_undecided", id=row["id"])
        gateway = row["gateway"]
        told.append(
            NoticeShown(at_ms=at_ms, gateway=gateway, notice=row["id"], news="deputy", who=who)
        )
    return told


def _deputy(connection: sqlite3.Connection, deputies: Sequence[str], row: sqlite3.Row) -> str:
    """Of the settings; else of the plan's second level; else a coordinator. "": nobody is known.

    Only who may release a notification; who has had their day, the customer's case manager or the
    worker who drafted it, last.
    """
    plan = roster.plan_of(connection, row["gateway"])
    second = () if plan is None or len(plan.level) < 2 else plan.level[1].recipient  # noqa: PLR2004
    coordinators = connection.execute(
        "SELECT name FROM account WHERE role = 'coordinator' AND ended_ms IS NULL ORDER BY name"
    ).fetchall()
    names = [*deputies, *(one.id for one in second), *(name for (name,) in coordinators)]
    able = [one for one in names if has(role_of(connection, one) or "", Right.NOTICES)]
    manager = managers.named(connection, row["customer"])
    had = {row["made_by"], None if manager is None else manager.account}
    others = [one for one in able if one not in had]
    return next(iter([*others, *able]), "")
