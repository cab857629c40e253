"""Blood Pressure Profile 0x1810: a cuff's measurements, stored ones too, and its battery.

Source: Bluetooth SIG Blood Pressure Service, characteristic 0x2A35 (flags,
systolic, diastolic, mean, then time stamp, pulse rate, user and status as the
flags say), Battery Level 0x2A19. All little-endian; pressures are SFLOAT.

Pressures are always told in mm[Hg]. A failed measurement (NaN) has no value,
and neither has one that no cuff can measure: some cuffs write 2047 or 0 where
they mean NaN. What the cuff itself doubts (movement, loose cuff, irregular
pulse, position) is there, flagged `QUESTIONABLE`, and so is what it measured
under a clock that is ahead of ours or has no date, flagged `CLOCK_DOUBTFUL`.

A cuff indicates a measurement again when its acknowledgement was lost, and
some send all they have stored at every connection: a measurement with the
same bytes, time included, is a duplicate. Without a date there is no telling a
repeat from an equal measurement, so both are kept.
"""

from __future__ import annotations

from edge.domain import Device, Instant, Quality, Role
from edge.drivers.base import Decoded, Driver, Frame, GattPlan, Notification, Shape
from edge.drivers.codec import Reader
from edge.drivers.gatt import gatt_common as common
from edge.drivers.gatt.gatt_memory import Memory, outcome, recall

SERVICE = common.uuid(0x1810)
MEASUREMENT = common.uuid(0x2A35)
BATTERY_LEVEL = common.BATTERY_LEVEL

_KILOPASCAL = 0x01
_HAS_TIME = 0x02
_HAS_PULSE = 0x04
_HAS_USER = 0x08
_HAS_STATUS = 0x10

_MMHG_PER_KPA = 7.50061683
# No cuff measures beyond; oscillometric cuffs stop at 300 mmHg.
_HIGHEST_MMHG = 400.0

_STATUS_BITS = (
    (0x0001, "body_movement"),
    (0x0002, "cuff_too_loose"),
    (0x0004, "irregular_pulse"),
    (0x0020, "improper_position"),
)
_PULSE_RANGE_SHIFT = 3
_PULSE_RANGES = (None, "pulse_above_range", "pulse_below_range", "pulse_range_reserved")


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One measurement, or what the cuff says of itself; `state` is a `Memory`."""
    frame = common.value_of(frame)
    memory = recall(state)
    if frame.characteristic == MEASUREMENT:
        return _measurement(device, memory, frame, at)
    return common.common(device, memory, frame, at)


def _measurement(device: Device, memory: Memory, frame: Notification, at: Instant) -> Decoded:
    reader = Reader(frame.value)
    flags = reader.u8("flags")
    pressures = [
        (kind, *_pressure(reader, kind, kilopascal=bool(flags & _KILOPASCAL)))
        for kind in (
            "blood_pressure_systolic",
            "blood_pressure_diastolic",
            "blood_pressure_mean",
        )
    ]
    time, clock = common.time_stamp(reader, at) if flags & _HAS_TIME else (None, Quality.OK)
    pulse = (
        common.bounded(*reader.sfloat("pulse rate"), common.HIGHEST_PULSE)
        if flags & _HAS_PULSE
        else None
    )
    user = reader.u8("user") if flags & _HAS_USER else None
    status = reader.u16("measurement status") if flags & _HAS_STATUS else None
    reader.done()
    doubts = _flagged(status or 0)
    doubt = Quality.QUESTIONABLE if doubts else clock

    tell = common.Teller(device, frame, at, time)
    for kind, number, quality in pressures:
        tell(kind, number, common.worse(quality, doubt))
    if pulse is not None:
        tell("pulse_rate", pulse[0], common.worse(pulse[1], doubt))
    tell.user(user, clock)
    if status is not None:
        tell("measurement_status", ",".join(doubts) or common.NOTHING_FLAGGED, clock)
    after, known = memory.met(frame.value, time)
    return outcome(memory, after, tuple(tell.told), duplicate=known)


def _pressure(reader: Reader, kind: str, *, kilopascal: bool) -> tuple[float | None, Quality]:
    number, quality = reader.sfloat(kind.replace("_", " "))
    if number is not None and kilopascal:
        # A tenth of a mmHg keeps the cuff's steps of 0.1 kPa apart and claims no more than that.
        number = round(number * _MMHG_PER_KPA, 1)
    return common.bounded(number, quality, _HIGHEST_MMHG)


def _flagged(status: int) -> list[str]:
    flags = common.flagged(status, _STATUS_BITS)
    pulse_range = _PULSE_RANGES[status >> _PULSE_RANGE_SHIFT & 0b11]
    return flags if pulse_range is None else [*flags, pulse_range]


DRIVER = Driver(
    id="blood_pressure",
    title="Blood pressure monitor (Bluetooth profile 0x1810)",
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
        subscribe=(MEASUREMENT,),
        quiet_s=5.0,
    ),
)
