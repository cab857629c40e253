"""Blood Pressure Profile 0x1810: a cuff's measurements, stored ones too, and its battery.

Source: Bluetooth SIG Blood Pressure Service, characteristic 0x2A35 (flags,
systolic, diastolic, mean, then time stamp, pulse rate, user and status as the
flags say), Battery Level 0x2A19. All little-endian; pressures are SFLOAT.

Pressures are always told in mm[Hg]. A failed measurement (NaN) has no value,
and neither has one that no cuff can measure: some cuffs write 2047 or 0 where
they mean NaN. What the cuff itself doubts (movement, loose cuff, irregular
pulse, position) is there, flagged `QUESTIONABLE`, and so is what it measured
under a clock that is ahead of ours, flagged `CLOCK_DOUBTFUL`.

A cuff indicates a measurement again when its acknowledgement was lost, and
some send all they have stored at every connection: a measurement with the
same bytes, time included, is a duplicate. Without a date there is no telling a
repeat from an equal measurement, so both are kept.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from edge.domain import Device, Instant, Observation, Quality, Role, Sync
from edge.drivers.base import Advert, Decoded, Driver, Frame, GattPlan, Notification, Shape
from edge.drivers.codec import Reader
from edge.errors import DecodeError
from edge.kinds import observation

SERVICE = "00001810-0000-1000-8000-00805f9b34fb"
MEASUREMENT = "00002a35-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"

_KILOPASCAL = 0x01
_HAS_TIME = 0x02
_HAS_PULSE = 0x04
_HAS_USER = 0x08
_HAS_STATUS = 0x10
_DATE_AT = slice(7, 11)  # year, month, day: after the flags and three pressures

_MMHG_PER_KPA = 7.50061683
# No cuff measures outside these; oscillometric cuffs stop at 300 mmHg and 250 beats.
_HIGHEST_MMHG = 400.0
_HIGHEST_PULSE = 400.0
_USER_UNKNOWN = 0xFF
_FULL_PERCENT = 100

_STATUS_BITS = (
    (0x0001, "body_movement"),
    (0x0002, "cuff_too_loose"),
    (0x0004, "irregular_pulse"),
    (0x0020, "improper_position"),
)
_PULSE_RANGE_SHIFT = 3
_PULSE_RANGES = (None, "pulse_above_range", "pulse_below_range", "pulse_range_reserved")
_NOTHING_FLAGGED = "none"

# The newest measurements remembered, for what a cuff's own memory sends again. Eight bytes each:
# among 32 of them two that differ look alike once in 10^16 connections.
_KEPT = 32
_DIGEST_BYTES = 8
# A cuff's clock is set by hand and by season; a day ahead is no summer time any more.
_AHEAD_ALLOWED = timedelta(days=1)


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One measurement or one battery level; `state` is the digests of the last measurements."""
    if not isinstance(frame, Notification):
        raise DecodeError("not_ours", "not the value of a characteristic")
    if frame.characteristic == MEASUREMENT:
        return _measurement(device, state, frame.value, at)
    if frame.characteristic == BATTERY_LEVEL:
        return Decoded(observations=(_battery(device, frame.value, at),))
    raise DecodeError("not_ours", "neither a blood pressure measurement nor a battery level")


