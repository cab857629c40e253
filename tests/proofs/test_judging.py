"""The judge of the line's proofs sees what is lost, doubled, backwards, owed, and never shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from desk.happened import AlertShown
from desk.lines import Lines
from edge.uplink.envelope import parse_alert
from proofs.line_world.judging import Revision, Verdict, verdict
from tests.desk.helpers import AT_MS, alert_body
from tests.uplink.samples import smoke_alert, uid

FIRST, OTHER = uid(0xA1), uid(0xA2)


def judged(
    folder: Path,
    stored: Iterable[Revision],
    received: Iterable[Revision],
    shown: Iterable[Revision],
    owed: int = 0,
) -> Verdict:
    home, desk = folder / "home.db", folder / "desk.db"
    with closing(sqlite3.connect(home)) as connection, connection:
        connection.execute("CREATE TABLE alert_history (alert TEXT, rev INTEGER)")
        connection.executemany("INSERT INTO alert_history VALUES (?, ?)", stored)
        connection.execute("CREATE TABLE outbox (received_boot TEXT)")
        connection.executemany("INSERT INTO outbox VALUES (?)", [(None,)] * owed)
    with closing(sqlite3.connect(desk)) as connection, connection:
        connection.execute("CREATE TABLE alert_revision (id TEXT, rev INTEGER)")
        connection.executemany("INSERT INTO alert_revision VALUES (?, ?)", received)
        connection.execute("CREATE TABLE gap (first INTEGER, last INTEGER)")
    return verdict(home, desk, "\n".join(_line(alert, rev) for alert, rev in shown))


def _line(alert: str, rev: int) -> str:
    """As the desk shows it."""
    shown = AlertShown(
        at_ms=AT_MS + 12,
        gateway="gw-0001",
        envelope=parse_alert(alert_body(smoke_alert(rev, id=alert), rev), "gw-0001"),
        raised_ms=AT_MS,
        changed_ms=AT_MS,
        late=False,
        received_ms=AT_MS,
    )
    return Lines("en", "Europe/Helsinki").line(shown)


BOTH = [(FIRST, 1), (FIRST, 2), (OTHER, 1)]


def test_nothing_is_wrong_with_what_arrived_once(tmp_path: Path):
    """A revision that a newer one overtook is received, and shown by nobody."""
    said = judged(tmp_path, BOTH, BOTH, [(FIRST, 2), (OTHER, 1)])
    assert (said.lost, said.doubled, said.backwards, said.unshown, said.owed) == (0, 0, 0, 0, 0)
    assert said.late_ms == [12, 12]


@pytest.mark.parametrize(
    "received, shown, owed, wrong",
    [
        (BOTH[:2], BOTH[:2], 0, "lost"),
        (BOTH, [*BOTH, (OTHER, 1)], 0, "doubled"),
        (BOTH, [(FIRST, 2), (FIRST, 1), (OTHER, 1)], 0, "backwards"),
        (BOTH, BOTH[:2], 0, "unshown"),
        (BOTH, BOTH, 1, "owed"),
    ],
)
def test_each_fault_is_seen(
    tmp_path: Path, received: list[Revision], shown: list[Revision], owed: int, wrong: str
):
    """One fault at a time, and no other is seen in its place."""
    said = judged(tmp_path, BOTH, received, shown, owed)
    names = ("lost", "doubled", "backwards", "unshown", "owed")
    assert [name for name in names if getattr(said, name)] == [wrong]
