"""The newest work list of each home, and what became of its tasks.

Written by intake. `newest` is the seam for who drafts notifications or counts: one row a home.
"""

from __future__ import annotations

import sqlite3

import msgspec

from edge.domain import Record, TaskState
from edge.uplink.envelope import LevelPart, TaskPart, WorkData, WorkEnvelope, wall_ms

# Of an ISO 8601 time, its day in the home's own offset.
DATE_CHARS = 10
_OVER = frozenset({TaskState.COMPLETED, TaskState.CANCELLED})
_DECODER = msgspec.json.Decoder(WorkEnvelope)


class HomeWork(Record, frozen=True, kw_only=True):
    """One home as it told last; `made_ms` is the home's clock, `received_ms` ours."""

    source: str  # urn:kotivahti:gateway:...
    client: str
    site: str
    made_ms: int
    received_ms: int
    visit_ms: int | None
    due_ms: int | None
    data: WorkData


def keep(connection: sqlite3.Connection, told: WorkEnvelope, body: bytes, at_ms: int) -> None:
    """Keep what a home tells; the caller holds the transaction. An older one changes no list."""
    data = told.data
    for task in data.tasks:
        _keep_task(connection, told.source, data.subject.client, task)
    for one in data.levels:
        _keep_assessed(connection, told.source, data.subject.client, one)
    known = connection.execute(
        "SELECT store_id, sequence FROM home_work WHERE source = ?", (told.source,)
    ).fetchone()
    sequence = int(told.sequence)
    if known is not None and known["store_id"] == told.storeid and known["sequence"] >= sequence:
        return
    waiting = [task for task in data.tasks if task.state not in _OVER]
    dues = [wall_ms(task.due) for task in waiting if task.due is not None]
    connection.execute(
        "INSERT OR REPLACE INTO home_work VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(told.source, told.storeid, sequence, data.subject.client, data.subject.site),
            *(wall_ms(told.time), at_ms),
            None if data.visit is None else wall_ms(data.visit.begins),
            min(dues, default=None),
            *(len(waiting), sum(task.critical for task in waiting), body),
        ),
    )


def newest(connection: sqlite3.Connection, source: str | None = None) -> list[HomeWork]:
    """What each home (or one) told last, in the order of their gateways."""
    rows = connection.execute(
        "SELECT * FROM home_work WHERE ?1 IS NULL OR source = ?1 ORDER BY source", (source,)
    )
    return [
        HomeWork(
            source=row["source"],
            client=row["client"],
            site=row["site"],
            made_ms=row["made_ms"],
            received_ms=row["received_ms"],
            visit_ms=row["visit_ms"],
            due_ms=row["due_ms"],
            data=_DECODER.decode(row["body"]).data,
        )
        for row in rows
    ]


def _keep_assessed(
    connection: sqlite3.Connection, source: str, client: str, told: LevelPart
) -> None:
    """One row a hazard and day, with the level that came of it: for figures."""
    if told.assessed is None:
        return
    connection.execute(
        "INSERT OR IGNORE INTO assessed (source, client, hazard, day, level, at_ms) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            *(source, client, told.hazard.value, told.assessed[:DATE_CHARS]),
            *(told.level.value, wall_ms(told.assessed)),
        ),
    )


def _keep_task(connection: sqlite3.Connection, source: str, client: str, task: TaskPart) -> None:
    """One row for each time that it was opened; one that nobody could date yet comes later."""
    if task.opened is None:
        return
    over = task.state in _OVER
    row = (
        *(source, task.id, wall_ms(task.opened), client, task.checklist, int(task.critical)),
        *(task.responsible, task.times, task.state.value),
        None if task.due is None else wall_ms(task.due),
        wall_ms(task.changed) if over and task.changed is not None else None,
        task.proof or "",
    )
    connection.execute(
        "INSERT INTO home_task VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (source, item, opened_ms) DO UPDATE SET critical = excluded.critical, "
        "responsible = excluded.responsible, times = excluded.times, state = excluded.state, "
        "due_ms = excluded.due_ms, ended_ms = excluded.ended_ms, proof = excluded.proof "
        # What has ended stays so: a message that was overtaken on its way opens nothing.
        "WHERE home_task.ended_ms IS NULL",
        row,
    )
