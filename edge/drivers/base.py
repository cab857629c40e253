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
    """By which kind of transport a device is heard."""

    ADVERT = "advert"
    GATT = "gatt"
    SERIAL = "serial"
    CONTACT = "contact"
    MODBUS = "modbus"
    MESSAGE = "message"


BY_RADIO = frozenset({Shape.ADVERT, Shape.GATT})
"""Shapes whose devices have a radio address."""


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
    source: str = ""  # who heard it: a satellite's id, or "" for the gateway's own radio
    late_ms: int = 0  # how much longer than usual it was on its way here


class Notification(Record, frozen=True, kw_only=True):
    """The value of one characteristic: notified, indicated or read."""

    characteristic: str  # full 128-bit UUID in lower case
    value: bytes
    # How far the device's clock was ahead of ours when the session began, before it was set.
    clock_offset_s: int | None = None
    # The device has been told by the radio's own stack that we have it, and may forget it now.
    indicated: bool = False


class SerialFrame(Record, frozen=True, kw_only=True):
    """One whole frame cut out of a byte stream by the driver's framer."""

    data: bytes


class ContactFrame(Record, frozen=True, kw_only=True):
    """What an input line did since it was last told, bounces and inversion taken out.

    `active` means that the contact says what it is there to say, whichever level of the
    line that is.
    """

    active: bool
    pulsed: bool = False  # it became active and was over again in between
    first: bool = False  # the first word since the line was opened
    doubtful: bool = False  # a broken wire would look the same
    wire_fault: bool = False  # the line is in a state that no working contact makes


class RegisterMeaning(Record, frozen=True, kw_only=True):
    """What an input register of a module measures: the value is `scale` times the register."""

    kind: str
    scale: float = 1.0
    signed: bool = False  # two's complement
    absent: int | None = None  # this raw word means: no sensor


class RegisterFrame(Record, frozen=True, kw_only=True):
    """One poll of a Modbus module: discrete inputs (FC02) and input registers (FC04) from 0 on.

    What each channel means stands in the site's settings, so the transport says it with every
    frame. Channels beyond the meanings, or with None, mean nothing and are not told.
    """

    inputs: tuple[bool, ...] = ()  # True: active, inversion taken out
    registers: tuple[int, ...] = ()  # raw words
    input_kinds: tuple[str | None, ...] = ()
    meanings: tuple[RegisterMeaning | None, ...] = ()
    report: bool = False  # tell how every input stands, not only what changed
    opens: tuple[bool, ...] = ()  # inputs of which a broken wire looks the same as active


class MessageFrame(Record, frozen=True, kw_only=True):
    """One message of the local broker: its whole topic, and its bytes."""

    topic: str
    body: bytes
    # The gateway has an account there, so others need one too: what nobody had to prove may
    # raise an alert, never lower one.
    account: bool = False


Frame = Advert | Notification | SerialFrame | ContactFrame | RegisterFrame | MessageFrame


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


class Write(Record, frozen=True, kw_only=True):
    """A value to write to a characteristic, with response."""

    characteristic: str
    value: bytes


class GattPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a GATT session does for this driver, in this order, after it is connected.

    Clock compared (0x2A2B or 0x2A08 read, when there is one), clock written, `subscribe` and
    `also`, `read`, the writes of `begin`, then notifications until `ends` says so, or until
    `quiet_s` without one, or `longest_s` after the first. Nothing else is ever written.

    A session without `begin` that reaches `longest_s` is taken for a live one: it makes room
    for others early, and the device is left alone for longer.
    """

    service: str
    write_time: bool = False  # write Current Time 0x2A2B, or Date Time 0x2A08, when it has it
    read: tuple[str, ...] = ()  # those that the device lacks are passed over
    subscribe: tuple[str, ...] = ()  # a device without one of these has the wrong driver
    also: tuple[str, ...] = ()  # subscribed to when the device has them
    quiet_s: float = 5.0  # this long without a notification: the burst is over
    longest_s: float = 60.0  # a live session ends here, so that others have their turn
    bonded: bool = False  # every access needs a bond, which only an installer's command makes
    # (driver state, now) -> what to ask for, such as the stored records after the last one
    begin: Callable[[bytes, Instant], tuple[Write, ...]] | None = None
    ends: Callable[[Notification], bool] | None = None  # this one was the last


class LineSettings(Record, frozen=True, kw_only=True):
    """How a serial line is set for this driver's devices (the settings file may differ)."""

    baud: int = 115_200
    parity: str = "N"  # N, E, O
    stop_bits: int = 1


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table. `shape` says which of the optional parts it has."""

    id: str
    title: str
    shape: Shape
    roles: frozenset[Role]
    silent_after_s: int  # the longest plausible silence of such a device
    silent_reason: str  # why that long; shown by the documentation
    decode: Decode
    from_payload: Callable[[bytes, str], Frame]  # (payload, MAC): for `kotivahti decode`
    match: Callable[[Advert], int] | None = None  # 0-100, as udev does
    # What the advertisement says of itself, for scan and identify; never needed to decode.
    model: Callable[[Advert], str | None] | None = None  # maker's model: "SBBT-002C"
    suggests: Callable[[Advert], Role | None] | None = None  # the role that it is likely to have
    plan: GattPlan | None = None
    framer: Callable[[], Framer] | None = None
    line: LineSettings = LineSettings()
    named: bool = False  # decode holds the serial number in its frames against the address
    # On an open line a device of it is heard and recognised this soon: an appliance's heartbeat.
    heard_within_s: float = 35.0
    on_open: Callable[[bytes, Instant], tuple[bytes, ...]] | None = None  # (state, now) -> writes
    # What to write when the gateway's clock has become good or has jumped, and once a day.
    on_clock: Callable[[Instant], tuple[bytes, ...]] | None = None
    # What to write every `poll_s`, a second apart, to an instrument that speaks only when asked.
    # Each request begins with a new framer: what is left of the last answer is lost.
    poll: tuple[bytes, ...] = ()
    poll_s: float = 0.0
    # Topics of the local broker on which such a device speaks; {address} is the device's own.
    topics: tuple[str, ...] = ()
    default_on: bool = True  # False: the site's settings must name it in [drivers] allow
