"""Honest time of earlier boots, and what is proved daily: an alert's way, and no day with a gap."""

from __future__ import annotations

from edge.store.migrations.columns import instant

STATEMENTS = (
    # the last boottime that was stored in it; NULL while it runs. With it `after_wall_ms` is the
    # wall time before which its boottime 0 cannot have been, and `before_wall_ms` the one after
    # which this last boottime cannot have been
    "ALTER TABLE boot ADD COLUMN last_boottime_ms INTEGER",
    # why it was made: start, daily, asked, command; the release that made it; then milliseconds
    # since it was raised: stored, handed to the line, taken by the broker
    "ALTER TABLE proving ADD COLUMN cause TEXT NOT NULL DEFAULT 'daily'",
    "ALTER TABLE proving ADD COLUMN release TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE proving ADD COLUMN durable_ms INTEGER",
    "ALTER TABLE proving ADD COLUMN sent_ms INTEGER",
    "ALTER TABLE proving ADD COLUMN taken_ms INTEGER",
    # one stretch of the messages that this store has numbered, closed once a day. day: of UTC,
    # '' under an unset clock; ids: 16 bytes a number, NULL when all of it is settled; marks: one
    # sign a number; left_out: as it was told last; rev: 0 for not told yet
    f"""CREATE TABLE day_digest (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    first INTEGER NOT NULL UNIQUE,
    last INTEGER NOT NULL,
    day TEXT NOT NULL,
    rev INTEGER NOT NULL,
    marks TEXT NOT NULL,
    left_out TEXT NOT NULL,{instant("closed")},
    ids BLOB
) STRICT""",
)
