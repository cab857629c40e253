"""The line to the home's own broker: real Mosquitto, absent, frozen, restarted, retained."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from edge.app import local as local_module
from edge.app.local import Local
from edge.clock import SystemClock
from edge.config import Ingest, Mqtt, Satellite
from edge.domain import Device, Role
from edge.drivers.base import Advert, MessageFrame
from edge.events import FaultKind
from edge.transports.lanes import Heard, LaneQueue
from edge.transports.local import local_broker
from edge.transports.local.local_broker import MESSAGE_BYTES_MAX
from edge.uplink.mqtt import MqttBroker, MqttLine, Session
from edge.uplink.mqtt import client as mqtt_client
from tests.support.mosquitto import Mosquitto
from tests.transports.fakes import Beats, Faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.timeout(60)

PATIENCE_S = 30.0
SMOKE = Device(
    id="smoke-1", driver="shelly_smoke", role=Role.SMOKE_ALARM, address="shellyplussmoke-b0"
)
ROBOT = Device(id="robot-1", driver="dispenser_cloud", role=Role.MEDICATION_ROBOT, address="R-1")
BUTTON = Device(id="button", driver="bthome", role=Role.HELP_BUTTON, address="54:48:E6:8F:80:A5")
SMOKE_TOPIC = "shellyplussmoke-b0/events/rpc"
ROBOT_TOPIC = "kotivahti/v1/dispenser/R-1"
ADV_TOPIC = "kotivahti/v1/satellite/hall/adv"


class Home:
    """The gateway's end, as the gateway wires it, without rules and store."""

    def __init__(self, port: int) -> None:
        self.queue = LaneQueue()
        self.faults = Faults()
        self.beats = Beats()
        self.local = Local(
            Ingest(port=port, satellite=(Satellite(id="hall"),)),
            "gw-0001",
            self.queue,
            SystemClock("Europe/Helsinki", trusted=True),
            on_fault=self.faults,
            beat=self.beats,
        )
        self.local.enrol([SMOKE, ROBOT, BUTTON])

    @property
    def counts(self) -> local_broker.BrokerCounts:
        return self.local.broker.counts

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Home]:
        task = asyncio.create_task(self.local.broker.run())
        try:
            yield self
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.01)

    async def heard(self, count: int) -> list[Heard]:
        found: list[Heard] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(found) < count:
                found += await self.queue.get_batch(100)
        return found


