from __future__ import annotations

import pytest

from edge.domain import Instant, Sync
from edge.drivers.base import Decoded, Notification
from edge.drivers.gatt import blood_pressure
from edge.errors import DecodeError
from tests.drivers.tools import device
from tests.support.clock import instant

CUFF = device("blood_pressure")
PRESSURES = "78 00 50 00 5D 00"  # 120, 80, 93
ON_2026_03_01 = "EA 07 03 01 08 1E 00"


def measured(text: str, state: bytes = b"", at: Instant | None = None) -> Decoded:
    value = bytes.fromhex(text)
    frame = Notification(characteristic=blood_pressure.MEASUREMENT, value=value)
    return blood_pressure.decode(CUFF, state, frame, at or instant())


def told(decoded: Decoded) -> list[tuple[str, object, str]]:
    return [
        (one.kind.removeprefix("blood_pressure_"), one.value, one.quality.value)
        for one in decoded.observations
    ]


def test_a_failed_measurement_has_no_value() -> None:
    """NaN with an all-clear status word is a failure, not 2047 mm[Hg]."""
    decoded = measured("14 FF07 FF07 FF07 FF07 0000")
    assert told(decoded) == [
        ("systolic", None, "not_a_number"),
        ("diastolic", None, "not_a_number"),
        ("mean", None, "not_a_number"),
        ("pulse_rate", None, "not_a_number"),
        ("measurement_status", "none", "ok"),
    ]


@pytest.mark.parametrize(
    "word, quality",
    [
        ("0008", "not_at_this_resolution"),
        ("FE07", "positive_infinity"),
        ("0208", "negative_infinity"),
        ("0108", "reserved"),
        ("FFFF", "out_of_range"),  # -0.1: what a cuff writes that means 0xFFFF
        ("0000", "out_of_range"),
        ("FD07", "out_of_range"),  # 2045
        ("9101", "out_of_range"),  # 401
    ],
)
def test_what_is_no_pressure_is_named(word: str, quality: str) -> None:
    """A special, and a number that no cuff can measure, has no value and says why."""
    assert told(measured(f"00 {word} 5000 5D00"))[0] == ("systolic", None, quality)


@pytest.mark.parametrize(
    "status, text",
    [
        ("0000", "none"),
        ("0100", "body_movement"),
        ("0200", "cuff_too_loose"),
        ("0400", "irregular_pulse"),
        ("0800", "pulse_above_range"),
        ("1000", "pulse_below_range"),
        ("1800", "pulse_range_reserved"),
        ("2000", "improper_position"),
        ("0580", "body_movement,irregular_pulse"),
    ],
)
def test_the_status_word_is_told_and_flags_the_values(status: str, text: str) -> None:
    """What the cuff itself doubts is there, flagged, with the reason beside it."""
    quality = "ok" if text == "none" else "questionable"
    assert told(measured(f"14 {PRESSURES} 4000 {status}")) == [
        ("systolic", 120.0, quality),
        ("diastolic", 80.0, quality),
        ("mean", 93.0, quality),
        ("pulse_rate", 64.0, quality),
        ("measurement_status", text, "ok"),
    ]


def test_an_unknown_user_is_not_a_user() -> None:
    """255 means that the cuff does not know who measured."""
    assert told(measured(f"08 {PRESSURES} FF"))[3] == ("user", None, "not_available")
    assert told(measured(f"08 {PRESSURES} 02"))[3] == ("user", 2, "ok")


def test_a_stored_measurement_sent_again_is_a_duplicate() -> None:
    """Lost acknowledgements and full memories send a measurement twice; time and values tell."""
    first = measured(f"02 {PRESSURES} {ON_2026_03_01}")
    assert first.state is not None
    again = measured(f"02 {PRESSURES} {ON_2026_03_01}", first.state)
    assert again.duplicate
    assert not again.observations
    other = measured(f"02 7900 5000 5D00 {ON_2026_03_01}", first.state)
    assert not other.duplicate
    assert other.state is not None


def test_a_cuff_that_sends_all_it_has_at_every_connection_is_heard_once() -> None:
    """Nearly a year of daily measurements, and all of them again."""
    days = [(month, day) for month in range(1, 13) for day in range(1, 29)]
    state = b""
    for month, day in days:
        state = measured(f"02 {PRESSURES} E907 {month:02X} {day:02X} 081E00", state).state or state
    for month, day in days:
        assert measured(f"02 {PRESSURES} E907 {month:02X} {day:02X} 081E00", state).duplicate


