"""What a driver is: bytes in, observations out, and nothing else.

A driver is a row of the table in `edge.drivers`: pure functions and plain
data. It never does I/O, reads no clock, keeps nothing between two frames but
the state it returns, and for any bytes whatever it returns `Decoded` or raises
`DecodeError`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import msgspec

from edge.domain import Device, Instant, Observation, Record, Role


class Shape(StrEnum):
    ADVERT = "advert"
    GATT = "gatt"
    SERIAL = "serial"


class Advert(msgspec.Struct, frozen=True, kw_only=True):
    """One BLE advertisement as the radio gave it.

    `manufacturer` is keyed by company id (without it in the bytes), `service`
    by the full 128-bit UUID in lower case (without it in the bytes).
    """

    address: str  # "AA:BB:CC:DD:EE:FF", display order, upper case
    name: str | None = None
    manufacturer: dict[int, bytes] = {}
    service: dict[str, bytes] = {}
    rssi_dbm: int = 0


class Notification(Record, frozen=True, kw_only=True):
    """The value of one characteristic: notified, indicated or read."""

    characteristic: str  # full 128-bit UUID in lower case
    value: bytes


class SerialFrame(Record, frozen=True, kw_only=True):
    """One whole frame cut out of a byte stream by the driver's framer."""

    data: bytes


Frame = Advert | Notification | SerialFrame


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """What one frame said. Observations and state are committed together; replies go out after."""

    observations: tuple[Observation, ...] = ()
    state: bytes | None = None  # None: unchanged
    replies: tuple[bytes, ...] = ()
    duplicate: bool = False  # known already: reply again, store nothing


class Decode(Protocol):
    def __call__(self, device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
        """Decode one frame; `state` is what the last `Decoded` returned, b"" at first.

        Raises DecodeError, and nothing else, for bytes it refuses.
        """
        ...


class Framer(Protocol):
    """Cuts a byte stream into frames; bounded: garbage without an end is thrown away, counted."""

    dropped_bytes: int

    def feed(self, chunk: bytes) -> list[bytes]: ...


class GattPlan(Record, frozen=True, kw_only=True):
    """What a GATT session does for this driver, in this order, after it is connected."""

    service: str
    write_time: bool = False  # write Current Time 0x2A2B first when the device has it
    read: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()
    quiet_s: float = 5.0  # this long without a notification: the burst is over


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    title: str
    shape: Shape
    roles: frozenset[Role]
    silent_after_s: int  # the longest plausible silence of such a device
    silent_reason: str  # why that long; shown by the documentation
    decode: Decode
    from_payload: Callable[[bytes, str], Frame]  # (payload, MAC): for `kotivahti decode`
    match: Callable[[Advert], int] | None = None  # 0-100, as udev does
    plan: GattPlan | None = None
    framer: Callable[[], Framer] | None = None
    on_open: Callable[[bytes, Instant], tuple[bytes, ...]] | None = None  # (state, now) -> writes
