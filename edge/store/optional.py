"""Takes away what a home can go on without: its readings, and what was made of them.

What the rules wait for stands in the snapshot and goes on; alerts, answers and decisions stay.
"""

from __future__ import annotations

import sqlite3

from edge.domain import Instant, OutboxClass
from edge.store import journal, outbox, sending
from edge.store.bounds import Bounds
from edge.store.names import Names


def erase_readings(
    connection: sqlite3.Connection, names: Names, bounds: Bounds, up_to: int, at: Instant
) -> int:
    """Delete a bounded piece of the readings up to a number; returns how many rows, 0 at the end.

    With the last piece what was made of them goes too, and what of them waits upstream. What
    went is recorded in `shed`; the caller holds the transaction.
    """
    (last,) = connection.execute(
        "SELECT max(seq) FROM (SELECT seq FROM observation WHERE seq <= ? ORDER BY seq LIMIT ?)",
        (up_to, bounds.prune_rows),
    ).fetchone()
    if last is not None:
        (first,) = connection.execute("SELECT min(seq) FROM observation").fetchone()
        gone = connection.execute("DELETE FROM observation WHERE seq <= ?", (last,)).rowcount
        outbox.note_shed(
            *(connection, names, bounds, at),
            what="observation",
            reason="erased",
            amount=outbox.Backlog(rows=gone, bytes=0),
            numbers=(first, last),
        )
        return gone
    gone = connection.execute(
        "DELETE FROM thinned WHERE (device, kind, from_ms) IN "
        "(SELECT device, kind, from_ms FROM thinned LIMIT ?)",
        (bounds.prune_rows,),
    ).rowcount
    if gone:
        return gone
    gone = connection.execute("DELETE FROM latest WHERE observation <= ?", (up_to,)).rowcount
    gone += connection.execute("DELETE FROM coverage_hour").rowcount + journal.erase(connection)
    gone += connection.execute("DELETE FROM drift").rowcount
    taken = sending.taken_back(
        connection, names, bounds, OutboxClass.OBSERVATIONS, at, reason="erased"
    )
    return gone + len(taken)