def _measurement(device: Device, state: bytes, value: bytes, at: Instant) -> Decoded:
    reader = Reader(value)
    flags = reader.u8("flags")
    pressures = [
        (kind, *_pressure(reader, kind, kilopascal=bool(flags & _KILOPASCAL)))
        for kind in (
            "blood_pressure_systolic",
            "blood_pressure_diastolic",
            "blood_pressure_mean",
        )
    ]
    time, clock = reader.date_time("time stamp") if flags & _HAS_TIME else (None, Quality.OK)
    pulse = _bounded(*reader.sfloat("pulse rate"), _HIGHEST_PULSE) if flags & _HAS_PULSE else None
    user = reader.u8("user") if flags & _HAS_USER else None
    status = reader.u16("measurement status") if flags & _HAS_STATUS else None
    reader.done()
    if time is not None and _ahead(time, at):
        clock = Quality.CLOCK_DOUBTFUL
    doubts = _flagged(status or 0)
    doubt = Quality.QUESTIONABLE if doubts else clock

    def told(kind: str, seen: float | str | None, quality: Quality) -> Observation:
        return observation(device.id, kind, seen, at, quality, device_time=time)

    seen = [told(kind, number, _worse(quality, doubt)) for kind, number, quality in pressures]
    if pulse is not None:
        seen.append(told("pulse_rate", pulse[0], _worse(pulse[1], doubt)))
    if user is not None:
        known = user != _USER_UNKNOWN
        seen.append(
            told("user", user if known else None, clock if known else Quality.NOT_AVAILABLE)
        )
    if status is not None:
        seen.append(told("measurement_status", ",".join(doubts) or _NOTHING_FLAGGED, clock))
    if time is None or not any(value[_DATE_AT]):
        return Decoded(observations=tuple(seen))
    digest = blake2b(value, digest_size=_DIGEST_BYTES).digest()
    if digest in _digests(state):
        return Decoded(duplicate=True)
    return Decoded(
        observations=tuple(seen), state=b"".join((digest, *_digests(state)[: _KEPT - 1]))
    )


def _pressure(reader: Reader, kind: str, *, kilopascal: bool) -> tuple[float | None, Quality]:
    number, quality = reader.sfloat(kind.replace("_", " "))
    if number is not None and kilopascal:
        # A tenth of a mmHg keeps the cuff's steps of 0.1 kPa apart and claims no more than that.
        number = round(number * _MMHG_PER_KPA, 1)
    return _bounded(number, quality, _HIGHEST_MMHG)


def _bounded(
    number: float | None, quality: Quality, highest: float
) -> tuple[float | None, Quality]:
    if number is not None and not 0 < number <= highest:
        return None, Quality.OUT_OF_RANGE
    return number, quality


def _worse(own: Quality, doubt: Quality) -> Quality:
    return doubt if own is Quality.OK else own


def _flagged(status: int) -> list[str]:
    flags = [name for bit, name in _STATUS_BITS if status & bit]
    pulse_range = _PULSE_RANGES[status >> _PULSE_RANGE_SHIFT & 0b11]
    return flags if pulse_range is None else [*flags, pulse_range]


def _ahead(time: str, at: Instant) -> bool:
    """True when the cuff's clock, with its date known, is a day ahead of a synchronised gateway."""
    if at.sync is Sync.NONE or "T" not in time or time.startswith(("-", "T")):
        return False
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    local = epoch + timedelta(milliseconds=at.wall_ms, minutes=at.offset_min) + _AHEAD_ALLOWED
    return time > local.strftime("%Y-%m-%dT%H:%M:%S")


def _digests(state: bytes) -> list[bytes]:
    if len(state) % _DIGEST_BYTES:
        return []  # not ours: better a measurement twice than never
    return [state[at : at + _DIGEST_BYTES] for at in range(0, len(state), _DIGEST_BYTES)][:_KEPT]


def _battery(device: Device, value: bytes, at: Instant) -> Observation:
    reader = Reader(value)
    level = reader.u8("battery level")
    reader.done()
    if level > _FULL_PERCENT:
        return observation(device.id, "battery", None, at, Quality.OUT_OF_RANGE)
    return observation(device.id, "battery", level, at)


def from_payload(payload: bytes, mac: str) -> Notification:  # noqa: ARG001
    return Notification(characteristic=MEASUREMENT, value=payload)


def match(advert: Advert) -> int:
    """60 for what advertises the service's data: the service is known, the model is not."""
    return 60 if SERVICE in advert.service else 0


DRIVER = Driver(
    id="blood_pressure",
    title="Blood pressure monitor (Bluetooth profile 0x1810)",
    shape=Shape.GATT,
    roles=frozenset({Role.VITALS}),
    silent_after_s=8 * 24 * 3600,
    silent_reason="it is heard only when used; a measurement a week and a day late is normal",
    decode=decode,
    from_payload=from_payload,
    match=match,
    plan=GattPlan(
        service=SERVICE,
        write_time=True,
        read=(BATTERY_LEVEL,),
        subscribe=(MEASUREMENT,),
        quiet_s=5.0,
    ),
)
