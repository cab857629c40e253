"""What every instrument has: battery, name plate, clock offset, duplicates."""

from __future__ import annotations

import pytest

from edge.domain import Instant
from edge.drivers import DRIVERS
from edge.drivers.base import Advert, Decoded, Notification, Shape
from edge.drivers.gatt.gatt_common import BATTERY_LEVEL, uuid
from edge.errors import DecodeError
from tests.drivers.tools import MAC, device, frame, vectors

GATT = [name for name, driver in DRIVERS.items() if driver.shape is Shape.GATT]
# A measurement of 1 March 2026, 08:30, of each profile that keeps measurements.
STORED = {
    "blood_pressure": "02 7800 5000 5D00 EA070301081E00",
    "health_thermometer": "02 B00E00FE EA070301081E00",
    "pulse_oximeter": "01 6100 4800 EA070301081E00",
    "weight_scale": "02 A456 EA070301081E00",
    "glucose": "02 0200 EA070301081E00 78B0 11",
}
MODEL = uuid(0x2A24)


def heard(name: str, characteristic: str, value: bytes, state: bytes = b"") -> Decoded:
    one = Notification(characteristic=characteristic, value=value, clock_offset_s=-90)
    return DRIVERS[name].decode(
        device(name), state, one, Instant(boot="b", boottime_ms=0, wall_ms=0)
    )


def told(decoded: Decoded) -> list[tuple[str, object, str]]:
    return [(one.kind, one.value, one.quality.value) for one in decoded.observations]


@pytest.mark.parametrize("name", GATT)
def test_the_battery_is_read(name: str) -> None:
    """One byte of percent, told at every session; above 100 there is none."""
    plan = DRIVERS[name].plan
    assert plan is not None
    assert BATTERY_LEVEL in plan.read
    assert told(heard(name, BATTERY_LEVEL, b"\x57")) == [("battery", 87, "ok")]
    assert told(heard(name, BATTERY_LEVEL, b"\xff")) == [("battery", None, "out_of_range")]
    for wrong in (b"", b"\x57\x00"):
        with pytest.raises(DecodeError):
            heard(name, BATTERY_LEVEL, wrong)


@pytest.mark.parametrize("name", GATT)
@pytest.mark.parametrize(
    "short, kind",
    [(0x2A29, "manufacturer"), (0x2A24, "model"), (0x2A25, "serial_number"), (0x2A26, "firmware")],
)
def test_the_name_plate_is_told_once(name: str, short: int, kind: str) -> None:
    """A line of it is an observation when it is new or changed, and a duplicate otherwise."""
    plan = DRIVERS[name].plan
    assert plan is not None
    assert uuid(short) in plan.read
    first = heard(name, uuid(short), b"UA-651BLE\x00")
    assert told(first) == [(kind, "UA-651BLE", "ok")]
    assert first.state is not None
    again = heard(name, uuid(short), b"UA-651BLE\x00", first.state)
    assert again == Decoded(duplicate=True)
    changed = heard(name, uuid(short), b"2.0", first.state)
    assert told(changed) == [(kind, "2.0", "ok")]


@pytest.mark.parametrize(
    "value, text, quality",
    [
        (b" A&D \x00\x00", "A&D", "ok"),
        ("Ääni".encode(), "Ääni", "ok"),
        ("Ääni".encode("latin-1"), "\ufffd\ufffdni", "questionable"),
        (b"two\nlines\x1b[31m", "twolines[31m", "ok"),
        (b"x" * 512, "x" * 64, "ok"),
    ],
)
def test_a_name_is_text_for_people(value: bytes, text: str, quality: str) -> None:
    """No control characters, a bound, and a flag where bytes were no text."""
    assert told(heard("weight_scale", MODEL, value)) == [("model", text, quality)]


@pytest.mark.parametrize("value", [b"", b"\x00", b"   "])
def test_an_empty_name_is_nothing_told(value: bytes) -> None:
    """An instrument without a serial number has none."""
    assert told(heard("weight_scale", MODEL, value)) == []


@pytest.mark.parametrize("name", STORED)
def test_a_stored_measurement_is_stored_once(name: str) -> None:
    """The same time and values again are a duplicate; the clock's offset changes nothing in it."""
    payload = bytes.fromhex(STORED[name])
    measurement = frame(name, payload)
    assert isinstance(measurement, Notification)
    first = heard(name, measurement.characteristic, payload)
    assert first.state is not None
    assert {one.device_time for one in first.observations} == {"2026-03-01T08:30:00"}
    assert {one.device_offset_s for one in first.observations} == {-90}
    again = heard(name, measurement.characteristic, payload, first.state)
    assert again.duplicate
    assert not again.observations
    later = bytearray(payload)
    later[-2 if name != "glucose" else -5] += 1
    assert not heard(name, measurement.characteristic, bytes(later), first.state).duplicate


@pytest.mark.parametrize(
    "name, short, text",
    [
        ("heart_rate", 0x2A37, "0048"),
        ("pulse_oximeter", 0x2A5F, "0061004800"),
        ("insulin", 0x2B21, "5596640001"),
    ],
)
def test_a_live_value_is_dated_by_our_clock(name: str, short: int, text: str) -> None:
    """How wrong the instrument's clock is says nothing of it."""
    decoded = heard(name, uuid(short), bytes.fromhex(text))
    assert decoded.observations
    assert {one.device_offset_s for one in decoded.observations} == {None}


@pytest.mark.parametrize("name", STORED)
def test_the_clock_of_an_instrument_that_stores_is_set(name: str) -> None:
    """What it measures next has the right time."""
    plan = DRIVERS[name].plan
    assert plan is not None
    assert plan.write_time


@pytest.mark.parametrize("name", GATT)
def test_another_characteristic_is_not_ours(name: str) -> None:
    """Only what the plan asks for is read."""
    with pytest.raises(DecodeError) as refused:
        heard(name, uuid(0x2A1E), b"\x00\x00\x00\x00\x00")
    assert refused.value.reason == "not_ours"


@pytest.mark.parametrize("name", GATT)
def test_the_service_is_the_claim(name: str) -> None:
    """The service is known, the model is not: 60 of 100."""
    driver = DRIVERS[name]
    assert driver.match is not None
    assert driver.plan is not None
    assert driver.match(Advert(address=MAC, service={driver.plan.service: b""})) == 60
    assert driver.match(Advert(address=MAC, service={uuid(0x180A): b""})) == 0


@pytest.mark.parametrize("name", GATT)
def test_every_instrument_has_vectors(name: str) -> None:
    """A driver without published bytes proves nothing."""
    assert vectors(name)["driver"] == name
    assert len(vectors(name)["cases"]) >= 3
