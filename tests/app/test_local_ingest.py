"""The whole gateway, in this process, beside a real broker: what is published becomes an alert."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from edge.app.gateway import Gateway
from edge.app.opening import open_house
from edge.clock import RandomIds, SystemClock
from edge.config import Ingest, Mqtt, parse
from edge.domain import Device, Observation, Role
from edge.drivers.base import MessageFrame
from edge.drivers.broker import dispenser_cloud
from edge.transports.lanes import LaneQueue
from edge.transports.local.satellites import Satellites, Wanted
from edge.uplink.mqtt import MqttBroker, Session
from tests.support.clock import instant
from tests.support.mosquitto import Mosquitto
from tests.transports.fakes import Faults

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 20.0
PAGE = Path(__file__).parents[2] / "docs/satellites.md"
SETTINGS = """
[gateway]
id = "gw-1"
site = "s"
customer = "c"
trusted_clock = true
[store]
path = "{folder}/home.db"
[control]
socket = "{folder}/control.sock"
[mqtt]
host = "127.0.0.1"
port = {port}
tls = false
[ble]
backend = "off"
[ingest]
port = {port}
[[ingest.satellite]]
id = "hall"
[[device]]
id = "smoke-1"
driver = "shelly_smoke"
role = "smoke_alarm"
address = "shellyplussmoke-b0"
[[device]]
id = "robot-1"
driver = "dispenser_cloud"
role = "medication_robot"
address = "R-1"
[[device]]
id = "button"
driver = "bthome"
role = "help_button"
address = "54:48:E6:8F:80:A5"
"""


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


@pytest.mark.timeout(60)
async def test_what_is_published_becomes_an_alert(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Smoke by the Wi-Fi alarm, a press by a satellite, an event by the bridge; all counted."""
    config = parse(SETTINGS.format(folder=tmp_path, port=mosquitto.port), "test")
    assert isinstance(config.ingest, Ingest)
    sender = Mqtt(host="127.0.0.1", port=mosquitto.port, tls=False)
    clock = SystemClock("Europe/Helsinki", trusted=True)
    async with open_house(config, clock, RandomIds()) as house:
        gateway, stop = Gateway(house), asyncio.Event()
        running = asyncio.create_task(gateway.run(stop))
        try:
            await until(lambda: gateway.local is not None and gateway.local.broker.up)
            session = Session(client_id="sender", subscribe=("none",))
            async with MqttBroker(sender, session).connect() as line:
                smoke = {"method": "NotifyStatus", "params": {"ts": 1, "smoke:0": {"alarm": True}}}
                await line.publish("shellyplussmoke-b0/events/rpc", json.dumps(smoke).encode())
                press = {
                    "boot": 1,
                    "seq": 1,
                    "t": 5,
                    "address": "54:48:E6:8F:80:A5",
                    "service": {"fcd2": "4400013a01"},
                }
                topic = "kotivahti/v1/satellite/hall/adv"
                await line.publish(topic, json.dumps(press).encode())
                due = {"v": 1, "id": "e1", "event": "DOSE_DUE"}
                await line.publish("kotivahti/v1/dispenser/R-1", json.dumps(due).encode())
                await until(
                    lambda: (
                        {a.code for a in house.keeper.home.alerts.values()}
                        >= {"smoke", "help_button"}
                    )
                )
                await until(lambda: "robot-1" in house.keeper.home.doses)
            live: dict[str, Any] = gateway.service.live()["ingest"]
            assert live["up"] is True
            assert live["satellites"]["hall"]["records"] == 1
            assert live["echoes"] == 0
        finally:
            stop.set()
            await running


def test_the_examples_on_the_page_are_read_as_it_says() -> None:
    """Whoever starts from the page's messages starts from messages that work."""
    blocks = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    record, events = blocks
    queue = LaneQueue()
    satellites = Satellites(["kitchen"], queue, Faults())
    satellites.enrol({json.loads(record)["address"]: Wanted("button")})
    satellites.heard("kotivahti/v1/satellite/kitchen/adv", record.encode(), instant())
    beat = re.search(r"`(\{\"boot\".*?\})`", PAGE.read_text(encoding="utf-8"))
    assert beat is not None
    satellites.heard("kotivahti/v1/satellite/kitchen/hb", beat[1].encode(), instant())
    counts = satellites.counts["kitchen"]
    assert (counts.records, counts.malformed, counts.lost, len(queue)) == (1, 0, 0, 1)
    robot = Device(id="r", driver="dispenser_cloud", role=Role.MEDICATION_ROBOT, address="R-1")
    told: list[Observation] = []
    for text in events.splitlines():
        frame = MessageFrame(topic="kotivahti/v1/dispenser/R-1", body=text.encode(), account=True)
        told += dispenser_cloud.decode(robot, b"", frame, instant()).observations
    assert [(one.kind, one.value, one.device_time) for one in told] == [
        ("dose", "taken", "2026-03-02T12:00:00.000Z"),
        ("stock", 12, "2026-03-02T12:00:00.000Z"),
        ("heartbeat", True, "2026-03-02T12:15:00.000Z"),
        ("battery", 97.0, "2026-03-02T12:15:00.000Z"),
    ]
