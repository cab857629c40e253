"""The way of an alert proved by public commands, and what the desk lost named by its number."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from edge.demo import scene
from tests.e2e.world import NURSE, World, eventually, kotivahti

pytestmark = pytest.mark.timeout(120)

# No radio and no line: what is proved here begins at the commit that raises alerts.
BARE: dict[str, Any] = {"ble": {"backend": "off"}, "serial": [], "modbus": [], "device": []}
STEPS = ("durable_ms", "sent_ms", "puback_ms", "received_ms")


def gaps(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(world.desk("gaps", "--json", check=False))
    return found


def test_the_way_is_proved_and_a_loss_at_the_desk_has_its_number(own_world: World) -> None:
    """By the installer, by a signed command; then rows vanish from the desk's database."""
    world = own_world
    known = kotivahti("desk", "command-key", str(world.folder / "key"), "--key", "area-07")
    world.start_desk()
    text = scene.gateway_settings(world.folder, world.broker.port, BARE)
    world.settings.write_text(f"{text}\n{known}", "utf-8")
    world.start_gateway()
    eventually("connected", lambda: world.gateway("status")["path"]["up"])
    found = world.gateway("test-alert")
    times = [found[step] for step in STEPS]
    assert times == sorted(times)
    status = world.gateway("status")["proof"]
    assert (status["state"], status["last"]["id"]) == ("ok", found["id"])
    told = world.desk(
        *("command", "gw-demo", "test_alert", "--key", "area-07", "--json"),
        *("--key-file", str(world.folder / "key"), "--as", NURSE),
        *("--password-file", str(scene.password_file(world.folder))),
    )
    assert set(STEPS) < set(json.loads(told)["result"])
    assert world.desk_alerts() == []
    (proof,) = json.loads(world.desk("proofs", "--json"))
    assert (proof["state"], proof["cause"]) == ("ok", "command")

    world.kill("desk")
    with closing(sqlite3.connect(world.folder / "desk.db")) as disk, disk:
        (lost,) = disk.execute("SELECT max(sequence) FROM message").fetchone()
        disk.execute("DELETE FROM message WHERE sequence = ?", (lost,))
    world.start_desk()
    world.gateway("test-alert")

    def missing() -> list[Any]:
        return [row["missing"] for row in gaps(world) if row["state"] == "missing"]

    assert eventually("the gap is shown", missing) == [[[lost, lost]]]
    assert [row["first"] for row in gaps(world) if row["state"] == "complete"] == [1]