@pytest.mark.parametrize("time", ["", "00000000000000", "00000000081E00", "EA070D01081E00"])
def test_without_a_date_nothing_is_a_duplicate(time: str) -> None:
    """Two equal measurements may be two: without a date there is no telling."""
    flags = "02" if time else "00"
    decoded = measured(f"{flags} {PRESSURES} {time}")
    assert decoded.state is None
    assert not measured(f"{flags} {PRESSURES} {time}", bytes(64)).duplicate


def test_a_moment_that_cannot_be_flags_the_measurement() -> None:
    """The values are there, the time is not."""
    decoded = measured(f"02 {PRESSURES} EA070D01081E00")
    assert told(decoded)[0] == ("systolic", 120.0, "clock_doubtful")
    assert decoded.observations[0].device_time is None


@pytest.mark.parametrize(
    "time, sync, quality",
    [
        ("EA0703020E0000", Sync.NTP, "ok"),  # the tests' noon is 14:00 here
        ("EA0703030E0000", Sync.NTP, "ok"),
        ("EA0703030E0001", Sync.NTP, "clock_doubtful"),
        ("EB070101000000", Sync.HOLDOVER, "clock_doubtful"),
        ("EB070101000000", Sync.NONE, "ok"),
        ("EA070000000000", Sync.NTP, "clock_doubtful"),
        ("00000301081E00", Sync.NTP, "clock_doubtful"),
        ("00000000081E00", Sync.NONE, "clock_doubtful"),
    ],
)
def test_a_clock_without_a_date_or_a_day_ahead_is_doubtful(
    time: str, sync: Sync, quality: str
) -> None:
    """A measurement of tomorrow has a wrong time, if it is not the gateway's that is wrong."""
    decoded = measured(f"02 {PRESSURES} {time}", at=instant(sync=sync))
    assert told(decoded)[0] == ("systolic", 120.0, quality)
    assert decoded.observations[0].device_time is not None


@pytest.mark.parametrize(
    "text, byte",
    [("", 0), ("00", 1), ("02" + PRESSURES, 7), (f"00 {PRESSURES} 00", 7), ("1F" + PRESSURES, 7)],
)
def test_a_measurement_of_another_length_is_refused(text: str, byte: int) -> None:
    """The flags say how long a measurement is."""
    with pytest.raises(DecodeError) as refused:
        measured(text)
    assert (refused.value.reason, refused.value.byte) == ("length", byte)


def battery(value: bytes) -> Decoded:
    frame = Notification(characteristic=blood_pressure.BATTERY_LEVEL, value=value)
    return blood_pressure.decode(CUFF, b"", frame, instant())


def test_the_battery_level() -> None:
    """One byte of percent; above 100 there is none."""
    assert told(battery(b"\x57")) == [("battery", 87, "ok")]
    assert told(battery(b"\x65")) == [("battery", None, "out_of_range")]
    for wrong in (b"", b"\x57\x00"):
        with pytest.raises(DecodeError):
            battery(wrong)


def test_the_offset_of_the_cuffs_clock_stands_by_every_reading() -> None:
    """Who reads a stored measurement can tell when it was, though the clock has been set since."""
    value = bytes.fromhex(f"1E {PRESSURES} {ON_2026_03_01} 4000 01 0000")
    frame = Notification(
        characteristic=blood_pressure.MEASUREMENT, value=value, clock_offset_s=-3600
    )
    decoded = blood_pressure.decode(CUFF, b"", frame, instant())
    assert {one.device_offset_s for one in decoded.observations} == {-3600}
    assert len(decoded.observations) == 6


def test_the_plan_subscribes_and_reads_nothing_more() -> None:
    """Measurements by indication, the rest by reading; the cuff's inner pressure is not ours."""
    plan = blood_pressure.DRIVER.plan
    assert plan is not None
    assert plan.subscribe == ("00002a35-0000-1000-8000-00805f9b34fb",)
    assert plan.read == tuple(
        f"0000{short}-0000-1000-8000-00805f9b34fb"
        for short in ("2a19", "2a29", "2a24", "2a25", "2a26")
    )
    assert plan.quiet_s == 5.0
    intermediate = Notification(
        characteristic="00002a36-0000-1000-8000-00805f9b34fb", value=b"\x00\x78\x00"
    )
    with pytest.raises(DecodeError) as refused:
        blood_pressure.decode(CUFF, b"", intermediate, instant())
    assert refused.value.reason == "not_ours"
