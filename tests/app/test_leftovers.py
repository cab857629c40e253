"""What a settings file still says of devices that are gone stops no start."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from edge.app.gateway import Gateway
from edge.app.inputs import input_loops
from edge.domain import Device, Role
from edge.drivers import DRIVERS
from edge.events import Enrolled, Removed
from edge.transports.lanes import LaneQueue
from tests.app.homes import house_in
from tests.support.clock import FakeClock

ROBOT = """
[[device]]
id = "robot-1"
driver = "appliance"
role = "medication_robot"
address = "MR-1"
[[serial]]
device = "robot-1"
port = "/dev/none"
[[device]]
id = "guard"
driver = "contact"
role = "stove_guard"
address = "guard"
[[contact]]
device = "guard"
line = "/dev/none-either:cts"
[[device]]
id = "module"
driver = "modbus_inputs"
role = "smoke_alarm"
address = "module"
[[modbus]]
device = "module"
port = "/dev/none-at-all"
unit = 1
inputs = { "0" = "smoke" }
"""
BLE_OFF = '[ble]\nbackend = "off"\n'


async def test_a_removed_device_stays_removed_at_the_next_start(tmp_path: Path, clock: FakeClock):
    """Its rows are passed over, aloud, and no line is opened for it; history says it was there."""
    async with house_in(tmp_path, clock, ROBOT + BLE_OFF) as house:
        assert set(house.devices) == {"robot-1", "guard", "module"}
        for ident in list(house.devices):
            house.tell(Removed(device=ident))
        await house.commit()
    with capture_logs() as logs:
        async with house_in(tmp_path, clock, ROBOT + BLE_OFF) as house:
            assert house.devices == {}
            assert Gateway(house).lines == {}
            assert input_loops(house, LaneQueue(), lambda _: None, lambda _: None) == []
            house.tell(
                Enrolled(
                    device=Device(
                        id="robot-1",
                        driver="appliance",
                        role=Role.MEDICATION_ROBOT,
                        address="MR-2",
                        wired=True,
                    )
                )
            )
            await house.commit()
    assert {row["device"] for row in logs if row["event"] == "device_row_passed_over"} == {
        "robot-1",
        "guard",
        "module",
    }
    async with house_in(tmp_path, clock, ROBOT + BLE_OFF) as house:
        assert house.devices["robot-1"].address == "MR-2"
        assert set(Gateway(house).lines) == {"robot-1"}


async def test_a_device_whose_driver_is_gone_is_a_fault_and_no_end(
    tmp_path: Path, clock: FakeClock
):
    """A third party's driver that the settings name no more: told, and the others are heard."""
    gone = Device(id="mat", driver="acme_mat", role=Role.MOTION, address="54:48:E6:8F:80:A5")
    async with house_in(tmp_path, clock, ROBOT + BLE_OFF) as house:
        house.tell(Enrolled(device=gone))
        await house.commit()
    assert "acme_mat" not in DRIVERS
    async with house_in(tmp_path, clock, ROBOT + BLE_OFF) as house:
        assert "acme_mat" in house.faults["device mat"]
        gateway = Gateway(house)
        assert set(gateway.lines) == {"robot-1"}
        assert "mat" in house.devices
