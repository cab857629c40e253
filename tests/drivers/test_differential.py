"""Our decoders against the packaged parsers, on generated payloads of what both know."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
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
from edge.drivers import DRIVERS
from edge.drivers.advert import bthome, ruuvitag
from edge.drivers.advert.bthome_objects import OBJECTS, PACKET_ID
from edge.errors import DecodeError
from tests.drivers.disagreements import ROWS, Row
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


def info(payload: bytes, at_s: int = 0) -> BluetoothServiceInfoBleak:
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
        time=1_750_000_000.0 + at_s,
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


def their_events(update: Any) -> Iterator[str]:
    for key, event in update.events.items():
        yield f"{key.key} {event.event_type}"


RUUVI_MAC = "CB:B8:33:4C:88:4F"
PAGE = Path(__file__).parents[2] / "docs" / "developer" / "disagreements.md"


def read_by_us(row: Row) -> tuple[object, ...]:
    address = RUUVI_MAC if row.driver == "ruuvitag" else MAC
    one = device(row.driver, address=address, key=row.key)
    state = b""
    told: tuple[object, ...] = ()
    for second, payload in enumerate(row.frames):
        try:
            heard = frame(row.driver, payload, address)
            decoded = DRIVERS[row.driver].decode(one, state, heard, instant(second * 1000))
        except DecodeError as refused:
            state, told = refused.state or state, (refused.reason,)
            continue
        state = decoded.state or state
        seen = decoded.observations
        told = tuple(one.value for one in seen if row.kind in (None, one.kind))
    return told


def read_by_them(row: Row) -> tuple[object, ...]:
    if row.driver == "ruuvitag":
        values = their_ruuvi(row.frames[-1])
        return tuple(value for key, value in values.items() if key == row.field)
    parser = BTHomeBluetoothDeviceData(bindkey=row.key)
    for second, payload in enumerate(row.frames[:-1]):
        parser.update(info(payload, second))
    parser._sensor_values_updates.clear()
    update = parser.update(info(row.frames[-1], len(row.frames)))
    return (*their_values(update), *their_events(update))


@pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])
def test_disagreement(row: Row) -> None:
    """Each row of the table is as both parsers are today: who changes, changes the table."""
    assert read_by_us(row) == row.ours
    assert read_by_them(row) == row.theirs
    assert row.ours != row.theirs


def shown(values: tuple[object, ...]) -> str:
    return ", ".join("no value" if one is None else str(one) or '""' for one in values) or "nothing"


def test_the_page_is_the_table() -> None:
    """What stands in the documentation is what is run here, row for row."""
    rows = [
        f"| {row.what} | {shown(row.ours)} | {shown(row.theirs)} | {row.words} | {row.right} |"
        for row in ROWS
    ]
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    assert lines[1:] == rows


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


AIR = (
    ("temperature", "temperature", 1, 0.0051),
    ("humidity", "humidity", 1, 0.0051),
    ("pressure", "pressure", 100, 0.51),
    ("pm1", "pm1", 1, 1e-9),
    ("pm25", "pm25", 1, 1e-9),
    ("pm4", "pm4", 1, 1e-9),
    ("pm10", "pm10", 1, 1e-9),
    ("carbon_dioxide", "carbon_dioxide", 1, 0),
    ("voc_index", "voc_index", 1, 0),
    ("nox_index", "nox_index", 1, 0),
    ("illuminance", "illuminance", 1, 0.51),
)
LARGE = st.integers(0, 0xFFFF) | st.just(0xFFFF)
INDEX = st.integers(0, 250) | st.just(0xFF)


@given(
    climate=st.tuples(st.integers(-0x8000, 0x7FFF), LARGE, LARGE),
    dust=st.tuples(LARGE, LARGE, LARGE, LARGE),
    co2=LARGE,
    indices=st.tuples(INDEX, INDEX),
    light=st.integers(0, 0xFFFFFF) | st.just(0xFFFFFF),
    flags=st.sampled_from([0x00, 0x01, 0xC0, 0xC1, 0x40, 0x80]),
    short=st.booleans(),
)
def test_ruuvi_air(
    climate: tuple[int, int, int],
    dust: tuple[int, int, int, int],
    co2: int,
    indices: tuple[int, int],
    light: int,
    flags: int,
    short: bool,
) -> None:
    """Random fields of both formats: the same readings, but for what the table says."""
    if short:
        payload = struct.pack(">BhHHHH", 6, *climate, dust[0], co2)
        payload += bytes([*indices, light & 0xFF, 0xFF, 7, flags])
        payload += bytes.fromhex(RUUVI_MAC.replace(":", ""))[3:]
    else:
        payload = struct.pack(">BhHH4HH", 0xE1, *climate, *dust, co2)
        payload += bytes(indices) + light.to_bytes(3) + b"\xff" * 3 + bytes([0, 0, 7, flags])
        payload += b"\xff" * 5 + bytes.fromhex(RUUVI_MAC.replace(":", ""))
    one = device("ruuvitag", address=RUUVI_MAC)
    decoded = ruuvitag.decode(one, b"", frame("ruuvitag", payload), instant())
    mine: dict[str, Any] = {seen.kind: seen.value for seen in decoded.observations}
    other = their_ruuvi(payload)
    for kind, key, scale, near in AIR:
        if kind not in mine:
            assert key not in other
        elif mine[kind] is None:
            assert other[key] is None or other[key] > 500
        else:
            assert mine[kind] == pytest.approx(other[key] * scale, rel=1e-9, abs=near)


@given(presses=st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 6, 0x80]), min_size=2, max_size=6))
def test_several_buttons(presses: list[int]) -> None:
    """The same buttons pressed in the same way, the number in the value or in the key."""
    payload = b"\x44" + b"".join(bytes([0x3A, press]) for press in presses)
    told = [
        f"{PRESSES.get(event.event_type, event.event_type)} {key.key.removeprefix('button_')}"
        for key, event in theirs(payload).events.items()
    ]
    assert ours(payload) == told


@given(
    readings=st.lists(st.integers(-0x8000, 0x7FFF), min_size=2, max_size=6),
    doors=st.lists(st.booleans(), min_size=2, max_size=4),
)
def test_several_readings_of_one_kind(readings: list[int], doors: list[bool]) -> None:
    """They are told in the order in which they stand."""
    payload = b"\x40" + b"".join(b"\x02" + struct.pack("<h", one) for one in readings)
    payload += b"".join(bytes([0x1A, one]) for one in doors)
    assert ours(payload) == [*(one / 100 for one in readings), *doors]
    assert their_values(theirs(payload)) == ours(payload)
