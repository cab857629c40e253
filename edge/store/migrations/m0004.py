"""What was walked for the room locator."""

from __future__ import annotations

from edge.store.migrations.columns import instant

STATEMENTS = (
    # what an installer walked for the room locator, stay by stay; a fit is made from them
    f"""CREATE TABLE locator_walk (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    room INTEGER NOT NULL REFERENCES room(key),
    session TEXT NOT NULL,
    windows INTEGER NOT NULL,
    told_by TEXT NOT NULL,{instant("walked")},
    body BLOB NOT NULL
) STRICT""",
)
