"""Pages: each call to a recipient, written down before it is made."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec

from edge.domain import Instant, Record, TextMessage
from edge.escalation import Page
from edge.store import disclosing
from edge.store.names import Names, instant_columns

# A month in which one alert is asked about every five minutes of eight recipients is ten times
# this: what was asked first is then of no use any more, and alerts have a history of their own.
PAGES_MAX = 10_000
# Pages of open alerts that are read at a start: the last turns of each are enough to go on.
READ_MAX = 2_000


class PageState(StrEnum):
    OWED = "owed"
    SENT = "sent"
    REFUSED = "refused"  # by the network, the sounder or the hook; `reason` says why
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"  # somebody has the alert, or a later turn asks the same


class PageRow(Record, frozen=True, kw_only=True):
    """`rev` is the revision that opened the alert, or opened it again."""

    id: str
    alert: str
    rev: int
    page: Page
    owed: Instant
    state: PageState = PageState.OWED
    attempts: int = 0
    reason: str = ""
    code_hash: bytes | None = None


def keep(connection: sqlite3.Connection, names: Names, rows: Sequence[PageRow]) -> None:
    """Write pages down; one that stands there already stays as it is."""
    for row in rows:
        names.anchor(row.owed)
        moment = names.moment(row.owed)
        connection.execute(
            "INSERT INTO page (id, alert, rev, level, turn, recipient, path, "  # noqa: S608 (constants)
            f"state, attempts, reason, code_hash, {instant_columns('owed')}, "
            f"{instant_columns('changed')}) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?, ?,?,?,?,?, ?,?,?,?,?) "
            "ON CONFLICT (alert, rev, level, turn, recipient, path) DO NOTHING",
            (
                *(row.id, row.alert, row.rev, row.page.level, row.page.turn, row.page.recipient),
                *(row.page.path, row.state.value, row.attempts, row.reason, row.code_hash),
                *moment,
                *moment,
            ),
        )
    connection.execute(
        "DELETE FROM page WHERE key <= (SELECT max(key) FROM page) - ?", (PAGES_MAX,)
    )


def change(
    connection: sqlite3.Connection,
    names: Names,
    row: PageRow,
    at: Instant,
    told: Sequence[TextMessage] = (),
) -> None:
    """What became of a page; with it, in the customer's log, the text messages in `told`.

    An answered page stays so: the note of its sending may come after the answer.
    """
    for one in told:
        disclosing.message(connection, names, one)
    connection.execute(
        "UPDATE page SET state = ?, attempts = ?, reason = ?, code_hash = ?, changed_boot = ?, "
        "changed_boottime_ms = ?, changed_wall_ms = ?, changed_offset_min = ?, changed_sync = ? "
        "WHERE id = ? AND state <> 'answered'",
        (row.state.value, row.attempts, row.reason, row.code_hash, *names.moment(at), row.id),
    )


def of_open(connection: sqlite3.Connection, names: Names) -> list[PageRow]:
    """The pages about open alerts in the order in which they were made, the newest READ_MAX."""
    return _read(
        connection,
        names,
        "WHERE alert IN (SELECT id FROM alert WHERE state IN ('raised', 'acknowledged'))",
        (),
    )


def of_alert(connection: sqlite3.Connection, names: Names, alert: str) -> list[PageRow]:
    return _read(connection, names, "WHERE alert = ?", (alert,))


def _read(
    connection: sqlite3.Connection, names: Names, which: str, values: tuple[Any, ...]
) -> list[PageRow]:
    rows = connection.execute(
        "SELECT id, alert, rev, state, attempts, reason, code_hash, "  # noqa: S608 (constants)
        f"level, turn, recipient, path, {instant_columns('owed')} "
        f"FROM page {which} ORDER BY key DESC LIMIT ?",
        (*values, READ_MAX),
    ).fetchall()
    return [_row(names, row) for row in reversed(rows)]


def _row(names: Names, row: Sequence[Any]) -> PageRow:
    ident, alert, rev, state, attempts, reason, code_hash, level, turn, who, path, *owed = row
    return PageRow(
        id=ident,
        alert=alert,
        rev=rev,
        page=Page(level=level, turn=turn, recipient=who, path=path),
        owed=names.instant(*owed),
        state=PageState(state),
        attempts=attempts,
        reason=reason,
        code_hash=code_hash,
    )


def changed(row: PageRow, state: PageState, **more: Any) -> PageRow:
    """The page as it is after something came of it."""
    return msgspec.structs.replace(row, state=state, **more)
