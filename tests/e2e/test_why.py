"""From bytes in the air to an alert, a person's word, a killed gateway: and why, bit for bit."""

from __future__ import annotations

import pytest

from tests.e2e.world import World, eventually

pytestmark = pytest.mark.timeout(180)


def test_every_alert_of_a_real_home_is_made_again(own_world: World) -> None:
    """Asked of the running gateway: presses and smoke, taken and closed at the desk, a kill."""
    world = own_world
    world.start_desk()
    world.start_home()
    world.start_gateway()
    world.happen("press", "help-button")
    pressed = world.on_desk("help_button")
    world.decide("accept", pressed["id"])
    eventually(
        "the word is known at home",
        lambda: any(a["state"] == "acknowledged" for a in world.gateway("alerts")),
    )
    world.kill("gateway")
    world.start_gateway()
    world.happen("smoke", "smoke-1", "on")
    world.on_desk("smoke")
    world.happen("press", "help-button")
    eventually(
        "pressed again", lambda: world.gateway("why", pressed["id"])["history"][-1]["rev"] > 2
    )
    world.kill("gateway")
    world.start_gateway()
    found = [world.gateway("why", alert["id"]) for alert in world.gateway("alerts")]
    assert {one["history"][0]["code"] for one in found} >= {"help_button", "smoke"}
    assert [one["again"] for one in found if one["again"]["verdict"] != "same"] == []
    assert max(one["again"]["observations"] for one in found) > 0
    assert "help-button" in world.gateway_says("why", pressed["id"][:20])
