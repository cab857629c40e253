"""One guest for all tests of `make test-vm`; booted, installed and connected once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vm.house import CABLES, House, Inside
from tests.vm.machine import Machine, missing_programs


@pytest.fixture(scope="session")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    """A home with a gateway that hears it; KOTIVAHTI_VM=DIR uses the one of `make vm` in DIR."""
    running = os.environ.get("KOTIVAHTI_VM")
    if running:
        house = House(Path(running))
        house.report = json.loads((house.home / "sim.json").read_text(encoding="utf-8"))
        machine = Machine(Path(running))
        try:
            machine.wait_for_agent()
            yield Inside(machine, house)
        finally:
            machine.hang_up()
        return
    missing = missing_programs()
    if missing:
        pytest.fail(f"no guest without {', '.join(missing)}: run `make test-vm` as root")
    folder = tmp_path_factory.mktemp("guest")
    house = House(folder)
    machine = Machine(folder, "--disk", str(folder / "disk.qcow2"), "--hci", house.come_alive())
    made = Inside(machine, house)
    try:
        machine.power_on()
        for cable in CABLES:
            machine.plug_serial(cable, house.port_of(cable))
        made.install()
        made.wait_until_hearing()
        yield made
    finally:
        print((folder / "qemu.log").read_text(encoding="utf-8", errors="replace")[-2000:])
        machine.cut_power()
        house.end()
