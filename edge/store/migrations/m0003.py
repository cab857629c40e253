"""The home as an installer fits it: persons, plan, decisions, claim, fitting, profile."""

from __future__ import annotations

from edge.store.migrations.columns import instant

STATEMENTS = (
    # kind: resident, relative, worker, visitor, pet; label: words for people, may be empty
    f"""CREATE TABLE person_told (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL REFERENCES person(key),
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    told_by TEXT NOT NULL,{instant("told")},
    ended_by TEXT,{instant("ended", null="")}
) STRICT""",
    "CREATE UNIQUE INDEX person_in_force ON person_told(person) WHERE ended_boot IS NULL",
    # the rooms and how they hang together, whole, each time it is told; the last one is in force
    f"""CREATE TABLE plan (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    told_by TEXT NOT NULL,{instant("told")},
    body TEXT NOT NULL
) STRICT""",
    # question: location, wandering, night_doors, sleep
    f"""CREATE TABLE decision (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    question TEXT NOT NULL,
    basis TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    role TEXT NOT NULL,
    review_by TEXT NOT NULL,
    told_by TEXT NOT NULL,{instant("told")},
    ended_by TEXT,{instant("ended", null="")}
) STRICT""",
    "CREATE UNIQUE INDEX decision_in_force ON decision(question) WHERE ended_boot IS NULL",
    # NULL: every resident
    "ALTER TABLE stay ADD COLUMN person INTEGER REFERENCES person(key)",
    # the planner's own name of it, so that an import twice is one visit; '' when it has none
    "ALTER TABLE visit ADD COLUMN ref TEXT NOT NULL DEFAULT ''",
    f"""CREATE TABLE locator_fit (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    windows INTEGER NOT NULL,
    told_by TEXT NOT NULL,{instant("fitted")},{instant("ended", null="")},
    body BLOB NOT NULL
) STRICT""",
    # whose box this is, as the desk said: state is waiting, answered, confirmed, refused, mismatch
    f"""CREATE TABLE claim (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    typed_address TEXT NOT NULL,
    customer TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    reason TEXT NOT NULL,
    told_by TEXT NOT NULL,{instant("told")},{instant("changed")}
) STRICT""",
    # one fitting of the home by an installer; body: its steps as they stand, JSON
    f"""CREATE TABLE commissioning (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    reason TEXT NOT NULL,
    told_by TEXT NOT NULL,{instant("begun")},{instant("ended", null="")},
    body TEXT NOT NULL
) STRICT""",
    # who may read the home's profile (a public key: the recovery code is stored nowhere), and
    # what was sent of it last
    f"""CREATE TABLE profile (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    recipient BLOB NOT NULL,
    told_by TEXT NOT NULL,{instant("told")},
    sent_digest TEXT NOT NULL DEFAULT '',
    sent_number INTEGER NOT NULL DEFAULT 0,{instant("sent", null="")}
) STRICT""",
    # the stores that this one took over from; source: the site whose home it is
    f"""CREATE TABLE predecessor (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    store_id TEXT NOT NULL,
    last_message INTEGER NOT NULL,
    carried INTEGER NOT NULL,
    source TEXT NOT NULL,
    told_by TEXT NOT NULL,{instant("taken")}
) STRICT""",
)
