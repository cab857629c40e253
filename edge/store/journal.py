"""What the rules were told, and their whole state now and then: enough to run them again.

Observations stand in their own table. Events and states are kept as long as readings are, since
without the readings nothing follows from them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from edge.domain import Instant, Observation, Record
from edge.ports import Batch, Told
from edge.store import boots, rows
from edge.store.bounds import Bounds
from edge.store.multirow import MultiRow
from edge.store.names import Names

# One answer of the store.
ROWS_MAX = 500
# Thirty days of one each, and as many starts: a box that starts again and again keeps the newest.
CHECKPOINTS_MAX = 64
# In memory while the disk refuses; a home is told a few dozen a day.
HELD_MAX = 2_048

_EVENTS = MultiRow(
    "event (kind, after, at_boot, at_boottime_ms, at_wall_ms, at_offset_min, at_sync, body)",
    width=8,
)
_MOMENT = "at_boot, at_boottime_ms, at_wall_ms, at_offset_min, at_sync"


class Checkpoint(Record, frozen=True, kw_only=True):
    """The state of the home with all up to these numbers in it."""

    event: int
    observation: int
    at: Instant
    home: bytes


def write(connection: sqlite3.Connection, names: Names, batch: Batch) -> None:
    """Store the events of a batch, and its state where it is a checkpoint."""
    flat: list[str | int] = []
    for one in batch.told:
        flat += (one.kind, one.after, *names.moment(one.at), one.body)
    if flat:
        _EVENTS.insert(connection, flat)
    if not batch.checkpoint or batch.home is None:
        return
    (event,) = connection.execute("SELECT coalesce(max(key), 0) FROM event").fetchone()
    last = batch.first_observation + len(batch.observations) - 1
    connection.execute(
        f"INSERT INTO checkpoint (event, observation, {_MOMENT}, home) "  # noqa: S608 (constants)
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (event, last, *names.moment(batch.at), batch.home),
    )
    connection.execute(
        "DELETE FROM checkpoint WHERE key NOT IN "
        "(SELECT key FROM checkpoint ORDER BY key DESC LIMIT ?)",
        (CHECKPOINTS_MAX,),
    )


def joined(a: Batch, b: Batch) -> list[Told]:
    return [*a.told, *b.told][-HELD_MAX:]


def checkpoints(connection: sqlite3.Connection, _names: Names) -> list[int]:
    """The numbers of the kept states, the oldest first."""
    return [key for (key,) in connection.execute("SELECT key FROM checkpoint ORDER BY key")]


def before(connection: sqlite3.Connection, names: Names, at: Instant) -> int | None:
    """The last state that was kept before a moment; boots are numbered as they came."""
    (key,) = connection.execute(
        "SELECT max(key) FROM checkpoint WHERE (at_boot, at_boottime_ms) < (?, ?)",
        (names.boots.get(at.boot, 0), at.boottime_ms),
    ).fetchone()
    return None if key is None else int(key)


def checkpoint(connection: sqlite3.Connection, names: Names, key: int) -> Checkpoint | None:
    found = connection.execute(
        f"SELECT event, observation, home, {_MOMENT} FROM checkpoint WHERE key = ?",  # noqa: S608
        (key,),
    ).fetchone()
    if found is None:
        return None
    event, observation, home, *moment = found
    at = names.instant(*moment)
    return Checkpoint(event=event, observation=observation, at=at, home=home)


def events(
    connection: sqlite3.Connection, names: Names, after: int, limit: int
) -> list[tuple[int, Told]]:
    """Events with their numbers, from the one after `after` on, in the order told."""
    found = connection.execute(
        f"SELECT key, kind, after, {_MOMENT}, body FROM event WHERE key > ? "  # noqa: S608
        "ORDER BY key LIMIT ?",
        (after, min(limit, ROWS_MAX)),
    )
    return [_told(names, row) for row in found.fetchall()]


def settings_at(connection: sqlite3.Connection, names: Names, event: int) -> Told | None:
    """The settings that were in force with this event."""
    found = connection.execute(
        f"SELECT key, kind, after, {_MOMENT}, body FROM event "  # noqa: S608 (constants)
        "WHERE key <= ? AND kind = 'config' ORDER BY key DESC LIMIT 1",
        (event,),
    ).fetchone()
    return None if found is None else _told(names, found)[1]


def observations(
    connection: sqlite3.Connection, names: Names, after_seq: int, limit: int
) -> list[tuple[int, Observation]]:
    found = connection.execute(
        f"SELECT {rows.OBSERVATION_COLUMNS} FROM observation "  # noqa: S608 (constants)
        "WHERE seq > ? ORDER BY seq LIMIT ?",
        (after_seq, min(limit, ROWS_MAX)),
    )
    return [rows.observation(names, row) for row in found.fetchall()]


def prune(connection: sqlite3.Connection, bounds: Bounds, at: Instant) -> int:
    """What is older than readings may be; the settings of what is left stay."""
    gone = connection.execute(
        "DELETE FROM checkpoint WHERE key <= ?", (_aged(connection, "checkpoint", bounds, at),)
    ).rowcount
    gone += connection.execute(
        "DELETE FROM event WHERE key <= ? AND key NOT IN (SELECT max(key) FROM event "
        "WHERE kind = 'config' AND key <= coalesce((SELECT min(event) FROM checkpoint), 0))",
        (_aged(connection, "event", bounds, at),),
    ).rowcount
    return gone


def erase(connection: sqlite3.Connection) -> int:
    """With the readings all of it goes: it says what they said."""
    gone = connection.execute("DELETE FROM checkpoint").rowcount
    return gone + connection.execute("DELETE FROM event").rowcount


def _aged(connection: sqlite3.Connection, table: str, bounds: Bounds, at: Instant) -> int:
    is_old = boots.surely_before("at", at.wall_ms - bounds.observation_age_ms, bounds)
    (last,) = connection.execute(
        f"SELECT coalesce(max(key), 0) FROM (SELECT key, {_MOMENT} FROM {table} "  # noqa: S608
        f"ORDER BY key LIMIT ?) WHERE {is_old}",
        (bounds.prune_rows,),
    ).fetchone()
    return int(last)


def _told(names: Names, row: Sequence[str | int]) -> tuple[int, Told]:
    key, kind, after, *moment, body = row
    at = names.instant(*moment)  # type: ignore[arg-type]
    return int(key), Told(kind=str(kind), after=int(after), at=at, body=str(body))
