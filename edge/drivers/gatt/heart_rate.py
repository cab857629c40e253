"""Heart Rate Profile 0x180D: a belt's or a watch's live heart rate.

Source: Bluetooth SIG Heart Rate Service: 0x2A37 (flags, heart rate as u8 or
u16, energy expended u16 in kJ, RR intervals u16 in 1/1024 s, oldest first),
Body Sensor Location 0x2A38. The control point 0x2A39 is never written.

Nothing is stored in the device, so nothing can come twice. A belt that can
tell whether it touches the skin and says that it does not has no heart rate,
whatever number it sends.
"""

from __future__ import annotations

from edge.domain import Device, Instant, Quality, Role
from edge.drivers.base import Decoded, Driver, Frame, GattPlan, Notification, Shape
from edge.drivers.codec import Reader
from edge.drivers.gatt import gatt_common as common
from edge.drivers.gatt.gatt_memory import Memory, recall
from edge.kinds import observation

SERVICE = common.uuid(0x180D)
MEASUREMENT = common.uuid(0x2A37)
SENSOR_LOCATION = common.uuid(0x2A38)

_WIDE = 0x01
_CONTACT = 0x02
_CONTACT_SUPPORTED = 0x04
_HAS_ENERGY = 0x08
_HAS_RR = 0x10

_RR_BYTES = 2
_RR_PER_SECOND = 1024
# A tenth of the sensor's step.
_RR_DECIMALS = 4
# 12 beats a minute: what is longer is a beat that the belt did not notice.
_LONGEST_RR_S = 5.0
# The counter stays there when it is full.
_ENERGY_FULL = 0xFFFF

_LOCATIONS = ("other", "chest", "wrist", "finger", "hand", "ear_lobe", "foot")


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One notification, or what the sensor says of itself; `state` is a `Memory`."""
    frame = common.value_of(frame)
    if frame.characteristic == MEASUREMENT:
        return _measurement(device, frame, at)
    memory = recall(state)
    if frame.characteristic == SENSOR_LOCATION:
        return _location(device, memory, frame, at)
    return common.common(device, memory, frame, at)


def _measurement(device: Device, frame: Notification, at: Instant) -> Decoded:
    reader = Reader(frame.value)
    flags = reader.u8("flags")
    rate = reader.u16("heart rate") if flags & _WIDE else reader.u8("heart rate")
    energy = reader.u16("energy expended") if flags & _HAS_ENERGY else None
    intervals = []
    while flags & _HAS_RR and reader.left:
        intervals.append(reader.u16("RR interval"))
    reader.done()
    contact = bool(flags & _CONTACT) if flags & _CONTACT_SUPPORTED else None

    tell = common.Teller(device, None, at)
    if contact is False:
        tell("heart_rate", None, Quality.NOT_AVAILABLE)
    else:
        tell("heart_rate", *common.bounded(rate, Quality.OK, common.HIGHEST_PULSE))
    if contact is not None:
        tell("sensor_contact", contact)
    if energy == _ENERGY_FULL:
        tell("energy_expended", None, Quality.OUT_OF_RANGE)
    elif energy is not None:
        tell("energy_expended", energy)
    for raw in intervals:
        if contact is False:
            tell("rr_interval", None, Quality.NOT_AVAILABLE)
        else:
            seconds = round(raw / _RR_PER_SECOND, _RR_DECIMALS)
            tell("rr_interval", *common.bounded(seconds, Quality.OK, _LONGEST_RR_S))
    return Decoded(observations=tuple(tell.told))


def _location(device: Device, memory: Memory, frame: Notification, at: Instant) -> Decoded:
    reader = Reader(frame.value)
    place = reader.u8("sensor location")
    reader.done()
    if place < len(_LOCATIONS):
        told = observation(device.id, "sensor_location", _LOCATIONS[place], at)
    else:
        told = observation(device.id, "sensor_location", None, at, Quality.RESERVED)
    return common.told_once(memory, "sensor_location", frame.value, (told,))


DRIVER = Driver(
    id="heart_rate",
    title="Heart rate sensor (Bluetooth profile 0x180D)",
    shape=Shape.GATT,
    roles=frozenset({Role.VITALS}),
    silent_after_s=14 * 24 * 3600,
    silent_reason="worn for exercise or by agreement; two weeks outlast every agreed rhythm",
    decode=decode,
    from_payload=common.payload_of(MEASUREMENT),
    match=common.matcher(SERVICE),
    plan=GattPlan(
        service=SERVICE,
        read=(*common.COMMON_READ, SENSOR_LOCATION),
        subscribe=(MEASUREMENT,),
        quiet_s=5.0,  # it notifies every second
        # Long enough for a heart rate that has settled, short enough for a cuff's minute.
        longest_s=20.0,
    ),
)
