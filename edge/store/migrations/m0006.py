"""Honest time: how long an earlier boot ran, so that what it never dated can be placed."""

from __future__ import annotations

STATEMENTS = (
    # the last boottime that was stored in it; NULL while it runs. With it `after_wall_ms` is the
    # wall time before which its boottime 0 cannot have been, and `before_wall_ms` the one after
    # which this last boottime cannot have been
    "ALTER TABLE boot ADD COLUMN last_boottime_ms INTEGER",
)
