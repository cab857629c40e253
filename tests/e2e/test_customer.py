"""What belongs to the customer, over real processes: who got what, what is switched off, erased."""

from __future__ import annotations

import json
import signal
import sqlite3
import zipfile
from contextlib import closing
from typing import Any

import pytest

from tests.e2e.world import World, eventually

pytestmark = pytest.mark.timeout(150)

BY = ("--by", "relative.one")


def lines(world: World, cls: str) -> list[dict[str, Any]]:
    found = world.gateway("disclosures")["disclosures"]
    return [row for row in found if row["class"] == cls]


def readings_at_the_desk(world: World) -> int:
    with closing(sqlite3.connect(world.folder / "desk.db")) as connection:
        (found,) = connection.execute("SELECT count(*) FROM observations").fetchone()
    return int(found)


def test_the_customer_sees_switches_takes_and_erases(own_world: World):
    """From frames: log with receipts, a file of all, readings off, a request that the desk does."""
    world = own_world
    world.start_desk()
    world.start_home()
    world.start_gateway()
    world.happen("press", "help-button")
    world.on_desk("help_button")
    (alert,) = eventually(
        "the receipt is in the log",
        lambda: [r for r in lines(world, "alert") if r["what"] == "help_button" and r["received"]],
    )
    assert (alert["recipient"], alert["basis"], alert["messages"]) == ("service", "agreement", 1)
    eventually("heartbeats are in the log", lambda: lines(world, "heartbeat"))
    eventually("readings are at the desk", lambda: readings_at_the_desk(world), 75)
    (sent,) = lines(world, "readings")
    assert sent["purpose"] == "upkeep of the devices"
    assert set(sent["what"]) <= {"battery", "battery_low"}

    path = world.folder / "all.zip"
    world.gateway("export", str(path), *BY)
    with zipfile.ZipFile(path) as archive:
        told = json.loads(archive.read("alerts.json"))["tables"]["alert_history"]
    assert [row["body"]["code"] for row in told].count("help_button") >= 1

    world.gateway("sending", "off", "service", "readings", *BY)
    eventually("the desk knows", lambda: "readings" in world.desk("request", "list"))

    world.gateway("erase", "--request", *BY)
    requests = eventually(
        "the desk erased",
        lambda: [
            row for row in json.loads(world.desk("request", "list", "--json"))
            if row["kind"] == "erase"
        ],
    )  # fmt: skip
    assert requests[0]["erased"]["observations"] >= 1
    assert requests[0]["kept"]["alert"] >= 1
    assert readings_at_the_desk(world) == 0
    assert any(row["code"] == "help_button" for row in world.desk_alerts())
    eventually("the receipt is in the log", lambda: all_received(world))

    world.kill("gateway", signal.SIGTERM)
    done = world.gateway("erase", "--home", "--yes", "--even-unsent")
    assert (done["request"], done["rows"]["alert_history"] >= 1) == ("received", True)


def all_received(world: World) -> bool:
    rows = lines(world, "request")
    return bool(rows) and all(row["messages"] == row["received"] for row in rows)
