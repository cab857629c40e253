"""Contacts and modules as the gateway runs them: from a settings file to a stored alert."""

from __future__ import annotations

import asyncio
import os
import tty
from pathlib import Path

import pytest

from edge.app.gateway import Gateway
from edge.app.inputs import HELD_MAX_S, _contact, input_loops
from edge.app.opening import open_house
from edge.clock import RandomIds, SystemClock
from edge.config import Config, Contact, parse
from edge.domain import Device, Role
from edge.sim.module import Module
from edge.transports.inputs.input_port import line_name
from edge.transports.lanes import LaneQueue

PATIENCE_S = 20.0

SETTINGS = """
[gateway]
id = "gw-1"
site = "s"
customer = "c"
trusted_clock = true
[mqtt]
host = "127.0.0.1"
port = 9
tls = false
[ble]
backend = "off"
[store]
path = "{folder}/home.db"
[control]
socket = "{folder}/c.sock"

[[device]]
id = "module-1"
driver = "modbus_inputs"
role = "climate"
address = "plate 1"
room = "hallway"
[[modbus]]
device = "module-1"
port = "{port}"
unit = 3
inputs = {{ 0 = "smoke", 2 = "door" }}
opens = [2]
registers = {{ 1 = {{ kind = "temperature", scale = 0.1 }} }}
poll_s = 0.2

[[device]]
id = "guard"
driver = "contact"
role = "stove_guard"
address = "plate 2"
[[contact]]
device = "guard"
line = "{folder}/adapter:cts"
[[device]]
id = "front-door"
driver = "contact"
role = "door"
address = "plate 3"
[[contact]]
device = "front-door"
line = "{folder}/adapter:dsr"
active = "open"
"""


def settings(folder: Path, port: str) -> Config:
    return parse(SETTINGS.format(folder=folder, port=port), "test")


@pytest.mark.timeout(60)
async def test_a_relay_on_a_module_becomes_a_stored_alert(tmp_path: Path) -> None:
    """From bytes on a line through driver and rules to the database; the door and air with it."""
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)

    def say(data: bytes) -> None:
        os.write(master, data)

    module = Module(3, say)
    loop = asyncio.get_running_loop()
    loop.add_reader(master, lambda: module.heard(os.read(master, 4096)))
    module.registers[1] = 214
    config = settings(tmp_path, os.ttyname(slave))
    clock = SystemClock("Europe/Helsinki", trusted=True)
    try:
        async with open_house(config, clock, RandomIds()) as house:
            heard: list[tuple[str, object]] = []
            house.when_heard.append(lambda seen: heard.append((seen.kind, seen.value)))
            stop = asyncio.Event()
            running = asyncio.create_task(Gateway(house).run(stop))
            async with asyncio.timeout(PATIENCE_S):
                while ("temperature", 21.4) not in heard:
                    await asyncio.sleep(0.01)
                module.inputs[0] = True
                while ("smoke", True) not in heard:
                    await asyncio.sleep(0.01)
                while not await house.store.alerts(open_only=True):
                    await asyncio.sleep(0.01)
            assert heard[:3] == [("smoke", False), ("door", True), ("temperature", 21.4)]
            codes = {alert.code for alert in house.keeper.home.alerts.values()}
            assert "smoke" in codes
            # The adapter of the contacts is not there: said of both, as a fault of ours.
            assert {"line/guard", "line/front-door"} <= set(house.keeper.home.faults)
            stop.set()
            await running
        assert module.writes == 0
    finally:
        loop.remove_reader(master)
        os.close(master)
        os.close(slave)


async def test_contacts_of_one_adapter_share_a_loop(tmp_path: Path) -> None:
    """One loop a port, named so that a stuck one is known by its name."""
    config = settings(tmp_path, "/dev/none")
    clock = SystemClock("Europe/Helsinki", trusted=True)
    async with open_house(config, clock, RandomIds()) as house:
        loops = input_loops(house, LaneQueue(), lambda _: None, lambda _: None)
        for _, loop in loops:
            loop.close()
    assert [name for name, _ in loops] == [f"contact:{tmp_path}/adapter", "modbus:/dev/none"]


def test_what_may_be_held_for_long_depends_on_what_it_is(tmp_path: Path) -> None:
    """An alarm that lasts an hour is a stuck contact; a door may stand open; a setting wins."""
    guard, door = settings(tmp_path, "/dev/none").contact

    def held_max_s(row: Contact, role: Role) -> float | None:
        device = Device(id=row.device, driver="contact", role=role, address=row.device)
        return _contact(row, line_name(row.line), device).held_max_s

    assert held_max_s(guard, Role.STOVE_GUARD) == HELD_MAX_S
    assert held_max_s(guard, Role.WATER_ALARM) is None  # a leak lasts
    assert held_max_s(door, Role.DOOR) is None
