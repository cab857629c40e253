"""Personal accounts: made, proved, locked."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk import accounts
from desk.accounts import AccountError, AuthenticationError
from edge.domain import Actor
from tests.desk.helpers import AT_MS, PASSWORD, add_account, fresh

# Argon2id is dear on purpose; the machine of a test runs others too.
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A desk with one account."""
    connection = fresh(tmp_path)
    add_account(connection, "anna", "nurse")
    yield connection
    connection.close()


def test_the_right_password_gives_name_and_role(database: sqlite3.Connection):
    """A decision stands on who this is."""
    actor = accounts.authenticate(database, "anna", PASSWORD, at_ms=AT_MS)
    assert actor == Actor(account="anna", role="nurse")


def test_passwords_are_kept_as_argon2id_with_named_parameters(database: sqlite3.Connection):
    """RFC 9106, second recommended option: 64 MiB, 3 passes, 4 lanes, own salt."""
    (kept,) = database.execute("SELECT password FROM account").fetchone()
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in kept
    accounts.add(database, "ben", "nurse", PASSWORD, by="os:test", at_ms=AT_MS)
    (other,) = database.execute("SELECT password FROM account WHERE name = 'ben'").fetchone()
    assert other != kept


def test_five_wrong_ones_lock_for_a_quarter_of_an_hour(database: sqlite3.Connection):
    """Also the right password does not help then, and afterwards it does."""
    for _ in range(5):
        with pytest.raises(AuthenticationError):
            accounts.authenticate(database, "anna", "wrong", at_ms=AT_MS)
    with pytest.raises(AuthenticationError):
        accounts.authenticate(database, "anna", PASSWORD, at_ms=AT_MS + 899_999)
    accounts.authenticate(database, "anna", PASSWORD, at_ms=AT_MS + 900_001)


def test_four_wrong_ones_do_not_lock_and_a_right_one_forgets_them(database: sqlite3.Connection):
    """Typing errors of a week do not add up."""
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(AuthenticationError):
                accounts.authenticate(database, "anna", "wrong", at_ms=AT_MS)
        accounts.authenticate(database, "anna", PASSWORD, at_ms=AT_MS)


def test_an_unknown_name_is_told_from_a_wrong_password_by_nothing(database: sqlite3.Connection):
    """Same text, same lock-out, about the same time."""
    texts, times = set(), []
    for name in ("anna", "nobody"):
        began = time.perf_counter()
        with pytest.raises(AuthenticationError) as caught:
            accounts.authenticate(database, name, "wrong", at_ms=AT_MS)
        times.append(time.perf_counter() - began)
        texts.add(str(caught.value))
        for _ in range(4):
            with pytest.raises(AuthenticationError):
                accounts.authenticate(database, name, "wrong", at_ms=AT_MS)
    assert len(texts) == 1
    assert min(times) > max(times) / 10
    locked = database.execute("SELECT count(*) FROM login WHERE locked_until_ms > 0").fetchone()
    assert locked[0] == 2


def test_failures_of_unknown_names_have_a_bound(
    database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
):
    """Guessing names does not fill the disk."""
    monkeypatch.setattr(accounts, "LOGIN_ROWS_MAX", 3)
    monkeypatch.setattr(accounts, "_verify", lambda _password, _encoded: False)
    for n in range(6):
        with pytest.raises(AuthenticationError):
            accounts.authenticate(database, f"name-{n}", "wrong", at_ms=AT_MS + n)
    assert database.execute("SELECT count(*) FROM login").fetchone()[0] == 3


def test_a_composed_and_a_decomposed_letter_are_one_password(database: sqlite3.Connection):
    """Keyboards differ in how they make an "ä"."""
    accounts.add(database, "maija", "nurse", "p\u00e4iv\u00e4kirja-12", by="os:t", at_ms=AT_MS)
    decomposed = "pa\u0308iva\u0308kirja-12"
    assert accounts.authenticate(database, "maija", decomposed, at_ms=AT_MS).account == "maija"


@pytest.mark.parametrize(
    "name, role, password, says",
    [
        ("Anna", "nurse", PASSWORD, "lower-case"),
        ("a", "nurse", PASSWORD, "2 to 40"),
        ("ben; --", "nurse", PASSWORD, "lower-case"),
        ("ben", "king", PASSWORD, "not a role"),
        ("ben", "nurse", "short", "12 to 256"),
        ("ben", "nurse", "x" * 257, "12 to 256"),
        ("anna", "nurse", PASSWORD, "exists already"),
    ],
)
def test_what_cannot_be_an_account_is_refused_with_the_mend(
    database: sqlite3.Connection, name: str, role: str, password: str, says: str
):
    """The text says what to do instead."""
    with pytest.raises(AccountError, match=says):
        accounts.add(database, name, role, password, by="os:test", at_ms=AT_MS)
