"""Personal accounts: who may decide, how that is proved, and what a guess costs."""

from __future__ import annotations

import re
import secrets
import sqlite3
import unicodedata

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from desk import sessions
from desk.database import transaction
from desk.rights import ROLES
from edge.domain import Actor
from edge.errors import EdgeError
from edge.locale.refusing import given, worded
from edge.locale.refusing import listed as listed_names

# Argon2id by RFC 9106 §4, second recommended option: for machines that cannot give 2 GiB to
# every log-in. 64 MiB make a guess on a graphics card as dear as on a desk computer.
ARGON2_MEMORY_KIB = 64 * 1024
ARGON2_PASSES = 3
ARGON2_LANES = 4
ARGON2_SALT_BYTES = 16
ARGON2_TAG_BYTES = 32

# NIST SP 800-63B asks 8 at least; without a second factor, half as much again.
PASSWORD_CHARS_MIN = 12
# Longer ones are a pasted document; hashing must not be a way to keep the desk busy.
PASSWORD_CHARS_MAX = 256

# Five wrong passwords, then a quarter of an hour: 480 guesses a day at most.
FAILURES_MAX = 5
LOCKED_MS = 15 * 60_000
# Failures of names that nobody has are kept too; the oldest go first.
LOGIN_ROWS_MAX = 1_000

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")


class AuthenticationError(EdgeError):
    """Wrong name, wrong password or locked: the text is the same for all three."""


class AccountError(EdgeError):
    """The account cannot be made as asked; the text says why."""


def add(
    connection: sqlite3.Connection, name: str, role: str, password: str, *, by: str, at_ms: int
) -> None:
    """Make an account; raises AccountError. `by` is who did it, from the operating system."""
    if not _NAME.fullmatch(name):
        raise worded(AccountError, "account_name", name=given(name))
    _check_role(role)
    _check_password(password)
    try:
        connection.execute(
            "INSERT INTO account (name, role, password, added_ms, added_by) VALUES (?, ?, ?, ?, ?)",
            (name, role, _hash(password), at_ms, by),
        )
    except sqlite3.IntegrityError as error:
        raise worded(AccountError, "account_there", name=name) from error


def listed(connection: sqlite3.Connection) -> list[dict[str, object]]:
    """Every account without its password."""
    rows = connection.execute(
        "SELECT name, role, added_ms, added_by, changed_ms, changed_by, ended_ms FROM account "
        "ORDER BY name"
    )
    return [dict(row) for row in rows]


def change_password(
    connection: sqlite3.Connection, name: str, password: str, *, by: str, at_ms: int
) -> None:
    """Set a new password; raises AccountError. Every log-in ends, and a lock-out too."""
    _check_password(password)
    encoded = _hash(password)
    with transaction(connection):
        _changed(connection, name, "password = ?", encoded, by=by, at_ms=at_ms)
        connection.execute("DELETE FROM login WHERE name = ?", (name,))


def change_role(
    connection: sqlite3.Connection, name: str, role: str, *, by: str, at_ms: int
) -> None:
    """Give an account another role from now on; raises AccountError."""
    _check_role(role)
    with transaction(connection):
        _changed(connection, name, "role = ?", role, by=by, at_ms=at_ms)


def end(connection: sqlite3.Connection, name: str, *, by: str, at_ms: int) -> None:
    """Nobody logs in by this account any more; what they decided keeps their name."""
    with transaction(connection):
        _changed(connection, name, "ended_ms = ?", at_ms, by=by, at_ms=at_ms)


def _changed(
    connection: sqlite3.Connection,
    name: str,
    what: str,
    value: str | int,
    *,
    by: str,
    at_ms: int,
) -> None:
    done = connection.execute(
        f"UPDATE account SET {what}, changed_ms = ?, changed_by = ? "  # noqa: S608 - our own words
        "WHERE name = ? AND ended_ms IS NULL",
        (value, at_ms, by, name),
    )
    if done.rowcount != 1:
        raise worded(AccountError, "no_account", name=given(name))
    sessions.end_all(connection, name)


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise worded(AccountError, "no_account_role", name=given(role), there=listed_names(ROLES))


