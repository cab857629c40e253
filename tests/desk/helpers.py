"""Messages of a made-up home, and a desk's database to put them into."""

from __future__ import annotations

import functools
import sqlite3
from pathlib import Path

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


def add_account(connection: sqlite3.Connection, name: str, role: str) -> None:
    """Give `name` an account with PASSWORD."""
    connection.execute(
        "INSERT INTO account (name, role, password, added_ms, added_by) "
        "VALUES (?, ?, ?, ?, 'os:test')",
        (name, role, _hashed(), AT_MS),
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
