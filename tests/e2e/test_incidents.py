"""A mast goes dark: a frozen gateway among real processes, and a dozen homes beside it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from edge.clock import RandomIds, SystemClock
from edge.uplink import envelope
from edge.uplink.envelope import Health, Origin
from tests.e2e.world import NURSE, World, eventually

HOMES = 12
# What is promised, from the last sign of life.
KNOWN_S = 180.0
CLOCK, IDS = SystemClock("UTC", trusted=True), RandomIds()


class Light:
    """A gateway at wire level: birth, heartbeats, a last will, and an alert when told."""

    def __init__(self, number: int, port: int) -> None:
        self.id = f"gw-{number:04d}"
        self.origin = Origin(
            gateway=self.id, store_id="st-1", site=f"s-{number}", customer=f"c-{number}"
        )
        self._port, self._sequence = port, 0
        self.connect()

    def connect(self) -> None:
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self.id)
        boot = CLOCK.now().boot
        state = f"kotivahti/v1/{self.id}/state"
        self._client.will_set(state, envelope.state(online=False, boot=boot), 1, retain=True)
        self._client.connect("127.0.0.1", self._port, keepalive=14)
        self._client.loop_start()
        self._client.publish(state, envelope.state(online=True, boot=boot), 1, retain=True)
        self.beat()

    def beat(self) -> None:
        now = CLOCK.now()
        health = Health(software="0", uptime_s=1, last_message=self._sequence, last_observation=0)
        body = envelope.heartbeat(self.origin, health, id=IDS.uuid7(now), at=now)
        self._client.publish(f"kotivahti/v1/{self.id}/up/hb", body, 1).wait_for_publish(5)

    def breaks(self) -> None:
        """Its line is gone without a goodbye: the broker tells its last will."""
        self._client.loop_stop()
        sock = self._client.socket()
        assert sock is not None
        sock.close()

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def _homes(port: int) -> Iterator[list[Light]]:
    with ExitStack() as stack:
        homes = [Light(n, port) for n in range(HOMES)]
        for home in homes:
            stack.callback(home.leave)
        yield homes


def _listed(world: World, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(world.desk("incidents", "--json", *more))
    return found


@pytest.mark.slow
@pytest.mark.timeout(220)
def test_a_dozen_homes_that_fall_silent_are_one_incident_and_come_back(own_world: World):
    """By their last wills; who does not get out stands first; each return is an episode."""
    own_world.start_desk()
    password = str(own_world.folder / "nurse.password")
    person = ("--as", NURSE, "--password-file", password)
    named = ("--name", "Aino Mallikas", "--address", "Mallikatu 5")
    own_world.desk("customer", "add", "c-7", *named, *person)
    own_world.desk("customer", "home", "c-7", "--escape", "no", *person)
    with _homes(own_world.broker.port) as homes:
        eventually("all are here", lambda: _online(own_world) == HOMES)
        began = time.monotonic()
        for home in homes:
            home.breaks()
        incident = eventually("one incident", lambda: _whole(own_world), KNOWN_S)
        assert time.monotonic() - began < KNOWN_S
        assert len(_listed(own_world)) == 1
        assert incident["homes"][0]["gateway"] == "gw-0007"
        assert incident["coordinator_ms"] is not None  # at once, for who does not get out
        for home in homes:
            home.connect()
        eventually("all are back", lambda: _listed(own_world) == [])
        (over,) = _listed(own_world, "--all")
        assert over["over_ms"] is not None
        assert {home["ended"] for home in over["homes"]} == {"back"}
        assert len(over["homes"]) == HOMES


def _whole(world: World) -> dict[str, Any] | None:
    """The incident, once every home is in it."""
    found = [row for row in _listed(world) if row["kind"] == "incident"]
    return next((row for row in found if row["silent"] == HOMES), None)


def _online(world: World) -> int:
    return sum(home["online"] for home in json.loads(world.desk("homes", "--json")))


@pytest.mark.slow
@pytest.mark.timeout(320)
def test_a_frozen_gateway_is_known_at_the_desk_within_180_s(own_world: World):
    """SIGSTOP of a true gateway; its return closes the episode, with what was pressed meanwhile."""
    own_world.start_desk()
    own_world.start_home()
    own_world.start_gateway()
    eventually("connected", lambda: own_world.gateway("status")["path"]["up"])
    eventually("known", lambda: _online(own_world) == 1)
    began = time.monotonic()
    os.kill(own_world.pid("gateway"), signal.SIGSTOP)
    (silent,) = eventually("known at the desk", lambda: _listed(own_world), KNOWN_S)
    took_s = time.monotonic() - began
    print(f"known after {took_s:.0f} s, by {silent['known_by']}")
    assert (silent["kind"], silent["coordinator_ms"]) == ("home", None)
    own_world.happen("press", "help-button")
    os.kill(own_world.pid("gateway"), signal.SIGCONT)
    own_world.on_desk("help_button", within_s=90)
    eventually("back", lambda: _listed(own_world) == [], 90)
    (episode,) = _listed(own_world, "--all")
    assert episode["ended"] == "back"
    assert episode["back_ms"] > episode["since_ms"]
