"""Health Thermometer Profile 0x1809: a body temperature, stored ones too.

Source: Bluetooth SIG Health Thermometer Service: 0x2A1C (flags, temperature as
FLOAT, time stamp, type), Temperature Type 0x2A1D for a thermometer whose site
never changes. The intermediate temperature 0x2A1E, which a thermometer shows
while it still rises, is not a measurement: it is neither asked for nor stored.

Always told in degrees Celsius. A thermometer replays what it stored when it is
connected to; the same bytes, time included, are a duplicate.
"""

from __future__ import annotations

from edge.domain import Device, Instant, Quality, Role
from edge.drivers.base import Decoded, Driver, Frame, GattPlan, Notification, Shape
from edge.drivers.codec import Reader
from edge.drivers.gatt import gatt_common as common
from edge.drivers.gatt.gatt_memory import Memory, outcome, recall
from edge.kinds import observation

SERVICE = common.uuid(0x1809)
MEASUREMENT = common.uuid(0x2A1C)
TEMPERATURE_TYPE = common.uuid(0x2A1D)

_FAHRENHEIT = 0x01
_HAS_TIME = 0x02
_HAS_TYPE = 0x04

# Clinical thermometers say "low" and "high" outside 32 to 43 Cel; a cold finger has less. Beyond
# is a thermometer that measures a drawer or the sun.
_ABOVE_CEL = 20.0
_HIGHEST_CEL = 45.0
# A tenth of a degree Fahrenheit is 0.06 Cel: two decimals keep its steps apart.
_CEL_DECIMALS = 2

_SITES = (
    None,
    "armpit",
    "body",
    "ear",
    "finger",
    "gastrointestinal_tract",
    "mouth",
    "rectum",
    "toe",
    "tympanum",
)


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One measurement, or what the thermometer says of itself; `state` is a `Memory`."""
    frame = common.value_of(frame)
    memory = recall(state)
    if frame.characteristic == MEASUREMENT:
        return _measurement(device, memory, frame, at)
    if frame.characteristic == TEMPERATURE_TYPE:
        reader = Reader(frame.value)
        site, quality = _site(reader)
        reader.done()
        told = observation(device.id, "sensor_location", site, at, quality)
        return common.told_once(memory, "sensor_location", frame.value, (told,))
    return common.common(device, memory, frame, at)


def _measurement(device: Device, memory: Memory, frame: Notification, at: Instant) -> Decoded:
    reader = Reader(frame.value)
    flags = reader.u8("flags")
    number, quality = reader.medfloat32("temperature")
    if number is not None and flags & _FAHRENHEIT:
        number = round((number - 32) * 5 / 9, _CEL_DECIMALS)
    number, quality = common.bounded(number, quality, _HIGHEST_CEL, _ABOVE_CEL)
    time, clock = common.time_stamp(reader, at) if flags & _HAS_TIME else (None, Quality.OK)
    site = _site(reader) if flags & _HAS_TYPE else None
    reader.done()

    tell = common.Teller(device, frame, at, time)
    tell("body_temperature", number, common.worse(quality, clock))
    if site is not None:
        tell("sensor_location", site[0], common.worse(site[1], clock))
    after, known = memory.met(frame.value, time)
    return outcome(memory, after, tuple(tell.told), duplicate=known)


def _site(reader: Reader) -> tuple[str | None, Quality]:
    number = reader.u8("temperature type")
    site = _SITES[number] if number < len(_SITES) else None
    return site, Quality.RESERVED if site is None else Quality.OK


DRIVER = Driver(
    id="health_thermometer",
    title="Thermometer for people (Bluetooth profile 0x1809)",
    shape=Shape.GATT,
    roles=frozenset({Role.VITALS}),
    silent_after_s=30 * 24 * 3600,
    silent_reason="used when somebody feels ill; a healthy month is normal",
    decode=decode,
    from_payload=common.payload_of(MEASUREMENT),
    match=common.matcher(SERVICE),
    plan=GattPlan(
        service=SERVICE,
        write_time=True,
        read=(*common.COMMON_READ, TEMPERATURE_TYPE),
        subscribe=(MEASUREMENT,),
        quiet_s=5.0,
    ),
)
