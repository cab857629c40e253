"""Continuous Glucose Monitoring Profile 0x181F: a worn sensor's records, stored ones too.

Source: Bluetooth SIG Continuous Glucose Monitoring Service: 0x2AA7 (one or more
records: size, flags, concentration SFLOAT in mg/dL, time offset u16 in minutes
since the session began, up to three octets of status, trend SFLOAT in mg/dL/min,
quality SFLOAT in %, E2E-CRC), Session Start Time 0x2AAA (date and time, time
zone, daylight saving, E2E-CRC). The control point 0x2AAC is never written.

The E2E-CRC is there when the record's size has room for it, and is checked. A
record is dated by the start of its session, which is read before anything is
asked for; another start is another session, whose offsets begin again.
"""

from __future__ import annotations

import msgspec

from edge.domain import Device, Instant, Observation, Quality, Role
from edge.drivers.base import Decoded, Driver, Frame, GattPlan, Notification, Shape
from edge.drivers.codec import Reader, crc16_mcrf4xx, date_time, shifted
from edge.drivers.gatt import gatt_common as common
from edge.drivers.gatt import racp
from edge.drivers.gatt.gatt_memory import SESSION_BYTES, Memory, is_dated, outcome, recall
from edge.errors import DecodeError

SERVICE = common.uuid(0x181F)
MEASUREMENT = common.uuid(0x2AA7)
SESSION_START = common.uuid(0x2AAA)

_HAS_TREND = 0x01
_HAS_QUALITY = 0x02
_HAS_WARNING = 0x20
_HAS_CALIBRATION = 0x40
_HAS_STATUS = 0x80

_CRC_BYTES = 2
_DATE_TIME_BYTES = 7
# Sensors measure 40 to 400 mg/dL; what is beyond 1000 is no glucose of a person.
_HIGHEST_MG_DL = 1000.0
# Sensors tell up to 8 mg/dL/min; a hundred is no trend.
_STEEPEST = 100.0

# In the order of the octets: status, calibration and temperature, warning.
_STATUS_BITS = (
    (0x000001, "session_stopped"),
    (0x000002, "battery_low"),
    (0x000004, "sensor_type_incorrect"),
    (0x000008, "sensor_malfunction"),
    (0x000010, "device_specific_alert"),
    (0x000020, "device_fault"),
    (0x000100, "time_synchronization_required"),
    (0x000200, "calibration_not_allowed"),
    (0x000400, "calibration_recommended"),
    (0x000800, "calibration_required"),
    (0x001000, "temperature_too_high"),
    (0x002000, "temperature_too_low"),
    (0x010000, "below_patient_low"),
    (0x020000, "above_patient_high"),
    (0x040000, "below_hypo_level"),
    (0x080000, "above_hyper_level"),
    (0x100000, "falling_too_fast"),
    (0x200000, "rising_too_fast"),
    (0x400000, "result_too_low"),
    (0x800000, "result_too_high"),
)
# A fault, a missing calibration, a wrong temperature, or a result that the sensor cannot process.
# The levels and rates are about the person: they doubt no value.
_DOUBT = 0x00002D | 0x003800 | 0xC00000


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """Records, the session's start, the end of a report, or what the sensor says of itself."""
    frame = common.value_of(frame)
    memory = recall(state)
    if frame.characteristic == MEASUREMENT:
        return _measurement(device, memory, frame, at)
    if frame.characteristic == SESSION_START:
        return _session(memory, frame.value)
    if frame.characteristic == common.RECORD_ACCESS:
        return outcome(memory, racp.answered(memory, frame.value))
    return common.common(device, memory, frame, at)


def _measurement(device: Device, memory: Memory, frame: Notification, at: Instant) -> Decoded:
    whole = Reader(frame.value)
    told: list[Observation] = []
    after, unknown = memory, 0
    while whole.left or not whole.pos:
        begin = whole.pos
        size = whole.u8("size of the record")
        if size == 0:
            raise DecodeError("length", "a record of no bytes", begin)
        record = bytes((size,)) + whole.take(size - 1, "record")
        offset, time, seen = _record(device, after, frame, record, at)
        after, known = after.met((time or "").encode() + record, time)
        after = racp.took(after, offset, known=known, dated=is_dated(time))
        if not known:
            unknown += 1
            told += seen
    return outcome(memory, after, tuple(told), duplicate=not unknown)


