"""The room locator from device bytes: decided, walked, fitted, asked; by public commands alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.config.writing import toml
from edge.demo.scene import gateway_settings
from tests.e2e.world import World, eventually, kotivahti
from tests.support.mosquitto import mosquitto

# Five rooms are walked in real time.
pytestmark = pytest.mark.slow

DWELLING = Path(__file__).with_name("rooms.toml")
ROOMS = ("bathroom", "bedroom", "hallway", "kitchen", "living")
WALK_S = "30"
# What is promised after somebody is in another room, and a look of ours that comes late.
LAG_S, LOOK_S = 15.0, 5.0
# The machine may have other work.
WITHIN_S = 60.0


class Flat(World):
    """A flat with walls, a receiver in each room, and a tag on somebody who walks."""

    def start(self) -> None:
        self.start_home("--home", str(DWELLING), "--broker", f"127.0.0.1:{self.broker.port}")
        found = json.loads((self.folder / "home" / "sim.json").read_text())
        ingest = found["ingest"]
        text = gateway_settings(self.folder, self.broker.port, found)
        text += "\n" + toml({"ingest.satellite": ingest.pop("satellite"), "ingest": ingest})
        self.settings.write_text(text, encoding="utf-8")
        plan = self.folder / "plan.toml"
        plan.write_text(toml({"room": found["room"]}), encoding="utf-8")
        self.start_gateway()
        self.happen("on", "all")
        eventually("all receivers hear", self.receivers_up, WITHIN_S)

    def receivers_up(self) -> bool:
        return all(row["up"] for row in self.locator("show")["receivers"])

    def locator(self, *command: str) -> Any:
        """`kotivahti locator ...`, and the last row of what it says."""
        said = kotivahti(
            "locator", *command, "--config", str(self.settings), "--json", timeout_s=WITHIN_S
        )
        if said.startswith("{\n"):
            return json.loads(said)
        return json.loads(said.splitlines()[-1])

    def place(self) -> str | None:
        now = [row for row in self.locator("show")["now"] if row["device"] == "tag-1"]
        return now[0]["place"] if now else None

    def repeated(self, rev: int) -> dict[str, Any] | None:
        """The one alert, once it was revised."""
        (alert,) = self.gateway("alerts")
        return alert if alert["rev"] > rev else None

    def kinds(self) -> set[str]:
        return {row["kind"] for row in self.gateway("device", "show", "tag-1")["readings"]}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Flat]:
    with mosquitto(tmp_path) as broker:
        one = Flat(tmp_path, broker)
        try:
            one.start()
            yield one
        finally:
            one.stop()


@pytest.mark.timeout(400)
def test_a_home_is_walked_fitted_and_followed(home: Flat) -> None:
    """Nothing before the decision; then the room, 15 s after the wearer is in it; then nothing."""
    home.happen("press", "help-button")  # commits what the tag said, too
    eventually("the tag is stored", lambda: "beacon" in home.kinds(), 90)
    assert home.gateway("status")["locator"]["on"] is False
    assert home.kinds().isdisjoint({"location", "location_confidence"})
    assert home.locator("show")["now"] == []
    refused = kotivahti("locator", "walk", "kitchen", "--config", str(home.settings), check=False)
    assert refused == ""

    by = ("--by", "kalle")
    home.gateway("person", "add", "resident-1", "--kind", "resident", *by)
    home.gateway("room", "import", str(home.folder / "plan.toml"), *by)
    home.gateway(
        *("decision", "add", "location", "--basis", "service decision 2026-02-01"),
        *("--decided-by", "anna", "--role", "coordinator", "--review-by", _next_year()),
    )
    eventually("near, at home or unknown", lambda: home.place() in {"near", "home"}, WITHIN_S)

    said: dict[str, Any] = {}
    for room in ROOMS:
        home.happen("stand", room)
        said = home.locator("walk", room, "--tag", "tag-1", "--seconds", WALK_S, *by)
        assert said["kept"] is True, said
    assert said["left_out"] == []
    fitted = home.locator("fit", *by)
    assert fitted["fit"]["rooms"] == list(ROOMS)
    assert len(fitted["fit"]["receivers"]) == len(ROOMS)

    home.happen("walk", "living")
    eventually("the wearer is there", lambda: home.happen("where") == "ok living", WITHIN_S)
    there_s = time.monotonic()
    eventually("it says so", lambda: home.place() == "living", LAG_S + LOOK_S)
    assert time.monotonic() - there_s < LAG_S + LOOK_S
    found = home.locator("check", "--tag", "tag-1", "--expect", "living", "--seconds", "30")
    assert found["place"] == "living"
    assert found["by_level"]["living"] == max(found["by_level"].values())

    eventually("followed again", lambda: home.place() == "living", WITHIN_S)
    (before,) = home.gateway("alerts")
    assert "last_room" not in before["params"]
    home.happen("press", "help-button")
    alert = eventually("pressed again", lambda: home.repeated(before["rev"]), WITHIN_S)
    assert alert["params"]["last_room"] == "living"
    assert "living" not in json.dumps(home.gateway("status")["locator"])
    assert "dBm" not in home.log("gateway")

    home.gateway("decision", "withdraw", "location", *by)
    eventually("off again", lambda: home.locator("show")["now"] == [], WITHIN_S)
    assert home.gateway("status")["locator"]["on"] is False


def _next_year() -> str:
    return time.strftime("%Y-%m-%d", time.localtime(time.time() + 300 * 86_400))
