"""Heart rate, thermometer, oximeter, scale, insulin pump: what each says in its own way."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.drivers import DRIVERS
from edge.drivers.base import Decoded, Notification
from edge.drivers.gatt import health_thermometer, heart_rate, insulin, pulse_oximeter, weight_scale
from edge.drivers.gatt.gatt_common import uuid
from edge.errors import DecodeError
from tests.drivers.tools import device
from tests.support.clock import instant


def heard(name: str, characteristic: str, text: str, state: bytes = b"") -> Decoded:
    one = Notification(characteristic=characteristic, value=bytes.fromhex(text))
    return DRIVERS[name].decode(device(name), state, one, instant())


def told(decoded: Decoded) -> list[tuple[str, object, str]]:
    return [(one.kind, one.value, one.quality.value) for one in decoded.observations]


# -- heart rate


@pytest.mark.parametrize(
    "text, rate, quality",
    [
        ("0001", 1, "ok"),
        ("0000", None, "out_of_range"),
        ("01 9001", 400, "ok"),
        ("01 9101", None, "out_of_range"),
        ("01 FFFF", None, "out_of_range"),
        ("06 48", 72, "ok"),
        ("04 48", None, "not_available"),
        ("02 48", 72, "ok"),  # "contact" without "can tell contact" says nothing
    ],
)
def test_a_heart_rate(text: str, rate: int | None, quality: str) -> None:
    """A number of a heart, or none: without contact there is none, whatever is sent."""
    decoded = heard("heart_rate", heart_rate.MEASUREMENT, text)
    assert told(decoded)[0] == ("heart_rate", rate, quality)


def test_without_contact_there_are_no_beats() -> None:
    """What lies between beats that were not felt is not known."""
    decoded = heard("heart_rate", heart_rate.MEASUREMENT, "14 48 0004")
    assert told(decoded)[2] == ("rr_interval", None, "not_available")


@pytest.mark.parametrize(
    "raw, seconds, quality",
    [
        ("0004", 1.0, "ok"),
        ("0014", 5.0, "ok"),
        ("0114", None, "out_of_range"),
        ("0000", None, "out_of_range"),
    ],
)
def test_an_rr_interval(raw: str, seconds: float | None, quality: str) -> None:
    """In 1/1024 s; no heart of a living person pauses for more than five seconds."""
    decoded = heard("heart_rate", heart_rate.MEASUREMENT, "10 48" + raw)
    assert told(decoded)[1] == ("rr_interval", seconds, quality)


def test_a_full_energy_counter_is_no_number() -> None:
    """65535 kJ is where it stops counting."""
    decoded = heard("heart_rate", heart_rate.MEASUREMENT, "08 48 FFFF")
    assert told(decoded)[1] == ("energy_expended", None, "out_of_range")


@pytest.mark.parametrize(
    "text, byte", [("", 0), ("01 48", 2), ("10 48 0004 01", 5), ("00 48 00", 2)]
)
def test_a_heart_rate_of_another_length_is_refused(text: str, byte: int) -> None:
    """Half an RR interval is none."""
    with pytest.raises(DecodeError) as refused:
        heard("heart_rate", heart_rate.MEASUREMENT, text)
    assert (refused.value.reason, refused.value.byte) == ("length", byte)


def test_where_the_sensor_is_worn_is_told_once() -> None:
    """A belt stays a belt."""
    first = heard("heart_rate", heart_rate.SENSOR_LOCATION, "01")
    assert told(first) == [("sensor_location", "chest", "ok")]
    assert first.state is not None
    assert heard("heart_rate", heart_rate.SENSOR_LOCATION, "01", first.state).duplicate
    unknown = heard("heart_rate", heart_rate.SENSOR_LOCATION, "07")
    assert told(unknown) == [("sensor_location", None, "reserved")]


def test_a_live_session_leaves_time_for_others() -> None:
    """A belt is worn for hours; a cuff advertises for a minute."""
    for name in ("heart_rate", "pulse_oximeter"):
        plan = DRIVERS[name].plan
        assert plan is not None
        assert plan.longest_s <= 30


# -- thermometer


@pytest.mark.parametrize(
    "text, celsius, quality",
    [
        ("00 6C0100FF", 36.4, "ok"),
        ("01 DA0300FF", 37.0, "ok"),  # 98.6 degF
        ("01 DB0300FF", 37.06, "ok"),
        ("01 620000 00", 36.67, "ok"),  # 98 degF
        ("00 FFFF7F00", None, "not_a_number"),
        ("00 00008000", None, "not_at_this_resolution"),
        ("00 FEFF7F00", None, "positive_infinity"),
        ("01 02008000", None, "negative_infinity"),
        ("00 01008000", None, "reserved"),
        ("00 C80000FF", None, "out_of_range"),  # 20 Cel
        ("00 C20100FF", 45.0, "ok"),
        ("00 C30100FF", None, "out_of_range"),
        ("01 000000 00", None, "out_of_range"),  # 0 degF
        ("00 FFFF7F7F", None, "out_of_range"),
    ],
)
def test_a_body_temperature(text: str, celsius: float | None, quality: str) -> None:
    """In Celsius with one rounding, and no number where there is none."""
    decoded = heard("health_thermometer", health_thermometer.MEASUREMENT, text)
    assert told(decoded) == [("body_temperature", celsius, quality)]


@given(st.integers(681, 1130))
def test_fahrenheit_is_rounded_once(tenths: int) -> None:
    """Within half a hundredth of the exact value, and each tenth of a degree apart."""
    text = (b"\x01" + tenths.to_bytes(3, "little") + b"\xff").hex()
    decoded = heard("health_thermometer", health_thermometer.MEASUREMENT, text)
    celsius = decoded.observations[0].value
    assert isinstance(celsius, float)
    assert math.isclose(celsius, (tenths / 10 - 32) / 1.8, abs_tol=0.00501)


@pytest.mark.parametrize(
    "code, site, quality",
    [
        ("01", "armpit", "ok"),
        ("09", "tympanum", "ok"),
        ("00", None, "reserved"),
        ("0A", None, "reserved"),
    ],
)
def test_where_it_was_measured(code: str, site: str | None, quality: str) -> None:
    """In the measurement, or once for a thermometer whose site never changes."""
    decoded = heard("health_thermometer", health_thermometer.MEASUREMENT, "04 6C0100FF" + code)
    assert told(decoded)[1] == ("sensor_location", site, quality)
    fixed = heard("health_thermometer", health_thermometer.TEMPERATURE_TYPE, code)
    assert told(fixed) == [("sensor_location", site, quality)]


def test_a_temperature_that_still_rises_is_not_asked_for() -> None:
    """The intermediate temperature is no measurement."""
    plan = health_thermometer.DRIVER.plan
    assert plan is not None
    assert uuid(0x2A1E) not in (*plan.read, *plan.subscribe, *plan.also)


# -- pulse oximeter


def test_a_continuous_measurement_tells_the_normal_response() -> None:
    """StanfordSpezi/SpeziBluetooth, PLX tests: 99 %, 97 beats, with fast, slow and status."""
    text = "1F DEF3 CAF3 CAF3 5AF5 D4F3 B2F2 2001 000000 7AE3"
    assert told(heard("pulse_oximeter", pulse_oximeter.CONTINUOUS, text)) == [
        ("oxygen_saturation", 99.0, "ok"),
        ("pulse_rate", 97.0, "ok"),
        ("perfusion_index", 8.9, "ok"),
        ("measurement_status", "measurement_ongoing,fully_qualified", "ok"),
    ]


@pytest.mark.parametrize("length", range(20))
def test_a_continuous_measurement_cut_short_is_refused(length: int) -> None:
    """The flags say how long it is."""
    text = "1FDEF3CAF3CAF35AF5D4F3B2F220010000007AE3"[: 2 * length]
    with pytest.raises(DecodeError) as refused:
        heard("pulse_oximeter", pulse_oximeter.CONTINUOUS, text)
    assert refused.value.reason == "length"


@pytest.mark.parametrize(
    "status, sensor, quality",
    [
        ("0000", "000000", "ok"),
        ("2000", "010200", "ok"),  # ongoing; the display and the analysis go on
        ("8003", "000000", "ok"),  # validated, fully qualified, from storage
        ("4000", "000000", "questionable"),  # early
        ("0010", "000000", "questionable"),  # calibration
        ("0040", "000000", "questionable"),
        ("0000", "200000", "questionable"),  # low perfusion
        ("0000", "002000", "questionable"),  # displaced
        ("0004", "000000", "not_available"),  # demonstration
        ("0008", "000000", "not_available"),  # testing
        ("0020", "000000", "not_available"),  # unavailable
        ("0080", "000000", "not_available"),  # invalid
        ("0000", "000800", "not_available"),  # on nobody
        ("0000", "008000", "not_available"),  # disconnected
        ("4000", "000800", "not_available"),
    ],
)
@pytest.mark.parametrize(
    "flags, characteristic",
    [("06", pulse_oximeter.SPOT_CHECK), ("0C", pulse_oximeter.CONTINUOUS)],
)
def test_what_the_oximeter_says_of_its_measurement(
    flags: str, characteristic: str, status: str, sensor: str, quality: str
) -> None:
    """Doubted values are flagged; those of nobody, and those it withdraws, are none."""
    decoded = heard("pulse_oximeter", characteristic, f"{flags} 6100 4800 {status} {sensor}")
    number = None if quality == "not_available" else 97.0
    assert told(decoded)[0] == ("oxygen_saturation", number, quality)
    assert told(decoded)[1][2] == quality


@pytest.mark.parametrize(
    "word, value, quality",
    [
        ("6400", 100.0, "ok"),
        ("6500", None, "out_of_range"),
        ("0000", None, "out_of_range"),
        ("7F00", None, "out_of_range"),  # the serial oximeters' "no value"
        ("FF07", None, "not_a_number"),
        ("0008", None, "not_at_this_resolution"),
    ],
)
def test_a_saturation(word: str, value: float | None, quality: str) -> None:
    """Percent, and no number where there is none."""
    decoded = heard("pulse_oximeter", pulse_oximeter.SPOT_CHECK, f"00 {word} 4800")
    assert told(decoded)[0] == ("oxygen_saturation", value, quality)


def test_a_clock_that_was_never_set_tells_no_repeat() -> None:
    """It begins at the same moment whenever it is switched on."""
    text = "11 6100 4800 D0070101000500"
    first = heard("pulse_oximeter", pulse_oximeter.SPOT_CHECK, text)
    assert first.state is None
    assert told(first)[0] == ("oxygen_saturation", 97.0, "clock_doubtful")


# -- weight


@pytest.mark.parametrize(
    "text, kilograms, quality",
    [
        ("00 B036", 70.0, "ok"),
        ("00 FEFF", 327.67, "ok"),
        ("01 FEFF", 297.257, "ok"),
        ("00 FFFF", None, "not_available"),
        ("01 FFFF", None, "not_available"),
        ("00 0000", None, "out_of_range"),
        ("00 9001", None, "out_of_range"),  # 2 kg
        ("00 9101", 2.005, "ok"),
    ],
)
def test_a_weight(text: str, kilograms: float | None, quality: str) -> None:
    """In kg, whatever the scale shows; 0xFFFF is a weighing that failed."""
    decoded = heard("weight_scale", weight_scale.MEASUREMENT, text)
    assert told(decoded) == [("body_weight", kilograms, quality)]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("08 B036 E700 CC06", [23.1, 1.74]),
        ("09 483C E700 AD02", [23.1, 1.74]),
        ("08 B036 0000 0000", [None, None]),
        ("08 B036 FFFF FFFF", [None, None]),
    ],
)
def test_index_and_height(text: str, expected: list[float | None]) -> None:
    """A height that nobody entered is none."""
    decoded = heard("weight_scale", weight_scale.MEASUREMENT, text)
    assert [one.value for one in decoded.observations[1:]] == expected


# -- insulin pump


@pytest.mark.parametrize(
    "text, expected",
    [
        ("55 96 6400 01", ["run", "ready", 100.0]),
        ("33 33 0000 01", ["stop", "off", 0.0]),
        ("3C 5A FF07 01", ["pause", "priming", None]),
        ("0F 0F 6400 00", [None, None, None]),
        ("55 55 FF0F 01", ["run", "preparing", None]),  # -1 IU
    ],
)
def test_a_pumps_status(text: str, expected: list[object]) -> None:
    """Three things are read; an empty reservoir is a number, a missing one is none."""
    decoded = heard("insulin", insulin.STATUS, text)
    assert [one.value for one in decoded.observations] == expected


@pytest.mark.parametrize(
    "text, reason, byte",
    [
        ("3C3C6400010700 00", "crc", 6),
        ("55 96 6400", "length", 4),
        ("55 96 6400 01 07", "length", 6),
        ("55 96 6400 01 07 00", "length", 7),
    ],
)
def test_a_damaged_status_is_refused(text: str, reason: str, byte: int) -> None:
    """Its E2E-CRC is checked when it is there."""
    with pytest.raises(DecodeError) as refused:
        heard("insulin", insulin.STATUS, text)
    assert (refused.value.reason, refused.value.byte) == (reason, byte)
