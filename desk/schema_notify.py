"""Tables of notifications to authorities and of what a rescue crew needs: one desk migration.

Nothing of a notification is ever deleted: drafts, what was considered and why, and every revision
are statutory records of the controller. What was written in a step cannot be changed either.
"""

from __future__ import annotations

_NEVER_CHANGED = ("notification_revision", "notification_step", "considered")


def _kept(table: str) -> tuple[str, str]:
    return (
        f"""CREATE TRIGGER {table}_never_changed BEFORE UPDATE ON {table}
BEGIN SELECT raise(ABORT, 'a record of a notification is never changed'); END""",
        f"""CREATE TRIGGER {table}_never_deleted BEFORE DELETE ON {table}
BEGIN SELECT raise(ABORT, 'a record of a notification is kept for ever'); END""",
    )


NOTIFY = (
    # origin: prompt (a red level asked for it) or worker; findings: JSON list of "FS-02:dead".
    # decide_ms: by when a person decides on what was prompted; NULL when a worker drafted it
    """CREATE TABLE notification (
    id TEXT PRIMARY KEY,
    customer TEXT NOT NULL,
    gateway TEXT NOT NULL,
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    alert TEXT,
    level TEXT NOT NULL,
    findings TEXT NOT NULL,
    worse TEXT NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    released INTEGER,
    made_ms INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    decide_ms INTEGER,
    decided_ms INTEGER,
    deputy TEXT,
    deputy_ms INTEGER
) STRICT""",
    "CREATE INDEX notification_customer ON notification (customer, kind, made_ms)",
    "CREATE INDEX notification_open ON notification (state, decide_ms)",
    """CREATE TRIGGER notification_never_deleted BEFORE DELETE ON notification
BEGIN SELECT raise(ABORT, 'a notification is kept for ever'); END""",
    # what each revision said; the body is JSON
    """CREATE TABLE notification_revision (
    notification TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body BLOB NOT NULL,
    made_ms INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (notification, revision)
) STRICT, WITHOUT ROWID""",
    # what was done with it, by whom; facts: JSON of the step (channel, hash, receiver, why)
    """CREATE TABLE notification_step (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    notification TEXT NOT NULL,
    revision INTEGER NOT NULL,
    step TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    facts TEXT NOT NULL
) STRICT""",
    "CREATE INDEX notification_step_of ON notification_step (notification, key)",
    # the page as it was released; sealed with the desk's key where it shows a door code, and then
    # it has a nonce
    """CREATE TABLE notification_paper (
    notification TEXT NOT NULL,
    revision INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    pdf BLOB NOT NULL,
    access BLOB,
    nonce BLOB,
    PRIMARY KEY (notification, revision)
) STRICT, WITHOUT ROWID""",
    # somebody thought of it and said yes or no, and why; without a draft notification is NULL
    """CREATE TABLE considered (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    notification TEXT,
    customer TEXT NOT NULL,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    findings TEXT NOT NULL,
    decision TEXT NOT NULL,
    why TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX considered_customer ON considered (customer, kind, at_ms)",
    # door codes and keys, sealed; the newest is in force
    """CREATE TABLE home_access (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    sealed BLOB NOT NULL,
    nonce BLOB NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX home_access_customer ON home_access (customer, key)",
    # building, way in, shut-offs, persons, contacts: JSON of edge.domain.rescue.Rescue
    """CREATE TABLE home_fact (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    body TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL
) STRICT""",
    "CREATE INDEX home_fact_customer ON home_fact (customer, key)",
    *(statement for table in _NEVER_CHANGED for statement in _kept(table)),
)
