"""Our decoders against the packaged parsers, on generated payloads of what both know."""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Any

import pytest
from bleak.backends.device import BLEDevice
from bthome_ble import BTHomeBluetoothDeviceData
from bthome_ble.const import MEAS_TYPES
from habluetooth import BluetoothServiceInfoBleak
from home_assistant_bluetooth import BluetoothServiceInfo
from hypothesis import given, settings
from hypothesis import strategies as st
from ruuvitag_ble import RuuvitagBluetoothDeviceData

from edge.domain import Scalar
from edge.drivers import bthome, ruuvitag
from edge.drivers.bthome_objects import OBJECTS, PACKET_ID
from tests.drivers.tools import KEY, MAC, device, frame, sealed
from tests.support.clock import instant

# What the other parser tells in another unit: how many of ours one of theirs is.
OURS_PER_THEIRS = {
    0x04: 100,  # hPa, ours Pa
    0x07: 0.45359237,  # lb, ours kg
    0x40: 0.001,  # mm, ours m
    0x48: 0.001,  # mL, ours L
}
# What both round differently: 0x58 is told in steps of 0.35, by them to one decimal.
TOLERANCE = {0x07: 6e-4, 0x58: 0.051}
# Objects of which the other parser makes no value, or not the value of the published table.
APART = {
    PACKET_ID,  # a value of theirs, the frame's number of ours
    0x28,  # any value but 0 is safe to them; to us, any but 1 is unsafe
    0x3A,  # events, below
    0x3B,
    0x3C,
    0xF0,  # names of the device, not observations
    0xF1,
    0xF2,
}
NUMBERS = sorted(set(MEAS_TYPES) - APART - {0x53, 0x54})
PRESSES = {"hold_press": "hold"}


def info(payload: bytes) -> BluetoothServiceInfoBleak:
    return BluetoothServiceInfoBleak(
        name="sensor",
        address=MAC,
        rssi=-60,
        manufacturer_data={},
        service_data={bthome.SERVICE: payload},
        service_uuids=[],
        source="",
        device=BLEDevice(MAC, "sensor", None),
        advertisement=None,
        connectable=False,
        time=1_750_000_000.0,
        tx_power=None,
    )


def theirs(payload: bytes, key: bytes | None = None) -> Any:
    return BTHomeBluetoothDeviceData(bindkey=key).update(info(payload))


def their_values(update: Any) -> list[Any]:
    values = [
        one.native_value
        for name, one in (*update.entity_values.items(), *update.binary_entity_values.items())
        if name.key != "signal_strength"
    ]
    return [v.isoformat().replace("+00:00", "Z") if isinstance(v, datetime) else v for v in values]


def ours(payload: bytes, key: bytes | None = None) -> list[Scalar]:
    one = device("bthome", key=key)
    decoded = bthome.decode(one, b"", frame("bthome", payload), instant())
    return [seen.value for seen in decoded.observations]


def test_both_know_the_same_objects() -> None:
    """An id that the reference parser gains should come to our table, with its length."""
    assert set(MEAS_TYPES) == {number for number, row in enumerate(OBJECTS) if row is not None}
    for number in NUMBERS:
        row = OBJECTS[number]
        assert row is not None
        assert row.size == MEAS_TYPES[number].data_length


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number:02X}")
@settings(max_examples=12)  # times some eighty objects; the other parser is slow
@given(data=st.data())
def test_one_object(number: int, data: st.DataObject) -> None:
    """Every object of fixed length, with random bytes: the same value in our unit."""
    size = MEAS_TYPES[number].data_length
    raw = data.draw(st.binary(min_size=size, max_size=size))
    payload = bytes([0x40, number]) + raw
    (mine,) = ours(payload)
    (other,) = their_values(theirs(payload))
    if number == 0x01 and raw[0] > 100:
        assert mine is None  # they tell a battery of 255 %
    elif isinstance(other, str | bool):
        assert mine == other
    else:
        scale = OURS_PER_THEIRS.get(number, 1)
        near = TOLERANCE.get(number, 1e-9)
        assert mine == pytest.approx(other * scale, rel=1e-9, abs=near)


