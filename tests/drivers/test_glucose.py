"""Glucose meter and glucose sensor: units, time, context, E2E-CRC, sessions."""

from __future__ import annotations

import pytest

from edge.domain import Quality
from edge.drivers.base import Decoded, Notification
from edge.drivers.codec import crc16_mcrf4xx
from edge.drivers.gatt import cgm, glucose
from edge.drivers.gatt.gatt_memory import recall
from edge.errors import DecodeError
from tests.drivers.tools import device
from tests.support.clock import instant

AT_0830 = "EA070301081E00"
START = "EA070302 0A0000 08 00"  # 2 March 2026, 10:00, UTC+2


def meter(text: str, characteristic: str = glucose.MEASUREMENT, state: bytes = b"") -> Decoded:
    one = Notification(characteristic=characteristic, value=bytes.fromhex(text), clock_offset_s=7)
    return glucose.decode(device("glucose"), state, one, instant())


def sensor(text: str, characteristic: str = cgm.MEASUREMENT, state: bytes = b"") -> Decoded:
    one = Notification(characteristic=characteristic, value=bytes.fromhex(text))
    return cgm.decode(device("cgm"), state, one, instant())


def told(decoded: Decoded) -> list[tuple[str, object, str]]:
    return [(one.kind, one.value, one.quality.value) for one in decoded.observations]


@pytest.mark.parametrize(
    "flags, word, value, quality",
    [
        ("02", "78B0", 6.66, "ok"),  # 120 mg/dL
        ("02", "79B0", 6.72, "ok"),
        ("02", "E8B3", 55.51, "ok"),  # 1000 mg/dL
        ("02", "EBB3", None, "out_of_range"),  # 1003 mg/dL
        ("06", "37C0", 5.5, "ok"),
        ("06", "2CC2", 55.6, "ok"),
        ("06", "2DC2", None, "out_of_range"),
        ("02", "0000", None, "out_of_range"),
        ("02", "FF07", None, "not_a_number"),
        ("06", "0008", None, "not_at_this_resolution"),
        ("06", "FE07", None, "positive_infinity"),
        ("02", "0208", None, "negative_infinity"),
        ("02", "0108", None, "reserved"),
    ],
)
def test_a_concentration(flags: str, word: str, value: float | None, quality: str) -> None:
    """kg/L and mol/L become mmol/L with one rounding."""
    decoded = meter(f"{flags} 0100 {AT_0830} {word} 11")
    assert told(decoded)[0] == ("glucose", value, quality)


@pytest.mark.parametrize(
    "base, offset, time, quality",
    [
        (AT_0830, "FBFF", "2026-03-01T08:25:00", "ok"),
        (AT_0830, "7800", "2026-03-01T10:30:00", "ok"),
        (AT_0830, "FF7F", None, "clock_doubtful"),
        (AT_0830, "0080", None, "clock_doubtful"),
        (AT_0830, "FF7E", "2026-03-23T22:21:00", "clock_doubtful"),  # three weeks from now
        ("00000301081E00", "FBFF", "--03-01T08:25:00", "clock_doubtful"),
        ("00000000081E00", "FBFF", "T08:25:00", "clock_doubtful"),
        ("EA070D01081E00", "FBFF", None, "clock_doubtful"),
        ("EA070300081E00", "0100", None, "clock_doubtful"),
    ],
)
def test_the_time_offset(base: str, offset: str, time: str | None, quality: str) -> None:
    """The user may have set the clock since: the offset is part of the time."""
    decoded = meter(f"03 0100 {base} {offset} 78B0 11")
    assert told(decoded)[0] == ("glucose", 6.66, quality)
    assert decoded.observations[0].device_time == time
    assert decoded.observations[0].device_seq == 1
    assert decoded.observations[0].device_offset_s == 7


@pytest.mark.parametrize(
    "status, text, quality",
    [
        ("0000", "none", "ok"),
        ("0100", "battery_low", "ok"),
        ("0200", "sensor_malfunction", "questionable"),
        ("2000", "result_too_high", "questionable"),
        ("0008", "time_fault", "clock_doubtful"),
        ("0006", "strip_pulled_too_soon,device_fault", "questionable"),
        ("0080", "none", "questionable"),  # a bit of a later release: doubt without a name
    ],
)
def test_the_sensor_status(status: str, text: str, quality: str) -> None:
    """What the meter doubts is flagged, with the reason beside it; an empty battery is no doubt."""
    decoded = meter(f"0A 0100 {AT_0830} 78B0 11 {status}")
    assert told(decoded)[0] == ("glucose", 6.66, quality)
    assert told(decoded)[3][1] == text


@pytest.mark.parametrize("both", ["1A", "4A", "41"])
def test_control_solution_is_nobodys_blood(both: str) -> None:
    """The meter tested itself: the value must not look like a person's."""
    decoded = meter(f"02 0100 {AT_0830} 78B0 {both}")
    assert told(decoded)[0] == ("glucose", None, "not_available")


