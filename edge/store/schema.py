"""The schema by numbered migrations: transactional, forward only, never edited once released.

sqlite-utils' `Migrations` keeps the list of what was applied and upgrades older
databases. It costs 0.15 s and 10 MB to import (0.36 s and 20 MB when numpy is
installed), so a database that is up to date, or new, never needs it: both are
handled here by plain sqlite3, and the tests hold the two ways to the same result.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from edge.errors import StoreError, StoreTooNewError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database as Upgrade
    from sqlite_utils import Migrations

MIGRATION_SET = "kotivahti"


def _instant(prefix: str, *, null: str = "NOT NULL") -> str:
    """Give the five columns of an Instant; no table stores one of them without the others."""
    return f"""
    {prefix}_boot INTEGER {null} REFERENCES boot(key),
    {prefix}_boottime_ms INTEGER {null},
    {prefix}_wall_ms INTEGER {null},
    {prefix}_offset_min INTEGER {null},
    {prefix}_sync TEXT {null}"""


# Long bodies stand last: a column behind one is read through all of its overflow pages.
_M0001 = (
    f"""CREATE TABLE store (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    store_id TEXT NOT NULL,{_instant("created", null="")}
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
    secret BLOB,{_instant("enrolled")},{_instant("removed", null="")}
) STRICT""",
    "CREATE UNIQUE INDEX enrolment_in_force ON enrolment(device) WHERE removed_boot IS NULL",
    f"""CREATE TABLE driver_state (
    device INTEGER PRIMARY KEY REFERENCES device(key),
    state BLOB NOT NULL,{_instant("changed")}
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
    quality TEXT NOT NULL,{_instant("at")},
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
    state TEXT NOT NULL,{_instant("changed")},
    body TEXT NOT NULL
) STRICT""",
    "CREATE INDEX alert_open ON alert(id) WHERE state IN ('raised', 'acknowledged')",
    f"""CREATE TABLE alert_history (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    alert TEXT NOT NULL REFERENCES alert(id),
    rev INTEGER NOT NULL,{_instant("changed")},
    body TEXT NOT NULL,
    UNIQUE (alert, rev)
) STRICT""",
    f"""CREATE TABLE assessment (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    hazard TEXT NOT NULL,
    level TEXT NOT NULL,{_instant("at")},
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
    source TEXT NOT NULL,{_instant("at")},
    valid_until_ms INTEGER,
    note TEXT NOT NULL
) STRICT""",
    "CREATE INDEX answer_by_item ON answer(checklist, item)",
    f"""CREATE TABLE visit (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    role TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,{_instant("told")}
) STRICT""",
    f"""CREATE TABLE stay (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    told_by TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER,{_instant("told")}
) STRICT""",
    # rank: 0 critical, 1 high, 2 normal, 3 telemetry (the only one that may be dropped)
    f"""CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    class TEXT NOT NULL,
    priority TEXT,
    rank INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,{_instant("stored")},{_instant("received", null="")},
    body BLOB NOT NULL
) STRICT""",
    "CREATE INDEX outbox_owed ON outbox(rank, sequence) WHERE received_boot IS NULL",
    "CREATE INDEX outbox_received ON outbox(received_wall_ms) WHERE received_sync <> 'none'",
    f"""CREATE TABLE snapshot (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    observation INTEGER NOT NULL,
    home BLOB NOT NULL,{_instant("at")}
) STRICT""",
    f"""CREATE TABLE shed (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    first_number INTEGER NOT NULL,
    last_number INTEGER NOT NULL,{_instant("first")},{_instant("last")}
) STRICT""",
)

_M0002 = (
    "ALTER TABLE observation ADD COLUMN device_offset_s INTEGER",
    "ALTER TABLE enrolment ADD COLUMN wired INTEGER NOT NULL DEFAULT 0",
)

_M0003 = (
    # kind: resident, relative, worker, visitor, pet; label: words for people, may be empty
    f"""CREATE TABLE person_told (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    person INTEGER NOT NULL REFERENCES person(key),
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    told_by TEXT NOT NULL,{_instant("told")},
    ended_by TEXT,{_instant("ended", null="")}
) STRICT""",
    "CREATE UNIQUE INDEX person_in_force ON person_told(person) WHERE ended_boot IS NULL",
    # the rooms and how they hang together, whole, each time it is told; the last one is in force
    f"""CREATE TABLE plan (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    told_by TEXT NOT NULL,{_instant("told")},
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
    told_by TEXT NOT NULL,{_instant("told")},
    ended_by TEXT,{_instant("ended", null="")}
) STRICT""",
    "CREATE UNIQUE INDEX decision_in_force ON decision(question) WHERE ended_boot IS NULL",
    # NULL: every resident
    "ALTER TABLE stay ADD COLUMN person INTEGER REFERENCES person(key)",
    # the planner's own name of it, so that an import twice is one visit; '' when it has none
    "ALTER TABLE visit ADD COLUMN ref TEXT NOT NULL DEFAULT ''",
    f"""CREATE TABLE locator_fit (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    windows INTEGER NOT NULL,
    told_by TEXT NOT NULL,{_instant("fitted")},{_instant("ended", null="")},
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
    told_by TEXT NOT NULL,{_instant("told")},{_instant("changed")}
) STRICT""",
    # one fitting of the home by an installer; body: its steps as they stand, JSON
    f"""CREATE TABLE commissioning (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    reason TEXT NOT NULL,
    told_by TEXT NOT NULL,{_instant("begun")},{_instant("ended", null="")},
    body TEXT NOT NULL
) STRICT""",
    # who may read the home's profile (a public key: the recovery code is stored nowhere), and
    # what was sent of it last
    f"""CREATE TABLE profile (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    recipient BLOB NOT NULL,
    told_by TEXT NOT NULL,{_instant("told")},
    sent_digest TEXT NOT NULL DEFAULT '',
    sent_number INTEGER NOT NULL DEFAULT 0,{_instant("sent", null="")}
) STRICT""",
    # the stores that this one took over from; source: the site whose home it is
    f"""CREATE TABLE predecessor (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    store_id TEXT NOT NULL,
    last_message INTEGER NOT NULL,
    carried INTEGER NOT NULL,
    source TEXT NOT NULL,
    told_by TEXT NOT NULL,{_instant("taken")}
) STRICT""",
)

_M0004 = (
    # what an installer walked for the room locator, stay by stay; a fit is made from them
    f"""CREATE TABLE locator_walk (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    room INTEGER NOT NULL REFERENCES room(key),
    session TEXT NOT NULL,
    windows INTEGER NOT NULL,
    told_by TEXT NOT NULL,{_instant("walked")},
    body BLOB NOT NULL
) STRICT""",
)

# Name -> statements, in the order in which they are applied. Append only.
MIGRATIONS: dict[str, tuple[str, ...]] = {
    "m0001_start": _M0001,
    "m0002_device_layer": _M0002,
    "m0003_home": _M0003,
    "m0004_locator_walk": _M0004,
}

# What sqlite-utils 4.2 itself makes for its list of applied migrations.
_APPLIED_TABLE = (
    """CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
)""",
    """CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name")""",
)


