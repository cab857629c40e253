"""The desk's tables by numbered migrations: transactional, forward only, never edited.

Accounts stand in the first one: there never was a desk without them.
"""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from desk.schema_kpi import KPI
from desk.schema_life import LIFE
from desk.schema_notify import NOTIFY
from desk.schema_proof import PROOF
from desk.schema_region import PERSONS, SILENCES
from desk.schema_work import WORK
from edge.errors import StoreError, StoreTooNewError
from edge.locale.refusing import worded

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database, Migrations

MIGRATION_SET = "kotivahti-desk"

_M0001 = (
    """CREATE TABLE account (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    added_ms INTEGER NOT NULL,
    added_by TEXT NOT NULL
) STRICT""",
    # also for names that nobody has: a lock-out must not tell which names exist
    """CREATE TABLE login (
    name TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL
) STRICT""",
    # transport dedupe: the same bytes may come any number of times
    """CREATE TABLE message (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    store_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID""",
    "CREATE INDEX message_received ON message (received_ms)",
    """CREATE TABLE stretch (
    source TEXT NOT NULL,
    store_id TEXT NOT NULL,
    highest INTEGER NOT NULL,
    told INTEGER NOT NULL,
    PRIMARY KEY (source, store_id)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE gap (
    source TEXT NOT NULL,
    store_id TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (source, store_id, first)
) STRICT, WITHOUT ROWID""",
    # the newest revision; a gateway can only speak about its own alerts
    """CREATE TABLE alert (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    code TEXT NOT NULL,
    priority TEXT NOT NULL,
    state TEXT NOT NULL,
    escalation INTEGER NOT NULL,
    client TEXT NOT NULL,
    site TEXT NOT NULL,
    account TEXT,
    role TEXT,
    next_by TEXT,
    outcome TEXT,
    late INTEGER NOT NULL,
    raised_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    revised_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (source, id)
) STRICT""",
    "CREATE INDEX alert_state ON alert (state, raised_ms)",
    """CREATE TABLE alert_revision (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (source, id, rev)
) STRICT""",
    """CREATE TABLE decision (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    alert TEXT NOT NULL,
    message_id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    escalation INTEGER NOT NULL,
    holder TEXT,
    next_by TEXT,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL,
    eta_s INTEGER,
    outcome TEXT,
    made_ms INTEGER NOT NULL,
    offset_min INTEGER NOT NULL,
    state TEXT NOT NULL,
    settled_ms INTEGER
) STRICT""",
    "CREATE INDEX decision_state ON decision (state, made_ms)",
    "CREATE INDEX decision_alert ON decision (source, alert)",
    """CREATE TABLE access (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    client TEXT NOT NULL
) STRICT""",
    """CREATE TABLE gateway (
    id TEXT PRIMARY KEY,
    client TEXT NOT NULL,
    site TEXT NOT NULL,
    online INTEGER NOT NULL,
    boot TEXT NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    heartbeat BLOB
) STRICT""",
    """CREATE TABLE observations (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    store_id TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (source, id)
) STRICT""",
    "CREATE INDEX observations_received ON observations (received_ms)",
    """CREATE TABLE device (
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    state TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (source, id)
) STRICT""",
    """CREATE TABLE refusal (
    gateway TEXT NOT NULL,
    reason TEXT NOT NULL,
    count INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    PRIMARY KEY (gateway, reason)
) STRICT""",
)

_M0002 = (
    """CREATE TABLE customer (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    added_ms INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT""",
    # one for all codes of this desk, because a code is looked up by its hash
    """CREATE TABLE claim_salt (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    salt BLOB NOT NULL
) STRICT""",
    "INSERT INTO claim_salt VALUES (1, randomblob(16))",
    """CREATE TABLE claim_code (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    customer TEXT NOT NULL,
    replaces TEXT,
    issued_ms INTEGER NOT NULL,
    issued_by TEXT NOT NULL,
    expires_ms INTEGER NOT NULL,
    used_ms INTEGER,
    used_by TEXT,
    request TEXT
) STRICT""",
    """CREATE TABLE claim_try (
    gateway TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL
) STRICT""",
    # state: answered, refused; then confirmed, mismatch, withdrawn by the home
    """CREATE TABLE claim (
    gateway TEXT NOT NULL,
    request TEXT NOT NULL,
    kind TEXT NOT NULL,
    customer TEXT,
    replaces TEXT,
    typed_address TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    seen_ms INTEGER,
    settled_ms INTEGER,
    restored_ms INTEGER,
    PRIMARY KEY (gateway, request)
) STRICT""",
    "CREATE INDEX claim_customer ON claim (customer, made_ms)",
    """CREATE TABLE successor (
    gateway TEXT PRIMARY KEY,
    successor TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT""",
    # sealed: the desk has no key to it
    """CREATE TABLE profile (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    store_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    complete_ms INTEGER,
    UNIQUE (gateway, store_id, number, digest)
) STRICT""",
    """CREATE TABLE profile_part (
    profile INTEGER NOT NULL,
    part INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (profile, part)
) STRICT""",
)

