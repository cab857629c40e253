"""Signed commands by public commands: a desk asks, strangers and repeats are not obeyed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge.demo import scene
from tests.e2e.world import NURSE, World, eventually, kotivahti
from tests.support.mosquitto import mosquitto

pytestmark = pytest.mark.timeout(120)

BARE: dict[str, Any] = {"ble": {"backend": "off"}, "serial": [], "modbus": [], "device": []}
GATEWAY = "gw-demo"
TOPIC = f"kotivahti/v1/{GATEWAY}/down/cmd"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A box that knows the key of its desk."""
    with mosquitto(tmp_path) as broker:
        made = World(tmp_path, broker)
        known = kotivahti("desk", "command-key", str(tmp_path / "area-07.key"), "--key", "area-07")
        text = scene.gateway_settings(tmp_path, broker.port, BARE)
        made.settings.write_text(f"{text}\n{known}", encoding="utf-8")
        made.start_desk()
        made.start_gateway()
        eventually("connected", lambda: made.gateway("status")["path"]["up"])
        try:
            yield made
        finally:
            made.stop()


def command(world: World, name: str, *, check: bool = True) -> Any:
    told = world.desk(
        *("command", GATEWAY, name, "--key", "area-07", "--json"),
        *("--key-file", str(world.folder / "area-07.key")),
        *("--as", NURSE, "--password-file", str(scene.password_file(world.folder))),
        check=check,
    )
    return json.loads(told) if told else None


def test_a_desk_asks_and_is_answered(world: World):
    """Ping, status, what cannot be done now; each is obeyed once, and a changed one never."""
    caught: list[bytes] = []
    spy = paho.Client(CallbackAPIVersion.VERSION2)
    spy.on_message = lambda *told: caught.append(told[2].payload)
    spy.connect("127.0.0.1", world.broker.port)
    spy.subscribe(TOPIC)
    spy.loop_start()
    try:
        assert command(world, "ping")["verdict"] == "done"
        found = command(world, "status")
        assert found["result"]["software"] == "0.1.0"
        assert found["result"]["owed_alerts"] == 0
        refused = command(world, "profile_send", check=False)
        assert refused["verdict"] == "state"
        eventually("three commands were on the line", lambda: len(caught) == 3)

        def counted() -> dict[str, int]:
            return dict(world.gateway("status")["path"]["commands"]["refused"])

        spy.publish(TOPIC, caught[0], 1)
        eventually("the repeat is refused", lambda: counted().get("replay") == 1)
        world.kill("gateway")
        world.start_gateway()
        eventually("connected again", lambda: world.gateway("status")["path"]["up"])
        spy.publish(TOPIC, caught[0], 1)
        eventually("also after a restart", lambda: counted().get("replay") == 1)
        spy.publish(TOPIC, caught[0].replace(b'"ping"', b'"status"'), 1)
        spy.publish(TOPIC, b"x" * 5_000, 1)
        eventually("forged", lambda: counted().get("signature") == 1)
        eventually("oversized", lambda: counted().get("size") == 1)
        status = world.gateway("status")
        assert status["path"]["commands"]["done"] == 0
        assert NURSE not in world.log("gateway")
        assert "refused" not in world.log("desk")  # a reply is for who asked; the desk keeps none
    finally:
        spy.loop_stop()
        spy.disconnect()
