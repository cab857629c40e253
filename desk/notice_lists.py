"""What stands in the notifications that are kept: lists, steps, answers, for pages and commands."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import msgspec

from edge.domain.notification import NotificationContent, Notifier, ReceiverAnswer

# A screen's worth; whoever needs more asks the database.
LISTED_MAX = 500

_CONTENT = msgspec.json.Decoder(NotificationContent)
_ANSWER = msgspec.json.Decoder(ReceiverAnswer)


def listed(
    connection: sqlite3.Connection, *, only_open: bool = False, deputy: str | None = None
) -> list[sqlite3.Row]:
    """Those that wait for a decision first, by their time; then the newest first."""
    which = "AND state IN ('draft', 'released') " if only_open else ""
    return connection.execute(
        f"SELECT * FROM notification WHERE coalesce(deputy = ?, ? IS NULL) {which}"  # noqa: S608 - no input in it
        "ORDER BY coalesce(decide_ms, deputy_ms) IS NULL OR decided_ms IS NOT NULL "
        "OR state <> 'draft', "
        "CASE WHEN decided_ms IS NULL THEN coalesce(decide_ms, deputy_ms) END, "
        "made_ms DESC LIMIT ?",
        (deputy, deputy, LISTED_MAX),
    ).fetchall()


def steps_of(connection: sqlite3.Connection, id_: str) -> list[dict[str, Any]]:
    """Everything that was done with it, the oldest first."""
    rows = connection.execute(
        "SELECT revision, step, account, role, at_ms, facts FROM notification_step "
        "WHERE notification = ? ORDER BY key",
        (id_,),
    )
    return [dict(row) | {"facts": json.loads(row["facts"])} for row in rows]


def answer_of(connection: sqlite3.Connection, id_: str) -> ReceiverAnswer | None:
    """The newest answer of the receiver."""
    row = connection.execute(
        "SELECT facts FROM notification_step WHERE notification = ? AND step = 'confirm' "
        "ORDER BY key DESC LIMIT 1",
        (id_,),
    ).fetchone()
    return None if row is None else _ANSWER.decode(row["facts"])


def last_notifier(connection: sqlite3.Connection, account: str) -> Notifier:
    """What this person said of themselves at their last release; empty before the first."""
    row = connection.execute(
        "SELECT body FROM notification_revision AS r JOIN notification_step AS s "
        "ON s.notification = r.notification AND s.revision = r.revision "
        "WHERE s.step = 'release' AND s.account = ? ORDER BY s.key DESC LIMIT 1",
        (account,),
    ).fetchone()
    return Notifier() if row is None else _CONTENT.decode(row["body"]).notifier


def released_with_access(connection: sqlite3.Connection, customer: str) -> bool:
    """Whether a notification about this home was released with the door code, and still stands."""
    row = connection.execute(
        "SELECT 1 FROM notification AS n JOIN notification_paper AS p "
        "ON p.notification = n.id AND p.revision = n.revision WHERE n.customer = ? "
        "AND p.access IS NOT NULL AND n.state IN ('released', 'sent', 'confirmed') LIMIT 1",
        (customer,),
    ).fetchone()
    return row is not None
