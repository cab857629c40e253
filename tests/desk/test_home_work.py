"""The newest work list of each home at the desk, and what became of its tasks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk import home_work
from edge.domain import Tenure
from tests.desk.helpers import AT_MS, fresh, say
from tests.uplink import samples
from tests.uplink.samples import uid

TOPIC = "gw-0001/up/work"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = fresh(tmp_path)
    yield connection
    connection.close()


def test_the_newest_of_a_home_takes_the_place_of_the_others(database: sqlite3.Connection):
    """One row a home; one that was overtaken on its way changes nothing."""
    newer = samples.work_list(Tenure.RENTED, 52)
    older = samples.work_list(Tenure.APARTMENT, 51)
    taken = say(database, newer.body, older.body, newer.body, topic=TOPIC)
    assert [answer.rejected for answer in taken.answers] == [None] * 3
    (found,) = home_work.newest(database)
    assert (found.client, found.data.tenure) == ("c-0188", "rented")
    assert found.data.findings[0].item == "FS-02"
    row = database.execute("SELECT * FROM home_work").fetchone()
    assert (row["open_tasks"], row["open_critical"], row["received_ms"]) == (1, 1, AT_MS)
    assert found.due_ms == samples.NOW.wall_ms + 2 * 86_400_000
    assert home_work.newest(database, "urn:kotivahti:gateway:gw-0002") == []


def test_a_task_that_ended_is_kept_with_its_times(database: sqlite3.Connection):
    """From open to closed by who answers for it; a late message opens nothing again."""
    entry = samples.work_list()
    say(database, entry.body, topic=TOPIC)
    message = json.loads(entry.body)
    message["sequence"], message["id"] = f"{50:016d}", uid(99)
    for task in message["data"]["tasks"]:
        task["state"] = "requested"
    say(database, json.dumps(message).encode(), topic=TOPIC)
    rows = {r["item"]: dict(r) for r in database.execute("SELECT * FROM home_task")}
    assert (rows["FS-11"]["state"], rows["FS-11"]["proof"]) == ("completed", "seen")
    assert rows["FS-11"]["ended_ms"] - rows["FS-11"]["opened_ms"] == 10 * 86_400_000
    assert (rows["FS-02"]["ended_ms"], rows["FS-02"]["responsible"]) == (None, "building_owner")


def test_a_work_list_of_another_gateway_is_refused(database: sqlite3.Connection):
    """A box speaks of its own home alone."""
    taken = say(database, samples.work_list().body, topic="gw-0002/up/work")
    assert "source" in str(taken.answers[0].rejected)
    assert home_work.newest(database) == []


def test_an_assessment_is_counted_once_a_day_and_hazard(database: sqlite3.Connection):
    """However often it is told; for the figures by area."""
    say(database, samples.work_list(Tenure.RENTED, 52).body, topic=TOPIC)
    say(database, samples.work_list(Tenure.APARTMENT, 53).body, topic=TOPIC)
    (row,) = database.execute("SELECT * FROM assessed").fetchall()
    assert (row["client"], row["hazard"], row["level"]) == ("c-0188", "fire", "red")
    assert row["at_ms"] == samples.NOW.wall_ms
    assert row["day"] == "2026-03-02"
    (found,) = home_work.newest(database)
    assert found.data.worn_percent == 82
