"""A Nonin oximeter's line: which of its formats it speaks, and its readings cut out of it.

The instrument's switches choose the format and nothing in the stream names it.
The framer tells it by evidence, packet by packet:

- formats 2 and 7: 25 frames with a right checksum each and the SYNC bit on the
  first of them alone. Another stream passes that once in 256^25;
- text: a whole line of the form that the manuals give;
- format 1 has three bytes and no checksum, so five of them in a row with the high
  bits where they belong. Within 15 bytes of format 2 or 7 the lead byte 01 or the
  fourth byte, whose high bit is never set, would have to begin one of the five.

Each packet must prove itself again, so an instrument whose switches are changed
is followed at once.
"""

from __future__ import annotations

import re

from edge.errors import DecodeError

FRAME_BYTES = 5
FRAMES = 25
PACKET_BYTES = FRAME_BYTES * FRAMES
# 75 frames a second.
PACKETS_A_SECOND = 3
SHORT_BYTES = 3  # a reading of format 1

_LEAD = 0x01  # each frame of format 2 begins with it; format 7 uses its place for the wave
_HIGH = 0x80  # a status byte has it, in every format
_SYNC = 0x01
# Readings of format 1 in a row before one is believed (see above).
_SHORTS_TO_BELIEVE = 5
# A line is "HH:MM:SS SPO2=097 HR=072 F*" at most.
_LINE_BYTES = 48
_LINE_BEGINS = b"S0123456789"
_LINE = re.compile(rb"(?:(\d\d:\d\d:\d\d) +)?SPO2=([ \d]{3}|---) +HR=([ \d]{3}|---)([ FB*]*)")
_PRINTABLE = re.compile(rb"[ -~]*\r?")

_MORE = -1  # something may begin here, and is not whole yet
_NONE = 0  # nothing begins here


class NoninFramer:
    """Cuts out one reading a second, whatever the format.

    Three packets of format 2 or 7 make one frame, so that what was flagged in any
    of its 75 samples is known. Kept: less than a packet, and two packets.
    """

    def __init__(self) -> None:
        self.dropped_bytes = 0
        self._rest = b""
        self._packets: list[bytes] = []  # of the second that is not full yet
        self._shorts = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """The readings that are whole now."""
        data = self._rest + chunk
        frames: list[bytes] = []
        pos = 0
        while pos < len(data):
            size = _size(data, pos)
            if size == _MORE:
                break
            if size == _NONE:
                self.dropped_bytes += 1
                self._shorts = 0
                pos += 1
                continue
            frames += self._taken(data[pos : pos + size])
            pos += size
        self._rest = data[pos:]
        return frames

    def _taken(self, unit: bytes) -> list[bytes]:
        if len(unit) == SHORT_BYTES:
            self._shorts += 1
            return [unit] if self._shorts >= _SHORTS_TO_BELIEVE else []
        self._shorts = 0
        if len(unit) != PACKET_BYTES:
            return [unit.rstrip(b"\r\n")]
        if self._packets and status_at(self._packets[0]) != status_at(unit):
            self._packets = []
        self._packets.append(unit)
        if len(self._packets) < PACKETS_A_SECOND:
            return []
        second, self._packets = b"".join(self._packets), []
        return [second]


def status_at(packet: bytes) -> int:
    """Where the status stands in each frame of the packet: after the lead byte, or first."""
    return 1 if packet[0] == _LEAD else 0


def frame_fault(data: bytes, at: int, number: int, status: int) -> tuple[str, str, int] | None:
    """Reason, words and byte of what is wrong with frame `number` of a packet, or None."""
    if status and data[at] != _LEAD:
        return "frame", "a frame of format 2 begins with 01", at
    if not data[at + status] & _HIGH:
        return "frame", "the high bit of a status byte is set", at + status
    if (data[at + status] & _SYNC) != (number == 0):
        return "frame", "SYNC stands in the first of 25 frames alone", at + status
    if sum(data[at : at + 4]) & 0xFF != data[at + 4]:
        return "checksum", "the checksum does not fit the four bytes before it", at + 4
    return None


def line_fields(line: bytes) -> tuple[bytes, bytes, bool]:
    """Saturation, pulse and whether the event is marked, as a line of text has them.

    Raises DecodeError for any other line.
    """
    found = _LINE.fullmatch(line.rstrip(b"\r\n"))
    if found is None:
        raise DecodeError("text", "a line reads SPO2=097 HR=072, with --- for no value", 0)
    return found[2], found[3], b"*" in found[4]


def _size(data: bytes, pos: int) -> int:
    first = data[pos]
    if first == _LEAD:
        return _packet(data, pos, 1)
    if not first & _HIGH:
        return _line(data, pos) if first in _LINE_BEGINS else _NONE
    size = _packet(data, pos, 0)
    return size if size != _NONE else _short(data, pos)


def _packet(data: bytes, pos: int, status: int) -> int:
    for number in range(FRAMES):
        at = pos + number * FRAME_BYTES
        if at + FRAME_BYTES > len(data):
            # A format 1 reading must not wait a second for the bytes of the next one, and does
            # not unless its low bit is the SYNC of a packet that may have begun.
            begins_none = number == 0 and len(data) > at + status and not data[at + status] & _SYNC
            return _NONE if begins_none else _MORE
        if frame_fault(data, at, number, status) is not None:
            return _NONE
    return PACKET_BYTES


def _short(data: bytes, pos: int) -> int:
    rest = data[pos + 1 : pos + SHORT_BYTES]
    if any(byte & _HIGH for byte in rest):
        return _NONE
    return SHORT_BYTES if len(rest) == SHORT_BYTES - 1 else _MORE


def _line(data: bytes, pos: int) -> int:
    end = data.find(b"\n", pos, pos + _LINE_BYTES)
    if end >= 0:
        whole = _LINE.fullmatch(data[pos:end].removesuffix(b"\r"))
        return _NONE if whole is None else end + 1 - pos
    begun = data[pos : pos + _LINE_BYTES]
    short = len(begun) < _LINE_BYTES and _PRINTABLE.fullmatch(begun) is not None
    return _MORE if short else _NONE