def version(connection: sqlite3.Connection) -> int:
    """Count the migrations that this database has had."""
    return len(_applied(connection))


def migrate(connection: sqlite3.Connection, path: Path) -> list[str]:
    """Bring the schema up to this release; returns the names of the migrations applied now.

    Raises StoreTooNewError when a newer release wrote the file and StoreError when another
    program did; both leave it unchanged.
    """
    applied = expect_known(connection, path)
    pending = [name for name in MIGRATIONS if name not in applied]
    if _is_new(connection):
        _create(connection)
    elif not applied:
        raise StoreError(f"{path}: holds tables of another program; name a file of our own")
    elif pending:
        _upgrade(connection)
    return pending


def expect_known(connection: sqlite3.Connection, path: Path) -> list[str]:
    """The migrations that this database has had; raises StoreTooNewError for one unknown here."""
    applied = _applied(connection)
    unknown = [name for name in applied if name not in MIGRATIONS]
    if unknown:
        raise StoreTooNewError(
            f"{path}: schema has {unknown[0]!r}, which this release does not know (it knows "
            f"up to {list(MIGRATIONS)[-1]!r}); start the newer release that wrote it"
        )
    return applied


def _applied(connection: sqlite3.Connection) -> list[str]:
    if not _has_table(connection, "_sqlite_migrations"):
        return []
    rows = connection.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY id", (MIGRATION_SET,)
    )
    return [name for (name,) in rows.fetchall()]


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    found = connection.execute(
        "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (name,)
    )
    return found.fetchone() is not None


def _is_new(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None


def _create(connection: sqlite3.Connection) -> None:
    """Make an empty file in one transaction into what all the migrations would make of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _APPLIED_TABLE:
            connection.execute(statement)
        for name, statements in MIGRATIONS.items():
            for statement in statements:
                connection.execute(statement)
            connection.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
                "VALUES (?, ?, strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'))",
                (MIGRATION_SET, name),
            )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _upgrade(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database as Upgrade  # noqa: PLC0415 (only when a migration is due)

    # Neither plug-ins nor triggers of ours exist; both would change the connection.
    database = Upgrade(connection, recursive_triggers=False, execute_plugins=False)
    as_sqlite_utils().apply(database)


def as_sqlite_utils() -> Migrations:
    """Give the list of migrations in the form that sqlite-utils applies."""
    from sqlite_utils import Migrations  # noqa: PLC0415 (only when a migration is due)

    migrations = Migrations(MIGRATION_SET)
    for name, statements in MIGRATIONS.items():
        migrations(name=name)(_step(statements))
    return migrations


def _step(statements: tuple[str, ...]) -> Callable[[Upgrade], None]:
    def step(db: Upgrade) -> None:
        for statement in statements:
            db.execute(statement)

    return step
