"""Stretches of numbered messages that were closed: rows of `day_digest`, and what they stand on."""

from __future__ import annotations

import sqlite3

from edge.domain import Instant, Record
from edge.store.names import Names, instant_columns

# 400 days of one a day, and as many that people asked for.
ROWS_MAX = 800
# Stretches with messages that are still owed: twice the month that the outbox holds.
OPEN_MAX = 64
_COLUMNS = f"key, first, last, day, rev, marks, left_out, {instant_columns('closed')}, ids"


class Stretch(Record, frozen=True, kw_only=True):
    """`marks`: one sign a number (edge.app.proving.stretches); `ids`: 16 bytes a number, None when
    all of it is settled; `left_out`: as it was told last, in the words of the message.
    """

    first: int
    last: int
    day: str
    rev: int
    marks: str
    left_out: str
    closed: Instant
    ids: bytes | None


class Numbered(Record, frozen=True):
    """A message of the outbox: `mark` is r received, p parked, o owed."""

    sequence: int
    id: str
    mark: str


class Found(Record, frozen=True, kw_only=True):
    """What the store knows of a stretch of numbers; `gone`: first, last, `shed` or `withdrawn`, of
    what was dropped. Others within these bounds may be there.
    """

    rows: list[Numbered]
    gone: list[tuple[int, int, str]]


def head(connection: sqlite3.Connection, _: Names) -> tuple[int, int | None]:
    """The last number given out, and the lowest of a message that is still here."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    (lowest,) = connection.execute("SELECT min(sequence) FROM outbox WHERE sequence > 0").fetchone()
    return (0 if row is None else int(row[0])), lowest


def look(connection: sqlite3.Connection, _: Names, first: int, last: int) -> Found:
    """Everything from `first` to `last`, which are at most the numbers of one digest apart."""
    rows = connection.execute(
        "SELECT sequence, id, CASE WHEN received_boot IS NOT NULL THEN 'r' "
        "WHEN parked <> '' THEN 'p' ELSE 'o' END FROM outbox "
        "WHERE sequence BETWEEN ? AND ? ORDER BY sequence",
        (first, last),
    ).fetchall()
    gone = connection.execute(
        "SELECT max(first_number, ?1), min(last_number, ?2), "
        "CASE WHEN reason IN ('switched_off', 'erased') THEN 'withdrawn' ELSE 'shed' END FROM shed "
        "WHERE what <> 'observation' AND first_number <= ?2 AND last_number >= ?1 ORDER BY key",
        (first, last),
    ).fetchall()
    return Found(rows=[Numbered(*row) for row in rows], gone=gone)


def keep(connection: sqlite3.Connection, names: Names, row: Stretch) -> None:
    """Write a stretch down, or what is known of it now."""
    connection.execute(
        f"INSERT INTO day_digest (first, last, day, rev, marks, left_out, ids, "  # noqa: S608
        f"{instant_columns('closed')}) VALUES ({', '.join('?' * 12)}) "
        "ON CONFLICT (first) DO UPDATE SET rev = excluded.rev, marks = excluded.marks, "
        "left_out = excluded.left_out, ids = excluded.ids",
        (
            *(row.first, row.last, row.day, row.rev, row.marks, row.left_out, row.ids),
            *names.moment(row.closed),
        ),
    )
    connection.execute(
        "DELETE FROM day_digest WHERE key <= (SELECT max(key) FROM day_digest) - ?", (ROWS_MAX,)
    )


def newest(connection: sqlite3.Connection, names: Names) -> Stretch | None:
    """The last one that was closed."""
    found = _read(connection, names, "1 ORDER BY first DESC LIMIT 1")
    return found[0] if found else None


def unsettled(connection: sqlite3.Connection, names: Names) -> list[Stretch]:
    """Those with messages that are still owed or parked, the oldest first."""
    return _read(connection, names, f"ids IS NOT NULL ORDER BY first LIMIT {OPEN_MAX}")


def _read(connection: sqlite3.Connection, names: Names, which: str) -> list[Stretch]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM day_digest WHERE {which}"  # noqa: S608 (constants)
    ).fetchall()
    return [
        Stretch(
            first=row[1],
            last=row[2],
            day=row[3],
            rev=row[4],
            marks=row[5],
            left_out=row[6],
            closed=names.instant(*row[7:12]),
            ids=row[12],
        )
        for row in rows
    ]
