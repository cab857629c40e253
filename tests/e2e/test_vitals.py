"""A cuff's bytes against a nurse's limit: an alert at the desk without the value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.demo import scene
from edge.settings import parse_toml
from tests.e2e.world import World, kotivahti
from tests.support.mosquitto import mosquitto

pytestmark = pytest.mark.timeout(120)

LIMIT = ("blood_pressure_systolic", "--person", "r-1", "--high", "170", "--priority", "high")
NURSE = ("--set-by", "nurse.one", "--role", "nurse", "--valid-until")


class Followed(World):
    """The cuff is the resident's, and the settings let readings be held against limits."""

    def start_home(self, *options: str) -> None:
        super().start_home(*options)
        found = json.loads((self.folder / "home" / "sim.json").read_text())
        for row in found["device"]:
            if row["id"] == "bp-1":
                row["person"] = "r-1"
        text = scene.gateway_settings(self.folder, self.broker.port, found)
        self.settings.write_text(text + "\n[rules]\nvitals = true\n", encoding="utf-8")
        assert parse_toml(text, "test")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Followed]:
    with mosquitto(tmp_path) as broker:
        one = Followed(tmp_path, broker)
        try:
            one.start_desk()
            one.start_home()
            one.start_gateway()
            yield one
        finally:
            one.stop()


def test_a_reading_beyond_a_limit_reaches_the_desk_without_its_value(home: Followed) -> None:
    """Decision, limit, measurement, alert; shown at home alone; off again by one word."""
    until = _in_half_a_year(home)
    home.gateway("person", "add", "r-1", "--kind", "resident", "--by", "nurse.one")
    refused = ("decision", "add", "vitals", "--basis", "plan", "--decided-by", "coordinator.one")
    text = kotivahti(
        *(*refused, "--role", "coordinator", "--review-by", until),
        *("--config", str(home.settings)),
        check=False,
    )
    assert text == ""
    home.gateway(
        *("decision", "add", "vitals", "--basis", "care plan", "--decided-by", "nurse.one"),
        *("--role", "nurse", "--review-by", until),
    )
    said = home.gateway_says("vitals", "limits", "set", *LIMIT, "--confirm-min", "0", *NURSE, until)
    assert "Intended purpose: home-safety observation" in said
    home.happen("measure", "bp-1", "181", "95", "71")
    alert = home.on_desk("vital_limit")
    assert (alert["priority"], alert["params"]["resident"]) == ("high", "r-1")
    assert "value" not in alert["evidence"][0]
    (row,) = home.gateway("vitals", "limits", "show")["limits"]
    assert (row["beyond"]["value"], row["beyond"]["confirmed"]) == (181.0, True)
    found = home.gateway("vitals", "news2", "--person", "r-1", "--air")
    assert (found["name"], found["total"]) == ("partial_news2", None)
    assert found["points"]["blood_pressure_systolic"] == 0
    home.gateway("vitals", "limits", "off", LIMIT[0], "--person", "r-1", "--by", "nurse.one")
    shown = home.gateway("vitals", "limits", "show", "--history")
    assert (shown["limits"], len(shown["history"])) == ([], 1)


def _in_half_a_year(home: Followed) -> str:
    now = datetime.fromisoformat(home.gateway("status")["now"])
    return (now + timedelta(days=180)).date().isoformat()
