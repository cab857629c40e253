"""Hours of the coverage ledger as rows: written with the state that they were made from."""

from __future__ import annotations

import sqlite3

from edge.domain import HourCoverage
from edge.ports import Batch
from edge.store.names import Names

# One answer of the store, and some 45 bytes a row on one line of the control socket.
ROWS_MAX = 1_000
# Two weeks of a home with everything, in memory while the disk refuses.
HELD_MAX = 6_000


def write(connection: sqlite3.Connection, batch: Batch) -> None:
    """Store the hours of a batch, each in place of what was written of it before."""
    if batch.coverage_until_ms is not None:
        connection.execute(
            "DELETE FROM coverage_hour WHERE hour_ms >= ?", (batch.coverage_until_ms,)
        )
    if not batch.coverage:
        return
    sync = batch.at.sync.value
    connection.executemany(
        "INSERT OR REPLACE INTO coverage_hour (hour_ms, question, asked_s, known_s, reason, sync) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [
            (row.hour_ms, row.question, row.asked_s, row.known_s, row.reason, sync)
            for row in batch.coverage
        ],
    )


def joined(a: Batch, b: Batch) -> list[HourCoverage]:
    """The hours of `a` and then of `b`, the newest word on each, at most HELD_MAX of them."""
    until_ms = b.coverage_until_ms
    kept = (row for row in a.coverage if until_ms is None or row.hour_ms < until_ms)
    rows = {(row.hour_ms, row.question): row for row in (*kept, *b.coverage)}
    return [rows[key] for key in sorted(rows)][-HELD_MAX:]


def earlier(one: int | None, other: int | None) -> int | None:
    known = [at_ms for at_ms in (one, other) if at_ms is not None]
    return min(known, default=None)


def hours(
    connection: sqlite3.Connection,
    _names: Names,
    *,
    from_ms: int,
    until_ms: int,
    after: tuple[int, str] | None = None,
) -> list[HourCoverage]:
    """At most ROWS_MAX rows of hours from `from_ms` until `until_ms`, behind the key `after`."""
    found = connection.execute(
        "SELECT hour_ms, question, asked_s, known_s, reason FROM coverage_hour "
        "WHERE hour_ms >= ? AND hour_ms < ? AND (hour_ms, question) > (?, ?) "
        "ORDER BY hour_ms, question LIMIT ?",
        (from_ms, until_ms, *(after or (from_ms - 1, "")), ROWS_MAX),
    )
    return [
        HourCoverage(hour_ms=hour_ms, question=q, asked_s=asked, known_s=known, reason=reason)
        for hour_ms, q, asked, known, reason in found
    ]


def of_question(
    connection: sqlite3.Connection, _names: Names, question: str, *, from_ms: int, until_ms: int
) -> list[HourCoverage]:
    """The hours of one question from `from_ms` until `until_ms`, at most the first ROWS_MAX."""
    found = connection.execute(
        "SELECT hour_ms, asked_s, known_s, reason FROM coverage_hour "
        "WHERE hour_ms >= ? AND hour_ms < ? AND question = ? ORDER BY hour_ms LIMIT ?",
        (from_ms, until_ms, question, ROWS_MAX),
    )
    return [
        HourCoverage(
            hour_ms=hour_ms, question=question, asked_s=asked, known_s=known, reason=reason
        )
        for hour_ms, asked, known, reason in found
    ]
