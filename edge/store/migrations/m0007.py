"""Tasks with their history, notifications considered, the tenure, and what was told of them."""

from __future__ import annotations

from edge.store.migrations.columns import instant

STATEMENTS = (
    # every revision of a task; body: the whole of it as JSON
    f"""CREATE TABLE task (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    state TEXT NOT NULL,{instant("changed")},
    body TEXT NOT NULL
) STRICT""",
    "CREATE INDEX task_id ON task (id, key)",
    # that a notification (Rescue Act, 42 §) was considered: kept for ever
    f"""CREATE TABLE considered (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    checklist TEXT NOT NULL,
    item TEXT NOT NULL,
    notify INTEGER NOT NULL,
    why TEXT NOT NULL,
    told_by TEXT NOT NULL,
    role TEXT NOT NULL,{instant("told")}
) STRICT""",
    # how the dwelling is held; the last one told is in force
    f"""CREATE TABLE tenancy (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    tenure TEXT NOT NULL,
    told_by TEXT NOT NULL,{instant("told")}
) STRICT""",
    # what the service was told last of the next visit's work
    f"""CREATE TABLE work_told (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    digest TEXT NOT NULL,{instant("told")}
) STRICT""",
)
