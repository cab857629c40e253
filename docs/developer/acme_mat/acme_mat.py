"""Acme bed mat: somebody lies on it, or not, and its battery.

Source: Acme, "Bed mat radio format", 1.0 §2 (invented for this walk-through).
Manufacturer data of company 0xFFFF, 6 bytes, little-endian:

    0  u8   0xAC, the format
    1  u16  packet counter
    3  u8   flags: bit 0 occupied, bit 1 the foil is broken
    4  u16  battery in mV, 0xFFFF not measured

The mat repeats each packet ten times; the counter is the state.
"""

from __future__ import annotations

import struct

from edge.domain import Device, Instant, Quality, Role
from edge.drivers.base import Advert, Decoded, Driver, Frame, Shape
from edge.errors import DecodeError
from edge.kinds import observation

COMPANY = 0xFFFF
_FIELDS = struct.Struct("<BHBH")
_FORMAT = 0xAC
_OCCUPIED, _BROKEN = 0x01, 0x02
_NO_VOLTAGE = 0xFFFF


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One packet; `state` is the counter of the last one, two bytes."""
    data = frame.manufacturer.get(COMPANY) if isinstance(frame, Advert) else None
    if data is None:
        raise DecodeError("not_ours", "no manufacturer data of company 0xFFFF")
    if len(data) != _FIELDS.size:
        raise DecodeError(
            "length", f"a packet has {_FIELDS.size} bytes, not {len(data)}", len(data)
        )
    form, counter, flags, battery_mv = _FIELDS.unpack(data)
    if form != _FORMAT:
        raise DecodeError(
            "format", f"format 0x{form:02X} is not read here, only 0x{_FORMAT:02X}", 0
        )
    if data[1:3] == state:
        return Decoded(duplicate=True)
    broken = bool(flags & _BROKEN)
    occupied = None if broken else bool(flags & _OCCUPIED)
    seen = [
        observation(
            device.id,
            "occupancy",
            occupied,
            at,
            Quality.NOT_AVAILABLE if broken else Quality.OK,
            device_seq=counter,
        ),
        observation(device.id, "problem", broken, at, device_seq=counter),
    ]
    measured = battery_mv != _NO_VOLTAGE
    seen.append(
        observation(
            device.id,
            "battery_voltage",
            battery_mv if measured else None,
            at,
            Quality.OK if measured else Quality.NOT_AVAILABLE,
            device_seq=counter,
        )
    )
    return Decoded(observations=tuple(seen), state=data[1:3])


def from_payload(payload: bytes, mac: str) -> Advert:
    """The frame of a payload typed in by hand: manufacturer data without the company id."""
    return Advert(address=mac, manufacturer={COMPANY: payload})


def match(advert: Advert) -> int:
    """80: company and format fit, but 0xFFFF is anybody's number."""
    data = advert.manufacturer.get(COMPANY, b"")
    return 80 if len(data) == _FIELDS.size and data[0] == _FORMAT else 0


DRIVER = Driver(
    id="acme_mat",
    title="Acme bed mat",
    shape=Shape.ADVERT,
    roles=frozenset({Role.MOTION}),
    silent_after_s=3_600,
    silent_reason="it sends every ten minutes also when nobody moves; five may be lost in a row",
    decode=decode,
    from_payload=from_payload,
    match=match,
)
