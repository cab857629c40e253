"""Glucose Profile 0x1808: a blood glucose meter's stored measurements, collected and left there.

Source: Bluetooth SIG Glucose Service: 0x2A18 (flags, sequence number, base time,
time offset s16 in minutes, concentration SFLOAT in kg/L or mol/L with type and
location of the sample, sensor status u16) and the context of a measurement,
0x2A34, which follows it with the same sequence number. A meter sends only what
it is asked for through the Record Access Control Point (`edge.drivers.gatt.racp`).

Told in mmol/L; one mmol/L of glucose is 18.0156 mg/dL (180.156 g/mol). A sample
of control solution is the meter's test of itself: it has no glucose of a
person. Interstitial fluid has its own kind, in mg/dL.

The same time and values are the same measurement, whatever its number.
"""

from __future__ import annotations

import msgspec

from edge.domain import Device, Instant, Quality, Role
from edge.drivers.base import Decoded, Driver, Frame, GattPlan, Notification, Shape
from edge.drivers.codec import Reader, shifted
from edge.drivers.gatt import gatt_common as common
from edge.drivers.gatt import racp
from edge.drivers.gatt.gatt_memory import Memory, is_dated, outcome, recall
from edge.drivers.gatt.glucose_context import context_of

SERVICE = common.uuid(0x1808)
MEASUREMENT = common.uuid(0x2A18)
CONTEXT = common.uuid(0x2A34)

_HAS_OFFSET = 0x01
_HAS_CONCENTRATION = 0x02
_IN_MOLES = 0x04
_HAS_STATUS = 0x08
_CONTEXT_FOLLOWS = 0x10
_SEQUENCE_AT = slice(1, 3)
# The offset's own words for "more" and "less than can be said".
_OFFSET_OVERRUN = 0x7FFF
_OFFSET_UNDERRUN = -0x8000

_MG_DL_PER_MMOL_L = 18.0156
_KG_L_TO_MG_DL = 5  # powers of ten
_MOL_L_TO_MMOL_L = 3
# Meters step by 1 mg/dL, which is 0.06 mmol/L.
_DECIMALS = 2
# Meters stop at 33.3 mmol/L and say "high" beyond; 55 is the most that one was made for.
_HIGHEST_MMOL_L = 55.6
_HIGHEST_MG_DL = 1000.0

_INTERSTITIAL = 9
_CONTROL_SOLUTION = 10
_TYPES = (
    None,
    "capillary_whole_blood",
    "capillary_plasma",
    "venous_whole_blood",
    "venous_plasma",
    "arterial_whole_blood",
    "arterial_plasma",
    "undetermined_whole_blood",
    "undetermined_plasma",
    "interstitial_fluid",
    "control_solution",
)
_LOCATIONS = (None, "finger", "alternate_site", "earlobe", "control_solution")
_LOCATION_CONTROL = 4
_LOCATION_UNKNOWN = 15

_STATUS_BITS = (
    (0x0001, "battery_low"),
    (0x0002, "sensor_malfunction"),
    (0x0004, "sample_insufficient"),
    (0x0008, "strip_insertion_error"),
    (0x0010, "strip_type_incorrect"),
    (0x0020, "result_too_high"),
    (0x0040, "result_too_low"),
    (0x0080, "temperature_too_high"),
    (0x0100, "temperature_too_low"),
    (0x0200, "strip_pulled_too_soon"),
    (0x0400, "device_fault"),
    (0x0800, "time_fault"),
)
_STATUS_NO_DOUBT = 0x0001
_STATUS_TIME = 0x0800


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One record, its context, the end of a report, or what the meter says of itself."""
    frame = common.value_of(frame)
    memory = recall(state)
    if frame.characteristic == MEASUREMENT:
        return _measurement(device, memory, frame, at)
    if frame.characteristic == CONTEXT:
        return _context(device, memory, frame, at)
    if frame.characteristic == common.RECORD_ACCESS:
        return outcome(memory, racp.answered(memory, frame.value))
    return common.common(device, memory, frame, at)


class _Sample(msgspec.Struct, frozen=True):
    """What stands in the concentration's field and in the byte after it."""

    mg_dl: float | None
    mmol_l: float | None
    quality: Quality
    type: int
    location: int


