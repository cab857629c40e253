"""Tasks with their history, notifications considered, the tenure; and what was told upstream."""

from __future__ import annotations

import sqlite3

import msgspec

from edge.domain import Considered, Instant, Task, Tenancy, Tenure
from edge.ports import Batch
from edge.store import rows
from edge.store.names import Names, instant_columns

_TASK = msgspec.json.Decoder(Task)
# Closures of a year of a home in which everything breaks twice.
HISTORY_MAX = 500


def write(connection: sqlite3.Connection, names: Names, batch: Batch) -> None:
    for task in batch.tasks:
        connection.execute(
            "INSERT INTO task VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(task.id, task.rev, task.state.value, *names.moment(task.changed)),
                rows.to_json(task),
            ),
        )
    for one in batch.considered:
        connection.execute(
            "INSERT INTO considered VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(one.checklist, one.item, int(one.notify), one.why, one.by, one.role),
                *names.moment(one.at),
            ),
        )
    for told in batch.tenancies:
        connection.execute(
            "INSERT INTO tenancy VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
            (told.tenure.value, told.by, *names.moment(batch.at)),
        )


def newest(connection: sqlite3.Connection, _: Names) -> dict[str, Task]:
    """The last revision of every task, in the order of their ids."""
    found = connection.execute(
        "SELECT body FROM task WHERE key IN (SELECT max(key) FROM task GROUP BY id) ORDER BY id"
    )
    tasks = [_TASK.decode(body) for (body,) in found]
    return {task.id: task for task in tasks}


def history(connection: sqlite3.Connection, _: Names, task: str) -> list[Task]:
    """The revisions of one task, the newest first."""
    found = connection.execute(
        "SELECT body FROM task WHERE id = ? ORDER BY key DESC LIMIT ?", (task, HISTORY_MAX)
    )
    return [_TASK.decode(body) for (body,) in found]


def considered(connection: sqlite3.Connection, names: Names) -> list[Considered]:
    """Every word on a notification, the oldest first; at most the newest HISTORY_MAX."""
    found = connection.execute(
        "SELECT checklist, item, notify, why, told_by, role, "  # noqa: S608 (constants)
        f"{instant_columns('told')} FROM considered ORDER BY key DESC LIMIT ?",
        (HISTORY_MAX,),
    ).fetchall()
    return [
        Considered(
            checklist=checklist,
            item=item,
            notify=bool(notify),
            why=why,
            by=by,
            role=role,
            at=names.instant(*at),
        )
        for checklist, item, notify, why, by, role, *at in reversed(found)
    ]


def tenure(connection: sqlite3.Connection, _: Names) -> Tenancy | None:
    """The last word on how the dwelling is held; None: nobody told."""
    row = connection.execute(
        "SELECT tenure, told_by FROM tenancy ORDER BY key DESC LIMIT 1"
    ).fetchone()
    return None if row is None else Tenancy(tenure=Tenure(row[0]), by=row[1])


def told(connection: sqlite3.Connection, names: Names) -> tuple[str, Instant] | None:
    """The digest of what the service was told last, and when."""
    row = connection.execute(
        f"SELECT digest, {instant_columns('told')} FROM work_told"  # noqa: S608 (constants)
    ).fetchone()
    return None if row is None else (row[0], names.instant(*row[1:]))


def keep_told(connection: sqlite3.Connection, names: Names, digest: str, at: Instant) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO work_told VALUES (1, ?, ?, ?, ?, ?, ?)", (digest, *names.moment(at))
    )
