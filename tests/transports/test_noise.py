"""The air of a block of flats: telephones, watches, laptops and headphones that are not ours."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from edge.drivers.advert.noise import is_noise
from edge.transports.ble.scanner import Listed, Scanner
from edge.transports.lanes import LaneQueue
from tests.transports.fakes import CLIMATE, Beats, FakeRadio, Faults

if TYPE_CHECKING:
    from tests.support.clock import FakeClock

FOREIGN = 100_000
# What tracemalloc itself and the counters may take; one kept address of 17 letters has 66 bytes.
LEFT_MAX_BYTES = 10_000

BASE = "0000{:04x}-0000-1000-8000-00805f9b34fb"
NOISE: dict[str, tuple[dict[int, bytes], dict[str, bytes]]] = {
    "Apple nearby": ({0x004C: bytes.fromhex("1005011824A1B2")}, {}),
    "Apple handoff": ({0x004C: bytes.fromhex("0C0E00A1B2C3")}, {}),
    "Find My": ({0x004C: bytes.fromhex("12190000")}, {}),
    "Swift Pair": ({0x0006: bytes.fromhex("030080")}, {}),
    "Fast Pair": ({}, {BASE.format(0xFE2C): b"\x00\x11\x22"}),
    "exposure notification": ({}, {BASE.format(0xFD6F): bytes(20)}),
    "several at once": ({0x004C: b"\x10\x05", 0x0006: b""}, {BASE.format(0xFEF3): b"\x01"}),
    "a bare name": ({}, {}),
}
READ = {
    "iBeacon": ({0x004C: b"\x02\x15" + bytes(21)}, {}),
    "cut iBeacon": ({0x004C: b"\x02"}, {}),
    "Ruuvi": ({0x0499: b"\x05"}, {}),
    "unknown company": ({0xFFFF: b""}, {}),
    "BTHome beside noise": ({0x004C: b"\x10\x05"}, {BASE.format(0xFCD2): b"\x40"}),
    "Eddystone": ({}, {BASE.format(0xFEAA): b"\x20"}),
    "unknown service": ({}, {BASE.format(0x1810): b""}),
}
Said = tuple[dict[int, bytes], dict[str, bytes]]


def advertisement(said: Said) -> AdvertisementData:
    return AdvertisementData(None, said[0], said[1], [], None, -60, ())


def foreign(number: int) -> BLEDevice:
    parts = (0x5A, 0, 0, number >> 16 & 255, number >> 8 & 255, number & 255)
    return BLEDevice(":".join(f"{part:02X}" for part in parts), None, None)


@pytest.mark.parametrize("said", NOISE.values(), ids=NOISE)
def test_noise_is_known_by_its_first_bytes(said: Said) -> None:
    """What no driver could read."""
    assert is_noise(*said)


@pytest.mark.parametrize("said", READ.values(), ids=READ)
def test_what_may_be_a_reading_is_left_to_its_driver(said: Said) -> None:
    """One field that is not known as noise is enough."""
    assert not is_noise(*said)


def test_noise_of_our_own_device_is_counted_and_not_queued(clock: FakeClock) -> None:
    """A wristband that also says "nearby" is heard for what it is enrolled for."""
    queue = LaneQueue()
    scanner = Scanner(FakeRadio(), queue, clock, on_fault=Faults(), beat=Beats())
    scanner.enrol({CLIMATE: Listed("climate-1")})
    device = BLEDevice(CLIMATE, None, None)
    for said in NOISE.values():
        scanner.heard(device, advertisement(said))
    assert (scanner.noise, len(queue)) == (len(NOISE), 0)
    for said in READ.values():
        scanner.heard(device, advertisement(said))
    assert (scanner.noise, len(queue)) == (len(NOISE), len(READ))
    assert scanner.strangers == 0


def test_a_hundred_thousand_foreign_adverts_leave_nothing_behind(clock: FakeClock) -> None:
    """Every address is new, every kind of noise is there, and nothing of it stays."""
    queue = LaneQueue()
    scanner = Scanner(FakeRadio(), queue, clock, on_fault=Faults(), beat=Beats())
    scanner.enrol({CLIMATE: Listed("climate-1")})
    kinds = [advertisement(said) for said in (*NOISE.values(), *READ.values())]
    scanner.heard(foreign(FOREIGN), kinds[0])
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(FOREIGN):
            scanner.heard(foreign(number), kinds[number % len(kinds)])
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < LEFT_MAX_BYTES
    assert (scanner.strangers, scanner.noise, len(queue)) == (FOREIGN + 1, 0, 0)
