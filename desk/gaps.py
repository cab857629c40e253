"""Which numbers of a gateway's store have not come yet.

Alerts overtake telemetry and the newest critical goes first, so holes open and
close all the time; one that stays open is a message that the desk never had.
"""

from __future__ import annotations

import sqlite3

# A sender that skips numbers at will must not fill the desk's disk; beyond this the
# oldest holes are joined, and what was between them counts as missing.
RANGES_MAX = 1_000


def note(connection: sqlite3.Connection, source: str, store_id: str, sequence: int) -> None:
    """Message `sequence` of this store is here."""
    key = (source, store_id)
    row = connection.execute(
        "SELECT highest FROM stretch WHERE source = ? AND store_id = ?", key
    ).fetchone()
    highest = 0 if row is None else row["highest"]
    if sequence <= highest:
        _fill(connection, key, sequence)
        return
    if sequence > highest + 1:
        connection.execute("INSERT INTO gap VALUES (?, ?, ?, ?)", (*key, highest + 1, sequence - 1))
        _join_oldest(connection, key)
    connection.execute(
        "INSERT INTO stretch VALUES (?, ?, ?, ?) "
        "ON CONFLICT (source, store_id) DO UPDATE SET highest = excluded.highest",
        (*key, sequence, sequence),
    )


def note_told(connection: sqlite3.Connection, source: str, store_id: str, last: int) -> None:
    """The gateway says that it has numbered messages up to `last`."""
    connection.execute(
        "INSERT INTO stretch VALUES (?, ?, 0, ?) "
        "ON CONFLICT (source, store_id) DO UPDATE SET told = excluded.told",
        (source, store_id, last),
    )


def missing(connection: sqlite3.Connection, source: str, store_id: str) -> int:
    """How many messages of this store are not here, as far as is known."""
    key = (source, store_id)
    (holes,) = connection.execute(
        "SELECT coalesce(sum(last - first + 1), 0) FROM gap WHERE source = ? AND store_id = ?", key
    ).fetchone()
    row = connection.execute(
        "SELECT highest, told FROM stretch WHERE source = ? AND store_id = ?", key
    ).fetchone()
    ahead = 0 if row is None else max(0, row["told"] - row["highest"])
    return int(holes) + int(ahead)


def ranges(connection: sqlite3.Connection, source: str, store_id: str) -> list[tuple[int, int]]:
    """The stretches of numbers that are not here, first and last of each, in order."""
    key = (source, store_id)
    rows = connection.execute(
        "SELECT first, last FROM gap WHERE source = ? AND store_id = ? "
        "UNION ALL SELECT highest + 1, told FROM stretch "
        "WHERE source = ? AND store_id = ? AND told > highest ORDER BY 1",
        (*key, *key),
    )
    return [(first, last) for first, last in rows]


def _fill(connection: sqlite3.Connection, key: tuple[str, str], sequence: int) -> None:
    row = connection.execute(
        "SELECT first, last FROM gap WHERE source = ? AND store_id = ? AND first <= ? "
        "ORDER BY first DESC LIMIT 1",
        (*key, sequence),
    ).fetchone()
    if row is None or row["last"] < sequence:
        return
    first, last = row["first"], row["last"]
    connection.execute(
        "DELETE FROM gap WHERE source = ? AND store_id = ? AND first = ?", (*key, first)
    )
    for start, end in ((first, sequence - 1), (sequence + 1, last)):
        if start <= end:
            connection.execute("INSERT INTO gap VALUES (?, ?, ?, ?)", (*key, start, end))


def _join_oldest(connection: sqlite3.Connection, key: tuple[str, str]) -> None:
    rows = connection.execute(
        "SELECT first, last FROM gap WHERE source = ? AND store_id = ? ORDER BY first LIMIT ?",
        (*key, RANGES_MAX + 1),
    ).fetchall()
    if len(rows) <= RANGES_MAX:
        return
    connection.execute(
        "DELETE FROM gap WHERE source = ? AND store_id = ? AND first = ?", (*key, rows[1]["first"])
    )
    connection.execute(
        "UPDATE gap SET last = ? WHERE source = ? AND store_id = ? AND first = ?",
        (rows[1]["last"], *key, rows[0]["first"]),
    )