def _check_password(password: str) -> None:
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        most = PASSWORD_CHARS_MAX
        raise worded(AccountError, "password_length", least=PASSWORD_CHARS_MIN, most=most)


def authenticate(connection: sqlite3.Connection, name: str, password: str, *, at_ms: int) -> Actor:
    """Who this is; raises AuthenticationError. Costs the same whether the name exists or not."""
    row = connection.execute(
        "SELECT role, password FROM account WHERE name = ? AND ended_ms IS NULL", (name,)
    ).fetchone()
    right = _verify(password, _NOBODY if row is None else row["password"])
    with transaction(connection):
        # Judged after the hash and in one transaction: guesses in parallel count one by one.
        if _locked(connection, name, at_ms) or not right or row is None:
            _note_failure(connection, name, at_ms)
            failed = True
        else:
            connection.execute("DELETE FROM login WHERE name = ?", (name,))
            failed = False
    if failed or row is None:
        minutes = LOCKED_MS // 60_000
        raise worded(AuthenticationError, "login_failed", minutes=minutes, most=FAILURES_MAX)
    return Actor(account=name, role=row["role"])


def _locked(connection: sqlite3.Connection, name: str, at_ms: int) -> bool:
    row = connection.execute("SELECT locked_until_ms FROM login WHERE name = ?", (name,)).fetchone()
    # A clock set back must not lock anybody out for longer than the lock-out.
    return row is not None and 0 < row["locked_until_ms"] - at_ms <= LOCKED_MS


def _note_failure(connection: sqlite3.Connection, name: str, at_ms: int) -> None:
    if _locked(connection, name, at_ms):
        return
    connection.execute(
        "INSERT INTO login (name, failures, last_ms, locked_until_ms) VALUES (?, 1, ?, 0) "
        "ON CONFLICT (name) DO UPDATE SET failures = failures + 1, last_ms = excluded.last_ms",
        (name[:PASSWORD_CHARS_MAX], at_ms),
    )
    connection.execute(
        "UPDATE login SET failures = 0, locked_until_ms = ? WHERE name = ? AND failures >= ?",
        (at_ms + LOCKED_MS, name, FAILURES_MAX),
    )
    connection.execute(
        "DELETE FROM login WHERE name NOT IN "
        "(SELECT name FROM login ORDER BY last_ms DESC LIMIT ?)",
        (LOGIN_ROWS_MAX,),
    )


def _kdf(salt: bytes) -> Argon2id:
    return Argon2id(
        salt=salt,
        length=ARGON2_TAG_BYTES,
        iterations=ARGON2_PASSES,
        lanes=ARGON2_LANES,
        memory_cost=ARGON2_MEMORY_KIB,
    )


def _bytes(password: str) -> bytes:
    """The same bytes whichever way a keyboard composes an "ä" (NIST SP 800-63B: NFKC)."""
    return unicodedata.normalize("NFKC", password).encode()


def _hash(password: str) -> str:
    """The password in PHC format, which names its own parameters."""
    salt = secrets.token_bytes(ARGON2_SALT_BYTES)
    encoded: str = _kdf(salt).derive_phc_encoded(_bytes(password))
    return encoded


def _verify(password: str, encoded: str) -> bool:
    if len(password) > PASSWORD_CHARS_MAX:
        password = ""
    try:
        Argon2id.verify_phc_encoded(_bytes(password), encoded)
    except InvalidKey:
        return False
    return True


# What an unknown name is compared with: as dear as any other, and nobody's password.
_NOBODY = (
    f"$argon2id$v=19$m={ARGON2_MEMORY_KIB},t={ARGON2_PASSES},p={ARGON2_LANES}"
    "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)
