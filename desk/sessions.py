"""Log-ins of named persons: begun with a password, ended by time, by leaving or by a new one."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3

from desk.database import transaction
from edge.domain import Actor

TOKEN_BYTES = 32
# Somebody who went for coffee: a screen left alone is nobody's within a quarter of an hour
# (OWASP ASVS 4.0 §3.3.2 asks 15 to 30 minutes where health data is shown).
IDLE_MS = 15 * 60_000
# A long shift; the next one logs in with a name of its own.
WHOLE_MS = 12 * 3_600_000
# A person at some machines; the oldest log-in goes first.
SESSIONS_MAX = 8


def begin(connection: sqlite3.Connection, actor: Actor, at_ms: int) -> str:
    """Log in `actor`, who has just been authenticated; the token, which the desk does not keep."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction(connection):
        _forget(connection, at_ms)
        connection.execute(
            "INSERT INTO session VALUES (?, ?, ?, ?)", (_hash(token), actor.account, at_ms, at_ms)
        )
        connection.execute(
            "DELETE FROM session WHERE account = ? AND token NOT IN (SELECT token FROM session "
            "WHERE account = ? ORDER BY used_ms DESC, token LIMIT ?)",
            (actor.account, actor.account, SESSIONS_MAX),
        )
    return token


def actor_of(connection: sqlite3.Connection, token: str, at_ms: int) -> Actor | None:
    """Whose log-in this is, with the role they have now; None when it is over."""
    with transaction(connection):
        _forget(connection, at_ms)
        row = connection.execute(
            "SELECT account, role FROM session JOIN account ON account.name = session.account "
            "WHERE token = ? AND ended_ms IS NULL",
            (_hash(token),),
        ).fetchone()
        if row is None:
            return None
        connection.execute("UPDATE session SET used_ms = ? WHERE token = ?", (at_ms, _hash(token)))
    return Actor(account=row["account"], role=row["role"])


def end(connection: sqlite3.Connection, token: str) -> None:
    """Log out; a token that is no log-in is as well."""
    connection.execute("DELETE FROM session WHERE token = ?", (_hash(token),))


def end_all(connection: sqlite3.Connection, account: str) -> None:
    """A new password, a new role or an account that ends: everybody logs in anew."""
    connection.execute("DELETE FROM session WHERE account = ?", (account,))


def _forget(connection: sqlite3.Connection, at_ms: int) -> None:
    # A clock set back makes no log-in longer than it may be: what began later is over too.
    connection.execute(
        "DELETE FROM session WHERE used_ms <= ? OR began_ms <= ? OR used_ms > ?",
        (at_ms - IDLE_MS, at_ms - WHOLE_MS, at_ms + IDLE_MS),
    )


def _hash(token: str) -> bytes:
    """Who reads the database cannot log in with what stands there; a token is no password to
    guess, so that a fast hash will do.
    """
    return hashlib.sha256(token.encode()).digest()