@asynccontextmanager
async def publisher(port: int) -> AsyncIterator[MqttLine]:
    settings = Mqtt(host="127.0.0.1", port=port, tls=False)
    session = Session(client_id="publisher", subscribe=("nothing",))
    async with MqttBroker(settings, session).connect() as line:
        yield line


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits of a minute in tenths of a second; the conditions are the same."""
    monkeypatch.setattr(local_broker, "RETRY_FIRST_MS", 20)
    monkeypatch.setattr(local_broker, "RETRY_MAX_MS", 100)
    monkeypatch.setattr(mqtt_client, "KEEPALIVE_S", 1)
    monkeypatch.setattr(mqtt_client, "VERDICT_S", 1.0)


def record(address: str = BUTTON.address, seq: int = 1) -> bytes:
    said = {"boot": 1, "seq": seq, "t": 10, "address": address, "service": {"fcd2": "40003a01"}}
    return json.dumps(said).encode()


async def test_messages_become_frames_of_their_devices(mosquitto: Mosquitto) -> None:
    """Each topic its device; retained, foreign and endless messages are counted and left."""
    home = Home(mosquitto.port)
    async with publisher(mosquitto.port) as line:
        await line.publish(ROBOT_TOPIC, b"kept", retain=True)
        async with home.running():
            await home.until(lambda: home.counts.retained == 1)
            await line.publish(ROBOT_TOPIC, b"x" * (MESSAGE_BYTES_MAX + 1))
            await line.publish("kotivahti/v1/dispenser/R-2", b"{}")
            await line.publish(ADV_TOPIC, record("AA:AA:AA:AA:AA:AA", 1))
            await line.publish(ROBOT_TOPIC, b"event")
            await line.publish(SMOKE_TOPIC, b"alarm")
            await line.publish(ADV_TOPIC, record(seq=2))
            found = {one.device: one.frame for one in await home.heard(3)}
    assert found["robot-1"] == MessageFrame(topic=ROBOT_TOPIC, body=b"event")
    assert found["smoke-1"] == MessageFrame(topic=SMOKE_TOPIC, body=b"alarm")
    button = found["button"]
    assert isinstance(button, Advert)
    assert button.source == "hall"
    assert home.counts.too_long == 1
    assert home.local.status()["satellites"]["hall"]["strangers"] == 1
    assert home.faults.told == []


async def test_a_device_enrolled_later_is_heard(mosquitto: Mosquitto) -> None:
    """Its topic is subscribed to without a restart of the gateway."""
    home = Home(mosquitto.port)
    home.local.enrol([])
    async with publisher(mosquitto.port) as line, home.running():
        await home.until(lambda: home.local.broker.up)
        home.local.enrol([ROBOT])
        await line.publish(ADV_TOPIC, record())  # something happens: the loop looks
        await home.until(lambda: home.counts.connected == 2)
        await line.publish(ROBOT_TOPIC, b"event")
        assert [one.device for one in await home.heard(1)] == ["robot-1"]


async def test_an_absent_broker_is_a_fault_until_it_is_there(
    tmp_path: object, free_port: int, quick: None
) -> None:
    """Nobody upstream is waited for; the loop lives, says so once, and mends itself."""
    home = Home(free_port)
    home.local.broker._away_before_fault_ms = 100
    async with home.running():
        await home.until(lambda: home.faults.gone == [True])
        assert (home.faults.told[0].kind, home.faults.told[0].subject) == (
            FaultKind.LINE,
            "local-broker",
        )
        broker = Mosquitto(tmp_path, port=free_port)  # type: ignore[arg-type]
        broker.start()
        try:
            await home.until(lambda: home.faults.gone == [True, False])
        finally:
            broker.kill()
    assert home.beats.count["local-broker"] > 2


async def test_a_restart_and_a_frozen_broker_are_survived(
    mosquitto: Mosquitto, quick: None
) -> None:
    """A restart is no news. One that answers nothing is found out by its keepalive."""
    home = Home(mosquitto.port)
    async with home.running():
        await home.until(lambda: home.local.broker.up)
        mosquitto.restart()
        await home.until(lambda: home.counts.connected >= 2 and home.local.broker.up)
        assert home.faults.told == []
        home.local.broker._away_before_fault_ms = 0
        mosquitto.freeze()
        await home.until(lambda: home.faults.gone == [True])
        mosquitto.cont()
        await home.until(lambda: home.faults.gone == [True, False])
        async with publisher(mosquitto.port) as line:
            await line.publish(SMOKE_TOPIC, b"alarm")
        assert [one.device for one in await home.heard(1)] == ["smoke-1"]


async def test_what_an_alarm_said_while_we_were_away_is_kept_for_us(
    mosquitto: Mosquitto,
) -> None:
    """The session outlives the gateway: a message of QoS 1 is delivered when it is back."""
    async with Home(mosquitto.port).running() as before:
        await before.until(lambda: before.local.broker.up)
    async with publisher(mosquitto.port) as line:
        await line.publish(SMOKE_TOPIC, b"alarm")
    async with Home(mosquitto.port).running() as after:
        assert [one.device for one in await after.heard(1)] == ["smoke-1"]


def test_the_inbox_and_the_longest_packet_are_bounded() -> None:
    """What the broker may make us hold: sixteen megabytes at the very most."""
    assert local_module.INBOX_MAX * local_module.PACKET_BYTES_MAX <= 16 * 2**20
    assert local_module.PACKET_BYTES_MAX > MESSAGE_BYTES_MAX