_M0003 = (
    # who is asked about the alerts of a home; the last one told is in force
    """CREATE TABLE escalation_plan (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    digest TEXT NOT NULL,
    told_by TEXT NOT NULL,
    told_ms INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT""",
    "CREATE INDEX escalation_plan_gateway ON escalation_plan (gateway, key)",
    # rev: the revision that opened the alert, or opened it again
    """CREATE TABLE asking (
    source TEXT NOT NULL,
    alert TEXT NOT NULL,
    rev INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    level INTEGER NOT NULL,
    reached_ms INTEGER,
    next_ms INTEGER,
    PRIMARY KEY (source, alert)
) STRICT, WITHOUT ROWID""",
    """CREATE TABLE asked (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    alert TEXT NOT NULL,
    rev INTEGER NOT NULL,
    level INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    asked_ms INTEGER NOT NULL,
    UNIQUE (source, alert, rev, level, turn, recipient)
) STRICT""",
    # was the alert of use? 0, 1, or NULL where nobody said
    "ALTER TABLE decision ADD COLUMN useful INTEGER",
)

_M0004 = (
    # what a customer asked of the service, and what was done; erased, kept: counts by table, JSON
    """CREATE TABLE request (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    client TEXT NOT NULL,
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    class TEXT NOT NULL,
    allowed INTEGER,
    received_ms INTEGER NOT NULL,
    erased TEXT NOT NULL,
    kept TEXT NOT NULL,
    answered_ms INTEGER,
    answered_by TEXT NOT NULL DEFAULT ''
) STRICT""",
    "CREATE INDEX request_gateway ON request (gateway, key)",
)

_M0005 = (
    *PROOF,
    *SILENCES,
    *PERSONS,
)

_M0006 = (*WORK, *LIFE, *KPI, *NOTIFY)


MIGRATIONS: dict[str, tuple[str, ...]] = {
    "m0001_first_schema": _M0001,
    "m0002_customers": _M0002,
    "m0003_escalation": _M0003,
    "m0004_requests": _M0004,
    "m0005_region_and_proof": _M0005,
    "m0006_care": _M0006,
}


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the schema up to this release, one process at a time.

    Raises StoreTooNewError when a newer release wrote the file and StoreError
    when another program did; both leave it unchanged.
    """
    if _pending(connection, path):
        with path.with_name(path.name + "-migrate").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _pending(connection, path):
                _apply(connection)


def _pending(connection: sqlite3.Connection, path: Path) -> list[str]:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    applied: list[str] = []
    if "_sqlite_migrations" in tables:
        rows = connection.execute(
            "SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (MIGRATION_SET,)
        )
        applied = [name for (name,) in rows]
    elif tables:
        raise worded(StoreError, "other_program", file=str(path))
    if unknown := [name for name in applied if name not in MIGRATIONS]:
        raise worded(StoreTooNewError, "desk_too_new", file=str(path), name=unknown[0])
    return [name for name in MIGRATIONS if name not in applied]


def _apply(connection: sqlite3.Connection) -> None:
    # 0.2 s of import that a database which is up to date does without.
    from sqlite_utils import Database  # noqa: PLC0415

    as_sqlite_utils().apply(Database(connection, recursive_triggers=False, execute_plugins=False))


def as_sqlite_utils() -> Migrations:
    """The list of migrations in the form that sqlite-utils applies."""
    from sqlite_utils import Migrations  # noqa: PLC0415 - see _apply

    migrations = Migrations(MIGRATION_SET)
    for name, statements in MIGRATIONS.items():
        migrations(name=name)(_step(statements))
    return migrations


def _step(statements: tuple[str, ...]) -> Callable[[Database], None]:
    def step(db: Database) -> None:
        for statement in statements:
            db.execute(statement)

    return step
