"""Tables of the figures by area: a part of a migration of the desk."""

from __future__ import annotations

KPI = (
    # that persons assessed a home, a row a hazard and day; level: what came of it
    """CREATE TABLE assessed (
    source TEXT NOT NULL,
    client TEXT NOT NULL,
    hazard TEXT NOT NULL,
    day TEXT NOT NULL,
    level TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (source, hazard, day)
) STRICT, WITHOUT ROWID""",
    # figures that other systems count; the last one told of a period is in force
    """CREATE TABLE imported_figure (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    period TEXT NOT NULL,
    figure TEXT NOT NULL,
    value REAL NOT NULL,
    said_by TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX imported_figure_period ON imported_figure (period, figure, key)",
)
