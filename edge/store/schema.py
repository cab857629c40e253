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
from edge.locale.refusing import worded
from edge.store.migrations import MIGRATIONS as MIGRATIONS  # noqa: PLC0414 (also for who migrates)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database as Upgrade
    from sqlite_utils import Migrations

MIGRATION_SET = "kotivahti"


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
        raise worded(StoreError, "other_program", file=str(path))
    elif pending:
        _upgrade(connection)
    return pending


def expect_known(connection: sqlite3.Connection, path: Path) -> list[str]:
    """The migrations that this database has had; raises StoreTooNewError for one unknown here."""
    applied = _applied(connection)
    unknown = [name for name in applied if name not in MIGRATIONS]
    if unknown:
        known = list(MIGRATIONS)[-1]
        raise worded(StoreTooNewError, "too_new", file=str(path), name=unknown[0], known=known)
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
