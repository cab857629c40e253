"""The appliance link's frame: cut out of a byte stream, checked, taken apart."""

from __future__ import annotations

import re

import msgspec

from edge.drivers.codec import crc16_ccitt_false
from edge.errors import DecodeError

# The whole line with CR and LF. Long enough for every frame of the link, short enough that an
# appliance with 2 kB of memory can hold one.
FRAME_BYTES = 200

_CRC_BYTES = 5  # "*" and four hexadecimal digits
_HEX = re.compile(rb"[0-9A-Fa-f]{4}")
_SERIAL = re.compile(r"[A-Za-z0-9._:-]{1,32}")
_TYPE = re.compile(r"[A-Z]{2}")
_DIGITS = re.compile(r"[0-9]{1,13}")
_FIELDS = ("serial", "type", "boot", "seq", "uptime_ms")
# Unsigned 32-bit counters; 100 years of uptime, beyond which a moment has no ISO 8601 text.
_HIGHEST = {"boot": 2**32 - 1, "seq": 2**32 - 1, "uptime_ms": 100 * 366 * 86_400_000}


class LineFramer:
    """Cuts frames out of what the line gives, wherever its chunks begin and end.

    A frame starts at `$` and ends before LF; a second `$` starts it anew. What
    belongs to no frame is thrown away and counted, and so is a frame longer
    than `FRAME_BYTES`: no more than that is ever kept.
    """

    def __init__(self) -> None:
        self.dropped_bytes = 0
        self._begun = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The frames that are whole now, from `$` to the CRC, without line end."""
        *lines, rest = (self._begun + chunk).split(b"\n")
        frames = []
        for line in lines:
            frame = self._from_dollar(line, end=1)
            if frame:
                frames.append(frame.removesuffix(b"\r"))
        self._begun = self._from_dollar(rest, end=0)
        return frames

    def _from_dollar(self, line: bytes, *, end: int) -> bytes:
        start = line.rfind(b"$")
        if start < 0:
            self.dropped_bytes += len(line) + end
            return b""
        frame = line[start:]
        # Without its end, a frame of 200 bytes can only become longer than that.
        if len(frame) + 1 > FRAME_BYTES:
            self.dropped_bytes += len(line) + end
            return b""
        self.dropped_bytes += start
        return frame


class Line(msgspec.Struct, frozen=True):
    """One frame, taken apart. `offsets` has where each field starts, in bytes from `$`."""

    serial: str
    type: str
    boot: int
    seq: int
    uptime_ms: int
    values: dict[str, str]
    offsets: dict[str, int]

    def at(self, field: str) -> int:
        return self.offsets[field]


def cut(frame: bytes) -> Line:
    """Take a frame apart, with or without its line end.

    Raises DecodeError: length, frame (no `$`, no `*`), text (not printable
    ASCII), crc, field (one is missing or malformed), each with its byte.
    """
    body = _checked(frame.removesuffix(b"\n").removesuffix(b"\r"))
    fields = body.split(",")
    offsets = {}
    pos = 1
    for name, text in zip((*_FIELDS, "values"), [*fields, ""], strict=False):
        offsets[name] = pos
        pos += len(text) + 1
    if len(fields) < len(_FIELDS):
        missing = _FIELDS[len(fields)]
        raise DecodeError("field", f"the frame ends before its {missing}", len(body) + 1)
    if _SERIAL.fullmatch(fields[0]) is None:
        raise DecodeError("field", "a serial number is 1 to 32 of A-Z a-z 0-9 . _ : -", 1)
    if _TYPE.fullmatch(fields[1]) is None:
        raise DecodeError("field", "a type is two capital letters", offsets["type"])
    boot, seq, uptime_ms = (
        _counter(name, text, offsets[name])
        for name, text in zip(_FIELDS[2:], fields[2:], strict=False)
    )
    values = _values(fields[len(_FIELDS) :], offsets["values"])
    return Line(fields[0], fields[1], boot, seq, uptime_ms, values, offsets)


def _checked(frame: bytes) -> str:
    if len(frame) + 1 > FRAME_BYTES:
        text = f"a frame has at most {FRAME_BYTES} bytes with its line end"
        raise DecodeError("length", text, FRAME_BYTES - 1)
    if frame[:1] != b"$":
        raise DecodeError("frame", "a frame starts with $", 0)
    star = len(frame) - _CRC_BYTES
    if star < 1 or frame[star : star + 1] != b"*" or _HEX.fullmatch(frame[star + 1 :]) is None:
        raise DecodeError("frame", "a frame ends with * and four hexadecimal digits", len(frame))
    body = frame[1:star]
    if crc16_ccitt_false(body) != int(frame[star + 1 :], 16):
        raise DecodeError("crc", "the CRC does not fit the bytes before it", star + 1)
    for pos, byte in enumerate(body, 1):
        if not 0x20 <= byte <= 0x7E or byte in b"$*":  # noqa: PLR2004
            raise DecodeError("text", "only printable ASCII without $ and * stands here", pos)
    return body.decode("ascii")


def _counter(name: str, text: str, pos: int) -> int:
    if _DIGITS.fullmatch(text) is None or int(text) > _HIGHEST[name]:
        text = f"{name} is a whole number up to {_HIGHEST[name]}"
        raise DecodeError("field", text, pos)
    return int(text)


def _values(fields: list[str], pos: int) -> dict[str, str]:
    values: dict[str, str] = {}
    for field in fields:
        key, equals, value = field.partition("=")
        if not key or not equals:
            raise DecodeError("field", "key=value stands here", pos)
        if key in values:
            raise DecodeError("field", "the key is there twice", pos)
        values[key] = value
        pos += len(field) + 1
    return values
