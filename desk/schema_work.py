"""What the homes tell of their next visits: the newest list of each, and tasks that ended."""

from __future__ import annotations

WORK = (
    # the newest list of a gateway, with what it is sorted and filtered by; times UTC ms
    """CREATE TABLE home_work (
    source TEXT PRIMARY KEY,
    store_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    client TEXT NOT NULL,
    site TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    visit_ms INTEGER,
    due_ms INTEGER,
    open_tasks INTEGER NOT NULL,
    open_critical INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID""",
    # each time a task was opened: one row, from its beginning to its end; for figures
    """CREATE TABLE home_task (
    source TEXT NOT NULL,
    item TEXT NOT NULL,
    opened_ms INTEGER NOT NULL,
    client TEXT NOT NULL,
    checklist TEXT NOT NULL,
    critical INTEGER NOT NULL,
    responsible TEXT NOT NULL,
    times INTEGER NOT NULL,
    state TEXT NOT NULL,
    due_ms INTEGER,
    ended_ms INTEGER,
    proof TEXT NOT NULL,
    PRIMARY KEY (source, item, opened_ms)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX home_task_ended ON home_task (ended_ms)",
)
