"""Stored records: what is asked for, what counts as collected, and meters that begin again."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.drivers import DRIVERS
from edge.drivers.base import Notification
from edge.drivers.gatt import cgm, glucose, racp
from edge.drivers.gatt.gatt_common import RECORD_ACCESS
from edge.drivers.gatt.gatt_memory import Memory, recall
from edge.errors import DecodeError
from tests.drivers.tools import device
from tests.support.clock import instant

ALL = b"\x01\x01"
SUCCESS = bytes.fromhex("06000101")
NO_RECORDS = bytes.fromhex("06000106")
BEGINNING = datetime(2026, 1, 1)  # noqa: DTZ001 (a device's clock has no zone)


def asked(memory: Memory) -> bytes:
    (write,) = racp.begin(msgspec.msgpack.encode(memory), instant())
    assert write.characteristic == "00002a52-0000-1000-8000-00805f9b34fb"
    return write.value


def date_time(when: datetime) -> bytes:
    return struct.pack("<H5B", when.year, *when.timetuple()[1:6])


@pytest.mark.parametrize(
    "memory, request_",
    [
        (Memory(), "0101"),
        (Memory(last=0), "0103010100"),
        (Memory(last=41), "0103012A00"),
        (Memory(last=0xFFFE), "010301FFFF"),
        (Memory(last=0xFFFF), "0101"),
        (Memory(last=41, doubted=True), "0103012900"),
        (Memory(last=0, doubted=True), "0103010000"),
    ],
)
def test_what_came_after_the_last_is_asked_for(memory: Memory, request_: str) -> None:
    """All at first, then from the next number on; from the last itself when in doubt."""
    assert asked(memory) == bytes.fromhex(request_)


@pytest.mark.parametrize(
    "value, last",
    [
        ("06000101", True),
        ("06000106", True),
        ("06000109", True),
        ("060001", True),
        ("06000401", False),
        ("05000300", False),
        ("", False),
    ],
)
def test_the_response_to_a_report_ends_the_session(value: str, last: bool) -> None:
    """Whatever it says; the answer to another request, and another characteristic, do not."""
    frame = Notification(characteristic=RECORD_ACCESS, value=bytes.fromhex(value))
    assert racp.ends(frame) is last
    assert not racp.ends(msgspec.structs.replace(frame, characteristic=glucose.MEASUREMENT))


@pytest.mark.parametrize(
    "value, reason, byte",
    [
        ("", "length", 0),
        ("060001", "length", 3),
        ("0600010100", "length", 4),
        ("05000300", "reserved", 0),
        ("06000201", "reserved", 0),
    ],
)
@pytest.mark.parametrize("name", ["glucose", "cgm"])
def test_what_is_no_response_is_refused(name: str, value: str, reason: str, byte: int) -> None:
    """An answer to what was never asked is no answer."""
    frame = Notification(characteristic=RECORD_ACCESS, value=bytes.fromhex(value))
    with pytest.raises(DecodeError) as refused:
        DRIVERS[name].decode(device(name), b"", frame, instant())
    assert (refused.value.reason, refused.value.byte) == (reason, byte)


@pytest.mark.parametrize("code", ["02", "03", "04", "05", "09"])
def test_a_meter_that_cannot_filter_is_asked_for_all(code: str) -> None:
    """Better a record twice than never."""
    after = racp.answered(Memory(last=5), bytes.fromhex("060001" + code))
    assert asked(after) == ALL


@pytest.mark.parametrize("code", ["07", "08", "0A", "FF"])
def test_a_report_that_failed_is_asked_for_again(code: str) -> None:
    """What was counted stays counted, what was heard last does not count yet."""
    after = racp.answered(Memory(last=5, newest=7), bytes.fromhex("060001" + code))
    assert asked(after) == bytes.fromhex("0103010600")


def test_a_record_counts_when_the_next_one_has_come() -> None:
    """A link lost after record 2 leaves it to be sent again; the report's end counts it."""
    memory = Memory()
    for number in (0, 1, 2):
        memory = racp.took(memory, number, known=False, dated=True)
    assert asked(memory) == bytes.fromhex("0103010200")
    assert asked(racp.answered(memory, SUCCESS)) == bytes.fromhex("0103010300")


