"""The alarm lane until a named person has it; honest time and coverage; who got what."""

from __future__ import annotations

from edge.store.migrations.columns import instant

STATEMENTS = (
    # who is asked, in which order; whole, each time it is told; the last one is in force
    f"""CREATE TABLE escalation_plan (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL,
    told_by TEXT NOT NULL,{instant("told")},
    body TEXT NOT NULL
) STRICT""",
    # one call to one recipient by the gateway itself; rev: the revision that opened the alert, or
    # opened it again; path: sms, held (told who took it), sounder, hook; state: owed,
    # sent, refused, answered, withdrawn;
    # code_hash: of the one-time reply code, NULL where none is given
    f"""CREATE TABLE page (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    alert TEXT NOT NULL,
    rev INTEGER NOT NULL,
    level INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    path TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    reason TEXT NOT NULL,
    code_hash BLOB,{instant("owed")},{instant("changed")},
    UNIQUE (alert, rev, level, turn, recipient, path)
) STRICT""",
    # commands from upstream, also the refused: a nonce is used once, whatever came of it
    f"""CREATE TABLE command (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    nonce TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    issuer TEXT NOT NULL,
    key_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,{instant("told")}
) STRICT""",
    # what went to whom: one row a message; of what goes often, one row a recipient, purpose and
    # local day. messages: handed over; received: of those, confirmed by the recipient's system
    f"""CREATE TABLE disclosure (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient TEXT NOT NULL,
    class TEXT NOT NULL,
    what TEXT NOT NULL,
    purpose TEXT NOT NULL,
    basis TEXT NOT NULL,
    path TEXT NOT NULL,
    ref TEXT NOT NULL,
    messages INTEGER NOT NULL,
    received INTEGER NOT NULL,{instant("first")},{instant("last")}
) STRICT""",
    "CREATE INDEX disclosure_by_ref ON disclosure(recipient, class, ref)",
    # the customer's switches: the last row of a recipient and class is in force
    f"""CREATE TABLE sending (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient TEXT NOT NULL,
    class TEXT NOT NULL,
    allowed INTEGER NOT NULL,
    told_by TEXT NOT NULL,{instant("told")}
) STRICT""",
    # could the question have been answered in this hour? hour_ms: of the wall clock, UTC; asked_s:
    # how long it was a question; reason: what stood in the way longest, '' for nothing
    """CREATE TABLE coverage_hour (
    hour_ms INTEGER NOT NULL,
    question TEXT NOT NULL,
    asked_s INTEGER NOT NULL,
    known_s INTEGER NOT NULL,
    reason TEXT NOT NULL,
    sync TEXT NOT NULL,
    PRIMARY KEY (hour_ms, question)
) STRICT, WITHOUT ROWID""",
    # the daily alert of our own, through every path and back
    f"""CREATE TABLE proving (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,{instant("raised")},{instant("received", null="")}
) STRICT""",
    # an earlier boot that never had a trusted clock was between these, in wall time
    "ALTER TABLE boot ADD COLUMN after_wall_ms INTEGER",
    "ALTER TABLE boot ADD COLUMN before_wall_ms INTEGER",
    # readings of which only this is left: from_ms of the wall clock, UTC; person 0: nobody was told
    """CREATE TABLE thinned (
    device INTEGER NOT NULL REFERENCES device(key),
    kind INTEGER NOT NULL REFERENCES kind(key),
    person INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    span_s INTEGER NOT NULL,
    count INTEGER NOT NULL,
    minimum REAL NOT NULL,
    maximum REAL NOT NULL,
    mean REAL NOT NULL,
    room INTEGER REFERENCES room(key),
    PRIMARY KEY (device, kind, person, from_ms)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX thinned_by_age ON thinned(span_s, from_ms)",
    # the last observation that was looked at
    """CREATE TABLE thinning (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    up_to INTEGER NOT NULL
) STRICT""",
    # a message that is refused again and again is parked, and no longer owed
    "ALTER TABLE outbox ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE outbox ADD COLUMN parked TEXT NOT NULL DEFAULT ''",
    # the line of the log that a message counts in, which may have gone before an unsent message
    "ALTER TABLE outbox ADD COLUMN disclosure INTEGER",
    "DROP INDEX outbox_owed",
    """CREATE INDEX outbox_owed ON outbox(rank, sequence)
    WHERE received_boot IS NULL AND parked = ''""",
    # what is owed is counted every half minute: without this each row of a month is read for it
    """CREATE INDEX outbox_counted ON outbox(rank, class, priority, length(body), sequence)
    WHERE received_boot IS NULL AND parked = ''""",
    "CREATE INDEX outbox_parked ON outbox(sequence) WHERE parked <> ''",
)
