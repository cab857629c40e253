"""Eddystone UID and TLM: a tag that sends who it is, and how its battery is.

Source: github.com/google/eddystone, eddystone-uid/README.md and
eddystone-tlm/tlm-plain.md. Service data of UUID 0xFEAA, most significant byte
first. UID: type 0x00, power at 0 m, 10-byte namespace, 6-byte instance, two
reserved bytes that older senders leave out. TLM: type 0x20, version 0, battery
in mV (0: not supported), temperature in 1/256 Cel (0x8000: not supported),
frames sent and tenths of seconds since power-on.

The other frame types are refused by name: a URL is nobody's identity, an EID
changes by design and needs its owner's key, and so does an encrypted TLM.
Identity and telemetry are told once a minute, another identity at once. Nothing
here is authenticated.
"""

from __future__ import annotations

import struct

from edge.domain import Device, Instant, Observation, Quality, Role, Scalar
from edge.drivers.advert.told_lately import Told
from edge.drivers.base import Advert, Decoded, Driver, Frame, Shape
from edge.errors import DecodeError
from edge.kinds import observation

SERVICE = "0000feaa-0000-1000-8000-00805f9b34fb"

UID = 0x00
TLM = 0x20
_REFUSED = {0x10: "url", 0x30: "eid"}

_UID_SIZES = (20, 18)
_IDENTITY = slice(2, 18)
_NAMESPACE_BYTES = 10
_TLM = struct.Struct(">BBHhII")
_NO_TEMPERATURE = -0x8000
# What stands for telemetry in the memory of what was told; a UID has 16 bytes and then zeros.
_TELEMETRY = b"telemetry".rjust(20, b"\xff")

_KNOWN = Decoded(duplicate=True)


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """`beacon` ("namespace/instance", hexadecimal) of a UID, four readings of a TLM."""
    data = frame.service.get(SERVICE) if isinstance(frame, Advert) else None
    if data is None:
        raise DecodeError("not_ours", "no service data of UUID 0xFEAA")
    if not data:
        raise DecodeError("length", "the frame ends before its type", 0)
    if data[0] == UID:
        if len(data) not in _UID_SIZES:
            text = f"a UID frame has {_UID_SIZES[0]} bytes, this one has {len(data)}"
            raise DecodeError("length", text, min(len(data), _UID_SIZES[0]))
        return _once(device, state, data[_IDENTITY], data, at)
    if data[0] == TLM:
        if len(data) > 1 and data[1]:
            text = f"TLM of version {data[1]} is not read here, only 0 (plain)"
            raise DecodeError("encrypted_tlm" if data[1] == 1 else "version", text, 1)
        if len(data) != _TLM.size:
            text = f"a TLM frame has {_TLM.size} bytes, this one has {len(data)}"
            raise DecodeError("length", text, min(len(data), _TLM.size))
        return _once(device, state, _TELEMETRY, data, at)
    reason = _REFUSED.get(data[0], "format")
    raise DecodeError(reason, f"Eddystone frames of type 0x{data[0]:02X} are not read here", 0)


def _once(device: Device, state: bytes, thing: bytes, data: bytes, at: Instant) -> Decoded:
    told = Told(state)
    news = told.tell(thing, at)
    if news is None:
        raise DecodeError("too_many", "more identities under one address than a tag has", 2)
    if not news:
        return _KNOWN
    if data[0] == TLM:
        return Decoded(observations=_telemetry(device, data, at), state=told.state())
    value = f"{thing[:_NAMESPACE_BYTES].hex()}/{thing[_NAMESPACE_BYTES:].hex()}"
    seen = observation(device.id, "beacon", value, at)
    return Decoded(observations=(seen,), state=told.state())


def _telemetry(device: Device, data: bytes, at: Instant) -> tuple[Observation, ...]:
    _, _, millivolts, temperature, sent, tenths = _TLM.unpack(data)
    rows: tuple[tuple[str, Scalar], ...] = (
        ("battery_voltage", millivolts or None),
        ("temperature", None if temperature == _NO_TEMPERATURE else temperature / 256),
        ("advertisement_count", sent),
        ("uptime", tenths / 10),
    )
    return tuple(
        observation(
            device.id,
            kind,
            value,
            at,
            quality=Quality.NOT_AVAILABLE if value is None else Quality.OK,
            device_seq=sent,
        )
        for kind, value in rows
    )


def from_payload(payload: bytes, mac: str) -> Advert:
    return Advert(address=mac, service={SERVICE: payload})


def match(advert: Advert) -> int:
    """60 for a UID or plain TLM frame: many tags send an iBeacon besides, which says less."""
    data = advert.service.get(SERVICE, b"")
    if not data:
        return 0
    if data[0] == UID:
        return 60 if len(data) in _UID_SIZES else 0
    return 60 if data[:2] == bytes((TLM, 0)) and len(data) == _TLM.size else 0


def suggests(advert: Advert) -> Role | None:
    return Role.TAG if match(advert) else None


DRIVER = Driver(
    id="eddystone",
    title="Eddystone tag (UID and TLM)",
    shape=Shape.ADVERT,
    roles=frozenset({Role.TAG}),
    silent_after_s=600,
    silent_reason="a tag beacons every 0.1 to 10 s; ten minutes outlast a body in between",
    decode=decode,
    from_payload=from_payload,
    match=match,
    suggests=suggests,
)