def test_a_live_record_amid_the_stored_ones_does_not_count() -> None:
    """A link lost after the live record 90 leaves the stored ones from 2 on to be sent."""
    memory = Memory()
    for number in (0, 5, 90):
        memory = racp.took(memory, number, known=False, dated=True)
    assert asked(memory) == bytes.fromhex("0103010600")
    for number in (10, 15):
        memory = racp.took(memory, number, known=False, dated=True)
    assert asked(racp.answered(memory, SUCCESS)) == bytes.fromhex("0103011000")


def test_a_meter_with_nothing_new_is_asked_whether_it_has_the_last() -> None:
    """It has: the next question is for what comes after it."""
    memory = racp.answered(Memory(last=5), NO_RECORDS)
    assert asked(memory) == bytes.fromhex("0103010500")
    memory = racp.answered(racp.took(memory, 5, known=True, dated=True), SUCCESS)
    assert asked(memory) == bytes.fromhex("0103010600")


def test_a_meter_that_lost_its_last_record_is_asked_for_all() -> None:
    """After a reset a meter counts from its beginning again."""
    memory = racp.answered(racp.answered(Memory(last=5), NO_RECORDS), NO_RECORDS)
    assert asked(memory) == ALL


@pytest.mark.parametrize("dated, request_", [(True, "0101"), (False, "0103010600")])
def test_another_record_under_the_last_number(dated: bool, request_: str) -> None:
    """A meter that was reset has counted up to there; without a date nobody can tell."""
    memory = racp.took(Memory(last=5, doubted=True), 5, known=False, dated=dated)
    memory = racp.took(memory, 6, known=False, dated=dated)
    assert asked(memory) == bytes.fromhex(request_ if dated else "0103010600")
    memory = racp.answered(memory, SUCCESS)
    assert asked(memory) == bytes.fromhex("0101" if dated else "0103010700")


class Meter:
    """A glucose meter, and the gateway's end of its sessions."""

    def __init__(self) -> None:
        self.records: list[tuple[int, datetime]] = []
        self.measured = 0
        self.state = b""
        self.stored: list[str | None] = []

    def measure(self) -> None:
        number = self.records[-1][0] + 1 if self.records else 0
        self.records.append((number, BEGINNING + timedelta(hours=self.measured)))
        self.measured += 1

    def reset(self) -> None:
        self.records = []

    @property
    def ran_past(self) -> bool:
        """Reset, and beyond the last number again before anybody asked: indistinguishable."""
        last = recall(self.state).last
        old = {time for time in self.stored if time is not None}
        unheard = [number for number, when in self.records if when.isoformat() not in old]
        return (
            last is not None
            and bool(unheard)
            and unheard[0] <= last
            and self.records[-1][0] > last
            and not self.hears_of_reset
        )

    @property
    def hears_of_reset(self) -> bool:
        return recall(self.state).hold

    def session(self, lost_after: int | None = None) -> None:
        (write,) = racp.begin(self.state, instant())
        first = 0
        if write.value != ALL:
            assert write.value[:3] == b"\x01\x03\x01"
            first = int.from_bytes(write.value[3:], "little")
        chosen = [record for record in self.records if record[0] >= first]
        frames = [
            (
                glucose.MEASUREMENT,
                struct.pack("<BH", 2, number) + date_time(when) + bytes.fromhex("78B011"),
            )
            for number, when in chosen
        ]
        frames.append((RECORD_ACCESS, SUCCESS if chosen else NO_RECORDS))
        for characteristic, value in frames[:lost_after]:
            frame = Notification(characteristic=characteristic, value=value)
            decoded = glucose.decode(device("glucose"), self.state, frame, instant())
            self.stored += [one.device_time for one in decoded.observations if one.kind[:2] == "gl"]
            self.state = self.state if decoded.state is None else decoded.state


