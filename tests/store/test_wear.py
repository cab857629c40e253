"""How many pages a minute of a home writes: what a card has to bear, counted where it begins."""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.app.upkeep import PRUNE_EVERY_MS
from edge.domain import Instant
from edge.store.bounds import DEFAULT_BOUNDS, MINUTE_MS
from edge.store.database import Database
from tests.store.samples import AT, batch, reading, telemetry

ROWS_A_MINUTE = 60
BODY = b"x" * 9_000  # sixty values as JSON
# Up to three leaves of values and two of their index, latest, numbers, state; for what is sent
# three of the body, row, four indexes, the log of what went to whom, and the file's first page.
PAGES_A_MINUTE_MAX = 20


def frames(database: Database) -> int:
    """Pages in the log since the last call, which empties it (sqlite.org/pragma.html)."""
    busy, pages, moved = database._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
    assert (busy, pages) == (0, moved)
    return int(pages)


def minute(database: Database, number: int) -> None:
    at = moment(number * MINUTE_MS)
    values = [
        msgspec.structs.replace(reading(21.5), at=moment(number * MINUTE_MS + s * 1000))
        for s in range(ROWS_A_MINUTE)
    ]
    message = telemetry(database.heads().message + 1, BODY)
    database.record(
        batch(database, at=at, observations=values, messages=[message], home=b"h" * 3_000)
    )
    database.mark_received([message.id], at)


def moment(after_ms: int) -> Instant:
    return msgspec.structs.replace(
        AT, boottime_ms=AT.boottime_ms + after_ms, wall_ms=AT.wall_ms + after_ms
    )


def test_a_minute_that_is_shared_writes_no_page_twice(path: Path) -> None:
    """Values, message and the receipt of the last message: one commit and no more."""
    with Database.open(path) as database:
        for number in range(5):
            minute(database, number)
        written = []
        for number in range(5, 15):
            frames(database)
            minute(database, number)
            written.append(frames(database))
        assert max(written) <= PAGES_A_MINUTE_MAX


def test_thinning_as_often_as_it_is_done_writes_half_of_thinning_each_minute(
    tmp_path: Path,
) -> None:
    """Each call writes the same few pages beside those of the values."""
    minutes = PRUNE_EVERY_MS // MINUTE_MS
    written = []
    for calls in (1, minutes):
        with Database.open(tmp_path / f"{calls}.db") as database:
            for number in range(minutes):
                minute(database, number)
            frames(database)
            pages = 0
            for call in range(1, calls + 1):
                late_ms = call * (PRUNE_EVERY_MS // calls) + DEFAULT_BOUNDS.raw_age_ms
                database.prune(moment(late_ms))
                pages += frames(database)
            written.append(pages)
    at_once, each_minute = written
    assert at_once * 2 <= each_minute
