"""Limits that a nurse has set for readings of a person."""

from __future__ import annotations

from edge.store.migrations.columns import instant

STATEMENTS = (
    # low, high: NULL for no limit on that side; confirm_s: 0 for the first reading counts;
    # scale_2: NEWS2 reads this person's oxygen saturation by its second scale
    f"""CREATE TABLE vital_limit (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL REFERENCES person(key),
    kind TEXT NOT NULL,
    low REAL,
    high REAL,
    priority TEXT NOT NULL,
    confirm_s INTEGER NOT NULL,
    scale_2 INTEGER NOT NULL,
    set_by TEXT NOT NULL,
    role TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    told_by TEXT NOT NULL,{instant("told")},
    ended_by TEXT,{instant("ended", null="")}
) STRICT""",
    """CREATE UNIQUE INDEX vital_limit_in_force ON vital_limit(person, kind)
    WHERE ended_boot IS NULL""",
)
