"""RuuviTag, data format 5 (RAWv2), and the way to Ruuvi Air's formats 6 and E1.

Source: docs.ruuvi.com, "Data Format 5 (RAWv2)", with its four test vectors.
Manufacturer data of company 0x0499, 24 bytes, most significant byte first.
A field with the format's own "not available" marker gives `value=None`.

The tag repeats a measurement in many advertisements; its sequence number is
the state, and a number heard last is a duplicate. The payload names the tag: a
payload with another MAC than the enrolled device's is refused.
"""

from __future__ import annotations

import struct

from edge.domain import Device, Instant, Observation, Quality, Role
from edge.drivers.advert import ruuvi_air
from edge.drivers.base import Advert, Decoded, Driver, Frame, Shape
from edge.drivers.codec import mac_bytes
from edge.errors import DecodeError
from edge.kinds import KINDS

COMPANY_ID = 0x0499

_FORMAT = 5
_FIELDS = struct.Struct(">xhHHhhhHBH6s")
_unpack = _FIELDS.unpack
_SIZE = _FIELDS.size
_SIZES = {_FORMAT: _SIZE, **ruuvi_air.SIZES}
_SEQUENCE = slice(16, 18)
_MAC_AT = 18

# "Not available" is the smallest signed and the largest unsigned number of the field's width.
_NO_SIGNED = -0x8000
_NO_U16 = 0xFFFF
_NO_VOLTAGE = 0x7FF
_NO_TX_POWER = 0x1F
_NO_COUNT = 0xFF
_NO_MAC = b"\xff" * 6

_KINDS = tuple(
    (kind, KINDS[kind].unit, KINDS[kind].code)
    for kind in (
        "temperature",
        "humidity",
        "pressure",
        "acceleration_x",
        "acceleration_y",
        "acceleration_z",
        "battery_voltage",
        "tx_power",
        "movement_counter",
        "measurement_sequence",
    )
)
_OK = Quality.OK
_MISSING = Quality.NOT_AVAILABLE
_KNOWN = Decoded(duplicate=True)


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """Ten observations of one measurement; `state` is the last sequence number, two bytes."""
    data = frame.manufacturer.get(COMPANY_ID) if isinstance(frame, Advert) else None
    if data is None or len(data) != _SIZE or data[0] != _FORMAT:
        if data and len(data) == ruuvi_air.SIZES.get(data[0]):
            return ruuvi_air.decode(device, state, data, at)
        raise _refusal(data)
    temperature, humidity, pressure, x, y, z, power, moves, sequence, mac = _unpack(data)
    own = mac_bytes(device.address)
    if mac != own and own is not None and mac != _NO_MAC:
        raise DecodeError("not_ours", "the payload names another tag than the enrolled", _MAC_AT)
    if sequence == _NO_U16:
        sequence = None
    elif data[_SEQUENCE] == state:
        return _KNOWN
    voltage = power >> 5
    tx_power = power & _NO_TX_POWER
    # Whole numbers are divided, never multiplied by 0.005: one rounding, so 24.3 stays 24.3.
    values = (
        None if temperature == _NO_SIGNED else temperature / 200,
        None if humidity == _NO_U16 else humidity / 400,
        None if pressure == _NO_U16 else pressure + 50_000,
        None if x == _NO_SIGNED else x,
        None if y == _NO_SIGNED else y,
        None if z == _NO_SIGNED else z,
        None if voltage == _NO_VOLTAGE else voltage + 1_600,
        None if tx_power == _NO_TX_POWER else tx_power * 2 - 40,
        None if moves == _NO_COUNT else moves,
        sequence,
    )
    name = device.id
    return Decoded(
        observations=tuple(
            [
                Observation(
                    device=name,
                    kind=kind,
                    value=value,
                    unit=unit,
                    code=code,
                    at=at,
                    quality=_MISSING if value is None else _OK,
                    device_seq=sequence,
                )
                for (kind, unit, code), value in zip(_KINDS, values, strict=True)
            ]
        ),
        state=None if sequence is None else data[_SEQUENCE],
    )


def _refusal(data: bytes | None) -> DecodeError:
    if data is None:
        return DecodeError("not_ours", "no manufacturer data of company 0x0499")
    size = _SIZES.get(data[0], 0) if data else _SIZE
    if not size:
        text = f"data format 0x{data[0]:02X} is not read here, only 5, 6 and E1"
        return DecodeError("format", text, 0)
    name = f"data format 0x{data[0]:02X}" if data else "data format 5"
    text = f"{name} has {size} bytes, this payload has {len(data)}"
    return DecodeError("length", text, min(len(data), size))


def from_payload(payload: bytes, mac: str) -> Advert:
    return Advert(address=mac, manufacturer={COMPANY_ID: payload})


def match(advert: Advert) -> int:
    """90 for a RuuviTag or Ruuvi Air in one of the three formats."""
    data = advert.manufacturer.get(COMPANY_ID, b"")
    return 90 if data and len(data) == _SIZES.get(data[0]) else 0


def model_of(advert: Advert) -> str | None:
    """What sends the format: 5 is the RuuviTag's, 6 and E1 are Ruuvi Air's."""
    if not match(advert):
        return None
    return "RuuviTag" if advert.manufacturer[COMPANY_ID][0] == _FORMAT else "Ruuvi Air"


def suggests(advert: Advert) -> Role | None:
    return Role.CLIMATE if match(advert) else None


DRIVER = Driver(
    id="ruuvitag",
    title="RuuviTag and Ruuvi Air (data formats 5, 6 and E1)",
    shape=Shape.ADVERT,
    roles=frozenset({Role.CLIMATE}),
    silent_after_s=600,
    silent_reason="it advertises every 1 to 9 s; ten minutes cover closed doors and lost packets",
    decode=decode,
    from_payload=from_payload,
    match=match,
    model=model_of,
    suggests=suggests,
)
