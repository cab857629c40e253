"""Every kind of device that only broadcasts: heard by the real scanner, read by its driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from edge.errors import ControlError
from edge.sim import encode, tag_frames
from edge.sim.run import CONFIGURED
from edge.sim.script import load_dwelling
from tests.sim.process import sim_process
from tests.sim.test_home import Gateway

if TYPE_CHECKING:
    from pathlib import Path

MAC = "CB:B8:33:4C:88:4F"


def room() -> tag_frames.Room:
    """The room of the published vectors "valid data"."""
    air = tag_frames.Room()
    air.temperature_c, air.humidity_pct, air.pressure_pa = 29.5, 55.3, 101_102
    air.dust_ug_m3 = (10.1, 11.2, 121.3, 455.4)
    air.co2_ppm, air.light_lx = 201, 13_027.0
    return air


def test_ruuvi_air_is_the_published_vectors() -> None:
    """docs.ruuvi.com, "valid data" of format 6 and of E1; reserved bits of its flags are 0 here."""
    air = room()
    air.voc, air.nox = 10, 2
    six = tag_frames.ruuvi_df6(air, address=MAC, sequence=205)
    assert six.hex().upper() == "06170C5668C79E007000C90501D9FFCD004C884F"
    air.voc, air.nox = 20, 4
    long = tag_frames.ruuvi_e1(air, address=MAC, sequence=14_601_710)
    valid = "E1170C5668C79E0065007004BD11CA00C90A0213E0ACFFFFFFDECDEE00FFFFFFFFFFCBB8334C884F"
    assert long.hex().upper() == valid


def test_the_lowest_bits_of_an_index_stand_in_the_flags() -> None:
    """A VOC of 101 is 50 and one; calibration is bit 0."""
    air = room()
    air.voc, air.nox, air.calibrating = 101, 1, True
    six = tag_frames.ruuvi_df6(air, address=MAC, sequence=1)
    assert (six[11], six[12], six[16]) == (50, 0, 0xC1)


def test_tags_are_the_published_layouts() -> None:
    """Apple's AirLocate UUID; an Eddystone UID fills its packet, and TLM has its fixed length."""
    uuid = bytes.fromhex("E2C56DB5DFFB48D2B060D0F5A71096E0")
    beacon = tag_frames.ibeacon(uuid=uuid, major=258, minor=772)
    assert beacon.hex().upper() == f"0201061AFF4C000215{uuid.hex().upper()}01020304C5"
    uid = tag_frames.eddystone_uid(namespace=bytes(range(10)), instance=bytes(range(6)))
    assert uid.hex() == "0201060303aafe1716aafe00ee0001020304050607080900010203040500" + "00"
    assert len(uid) == 31
    tlm = tag_frames.eddystone_tlm(
        battery_mv=3000, temperature_c=21.5, frames=3600, uptime_s=3600.0
    )
    assert tlm.hex() == "0201060303aafe1116aafe20000bb8158000000e1000008ca0"
    none = tag_frames.eddystone_tlm(battery_mv=0, temperature_c=None, frames=0, uptime_s=0)
    assert none.hex().endswith("2000000080000000000000000000")


def test_several_objects_of_one_id_keep_their_order() -> None:
    """bthome.io/format: two buttons, the second pressed."""
    assert encode.bthome_objects({0x3A: (b"\x00", b"\x01"), 0x00: b"\x07"}).hex() == "00073a003a01"


def test_every_kind_of_the_home_can_be_configured() -> None:
    """What a dwelling names has a driver and a role for the gateway's settings."""
    kinds = {
        gadget.kind
        for name in ("home", "broadcast", "instruments", "wired", "wide", "vitals")
        for gadget in load_dwelling(name).device
    }
    assert kinds - {"satellite"} == set(CONFIGURED)  # a satellite hears, and is no device


@pytest.mark.timeout(60)
async def test_every_broadcasting_device_is_heard_and_decoded(tmp_path: Path) -> None:
    """Each passes HCI, scanner and driver, and says what happened to it."""
    told = ("--script", "quiet", "--home", "broadcast", "--speed", "4")
    async with sim_process(tmp_path, *told) as home:
        async with Gateway(home.report).running() as gateway:
            regular = {"air-1", "thermo-1", "wrist-1", "keys-1"}
            await gateway.until(lambda: regular <= {o.device for o in gateway.seen}, "air")
            await home.tell("door window-1 open")
            await home.tell("motion motion-1")
            await gateway.until(lambda: True in gateway.values("motion-1", "motion"), "motion")
            with pytest.raises(ControlError, match="4 buttons"):
                await home.tell("press remote-1 press 5")
            for command in (
                "press remote-1 double_press 3",
                "press button-1",
                "co co-1 on",
                "heat heat-1 on",
                "gas gas-1 on",
                "water water-1 on",
                "co2 air-1 1750",
                "call wrist-1",
                "battery motion-1",
                "press motion-1",
            ):
                await home.tell(command)
            for device, kind, value in (
                ("remote-1", "button", "double_press 3"),
                ("button-1", "button", "press"),
                ("co-1", "carbon_monoxide", True),
                ("heat-1", "heat", True),
                ("gas-1", "gas", True),
                ("water-1", "moisture", True),
                ("thermo-1", "temperature", 21.5),
                ("wrist-1", "beacon", "5a3c1b7e-90d2-4f6f-a1b4-d85e20c7394b/1/1011"),
                ("keys-1", "beacon", "5a3c1b7ea1b4d85e20c7/c44b5648020c"),
                ("keys-1", "battery_voltage", 3000),
                ("motion-1", "button", "press"),
                ("window-1", "door", True),
            ):
                await gateway.until(
                    lambda d=device, k=kind, v=value: v in gateway.values(d, k),  # type: ignore[misc]
                    f"{kind} {value} of {device}",
                )
            await gateway.until(
                lambda: any(
                    isinstance(ppm, int) and ppm > 1700
                    for ppm in gateway.values("air-1", "carbon_dioxide")
                ),
                "1750 ppm",
            )
            doubts = {
                o.quality for o in gateway.seen if (o.device, o.kind) == ("motion-1", "button")
            }
            assert doubts == {"possible_replay"}
            assert {device for device, _ in gateway.refused} <= {"motion-1"}
            assert {error.reason for _, error in gateway.refused} <= {"replay"}
            assert gateway.receiver.scanner.noise > 0  # the bare names
        assert await home.stop() == 0