def _measurement(device: Device, memory: Memory, frame: Notification, at: Instant) -> Decoded:
    reader = Reader(frame.value)
    flags = reader.u8("flags")
    sequence = reader.u16("sequence number")
    time, stamped = reader.date_time("base time")
    if flags & _HAS_OFFSET:
        offset = reader.s16("time offset")
        beyond = offset in (_OFFSET_OVERRUN, _OFFSET_UNDERRUN)
        time = None if beyond else shifted(time, offset)
    sample = _sample(reader, moles=bool(flags & _IN_MOLES)) if flags & _HAS_CONCENTRATION else None
    status = reader.u16("sensor status") if flags & _HAS_STATUS else None
    reader.done()
    clock = common.clock_quality(time, stamped, at)
    if (status or 0) & _STATUS_TIME:
        clock = Quality.CLOCK_DOUBTFUL
    doubted = (status or 0) & ~(_STATUS_NO_DOUBT | _STATUS_TIME)
    doubt = Quality.QUESTIONABLE if doubted else clock

    tell = common.Teller(device, frame, at, time, sequence)
    _tell_sample(tell, sample, doubt, clock)
    if status is not None:
        names = common.flagged(status, _STATUS_BITS)
        tell("measurement_status", ",".join(names) or common.NOTHING_FLAGGED, clock)

    value = bytearray(frame.value)
    del value[_SEQUENCE_AT]
    after, known = memory.met(bytes(value), time)
    after = racp.took(after, sequence, known=known, dated=is_dated(time))
    record = (sequence, time, known) if flags & _CONTEXT_FOLLOWS else None
    after = msgspec.structs.replace(after, record=record)
    return outcome(memory, after, tuple(tell.told), duplicate=known)


def _sample(reader: Reader, *, moles: bool) -> _Sample:
    power = _MOL_L_TO_MMOL_L if moles else _KG_L_TO_MG_DL
    number, quality = reader.sfloat("concentration", power)
    both = reader.u8("sample type and location")
    mg_dl = mmol_l = None
    if number is not None:
        mg_dl = round(number * _MG_DL_PER_MMOL_L, _DECIMALS) if moles else number
        mmol_l = number if moles else round(number / _MG_DL_PER_MMOL_L, _DECIMALS)
    return _Sample(mg_dl, mmol_l, quality, both & 0x0F, both >> 4)


def _tell_sample(
    tell: common.Teller, sample: _Sample | None, doubt: Quality, clock: Quality
) -> None:
    if sample is None:
        tell("glucose", None, Quality.NOT_AVAILABLE)
        return
    if sample.type == _CONTROL_SOLUTION or sample.location == _LOCATION_CONTROL:
        tell("glucose", None, Quality.NOT_AVAILABLE)
    elif sample.type == _INTERSTITIAL:
        number, quality = common.bounded(sample.mg_dl, sample.quality, _HIGHEST_MG_DL)
        tell("glucose_interstitial", number, common.worse(quality, doubt))
    else:
        number, quality = common.bounded(sample.mmol_l, sample.quality, _HIGHEST_MMOL_L)
        tell("glucose", number, common.worse(quality, doubt))
    kind = _TYPES[sample.type] if sample.type < len(_TYPES) else None
    tell("sample_type", kind, Quality.RESERVED if kind is None else clock)
    if sample.location == _LOCATION_UNKNOWN:
        tell("sample_location", None, Quality.NOT_AVAILABLE)
    else:
        place = _LOCATIONS[sample.location] if sample.location < len(_LOCATIONS) else None
        tell("sample_location", place, Quality.RESERVED if place is None else clock)


def _context(device: Device, memory: Memory, frame: Notification, at: Instant) -> Decoded:
    """What was eaten, done and taken; it has the time of the measurement that it follows."""
    sequence, text = context_of(frame.value)
    number, time, stored = memory.record or (None, None, False)
    if number != sequence:
        time, stored = None, False
    if stored:
        return Decoded(duplicate=True)
    clock = common.clock_quality(time, Quality.OK, at)
    tell = common.Teller(device, frame, at, time, sequence)
    tell("measurement_context", text or common.NOTHING_FLAGGED, clock)
    after, known = memory.met(frame.value, time)
    return outcome(memory, after, tuple(tell.told), duplicate=known)


DRIVER = Driver(
    id="glucose",
    title="Blood glucose meter (Bluetooth profile 0x1808)",
    shape=Shape.GATT,
    roles=frozenset({Role.VITALS}),
    silent_after_s=8 * 24 * 3600,
    silent_reason="it is heard only when used; a measurement a week and a day late is normal",
    decode=decode,
    from_payload=common.payload_of(MEASUREMENT),
    match=common.matcher(SERVICE),
    plan=GattPlan(
        service=SERVICE,
        write_time=True,
        read=common.COMMON_READ,
        subscribe=(MEASUREMENT, common.RECORD_ACCESS),
        also=(CONTEXT,),
        quiet_s=10.0,  # a meter looks through its memory before the first record
        begin=racp.begin,
        ends=racp.ends,
    ),
)
