"""Sensors' bytes of sixteen days, then true processes: the model's word, the list's, the desk's."""

from __future__ import annotations

import asyncio
import json
import zipfile
from typing import Any

import pytest

from edge.config.writing import toml
from edge.demo import scene
from edge.resources import resource
from edge.risk.daily.table import DAILY_CHANGE, FEATURES
from edge.risk.runtime import ModelProcess
from tests.e2e import days
from tests.e2e.world import World

pytestmark = pytest.mark.timeout(120)

# (visits to the toilet at night, walks by day): a week of fewer walks, at last hardly any sleep.
DAYS = ((1, 40),) * 9 + ((1, 12), (1, 12), (3, 12), (1, 12), (3, 12), (1, 12), (15, 12))


def settle(world: World) -> None:
    """A gateway with five sensors of movement, and what each of them stands for."""
    text = scene.gateway_settings(
        world.folder,
        world.broker.port,
        {"ble": {"backend": "off"}, "serial": [], "modbus": [], "device": []},
    )
    text += toml(days.settings_of(world.folder))
    world.settings.write_text(text, encoding="utf-8")


def kept(world: World) -> dict[str, Any]:
    """The newest word on the resident's days in the customer's own copy of the data."""
    path = world.folder / "home.zip"
    world.gateway("export", str(path), "--by", "relative.one")
    with zipfile.ZipFile(path) as found:
        rows = json.loads(found.read("assessments.json"))["tables"]["assessment"]
    words: list[dict[str, Any]] = [row["body"] for row in rows if row["hazard"] == "wellbeing"]
    return words[-1]


def test_a_night_on_the_feet_from_bytes_to_the_desk(own_world: World) -> None:
    """A true gateway goes on where the days ended, asks its model once, and tells the desk."""
    world = own_world
    settle(world)
    day = days.last_ended().isoformat()
    days.live(world.settings, DAYS)
    world.start_desk()
    world.start_gateway()
    entry = world.on_desk("behaviour_changed", within_s=60)
    assert (entry["priority"], entry["params"]["day"]) == ("normal", day)

    word = kept(world)
    assert word["id"] == entry["params"]["assessment"]
    assert (word["model"], word["abstained"], word["entry"]) == ("daily-change/1.0.0", None, "told")
    assert list(word["features"]) == [feature.name for feature in FEATURES]
    model = ModelProcess(resource("models"))
    (again,) = asyncio.run(model.assess(DAILY_CHANGE, [word["features"]]))
    assert again.index == word["index"]

    why = world.gateway("why", "wellbeing")
    assert (why["record"]["id"], why["again"]["verdict"]) == (word["id"], "same")
    assert world.gateway("why", entry["id"])["again"]["verdict"] == "same"

    status = world.gateway("status")
    assert status["levels"]["wellbeing"] == "grey"  # no model sets a level
    assert [alert["code"] for alert in status["open_alerts"]] == ["behaviour_changed"]
    assert "bathroom visits at night 15 (usually 1)" in world.gateway_says("status")

    score = world.gateway("checklist", "score", "fall")
    (proposed,), (question,) = score["suggested"], score["questions"]
    assert (proposed["item"], proposed["code"], proposed["value"]) == ("FA-10", "often", 3.0)
    assert (question["item"], question["code"]) == ("FA-17", "")
    assert "? FA-17 Mood: please ask" in world.gateway_says("checklist", "show", "fall")
    said = ("checklist", "ask", "fall", "--by", "anna", "--answer", "FA-10=rare")
    world.gateway(*said)
    assert "conflict, FA-10" in world.gateway_says("checklist", "show", "fall")
    assert "a device saw something and asks" in world.gateway_says("visit", "work")