@given(
    st.lists(
        st.tuples(st.just("measure"), st.integers(1, 6))
        | st.tuples(st.just("session"), st.none() | st.integers(0, 5))
        | st.tuples(st.just("reset"), st.none()),
        max_size=14,
    )
)
def test_every_record_is_stored_once(events: list[tuple[str, int | None]]) -> None:
    """Through lost links and resets, all that the meter still has is stored, nothing twice."""
    meter = Meter()
    for event, number in events:
        match event:
            case "measure":
                for _ in range(number or 0):
                    meter.measure()
            case "session" if not meter.ran_past:
                meter.session(number)
            case "reset":
                meter.reset()
    if meter.ran_past:
        return
    for _ in range(4):
        meter.session()
    assert {when.isoformat() for _, when in meter.records} <= set(meter.stored)
    assert len(meter.stored) == len(set(meter.stored))


class Sensor:
    """A continuous glucose monitor: five minutes a record, live ones amid the stored ones."""

    def __init__(self) -> None:
        self.started = BEGINNING
        self.offsets: list[int] = []
        self.state = b""
        self.stored: list[str | None] = []

    def measure(self) -> bytes:
        offset = self.offsets[-1] + 5 if self.offsets else 0
        self.offsets.append(offset)
        return self.record(offset)

    def record(self, offset: int) -> bytes:
        return struct.pack("<BBHH", 6, 0, 120, offset)

    def replace(self) -> None:
        self.started += timedelta(days=14)
        self.offsets = []

    def hear(self, characteristic: str, value: bytes) -> None:
        frame = Notification(characteristic=characteristic, value=value)
        decoded = cgm.decode(device("cgm"), self.state, frame, instant())
        self.stored += [one.device_time for one in decoded.observations]
        self.state = self.state if decoded.state is None else decoded.state

    def session(self, lost_after: int | None, live_at: int | None, *, late: bool) -> None:
        """`late`: the request is made before the start that was read is decoded."""
        early = racp.begin(self.state, instant())
        self.hear(cgm.SESSION_START, date_time(self.started) + b"\x08\x00")
        (write,) = early if late else racp.begin(self.state, instant())
        first = 0 if write.value == ALL else int.from_bytes(write.value[3:], "little")
        chosen = [offset for offset in self.offsets if offset >= first]
        frames = [(cgm.MEASUREMENT, self.record(offset)) for offset in chosen]
        frames.append((RECORD_ACCESS, SUCCESS if chosen else NO_RECORDS))
        if live_at is not None:
            frames.insert(live_at, (cgm.MEASUREMENT, self.measure()))
        for characteristic, value in frames[:lost_after]:
            self.hear(characteristic, value)


@given(
    st.lists(
        st.tuples(st.just("measure"), st.integers(1, 6), st.none(), st.booleans())
        | st.tuples(
            st.just("session"),
            st.none() | st.integers(0, 6),
            st.none() | st.integers(0, 4),
            st.booleans(),
        )
        | st.tuples(st.just("replace"), st.none(), st.none(), st.booleans()),
        max_size=14,
    )
)
def test_every_record_of_a_sensor_is_stored_once(
    events: list[tuple[str, int | None, int | None, bool]],
) -> None:
    """Through lost links, live records and new sensors, nothing is missed and nothing twice."""
    sensor = Sensor()
    for event, number, live_at, late in events:
        match event:
            case "measure":
                for _ in range(number or 0):
                    sensor.measure()
            case "session":
                sensor.session(number, live_at, late=late)
            case "replace":
                sensor.replace()
    for _ in range(4):
        sensor.session(None, None, late=True)
    expected = {(sensor.started + timedelta(minutes=one)).isoformat() for one in sensor.offsets}
    assert expected <= set(sensor.stored)
    assert len(sensor.stored) == len(set(sensor.stored))
