"""Commands from upstream: rows of `command`. A nonce is used once, whatever came of it."""

from __future__ import annotations

import sqlite3

from edge.domain import Instant, Record
from edge.store.names import Names

# Twelve a minute for fourteen hours; what is older has ended long ago, so its nonce is no danger.
ROWS_MAX = 10_000


class CommandRow(Record, frozen=True, kw_only=True):
    """One command whose signature was right."""

    nonce: str
    name: str
    issuer: str
    key_id: str
    expires_ms: int


def note(
    connection: sqlite3.Connection, names: Names, row: CommandRow, verdict: str, at: Instant
) -> bool:
    """Keep it; False when its nonce was there already, and then nothing changes."""
    made = connection.execute(
        "INSERT OR IGNORE INTO command (nonce, name, issuer, key_id, verdict, expires_ms, "
        "told_boot, told_boottime_ms, told_wall_ms, told_offset_min, told_sync) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(row.nonce, row.name, row.issuer, row.key_id, verdict, row.expires_ms),
            *names.moment(at),
        ),
    )
    connection.execute(
        "DELETE FROM command WHERE key <= (SELECT max(key) FROM command) - ?", (ROWS_MAX,)
    )
    return made.rowcount == 1


def judged(connection: sqlite3.Connection, _: Names, nonce: str, verdict: str) -> None:
    """What came of it in the end."""
    connection.execute("UPDATE command SET verdict = ? WHERE nonce = ?", (verdict, nonce))


def clock_floor_ms(connection: sqlite3.Connection, _: Names) -> int:
    """A moment, UTC ms, that has surely been: the last of the latest boot that knew the time; 0.

    Counted on by boottime, so that a wall clock that jumped once holds up no judgement for years.
    """
    found = connection.execute(
        "SELECT first_wall_ms - first_boottime_ms + max(first_boottime_ms, "
        "coalesce(last_boottime_ms, 0), coalesce((SELECT at_boottime_ms FROM snapshot "
        "WHERE at_boot = boot.key), 0)) FROM boot WHERE first_sync <> 'none' "
        "ORDER BY key DESC LIMIT 1"
    ).fetchone()
    return 0 if found is None else int(found[0])
