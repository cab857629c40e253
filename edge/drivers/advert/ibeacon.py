"""iBeacon: a tag that sends who it is.

Source: Apple, "Proximity Beacon Specification" R1: manufacturer data of company
0x004C, type 0x02, length 0x15, UUID (16 bytes), major and minor (big-endian),
and the power measured at 1 m.

A tag is enrolled by its radio address. The identity it sends first is told, and
again once a minute as its sign of life; another identity under the same address
is told at once. Many tags with a button send their alarm so, as another major
or minor, and no frame says that it is one: which identity means what is the
installer's knowledge. Nothing here is authenticated.
"""

from __future__ import annotations

import struct
from itertools import pairwise

from edge.domain import Device, Instant, Role
from edge.drivers.advert.told_lately import Told
from edge.drivers.base import Advert, Decoded, Driver, Frame, Shape
from edge.errors import DecodeError
from edge.kinds import observation

COMPANY_ID = 0x004C

_HEADER = b"\x02\x15"
_SIZE = 23
_IDENTITY = slice(2, 22)
_UUID_CUTS = (0, 8, 12, 16, 20, 32)  # digits of 8-4-4-4-12
_unpack = struct.Struct(">16sHH").unpack

_KNOWN = Decoded(duplicate=True)


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """`beacon`, "UUID/major/minor", once a minute and whenever it changes."""
    data = frame.manufacturer.get(COMPANY_ID) if isinstance(frame, Advert) else None
    if data is None:
        raise DecodeError("not_ours", "no manufacturer data of company 0x004C")
    if data[:2] != _HEADER:
        if len(data) < len(_HEADER) and data == _HEADER[: len(data)]:
            raise DecodeError("length", "the payload ends before its length byte", len(data))
        raise DecodeError("not_ours", f"Apple data of type 0x{data[0]:02X} is no iBeacon", 0)
    if len(data) != _SIZE:
        text = f"an iBeacon has {_SIZE} bytes, this payload has {len(data)}"
        raise DecodeError("length", text, min(len(data), _SIZE))
    told = Told(state)
    news = told.tell(data[_IDENTITY], at)
    if news is None:
        raise DecodeError("too_many", "more identities under one address than a tag has", 2)
    if not news:
        return _KNOWN
    uuid, major, minor = _unpack(data[_IDENTITY])
    digits = uuid.hex()
    parts = [digits[start:stop] for start, stop in pairwise(_UUID_CUTS)]
    value = f"{'-'.join(parts)}/{major}/{minor}"
    seen = observation(device.id, "beacon", value, at)
    return Decoded(observations=(seen,), state=told.state())


def from_payload(payload: bytes, mac: str) -> Advert:
    return Advert(address=mac, manufacturer={COMPANY_ID: payload})


def match(advert: Advert) -> int:
    """50 for an iBeacon: a device that also speaks a richer format is claimed by that one."""
    data = advert.manufacturer.get(COMPANY_ID, b"")
    return 50 if len(data) == _SIZE and data[:2] == _HEADER else 0


def suggests(advert: Advert) -> Role | None:
    return Role.TAG if match(advert) else None


DRIVER = Driver(
    id="ibeacon",
    title="iBeacon tag",
    shape=Shape.ADVERT,
    roles=frozenset({Role.TAG}),
    silent_after_s=600,
    silent_reason="a tag beacons every 0.1 to 10 s; ten minutes outlast a body in between",
    decode=decode,
    from_payload=from_payload,
    match=match,
    suggests=suggests,
)
