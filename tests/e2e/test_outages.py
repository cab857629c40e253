"""Brokers that are absent, die, freeze or refuse, and a gateway that is killed: nothing is lost."""

from __future__ import annotations

import random
import signal
import time

import pytest

from tests.e2e.world import World, eventually
from tests.support.mosquitto import mosquitto

pytestmark = pytest.mark.timeout(180)

# How often the gateway is killed, and how long it may live before that.
KILLS = 6
LIVES_AT_MOST_S = 1.2


def _up(world: World) -> bool:
    return bool(world.gateway("status")["path"]["up"])


def test_an_absent_broker_holds_nothing_up(own_world: World):
    """The gateway is ready and stores an alert; when the broker comes the alert is delivered."""
    own_world.broker.stop()
    own_world.start_home()
    own_world.start_gateway()
    own_world.start_desk()
    own_world.happen("press", "help-button")
    eventually("stored", lambda: own_world.gateway("alerts", "--open"))
    assert not _up(own_world)
    own_world.broker.start()
    assert own_world.on_desk("help_button", within_s=75)["rev"] >= 1


def test_a_broker_that_is_killed_loses_no_alert(own_world: World):
    """SIGKILL while an alert is under way: sent again from the outbox, one alert at the desk."""
    own_world.start_desk()
    own_world.start_home()
    own_world.start_gateway()
    eventually("connected", lambda: _up(own_world))
    own_world.broker.kill()
    own_world.happen("press", "help-button")
    own_world.broker.start()
    own_world.on_desk("help_button", within_s=75)
    assert [a["code"] for a in own_world.desk_alerts()].count("help_button") == 1


def test_a_frozen_broker_is_noticed_and_left(own_world: World):
    """SIGSTOP: the publish is judged after 5 s, the path is told as lost, and the alert arrives."""
    own_world.start_desk()
    own_world.start_home()
    own_world.start_gateway()
    eventually("connected", lambda: _up(own_world))
    own_world.broker.freeze()
    own_world.happen("press", "help-button")
    eventually("the lost path is noticed", lambda: not _up(own_world), 30)
    own_world.broker.cont()
    own_world.on_desk("help_button", within_s=75)


def test_a_broker_that_refuses_is_told_and_the_home_is_watched(own_world: World):
    """No account at the broker: the reason is in `status`, alerts are stored all the same."""
    own_world.start_home()
    folder = own_world.folder / "strict"
    folder.mkdir()
    with mosquitto(folder, extra="allow_anonymous false\n") as strict:
        text = own_world.settings.read_text()
        port = f"port = {own_world.broker.port}"
        own_world.settings.write_text(text.replace(port, f"port = {strict.port}"))
        own_world.start_gateway()
        path = eventually(
            "the refusal", lambda: own_world.gateway("status")["path"]["detail"] or None
        )
        assert "refuse" in path.lower() or "authori" in path.lower()
        own_world.happen("smoke", "smoke-1", "on")
        eventually("stored", lambda: own_world.gateway("alerts", "--open"))


def test_a_gateway_killed_at_any_moment_loses_nothing_it_had_stored(own_world: World):
    """SIGKILL at random moments under presses: what a command had seen stored reaches the desk."""
    rng = random.Random(7)
    own_world.start_desk()
    own_world.start_home()
    seen: set[str] = set()
    for n in range(KILLS):
        own_world.start_gateway()
        own_world.happen("press", "help-button")
        own_world.happen("event", "robot-1", "missed", str(n + 1))
        time.sleep(rng.uniform(0.0, LIVES_AT_MOST_S))
        seen |= {a["id"] for a in own_world.gateway("alerts")}
        own_world.kill("gateway", signal.SIGKILL)
    own_world.start_gateway()
    kept = {a["id"] for a in own_world.gateway("alerts")}
    assert seen <= kept
    eventually("all of it at the desk", lambda: seen <= {a["id"] for a in own_world.desk_alerts()})
    raised = [a for a in own_world.desk_alerts() if a["code"] == "missed_dose"]
    assert len(raised) == 1
    assert own_world.kill("gateway", signal.SIGTERM) == 0
