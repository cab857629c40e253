"""Weight Scale Profile 0x181D: a person's weight, stored ones too.

Source: Bluetooth SIG Weight Scale Service: 0x2A9D (flags, weight u16 in 0.005 kg
or 0.01 lb, time stamp, user, body mass index u16 in 0.1, height u16 in 0.001 m
or 0.1 in). 0xFFFF is a weighing that failed. Always told in kg and m.

The same bytes, time included, are a duplicate: a scale indicates again what was
not acknowledged.
"""

from __future__ import annotations

from edge.domain import Device, Instant, Quality, Role
from edge.drivers.base import Decoded, Driver, Frame, GattPlan, Notification, Shape
from edge.drivers.codec import Reader
from edge.drivers.gatt import gatt_common as common
from edge.drivers.gatt.gatt_memory import Memory, outcome, recall

SERVICE = common.uuid(0x181D)
MEASUREMENT = common.uuid(0x2A9D)

_IMPERIAL = 0x01
_HAS_TIME = 0x02
_HAS_USER = 0x04
_HAS_BODY = 0x08

_UNSUCCESSFUL = 0xFFFF
_KG_PER_LB = 0.45359237
_M_PER_TENTH_INCH = 0.00254
# A gram, a millimetre: finer than any scale's step of 0.01 lb or 0.1 in.
_DECIMALS = 3
# Less is a bag, or somebody who steps on and off again.
_ABOVE_KG = 2.0
_HIGHEST_KG = 400.0  # beyond what the field can hold
_HIGHEST_BMI = 200.0  # the heaviest person known had 105
_HIGHEST_M = 2.8  # the tallest person known had 2.72 m


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One weighing, or what the scale says of itself; `state` is a `Memory`."""
    frame = common.value_of(frame)
    memory = recall(state)
    if frame.characteristic == MEASUREMENT:
        return _measurement(device, memory, frame, at)
    return common.common(device, memory, frame, at)


def _measurement(device: Device, memory: Memory, frame: Notification, at: Instant) -> Decoded:
    reader = Reader(frame.value)
    flags = reader.u8("flags")
    imperial = bool(flags & _IMPERIAL)
    weight = _weight(reader.u16("weight"), imperial=imperial)
    time, clock = common.time_stamp(reader, at) if flags & _HAS_TIME else (None, Quality.OK)
    user = reader.u8("user") if flags & _HAS_USER else None
    body = None
    if flags & _HAS_BODY:
        index = reader.u16("body mass index") / 10
        raw = reader.u16("height")
        height = round(raw * _M_PER_TENTH_INCH, _DECIMALS) if imperial else raw / 1000
        body = (
            ("body_mass_index", *common.bounded(index, Quality.OK, _HIGHEST_BMI)),
            ("body_height", *common.bounded(height, Quality.OK, _HIGHEST_M)),
        )
    reader.done()

    tell = common.Teller(device, frame, at, time)
    tell("body_weight", weight[0], common.worse(weight[1], clock))
    tell.user(user, clock)
    for kind, number, quality in body or ():
        tell(kind, number, common.worse(quality, clock))
    after, known = memory.met(frame.value, time)
    return outcome(memory, after, tuple(tell.told), duplicate=known)


def _weight(raw: int, *, imperial: bool) -> tuple[float | None, Quality]:
    if raw == _UNSUCCESSFUL:
        return None, Quality.NOT_AVAILABLE
    kilograms = round(raw * _KG_PER_LB / 100, _DECIMALS) if imperial else raw * 5 / 1000
    return common.bounded(kilograms, Quality.OK, _HIGHEST_KG, _ABOVE_KG)


DRIVER = Driver(
    id="weight_scale",
    title="Weight scale (Bluetooth profile 0x181D)",
    shape=Shape.GATT,
    roles=frozenset({Role.VITALS}),
    silent_after_s=8 * 24 * 3600,
    silent_reason="it is heard only when used; a weighing a week and a day late is normal",
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
