"""Tables of how customers see their life, of their plans, segments and case managers."""

from __future__ import annotations

LIFE = (
    # one talk by a form; terms: on what terms the form was in use then, as the settings said
    """CREATE TABLE life_round (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    form TEXT NOT NULL,
    terms TEXT NOT NULL,
    day TEXT NOT NULL,
    again TEXT,
    made_ms INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    withdrawn_ms INTEGER,
    withdrawn_by TEXT,
    withdrawn_why TEXT NOT NULL DEFAULT ''
) STRICT""",
    "CREATE INDEX life_round_customer ON life_round (customer, key)",
    # theme: 1 to 10 as the form numbers them; 0 to 10 in each view, NULL where not answered
    """CREATE TABLE life_answer (
    round INTEGER NOT NULL,
    theme INTEGER NOT NULL CHECK (theme BETWEEN 1 AND 10),
    satisfaction INTEGER CHECK (satisfaction BETWEEN 0 AND 10),
    importance INTEGER CHECK (importance BETWEEN 0 AND 10),
    goal INTEGER CHECK (goal BETWEEN 0 AND 10),
    PRIMARY KEY (round, theme)
) STRICT, WITHOUT ROWID""",
    # every word on an item of the plan; item: the key of the first one, the last one is in force
    """CREATE TABLE life_plan (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    item INTEGER NOT NULL,
    customer TEXT NOT NULL,
    theme TEXT NOT NULL,
    goal TEXT NOT NULL,
    action TEXT NOT NULL,
    responsible TEXT NOT NULL,
    follow_up TEXT,
    outcome TEXT,
    note TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX life_plan_customer ON life_plan (customer, item, key)",
    # the last one told is in force
    """CREATE TABLE life_segment (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 3),
    reasons TEXT NOT NULL,
    every_days INTEGER NOT NULL,
    receiver TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX life_segment_customer ON life_segment (customer, key)",
    """CREATE TABLE life_manager (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    account TEXT NOT NULL,
    until TEXT,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL,
    ended_by TEXT,
    ended_ms INTEGER
) STRICT""",
    "CREATE INDEX life_manager_customer ON life_manager (customer, key)",
    # kind: contact (a worker was in touch), hospital (home again, as a person told), closed
    """CREATE TABLE life_contact (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    kind TEXT NOT NULL,
    note TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX life_contact_customer ON life_contact (customer, key)",
)
