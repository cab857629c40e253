"""Proofs at the desk: kept apart from alerts, and missed when none comes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from desk import intake, proofs, reads, replaced
from desk.cli import desk
from desk.homes import home_more
from edge.uplink import envelope
from edge.uplink.envelope import ProofPart
from tests.desk.helpers import AT_MS, fresh, say, write_config
from tests.uplink import samples
from tests.uplink.samples import NOW, ORIGIN, uid

HOUR = 3_600_000


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = fresh(tmp_path)
    yield connection
    connection.close()


def one(number: int = 1) -> bytes:
    told = envelope.path_test(uid(number), NOW, "daily")
    return envelope.alert(
        ORIGIN, told, samples.TITLES, id=uid(number), sequence=number, at=NOW
    ).body


def beat(state: str | None) -> bytes:
    part = None if state is None else ProofPart(state=state)  # type: ignore[arg-type]
    health = msgspec.structs.replace(samples.HEALTH, proof=part, last_message=1)
    return envelope.heartbeat(ORIGIN, health, id=uid(90), at=NOW)


def standing(database: sqlite3.Connection, at_ms: int) -> object:
    (row,) = proofs.all_of(database, at_ms)
    return row["state"]


def test_it_is_receipted_and_stands_on_no_list(database: sqlite3.Connection):
    """Committed and answered as an alert; no row among alerts, nobody asked, nothing shown."""
    taken = say(database, one())
    (answer,) = taken.answers
    assert (answer.of.id, answer.of.alert, answer.of.rev, answer.rejected) == (
        *(uid(1), uid(1), 1, None),
    )
    assert reads.alerts(database) == []
    assert database.execute("SELECT count(*) FROM asking").fetchone()[0] == 0
    assert [type(h).__name__ for h in taken.happened] == ["Presence"]
    say(database, one())  # the same again has no other effect
    (row,) = proofs.all_of(database, AT_MS + HOUR)
    assert (row["state"], row["age_s"], row["way_ms"]) == ("ok", 3600, 40)


def test_another_alert_in_its_words_is_an_alert(database: sqlite3.Connection):
    """A press with the code of a proof and no mark of a test is not put aside."""
    told = samples.smoke_alert(code="path_test", flags=())
    say(database, envelope.alert(ORIGIN, told, {}, id=uid(5), sequence=5, at=NOW).body)
    told = samples.smoke_alert(flags=("test",))
    told = msgspec.structs.replace(told, id=uid(0xB1))
    say(database, envelope.alert(ORIGIN, told, {}, id=uid(6), sequence=6, at=NOW).body)
    assert len(reads.alerts(database)) == 2


def test_none_for_26_hours_is_late(database: sqlite3.Connection):
    say(database, one())
    assert standing(database, AT_MS + 26 * HOUR) == "ok"
    assert standing(database, AT_MS + 26 * HOUR + 1) == "late"
    assert proofs.late(database, AT_MS + 27 * HOUR) == {"gw-0001"}
    (home,) = reads.homes(database, AT_MS + 27 * HOUR)
    assert "TEST ALERT LATE" in home_more(home, "en")
    replaced.record(database, "gw-0001", "gw-0002", AT_MS)
    assert standing(database, AT_MS + 27 * HOUR) == "replaced"


def test_what_the_home_says_counts_too(database: sqlite3.Connection):
    """An older release makes none; one that says late is late, one that is off is off."""
    seen = []
    for state in (None, "waiting", "late", "off"):
        say(database, beat(state), topic="gw-0001/up/hb")
        seen.append(standing(database, AT_MS))
    assert seen == ["none", "waiting", "late", "off"]


def test_one_that_came_under_a_clock_that_was_ahead_vouches_for_nothing(
    database: sqlite3.Connection,
):
    """The desk's clock was a week ahead and is right again: the home's last proof is the older."""
    say(database, one())
    say(database, one(2), at_ms=AT_MS + 7 * 24 * HOUR)
    found = [standing(database, AT_MS + hours * HOUR) for hours in (1, 27)]
    assert found == ["ok", "late"]


def test_the_table_is_pruned(database: sqlite3.Connection):
    say(database, one())
    intake.prune(database, AT_MS + 400 * 24 * HOUR)
    assert database.execute("SELECT count(*) FROM proof").fetchone()[0] == 1
    intake.prune(database, AT_MS + 400 * 24 * HOUR + 1)
    assert database.execute("SELECT count(*) FROM proof").fetchone()[0] == 0


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
def test_the_command_shows_them_and_its_exit_code_says_it(tmp_path: Path, lang: str):
    """NOW is in the past of the command's own clock: what came then is late today."""
    database = fresh(tmp_path)
    say(database, one())
    database.close()
    path = str(write_config(tmp_path, 1))
    done = CliRunner().invoke(desk, ["proofs", "--config", path, "--lang", lang])
    assert done.exit_code == 1
    assert done.output.startswith("gw-0001  ")
    done = CliRunner().invoke(desk, ["proofs", "--config", path, "--json"])
    assert json.loads(done.stdout)[0]["state"] == "late"
