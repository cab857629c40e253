"""The mains fail: the desk has it before the battery ends, and nothing that was stored is lost."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from edge.app.power import LOOK_EVERY_MS, LOOKS_ALIKE
from tests.app.test_power import plug
from tests.e2e.world import World, eventually

pytestmark = pytest.mark.timeout(120)


def _told(world: World) -> dict[str, Any]:
    return {
        row["params"]["part"]: row
        for row in world.desk_alerts()
        if row["code"] == "gateway_fault" and row["params"]["fault"] == "power"
    }


def test_mains_loss_is_at_the_desk_before_the_battery_dies(own_world: World, tmp_path: Path):
    """Mains, then the battery's last word, then a press on the last percent, then darkness."""
    supplies = tmp_path / "supply"
    plug(supplies, online=1, capacity=100)
    own_world.start_desk()
    own_world.start_home()
    text = own_world.settings.read_text()
    text = text.replace("[gateway]\n", f'[gateway]\npower_supplies = "{supplies}"\n')
    own_world.settings.write_text(text)
    own_world.start_gateway()
    eventually("connected", lambda: own_world.gateway("status")["path"]["up"])
    assert own_world.gateway("status")["power"]["mains"] is True
    plug(supplies, online=0, capacity=60)
    mains = eventually("the mains' loss", lambda: _told(own_world).get("mains"))
    assert mains["priority"] == "high"
    assert "battery" not in _told(own_world)
    # From the plug to the desk's database: two looks, and what commands take to ask.
    looks_s = LOOK_EVERY_MS * LOOKS_ALIKE / 1000
    assert mains["raised_to_received_ms"] < looks_s * 1000
    plug(supplies, online=0, capacity=3)
    eventually("the last word", lambda: _told(own_world).get("battery"))
    own_world.happen("press", "help-button")
    press = own_world.on_desk("help_button")
    stored = {row["id"] for row in own_world.gateway("alerts")}
    own_world.kill("gateway", signal.SIGKILL)
    plug(supplies, online=1, capacity=10)
    own_world.start_gateway()
    assert stored <= {row["id"] for row in own_world.gateway("alerts")}
    eventually("over", lambda: {r["state"] for r in _told(own_world).values()} == {"cancelled"})
    assert own_world.on_desk("help_button")["id"] == press["id"]
    assert own_world.kill("gateway", signal.SIGTERM) == 0
