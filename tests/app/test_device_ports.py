"""A serial port that nobody has enrolled: recognised by what it says, and never written to."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from edge.app.installing.device_ports import identify_port, ports_of
from edge.errors import ControlError, TransportError
from edge.sim.appliance import ROBOT, Appliance
from tests.app.homes import house_in
from tests.support.clock import FakeClock
from tests.transports.ptys import Plug


async def _last(stream: Any) -> dict[str, Any]:
    rows: list[dict[str, Any]] = [row async for row in stream]
    return rows[-1]


async def test_an_appliance_is_known_by_its_frames(tmp_path: Path, clock: FakeClock):
    """Driver, share of frames read, and the line as it came, which holds its number."""
    plug = Plug(tmp_path / "port")
    robot = Appliance("KV-ROBOT-0001", ROBOT, 3, lambda: 1_000)
    async with house_in(tmp_path, clock) as house:
        looking = asyncio.create_task(_last(identify_port(str(plug.name), house, 3.0)))
        while not looking.done():
            plug.say(robot.heartbeat())
            await asyncio.sleep(0.1)
        row = await looking
    assert row["driver"] == "appliance"
    assert row["claim"] > 0
    assert "KV-ROBOT-0001" in row["raw"]
    with pytest.raises(BlockingIOError):  # nothing was written to it
        os.read(plug.master, 1)
    plug.unplug()


async def test_a_silent_port_says_what_to_try(tmp_path: Path, clock: FakeClock):
    plug = Plug(tmp_path / "port")
    async with house_in(tmp_path, clock) as house:
        row = await _last(identify_port(str(plug.name), house, 0.3))
    assert (row["heard"], row["driver"]) == (False, None)
    assert "port_silent" in row["hints"]
    plug.unplug()


async def test_a_port_in_use_or_absent_is_told(tmp_path: Path, clock: FakeClock):
    """Whose line it is; or that there is nothing to open."""
    more = (
        '[[device]]\nid = "robot-1"\ndriver = "appliance"\nrole = "medication_robot"\n'
        f'address = "MR-1"\n[[serial]]\ndevice = "robot-1"\nport = "{tmp_path}/port"\n'
    )
    async with house_in(tmp_path, clock, more) as house:
        with pytest.raises(ControlError, match="'robot-1'"):
            await _last(identify_port(f"{tmp_path}/port", house, 0.3))
        with pytest.raises(TransportError, match="cannot be opened"):
            await _last(identify_port(f"{tmp_path}/nothing", house, 0.3))
        rows = {row["port"]: row for row in await ports_of(house)}
        assert rows[f"{tmp_path}/port"]["device"] == "robot-1"
        assert rows[f"{tmp_path}/port"]["there"] is False
