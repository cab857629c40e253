"""Messages of a made-up home, and a desk's database to put them into."""

from __future__ import annotations

import functools
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from desk import accounts
from desk.database import connect
from desk.intake import Taken, take
from desk.judge import judge
from edge.domain import Alert
from edge.uplink import envelope
from tests.uplink import samples
from tests.uplink.samples import NOW, ORIGIN, uid

AT_MS = NOW.wall_ms + 40
PASSWORD = "correct horse battery"


def fresh(directory: Path) -> sqlite3.Connection:
    """Return a connection to a new desk database in `directory`."""
    return connect(directory / "desk.db")


@functools.cache
def _hashed() -> str:
    """Return the hash of PASSWORD, made once: Argon2id is dear on purpose."""
    return accounts._hash(PASSWORD)


@functools.cache
def _cheaply_hashed() -> str:
    """The same with parameters that cost nothing; a stored hash names its own."""
    salt = b"sixteen bytes ok"
    encoded: str = Argon2id(
        salt=salt, length=32, iterations=1, lanes=1, memory_cost=64
    ).derive_phc_encoded(PASSWORD.encode())
    return encoded


def add_account(
    connection: sqlite3.Connection, name: str, role: str, *, cheap: bool = False
) -> None:
    """Give `name` an account with PASSWORD; `cheap` where what a guess costs is not the matter."""
    connection.execute(
        "INSERT INTO account (name, role, password, added_ms, added_by) "
        "VALUES (?, ?, ?, ?, 'os:test')",
        (name, role, _cheaply_hashed() if cheap else _hashed(), AT_MS),
    )


def alert_body(told: Alert, sequence: int, message: int | None = None) -> bytes:
    """Return an alert message with the id `message` (its sequence number by default)."""
    id_ = uid(sequence if message is None else message)
    entry = envelope.alert(ORIGIN, told, samples.TITLES, id=id_, sequence=sequence, at=NOW)
    return entry.body


def say(
    connection: sqlite3.Connection,
    *bodies: bytes,
    topic: str = "gw-0001/up/alert",
    at_ms: int = AT_MS,
    retained: bool = False,
) -> Taken:
    """Let messages arrive on a topic in one turn."""
    return take(connection, [judge(topic, body, retained=retained) for body in bodies], at_ms)


def write_config(directory: Path, port: int) -> Path:
    """Write a desk's settings for a broker on loopback."""
    path = directory / "desk.toml"
    path.write_text(
        f'[desk]\nid = "area-07"\nviews = "machine"\n[store]\npath = "{directory}/desk.db"\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\ntls = false\n',
        encoding="utf-8",
    )
    return path
