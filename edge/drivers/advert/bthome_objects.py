"""The objects of BTHome v2: what each id is called, how long it is, how it is read.

Source: bthome.io/format; for 0x3B and 0x60-0x65, which that page had not all
taken up when this was written, and for the factor of 0x5F (0.1, 1 on the page)
the format's reference parser bthome-ble 3.25. Numbers are little-endian.

A reader takes an object's bytes and returns its value, or the `Quality` that
says why there is none, or None when the object says that nothing happened
(a button that was not pressed).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from struct import Struct
from typing import NamedTuple

from edge.domain import Quality, Scalar
from edge.kinds import KINDS

Read = Callable[[bytes], Scalar]
Unpack = Callable[[bytes, int], tuple[int, ...]]

PACKET_ID = 0x00
BUTTON = 0x3A
COMMAND = 0x3B
DIMMER = 0x3C
DEVICE_TYPE = 0xF0

# An object of this length says in its next byte how long it is.
VARIABLE = 0

# A command's length byte counts the arguments behind the opcode; three bits are reserved.
COMMAND_LENGTH_MASK = 0x1F


class Object(NamedTuple):
    """One row: the kind of observation an object becomes, and the one way in which it is read.

    `unpack` takes a number out of the frame where it stands (it skips the id),
    to be divided by `divisor`; `table` has the value of each single byte;
    `read` is given the bytes. `size` counts the bytes behind the id.
    """

    kind: str
    unit: str
    code: str
    size: int
    unpack: Unpack | None = None
    divisor: int = 1
    table: tuple[Scalar, ...] | None = None
    read: Read = bytes.hex


def _unsigned_24(raw: bytes) -> Scalar:
    return int.from_bytes(raw, "little")


def _per_24(divisor: int) -> Read:
    return lambda raw: int.from_bytes(raw, "little") / divisor


def _third(raw: bytes) -> Scalar:
    return int.from_bytes(raw, signed=True) * 35 / 100  # 0x58: steps of 0.35 degrees


def _pounds(raw: bytes) -> Scalar:
    # International avoirdupois pound, 0.45359237 kg; the format's step of 0.01 lb is 4.5 g.
    return round(int.from_bytes(raw, "little") * 0.0045359237, 3)


def _timestamp(raw: bytes) -> Scalar:
    moment = datetime.fromtimestamp(int.from_bytes(raw, "little"), UTC)
    return moment.isoformat().replace("+00:00", "Z")


def _text(raw: bytes) -> Scalar:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return Quality.OUT_OF_RANGE


def _version(raw: bytes) -> Scalar:
    return ".".join(str(part) for part in reversed(raw))


_BYTES = range(256)

# The format knows 0 and 1. Anything else is not "off": doubt never lowers an alarm.
_BINARY: tuple[Scalar, ...] = tuple(byte != 0 for byte in _BYTES)

# The one that alarms at 0 (unsafe) and rests at 1 (safe).
_SAFETY: tuple[Scalar, ...] = tuple(byte == 1 for byte in _BYTES)

_PERCENT: tuple[Scalar, ...] = tuple(
    byte if byte <= 100 else Quality.OUT_OF_RANGE  # noqa: PLR2004
    for byte in _BYTES
)

# 0xFE is a hold on Shelly buttons with firmware before 1.0.20; 0x81 is its release.
_PRESSES: dict[int, Scalar] = {
    0x00: None,
    0x01: "press",
    0x02: "double_press",
    0x03: "triple_press",
    0x04: "long_press",
    0x05: "long_double_press",
    0x06: "long_triple_press",
    0x80: "hold",
    0x81: "hold_release",
    0xFE: "hold",
}
# A press that this table has no name for is still somebody's press.
_BUTTON: tuple[Scalar, ...] = tuple(_PRESSES.get(byte, "other") for byte in _BYTES)

_COMMANDS = {0: "off", 1: "on", 2: "toggle", 3: "step_up", 4: "step_down"}
_LEFT = 1
_RIGHT = 2


def _dimmer(raw: bytes) -> Scalar:
    direction, steps = raw
    if direction == 0:
        return None
    if direction not in (_LEFT, _RIGHT):
        return Quality.RESERVED
    return -steps if direction == _LEFT else steps


def _command(raw: bytes) -> Scalar:
    name = _COMMANDS.get(raw[0], f"command_{raw[0]}")
    return f"{name} {raw[1:].hex()}" if len(raw) > 1 else name


def _row(kind: str, size: int, read: Read) -> Object:
    return Object(kind, KINDS[kind].unit, KINDS[kind].code, size, read=read)


def _byte(kind: str, table: tuple[Scalar, ...]) -> Object:
    return Object(kind, KINDS[kind].unit, KINDS[kind].code, 1, table=table)


def _number(kind: str, letter: str, divisor: int = 1) -> Object:
    """A number in `struct`'s letter, in steps of 1/divisor.

    Dividing rounds once, multiplying by 0.01 twice: so 25.06 stays 25.06.
    """
    shape = Struct("<x" + letter)
    info = KINDS[kind]
    return Object(kind, info.unit, info.code, shape.size - 1, shape.unpack_from, divisor)


_BINARY_KINDS = {
    0x0F: "generic",
    0x10: "power_on",
    0x11: "opening",
    0x15: "battery_low",
    0x16: "battery_charging",
    0x17: "carbon_monoxide",
    0x18: "cold",
    0x19: "connectivity",
    0x1A: "door",
    0x1B: "garage_door",
    0x1C: "gas",
    0x1D: "heat",
    0x1E: "light",
    0x1F: "lock",
    0x20: "moisture",
    0x21: "motion",
    0x22: "moving",
    0x23: "occupancy",
    0x24: "plug",
    0x25: "presence",
    0x26: "problem",
    0x27: "running",
    0x29: "smoke",
    0x2A: "sound",
    0x2B: "tamper",
    0x2C: "vibration",
    0x2D: "window",
}

_OTHERS: dict[int, Object] = {
    0x01: _byte("battery", _PERCENT),
    0x02: _number("temperature", "h", 100),
    0x03: _number("humidity", "H", 100),
    0x04: _row("pressure", 3, _unsigned_24),  # steps of 0.01 hPa, which is the pascal
    0x05: _row("illuminance", 3, _per_24(100)),
    0x06: _number("mass", "H", 100),
    0x07: _row("mass", 2, _pounds),
    0x08: _number("dew_point", "h", 100),
    0x09: _number("count", "B"),
    0x0A: _row("energy", 3, _per_24(1000)),
    0x0B: _row("power", 3, _per_24(100)),
    0x0C: _number("voltage", "H", 1000),
    0x0D: _number("pm25", "H"),
    0x0E: _number("pm10", "H"),
    0x12: _number("carbon_dioxide", "H"),
    0x13: _number("tvoc", "H"),
    0x14: _number("moisture_content", "H", 100),
    0x28: _byte("safety", _SAFETY),
    0x2E: _number("humidity", "B"),
    0x2F: _number("moisture_content", "B"),
    BUTTON: _byte("button", _BUTTON),
    COMMAND: _row("command", VARIABLE, _command),
    DIMMER: _row("dimmer", 2, _dimmer),
    0x3D: _number("count", "H"),
    0x3E: _number("count", "I"),
    0x3F: _number("rotation", "h", 10),
    0x40: _number("distance", "H", 1000),
    0x41: _number("distance", "H", 10),
    0x42: _row("duration", 3, _per_24(1000)),
    0x43: _number("current", "H", 1000),
    0x44: _number("speed", "H", 100),
    0x45: _number("temperature", "h", 10),
    0x46: _number("uv_index", "B", 10),
    0x47: _number("volume", "H", 10),
    0x48: _number("volume", "H", 1000),
    0x49: _number("volume_flow", "H", 1000),
    0x4A: _number("voltage", "H", 10),
    0x4B: _row("gas_volume", 3, _per_24(1000)),
    0x4C: _number("gas_volume", "I", 1000),
    0x4D: _number("energy", "I", 1000),
    0x4E: _number("volume", "I", 1000),
    0x4F: _number("water_volume", "I", 1000),
    0x50: _row("timestamp", 4, _timestamp),
    0x51: _number("acceleration", "H", 1000),
    0x52: _number("gyroscope", "H", 1000),
    0x53: _row("text", VARIABLE, _text),
    0x54: _row("raw", VARIABLE, bytes.hex),
    0x55: _number("volume_storage", "I", 1000),
    0x56: _number("conductivity", "H"),
    0x57: _number("temperature", "b"),
    0x58: _row("temperature", 1, _third),
    0x59: _number("count", "b"),
    0x5A: _number("count", "h"),
    0x5B: _number("count", "i"),
    0x5C: _number("power", "i", 100),
    0x5D: _number("current", "h", 1000),
    0x5E: _number("direction", "H", 100),
    0x5F: _number("precipitation", "H", 10),
    0x60: _number("channel", "B"),
    0x61: _number("rotational_speed", "H"),
    0x62: _number("speed", "i", 1_000_000),
    0x63: _number("acceleration", "i", 1_000_000),
    0x64: _number("light_level", "B"),
    0x65: _number("settings_revision", "B"),
    DEVICE_TYPE: _number("device_type", "H"),
    0xF1: _row("firmware", 4, _version),
    0xF2: _row("firmware", 3, _version),
}

_ROWS = {
    PACKET_ID: Object("packet_id", "1", "", 1, table=(None,) * 256),
    **_OTHERS,
    **{number: _byte(kind, _BINARY) for number, kind in _BINARY_KINDS.items()},
}

OBJECTS: tuple[Object | None, ...] = tuple(_ROWS.get(number) for number in range(256))
"""The object of every id, None where the format has none that is known here.

The packet id names the packet and makes no observation.
"""

ONCE = frozenset({"button", "dimmer", "command"})
"""What happens and is over: the same bytes heard again at once are no second one."""

_ALARM_KINDS = frozenset({"smoke", "carbon_monoxide", "gas", "heat", "moisture"})


def is_alarm(kind: str, value: Scalar) -> bool:
    """True for what a person must hear of even when the frame is in doubt."""
    if kind == "button":
        return True
    if kind == "safety":
        return value is False
    return value is True and kind in _ALARM_KINDS
