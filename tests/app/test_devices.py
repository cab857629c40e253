"""Enrolling, changing and removing: checked like the settings, in force at once, all or none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edge.app.house import House
from edge.app.installing.device_scan import DeviceScan
from edge.app.installing.devices import Devices
from edge.domain import Person, PersonKind
from edge.errors import ControlError
from edge.home.state import DEVICES_MAX
from edge.kinds import observation
from tests.app.homes import PEER, house_in
from tests.support.clock import FakeClock

KEY = "231d39c1d7cc1ab1aee224cd096db932"
BUTTON: dict[str, Any] = {
    "id": "help-button",
    "driver": "bthome",
    "role": "help_button",
    "address": "54:48:E6:8F:80:A5",
    "room": "bedroom",
}


async def enrol(
    devices: Devices, *rows: dict[str, Any], key: str | None = None, **how: bool
) -> dict[str, Any]:
    args = {"devices": [{"row": row, "key": key} for row in rows], **how}
    return await devices.enrol(args, PEER)


async def stored(house: House) -> dict[str, Any]:
    return {device.id: device for device in await house.store.devices()}


async def test_a_device_is_in_force_at_once_and_on_the_disk(tmp_path: Path, clock: FakeClock):
    """House, rules and store know it; whoever listens is told once, before the answer."""
    async with house_in(tmp_path, clock) as house:
        told: list[set[str]] = []
        house.when_enrolled.append(lambda: told.append(set(house.devices)))
        found = await enrol(Devices(house), BUTTON, key=KEY)
        assert found["faults"] == []
        assert found["devices"][0]["change"] == "new"
        assert KEY not in json.dumps(found)
        assert told == [{"help-button"}]
        assert "help-button" in house.keeper.home.devices
        assert (await stored(house))["help-button"].key.reveal() == bytes.fromhex(KEY)


async def test_a_device_of_somebody_unknown_is_said_to_be(tmp_path: Path, clock: FakeClock):
    """A mistyped person would own a button that nobody wears; where nobody is told, all may be."""
    async with house_in(tmp_path, clock) as house:
        devices = Devices(house)
        found = await enrol(devices, BUTTON | {"person": "r-1"})
        assert found["devices"][0]["stranger"] is False
        house.tell(Person(id="r-1", kind=PersonKind.RESIDENT))
        for person, stranger in (("r-1", False), ("r-9", True)):
            found = await enrol(devices, BUTTON | {"person": person})
            assert found["devices"][0]["stranger"] is stranger


async def test_every_fault_is_told_and_nothing_is_enrolled(tmp_path: Path, clock: FakeClock):
    """Structure, driver, role, address, doubles and keys in one answer; the good one waits too."""
    async with house_in(tmp_path, clock) as house:
        rows = [
            BUTTON,
            {"id": "a", "driver": "bthom", "role": "door", "address": "54:48:E6:8F:80:A6"},
            {"id": "b", "driver": "bthome", "role": "vitals", "address": "54:48:E6:8F:80:A7"},
            {"id": "c", "driver": "bthome", "role": "door", "address": "nowhere"},
            {"id": "d", "driver": "bthome", "role": "door", "address": "54-48-e6-8f-80-a5"},
            {"id": "e", "driver": "bthome", "role": "door", "adress": "x"},
        ]
        wishes: list[dict[str, Any]] = [{"row": row} for row in rows]
        wishes.append({"row": BUTTON | {"id": "f"}, "key": "not hex"})
        found = await Devices(house).enrol({"devices": wishes}, PEER)
        keys = {fault["key"] for fault in found["faults"]}
        assert {
            "device[1].driver", "device[2].role", "device[3].address", "device[4].address",
            "device[5].adress", "device[5].address", "device[6].key",
        } <= keys  # fmt: skip
        assert "not hex" not in json.dumps(found)
        assert all(fault["mend"] for fault in found["faults"])
        assert house.devices == {}


async def test_an_address_that_another_device_has_is_refused_by_name(
    tmp_path: Path, clock: FakeClock
):
    """The fault says whose it is and how it is freed; swapping two in one file is no fault."""
    async with house_in(tmp_path, clock) as house:
        devices = Devices(house)
        other = BUTTON | {"id": "other", "address": "54:48:E6:8F:80:A6"}
        await enrol(devices, BUTTON, other)
        (fault,) = (await enrol(devices, BUTTON | {"id": "third"}))["faults"]
        assert "'help-button'" in fault["wrong"]
        assert "kotivahti device remove help-button" in fault["mend"]
        swapped = [BUTTON | {"address": other["address"]}, other | {"address": BUTTON["address"]}]
        found = await enrol(devices, *swapped)
        assert [row["change"] for row in found["devices"]] == ["replaced", "replaced"]


async def test_what_is_not_said_of_a_known_device_stays(tmp_path: Path, clock: FakeClock):
    """A new room keeps key, label, role, deadline and what the driver remembers."""
    async with house_in(tmp_path, clock) as house:
        devices = Devices(house)
        await enrol(devices, BUTTON | {"label": "Wrist", "silent_after_s": 600}, key=KEY)
        house.driver_states["help-button"] = b"counter"
        found = await enrol(devices, {"id": "help-button", "room": "kitchen"}, merge=True)
        assert found["devices"][0]["change"] == "changed"
        device = house.devices["help-button"]
        assert (device.room, device.label, device.silent_after_s) == ("kitchen", "Wrist", 600)
        assert device.key is not None
        assert house.driver_states["help-button"] == b"counter"
        again = await enrol(devices, {"id": "help-button", "room": "kitchen"}, merge=True)
        assert again["devices"][0]["change"] == "same"


async def test_another_thing_under_the_name_begins_anew(tmp_path: Path, clock: FakeClock):
    """Another address: the counter of the former is forgotten, on the disk and in memory."""
    async with house_in(tmp_path, clock) as house:
        devices = Devices(house)
        await enrol(devices, BUTTON, key=KEY)
        house.hear(observation("help-button", "battery", 90, clock.now()))
        house.driver_states["help-button"] = b"counter"
        house.keeper.remember("help-button", b"counter")
        await house.commit()
        house.keeper.remember("help-button", b"later")  # a frame that came with the change
        other = {"id": "help-button", "address": "54:48:E6:8F:80:FF"}
        found = await enrol(devices, other, merge=True)
        assert found["devices"][0]["change"] == "replaced"
        assert house.devices["help-button"].key is None  # the key was the other one's
        assert house.driver_states == {}
        assert await house.store.driver_states() == {}
        assert house.keeper.home.devices["help-button"].last_heard is None


async def test_removing_wipes_key_and_memory_and_keeps_history(tmp_path: Path, clock: FakeClock):
    """Readings and alerts stay; the key is nowhere; after a restart it is still gone."""
    async with house_in(tmp_path, clock) as house:
        devices = Devices(house)
        await enrol(devices, BUTTON, key=KEY)
        house.hear(observation("help-button", "button", "press", clock.now()))
        house.keeper.remember("help-button", b"counter")
        await house.commit()
        house.keeper.remember("help-button", b"later")
        found = await devices.remove({"device": "help-button"}, PEER)
        assert (found["alarms_left"], found["settings"]) == (0, [])
        assert house.devices == {}
        assert await house.store.driver_states() == {}
        assert [o.kind for _, o in await house.store.latest_observations()] == ["button"]
        assert len(await house.store.alerts()) == 1
        assert not house.hear(observation("help-button", "button", "press", clock.now()))
    files = b"".join(path.read_bytes() for path in tmp_path.glob("home.db*"))
    assert bytes.fromhex(KEY) not in files
    async with house_in(tmp_path, clock) as house:
        assert house.devices == {}


class _Bonds:
    """A radio that is asked for nothing but to forget."""

    def __init__(self) -> None:
        self.forgotten: list[str] = []
        self.sessions = self

    def must_pair(self, _: str) -> None:
        return None

    async def unpair(self, address: str) -> bool:
        self.forgotten.append(address)
        return True


async def test_the_bond_of_an_instrument_goes_with_it(tmp_path: Path, clock: FakeClock):
    """Removed, or another one under its name; what is only moved keeps it."""
    first, second = "C4:00:00:00:00:41", "C4:00:00:00:00:42"
    async with house_in(tmp_path, clock) as house:
        devices = Devices(house)
        bonds = _Bonds()
        devices.ble = bonds  # type: ignore[assignment]  # only its bonds are asked for
        row = {"id": "bp-1", "driver": "blood_pressure", "role": "vitals", "address": first}
        await devices.enrol({"devices": [{"row": row}]}, PEER)
        await devices.enrol({"devices": [{"row": row | {"room": "kitchen"}}]}, PEER)
        assert bonds.forgotten == []
        await devices.enrol({"devices": [{"row": row | {"address": second}}]}, PEER)
        assert bonds.forgotten == [first]
        await devices.remove({"device": "bp-1"}, PEER)
        assert bonds.forgotten == [first, second]


async def test_a_device_on_a_line_is_enrolled_and_its_row_asked_for(
    tmp_path: Path, clock: FakeClock
):
    """Without its row it would never be heard: the answer says so, and removal says the rest."""
    robot = {
        "id": "robot-1",
        "driver": "appliance",
        "role": "medication_robot",
        "address": "MR-1",
    }
    async with house_in(tmp_path, clock) as house:
        found = await enrol(Devices(house), robot)
        assert found["devices"][0]["needs_line"] == "serial"
    line = f'[[serial]]\ndevice = "robot-1"\nport = "{tmp_path}/port"\n'
    async with house_in(tmp_path, clock, line) as house:
        devices = Devices(house)
        assert (await enrol(devices, robot))["devices"][0]["needs_line"] is None
        found = await devices.remove({"device": "robot-1"}, PEER)
        assert found["settings"] == ["serial"]


async def test_a_dry_run_only_checks(tmp_path: Path, clock: FakeClock):
    """The answer is the same, and nothing is there."""
    async with house_in(tmp_path, clock) as house:
        found = await enrol(Devices(house), BUTTON, dry_run=True)
        assert found["devices"][0]["change"] == "new"
        assert house.devices == {}
        assert await stored(house) == {}


async def test_a_home_that_is_full_says_so(tmp_path: Path, clock: FakeClock):
    """The bound of the home's state, told before anything is enrolled."""
    rows = [
        BUTTON | {"id": f"d-{n}", "address": f"54:48:E6:8F:80:{n:02X}"}
        for n in range(DEVICES_MAX + 1)
    ]
    async with house_in(tmp_path, clock) as house:
        found = await enrol(Devices(house), *rows)
        assert [fault["key"] for fault in found["faults"]] == ["device"]
        assert house.devices == {}