@given(
    temperature=st.integers(-0x8000, 0x7FFF),
    humidity=st.integers(0, 0xFFFF),
    battery=st.integers(0, 100),
    smoke=st.booleans(),
    counter=st.integers(1, 2**32 - 1),
)
def test_a_frame_of_several_objects_plain_and_encrypted(
    temperature: int, humidity: int, battery: int, smoke: bool, counter: int
) -> None:
    """Several objects in one frame, in the clear and encrypted, give the same values."""
    objects = struct.pack("<BBBhBHBB", 1, battery, 2, temperature, 3, humidity, 0x29, smoke)
    expected = [battery, temperature / 100, humidity / 100, smoke]
    assert ours(b"\x40" + objects) == expected
    assert their_values(theirs(b"\x40" + objects)) == expected
    frame_ = sealed(objects, counter)
    assert ours(frame_, KEY) == expected
    assert their_values(theirs(frame_, KEY)) == expected


@given(st.integers(0, 255))
def test_presses(code: int) -> None:
    """Presses have the same names; a code without one is still a press to us."""
    payload = bytes([0x44, 0x3A, code])
    mine = ours(payload)
    other = [PRESSES.get(e.event_type, e.event_type) for e in theirs(payload).events.values()]
    if not other and code:
        assert mine == (["hold"] if code == 0xFE else ["other"])
    else:
        assert mine == other


@given(direction=st.sampled_from([0, 1, 2]), steps=st.integers(0, 255))
def test_dimmers(direction: int, steps: int) -> None:
    """Turns have the same direction and number of steps."""
    payload = bytes([0x44, 0x3C, direction, steps])
    events = list(theirs(payload).events.values())
    signs = {"rotate_left": -1, "rotate_right": 1}
    assert ours(payload) == [
        signs[event.event_type] * event.event_properties["steps"] for event in events
    ]


@given(text=st.text(min_size=1, max_size=12), raw=st.binary(min_size=1, max_size=12))
def test_text_and_raw(text: str, raw: bytes) -> None:
    """Objects that say their own length are read alike."""
    utf8 = text.encode()
    payload = bytes([0x40, 0x53, len(utf8)]) + utf8 + bytes([0x54, len(raw)]) + raw
    assert ours(payload) == [text, raw.hex()] == their_values(theirs(payload))


def their_ruuvi(payload: bytes) -> dict[str, Any]:
    update = RuuvitagBluetoothDeviceData().update(
        BluetoothServiceInfo(
            name="Ruuvi",
            address=MAC,
            rssi=-60,
            manufacturer_data={ruuvitag.COMPANY_ID: payload},
            service_data={},
            service_uuids=[],
            source="",
        )
    )
    return {key.key: one.native_value for key, one in update.entity_values.items()}


@given(
    climate=st.tuples(st.integers(-0x8000, 0x7FFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF)),
    power=st.integers(0, 0xFFFF),
    moves=st.integers(0, 0xFE),
    sequence=st.integers(0, 0xFFFF),
)
def test_ruuvitag(climate: tuple[int, int, int], power: int, moves: int, sequence: int) -> None:
    """Random fields: the same readings, theirs rounded to two decimals.

    They tell 255 movements where the format says "not available", so that value is left out.
    """
    payload = struct.pack(">BhHHhhhHBH", 5, *climate, 4, -4, 1036, power, moves, sequence)
    payload += bytes.fromhex(MAC.replace(":", ""))
    one = device("ruuvitag")
    decoded = ruuvitag.decode(one, b"", frame("ruuvitag", payload), instant())
    mine = {seen.kind: seen.value for seen in decoded.observations}
    other = their_ruuvi(payload)
    for kind, key, scale in (
        ("temperature", "temperature", 1),
        ("humidity", "humidity", 1),
        ("pressure", "pressure", 100),
        ("battery_voltage", "voltage", 1),
        ("movement_counter", "movement_counter", 1),
    ):
        if mine[kind] is None:
            assert other[key] is None
        else:
            assert mine[kind] == pytest.approx(other[key] * scale, abs=0.0051)
