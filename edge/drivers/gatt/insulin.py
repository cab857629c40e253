"""Insulin Delivery Profile 0x183A: an insulin pump's status, read and nothing more.

Source: Bluetooth SIG Insulin Delivery Service: IDD Status 0x2B21 (therapy control
state, operational state, reservoir SFLOAT in IU, flags; with E2E protection a
counter and the E2E-CRC besides).

The gateway reads one characteristic. It subscribes to none, so that the pump
keeps no answer ready for it, and writes to none: not the clock, no control
point. Off unless the site's settings name the driver; a pump lets nobody read
without a bond.
"""

from __future__ import annotations

from edge.domain import Device, Instant, Quality, Role
from edge.drivers.base import Decoded, Driver, Frame, GattPlan, Notification, Shape
from edge.drivers.codec import Reader, crc16_mcrf4xx
from edge.drivers.gatt import gatt_common as common
from edge.drivers.gatt.gatt_memory import recall
from edge.errors import DecodeError

SERVICE = common.uuid(0x183A)
STATUS = common.uuid(0x2B21)

_RESERVOIR_ATTACHED = 0x01
# Pumps hold 200 to 300 IU; a reservoir of U-500 insulin counts five times as many.
_HIGHEST_IU = 2000.0

# The codes are apart by several bits, so that one that flips makes no other state.
_UNDETERMINED = 0x0F
_THERAPY = {0x33: "stop", 0x3C: "pause", 0x55: "run"}
_OPERATION = {
    0x33: "off",
    0x3C: "standby",
    0x55: "preparing",
    0x5A: "priming",
    0x66: "waiting",
    0x96: "ready",
}


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """The status, or what the pump says of itself; `state` is a `Memory`."""
    frame = common.value_of(frame)
    if frame.characteristic == STATUS:
        return _status(device, frame, at)
    return common.common(device, recall(state), frame, at)


def _status(device: Device, frame: Notification, at: Instant) -> Decoded:
    reader = Reader(frame.value)
    therapy = _named(reader.u8("therapy control state"), _THERAPY)
    operation = _named(reader.u8("operational state"), _OPERATION)
    left, quality = reader.sfloat("reservoir")
    flags = reader.u8("flags")
    if reader.left:
        reader.u8("E2E counter")
        place = reader.pos
        if reader.u16("E2E-CRC") != crc16_mcrf4xx(frame.value[:place]):
            raise DecodeError("crc", "the E2E-CRC is not that of the bytes before it", place)
    reader.done()
    if not flags & _RESERVOIR_ATTACHED:
        left, quality = None, Quality.NOT_AVAILABLE
    elif left is not None and not 0 <= left <= _HIGHEST_IU:
        left, quality = None, Quality.OUT_OF_RANGE

    tell = common.Teller(device, None, at)
    tell("insulin_therapy", *therapy)
    tell("insulin_pump_state", *operation)
    tell("insulin_reservoir", left, quality)
    return Decoded(observations=tuple(tell.told))


def _named(code: int, names: dict[int, str]) -> tuple[str | None, Quality]:
    if code == _UNDETERMINED:
        return None, Quality.NOT_AVAILABLE
    name = names.get(code)
    return name, Quality.RESERVED if name is None else Quality.OK


DRIVER = Driver(
    id="insulin",
    title="Insulin pump, status only (Bluetooth profile 0x183A)",
    shape=Shape.GATT,
    roles=frozenset({Role.VITALS}),
    silent_after_s=2 * 24 * 3600,
    silent_reason="worn all day; a day away from home is normal, two are told",
    decode=decode,
    from_payload=common.payload_of(STATUS),
    match=common.matcher(SERVICE),
    plan=GattPlan(
        service=SERVICE,
        read=(*common.COMMON_READ, STATUS),
        bonded=True,
    ),
    default_on=False,
)