@pytest.mark.parametrize("flags, word", [("02", "78B0"), ("06", "2BB0")])
def test_interstitial_fluid_is_told_apart(flags: str, word: str) -> None:
    """In mg/dL under its own code, whatever the meter's unit."""
    kind, value, _ = told(meter(f"{flags} 0100 {AT_0830} {word} 29"))[0]
    assert kind == "glucose_interstitial"
    assert isinstance(value, float)
    assert value == pytest.approx(120.0 if flags == "02" else 7.75, abs=0.01)


def test_the_same_measurement_under_another_number_is_the_same() -> None:
    """A meter that was reset may count what it kept anew."""
    first = meter(f"02 0100 {AT_0830} 78B0 11")
    assert first.state is not None
    assert meter(f"02 0900 {AT_0830} 78B0 11", state=first.state).duplicate
    assert not meter(f"02 0100 {AT_0830} 79B0 11", state=first.state).duplicate


# Nordic's full context: dinner 100 g, casual, professional, minor issues, 60 s at 50 %,
# long-acting insulin 123.5 mL, HbA1c 34.5 %; the amounts written as SFLOATs of kg and L.
FULL_CONTEXT = "FF 0000 B3 03 64D0 04 12 3C00 32 04 D3C4 59F1"


def test_a_context_in_full() -> None:
    """NordicSemiconductor/Android-BLE-Common-Library, GlucoseMeasurementContextDataCallbackTest."""
    ((kind, text, quality),) = told(meter(FULL_CONTEXT, glucose.CONTEXT))
    assert (kind, quality) == ("measurement_context", "clock_doubtful")
    assert str(text).split(",") == [
        "carbohydrate=dinner",
        "carbohydrate_g=100",
        "meal=casual",
        "tester=health_care_professional",
        "health=minor_issues",
        "exercise_s=60",
        "exercise_percent=50",
        "medication=long_acting_insulin",
        "medication_ml=123.5",
        "hba1c_percent=34.5",
    ]


@pytest.mark.parametrize(
    "text, words",
    [
        ("00 0100", "none"),
        ("02 0100 03", "meal=fasting"),
        ("02 0100 09", "meal=reserved"),
        ("04 0100 FF", "tester=not_available,health=not_available"),
        ("04 0100 00", "tester=reserved,health=reserved"),
        ("08 0100 FFFF 64", "exercise_s=out_of_range,exercise_percent=100"),
        ("10 0100 01 05A0", "medication=rapid_acting_insulin,medication_mg=5"),
        ("40 0100 FF07", "hba1c_percent=not_a_number"),
        ("01 0100 00 0008", "carbohydrate=reserved,carbohydrate_g=not_at_this_resolution"),
    ],
)
def test_a_part_of_a_context(text: str, words: str) -> None:
    """What is not known is named, never a number."""
    assert told(meter(text, glucose.CONTEXT))[0][1] == words


@pytest.mark.parametrize("length", range(17))
def test_a_context_cut_short_is_refused(length: int) -> None:
    """The flags say how long it is."""
    whole = FULL_CONTEXT.replace(" ", "")
    with pytest.raises(DecodeError):
        meter(whole[: 2 * length], glucose.CONTEXT)


def test_a_context_has_the_time_of_its_measurement() -> None:
    """It follows with the same number; a measurement known before brings nothing new along."""
    first = meter(f"12 0500 {AT_0830} 78B0 11")
    assert first.state is not None
    context = meter("02 0500 03", glucose.CONTEXT, first.state)
    assert context.observations[0].device_time == "2026-03-01T08:30:00"
    assert context.observations[0].device_seq == 5
    assert context.observations[0].quality is Quality.OK
    assert context.state is not None
    assert meter("02 0500 03", glucose.CONTEXT, context.state).duplicate
    other = meter("02 0600 03", glucose.CONTEXT, first.state)
    assert other.observations[0].device_time is None
    again = meter(f"12 0500 {AT_0830} 78B0 11", state=context.state)
    assert again.duplicate
    assert again.state is not None
    assert meter("02 0500 02", glucose.CONTEXT, again.state).duplicate


# -- the worn sensor


def checked(text: str) -> str:
    raw = bytes.fromhex(text)
    return (raw + crc16_mcrf4xx(raw).to_bytes(2, "little")).hex()


@pytest.mark.parametrize("start", [START, checked(START)])
def test_a_record_is_dated_by_its_session(start: str) -> None:
    """Minutes after the session's start; stored once, even with others in one notification."""
    began = sensor(start, cgm.SESSION_START)
    assert not began.observations
    assert began.state is not None
    first = sensor("06 00 7800 0500", state=began.state)
    assert told(first) == [("glucose_interstitial", 120.0, "ok")]
    assert first.observations[0].device_time == "2026-03-02T10:05:00"
    assert first.observations[0].device_seq == 5
    assert first.state is not None
    assert sensor("06 00 7800 0500", state=first.state).duplicate
    both = sensor("06 00 7800 0500 06 00 7900 0A00", state=first.state)
    assert not both.duplicate
    assert [one.device_time for one in both.observations] == ["2026-03-02T10:10:00"]


