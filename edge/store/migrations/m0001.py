"""The first release: one home, its observations, alerts, messages and state."""

from __future__ import annotations

from edge.store.migrations.columns import instant

# Long bodies stand last: a column behind one is read through all of its overflow pages.
STATEMENTS = (
    f"""CREATE TABLE store (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    store_id TEXT NOT NULL,{instant("created", null="")}
) STRICT""",
    # first_*: the first moment of the boot with a trusted clock, otherwise its first moment
    """CREATE TABLE boot (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    first_boottime_ms INTEGER,
    first_wall_ms INTEGER,
    first_offset_min INTEGER,
    first_sync TEXT
) STRICT""",
    """CREATE TABLE home (key INTEGER PRIMARY KEY CHECK (key = 1), id TEXT NOT NULL) STRICT""",
    """CREATE TABLE room (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT""",
    """CREATE TABLE person (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT""",
    """CREATE TABLE device (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT""",
    f"""CREATE TABLE enrolment (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES device(key),
    driver TEXT NOT NULL,
    role TEXT NOT NULL,
    address TEXT NOT NULL,
    label TEXT NOT NULL,
    room INTEGER REFERENCES room(key),
    person INTEGER REFERENCES person(key),
    silent_after_s INTEGER NOT NULL,
    secret BLOB,{instant("enrolled")},{instant("removed", null="")}
) STRICT""",
    "CREATE UNIQUE INDEX enrolment_in_force ON enrolment(device) WHERE removed_boot IS NULL",
    f"""CREATE TABLE driver_state (
    device INTEGER PRIMARY KEY REFERENCES device(key),
    state BLOB NOT NULL,{instant("changed")}
) STRICT""",
    # unit and code as they were when observed: a later table of kinds changes no old row
    """CREATE TABLE kind (
    key INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    unit TEXT NOT NULL,
    code TEXT NOT NULL,
    UNIQUE (kind, unit, code)
) STRICT""",
    f"""CREATE TABLE observation (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    device INTEGER NOT NULL REFERENCES device(key),
    kind INTEGER NOT NULL REFERENCES kind(key),
    value ANY,
    is_bool INTEGER NOT NULL,
    quality TEXT NOT NULL,{instant("at")},
    device_time TEXT,
    device_seq INTEGER,
    room INTEGER REFERENCES room(key),
    person INTEGER REFERENCES person(key)
) STRICT""",
    "CREATE INDEX observation_by_wall ON observation(at_wall_ms) WHERE at_sync <> 'none'",
    """CREATE TABLE latest (
    device INTEGER NOT NULL REFERENCES device(key),
    kind INTEGER NOT NULL REFERENCES kind(key),
    observation INTEGER NOT NULL,
    PRIMARY KEY (device, kind)
) STRICT, WITHOUT ROWID""",
    f"""CREATE TABLE alert (
    id TEXT PRIMARY KEY,
    rev INTEGER NOT NULL,
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    priority TEXT NOT NULL,
    state TEXT NOT NULL,{instant("changed")},
    body TEXT NOT NULL
) STRICT""",
    "CREATE INDEX alert_open ON alert(id) WHERE state IN ('raised', 'acknowledged')",
    f"""CREATE TABLE alert_history (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    alert TEXT NOT NULL REFERENCES alert(id),
    rev INTEGER NOT NULL,{instant("changed")},
    body TEXT NOT NULL,
    UNIQUE (alert, rev)
) STRICT""",
    f"""CREATE TABLE assessment (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    hazard TEXT NOT NULL,
    level TEXT NOT NULL,{instant("at")},
    body TEXT NOT NULL
) STRICT""",
    f"""CREATE TABLE answer (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    checklist TEXT NOT NULL,
    item TEXT NOT NULL,
    code TEXT NOT NULL,
    state TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    role TEXT NOT NULL,
    source TEXT NOT NULL,{instant("at")},
    valid_until_ms INTEGER,
    note TEXT NOT NULL
) STRICT""",
    "CREATE INDEX answer_by_item ON answer(checklist, item)",
    f"""CREATE TABLE visit (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    role TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,{instant("told")}
) STRICT""",
    f"""CREATE TABLE stay (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    told_by TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER,{instant("told")}
) STRICT""",
    # rank: 0 critical, 1 high, 2 normal, 3 telemetry (the only one that may be dropped)
    f"""CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    class TEXT NOT NULL,
    priority TEXT,
    rank INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,{instant("stored")},{instant("received", null="")},
    body BLOB NOT NULL
) STRICT""",
    "CREATE INDEX outbox_owed ON outbox(rank, sequence) WHERE received_boot IS NULL",
    "CREATE INDEX outbox_received ON outbox(received_wall_ms) WHERE received_sync <> 'none'",
    f"""CREATE TABLE snapshot (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    observation INTEGER NOT NULL,
    home BLOB NOT NULL,{instant("at")}
) STRICT""",
    f"""CREATE TABLE shed (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    last_number INTEGER NOT NULL,{instant("first")},{instant("last")}
) STRICT""",
)