async def test_one_device_is_shown_with_its_deadline_and_reason(tmp_path: Path, clock: FakeClock):
    """Last readings, who says after how long it is not heard, and how long is left."""
    async with house_in(tmp_path, clock) as house:
        devices = Devices(house)
        await enrol(devices, BUTTON | {"silent_after_s": 600}, key=KEY)
        house.hear(observation("help-button", "battery", 90, clock.now()))
        await house.commit()
        clock.pass_time(100_000)
        found = await devices.show({"device": "help-button"}, PEER)
        assert found["silence"] == {"after_s": 600, "by": "installer", "reason": "", "left_s": 500}
        assert [row["value"] for row in found["readings"]] == [90]
        assert KEY not in json.dumps(found)
        with pytest.raises(ControlError, match="there are: help-button"):
            await devices.show({"device": "help-buton"}, PEER)


@pytest.mark.parametrize("target", ["help-button", "54:48:E6:8F:80", "ttyUSB0"])
async def test_what_is_no_address_is_not_listened_for(
    tmp_path: Path, clock: FakeClock, target: str
):
    """Half a minute of listening would end in "press its button"."""
    async with house_in(tmp_path, clock) as house:
        devices = Devices(house)
        devices.ble = object()  # type: ignore[assignment]  # a radio; nothing is asked of it
        with pytest.raises(ControlError, match=f"'{target}' is neither .* such as"):
            await anext(DeviceScan(devices).identify({"target": target}, PEER))