def _record(
    device: Device, memory: Memory, frame: Notification, record: bytes, at: Instant
) -> tuple[int, str | None, list[Observation]]:
    reader = Reader(record)
    reader.u8("size")
    flags = reader.u8("flags")
    glucose = reader.sfloat("glucose concentration")
    offset = reader.u16("time offset")
    octets = (_HAS_STATUS, _HAS_CALIBRATION, _HAS_WARNING)
    status = 0
    for place, bit in enumerate(octets):
        if flags & bit:
            status |= reader.u8("sensor status") << 8 * place
    trend = reader.sfloat("trend") if flags & _HAS_TREND else None
    quality = reader.sfloat("quality") if flags & _HAS_QUALITY else None
    _check(reader, record)

    time = shifted(_started(memory.session), offset)
    clock = common.clock_quality(time, Quality.OK, at)
    doubt = Quality.QUESTIONABLE if status & _DOUBT else clock
    tell = common.Teller(device, frame, at, time, offset)
    number, own = common.bounded(*glucose, _HIGHEST_MG_DL)
    tell("glucose_interstitial", number, common.worse(own, doubt))
    if trend is not None:
        number, own = common.bounded(*trend, _STEEPEST, -_STEEPEST)
        tell("glucose_trend", number, common.worse(own, doubt))
    if quality is not None:
        number, own = quality
        if number is not None and not 0 <= number <= common.FULL_PERCENT:
            number, own = None, Quality.OUT_OF_RANGE
        tell("measurement_quality", number, common.worse(own, doubt))
    if flags & (_HAS_STATUS | _HAS_CALIBRATION | _HAS_WARNING):
        names = common.flagged(status, _STATUS_BITS)
        tell("measurement_status", ",".join(names) or common.NOTHING_FLAGGED, clock)
    return offset, time, tell.told


def _check(reader: Reader, data: bytes) -> None:
    """Nothing may be left of `data`, or its CRC, which must be right."""
    if reader.left == _CRC_BYTES:
        place = reader.pos
        if reader.u16("CRC") != crc16_mcrf4xx(data[:place]):
            raise DecodeError("crc", "the E2E-CRC is not that of the bytes before it", place)
    reader.done()


def _started(session: bytes) -> str | None:
    """The session's start; None when the sensor was never told the time (all zero)."""
    if len(session) < _DATE_TIME_BYTES:
        return None
    text, _ = date_time(session[:_DATE_TIME_BYTES])
    return text if is_dated(text) else None


def _session(memory: Memory, value: bytes) -> Decoded:
    """A session has begun to be read: by its start, the one of last time or another."""
    reader = Reader(value)
    start = reader.take(SESSION_BYTES, "session start")
    _check(reader, value)
    if memory.session and memory.session != start:
        after = racp.restarted(memory)
    else:
        # What was heard last may have been a live record, ahead of those that were lost.
        after = msgspec.structs.replace(memory, newest=None, hold=False)
    return outcome(memory, msgspec.structs.replace(after, session=start))


DRIVER = Driver(
    id="cgm",
    title="Continuous glucose monitor (Bluetooth profile 0x181F)",
    shape=Shape.GATT,
    roles=frozenset({Role.VITALS}),
    silent_after_s=2 * 24 * 3600,
    silent_reason="worn all day; a day away from home and a change of the sensor are normal",
    decode=decode,
    from_payload=common.payload_of(MEASUREMENT),
    match=common.matcher(SERVICE),
    plan=GattPlan(
        service=SERVICE,
        read=(*common.COMMON_READ, SESSION_START),
        subscribe=(MEASUREMENT, common.RECORD_ACCESS),
        quiet_s=10.0,  # a sensor looks through two weeks of records before the first
        begin=racp.begin,
        ends=racp.ends,
    ),
)