def test_another_start_is_another_session() -> None:
    """A new sensor's record of the same minute is another one, and its records are asked for."""
    began = sensor(START, cgm.SESSION_START)
    first = sensor("06 00 7800 0500", state=began.state or b"")
    second = sensor("06 00 7900 0A00", state=first.state or b"")
    assert recall(second.state or b"").last == 5
    replaced = sensor("EA070310 0A0000 08 00", cgm.SESSION_START, second.state or b"")
    assert recall(replaced.state or b"").last is None
    again = sensor("06 00 7800 0500", state=replaced.state or b"")
    assert not again.duplicate
    assert again.observations[0].device_time == "2026-03-16T10:05:00"


@pytest.mark.parametrize("start", ["00" * 9, "0000000010000000 00", "EA070D01081E00 08 00"])
def test_a_session_without_a_date_dates_nothing(start: str) -> None:
    """A sensor that was never told the time counts minutes from an unknown moment."""
    began = sensor(start, cgm.SESSION_START)
    decoded = sensor("06 00 7800 0500", state=began.state or b"")
    assert decoded.observations[0].device_time is None
    assert told(decoded) == [("glucose_interstitial", 120.0, "clock_doubtful")]


@pytest.mark.parametrize(
    "text, reason, byte",
    [
        ("08000C100600586F", "crc", 6),  # Nordic: crcError
        ("06000C100600 08000C100600586F", "crc", 6),
        ("", "length", 0),
        ("00", "length", 0),
        ("01", "length", 1),
        ("06 E3 0C10 0500", "length", 6),  # the flags want more than the size has
        ("07 00 0C10 0500 00", "length", 6),
        ("09 00 0C10 0500 000000", "length", 6),
        ("06 00 0C10 05", "length", 5),
        ("06 00 0C10 0500 06", "length", 7),
    ],
)
def test_a_damaged_record_is_refused(text: str, reason: str, byte: int) -> None:
    """Its size, its flags and its E2E-CRC agree, or nothing of the notification is taken."""
    with pytest.raises(DecodeError) as refused:
        sensor(text)
    assert (refused.value.reason, refused.value.byte) == (reason, byte)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("E20704180D08180804E0C3", "crc"),
        ("E20704180D081808", "length"),
        ("E20704180D08180804E0", "length"),
    ],
)
def test_a_damaged_start_is_refused(text: str, reason: str) -> None:
    """A wrong start would date a fortnight of records wrongly."""
    with pytest.raises(DecodeError) as refused:
        sensor(text, cgm.SESSION_START)
    assert refused.value.reason == reason


def test_the_published_start_is_read() -> None:
    """NordicSemiconductor/Android-BLE-Common-Library, CGMSessionStartTimeDataCallbackTest."""
    began = sensor("E20704180D08180804E0C2", cgm.SESSION_START)
    decoded = sensor("06 00 7800 0000", state=began.state or b"")
    assert decoded.observations[0].device_time == "2018-04-24T13:08:24"


@pytest.mark.parametrize(
    "flags, octets, text, quality",
    [
        ("80", "01", "session_stopped", "questionable"),
        ("80", "02", "battery_low", "ok"),
        ("40", "04", "calibration_recommended", "ok"),
        ("40", "08", "calibration_required", "questionable"),
        ("20", "04", "below_hypo_level", "ok"),
        ("20", "40", "result_too_low", "questionable"),
        ("E0", "021080", "battery_low,temperature_too_high,result_too_high", "questionable"),
        ("A0", "0001", "below_patient_low", "ok"),
        ("C0", "0000", "none", "ok"),
    ],
)
def test_the_sensors_own_words(flags: str, octets: str, text: str, quality: str) -> None:
    """Faults doubt the value; its own low and high levels are passed on and doubt nothing."""
    began = sensor(START, cgm.SESSION_START)
    size = 6 + len(octets) // 2
    decoded = sensor(f"{size:02x}{flags}78000500{octets}", state=began.state or b"")
    assert told(decoded) == [
        ("glucose_interstitial", 120.0, quality),
        ("measurement_status", text, "ok"),
    ]


@pytest.mark.parametrize(
    "trend, share, expected",
    [
        ("02F0", "E5F3", [0.2, 99.7]),
        ("FEFF", "0000", [-0.2, 0.0]),
        ("E803", "E803", [None, None]),
        ("FF07", "FFFF", [None, None]),
    ],
)
def test_trend_and_quality(trend: str, share: str, expected: list[float | None]) -> None:
    """mg/dL a minute, falling too, and percent; no number where there is none."""
    decoded = sensor(f"0A 03 7800 0500 {trend} {share}")
    assert [one.value for one in decoded.observations[1:]] == expected
