"""What the rules were told, so that a decision can be made again; drift of the models."""

from __future__ import annotations

from edge.store.migrations.columns import instant

STATEMENTS = (
    # one event of the rules that is no observation; after: the last observation told before it;
    # body: JSON. What is kept in a table of its own (a result of a model) is named there only
    f"""CREATE TABLE event (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    after INTEGER NOT NULL,{instant("at")},
    body TEXT NOT NULL
) STRICT""",
    # the whole state once a day and at each start, with all up to that event and observation in it
    f"""CREATE TABLE checkpoint (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    event INTEGER NOT NULL,
    observation INTEGER NOT NULL,{instant("at")},
    home BLOB NOT NULL
) STRICT""",
    # how far what a model is told, and what it says, has moved from its training; one row a week
    # and model. body: JSON, PSI by feature and the sums of the mean
    f"""CREATE TABLE drift (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    model TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    state TEXT NOT NULL,{instant("judged")},
    body TEXT NOT NULL,
    UNIQUE (model, last_day)
) STRICT""",
)
