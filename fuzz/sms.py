"""The fuzz target `sms`: whatever a stranger, or a broken modem, may say of a text message.

Random bytes die at the first length. So the first byte of an input may ask that the rest be put
behind a sound head, with the length that fits it; or that it be lines of a modem.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from edge.conformance.probe import FRAME_MAX_S, Broken
from edge.errors import DecodeError
from edge.sim.sms import make_deliver
from edge.uplink.sms.lines import LINE_MAX_BYTES, AtLines
from edge.uplink.sms.pdu import deliver

NAME = "sms"
# What the modem's own parser, and whoever counts refusals, must know of.
REASONS = frozenset({
    "length", "number", "report", "type", "long", "binary", "alphabet", "compressed", "port",
    "silent", "header", "text",
})  # fmt: skip
# 160 letters, each of one code unit.
TEXT_MAX = 160
NUMBER_MAX = 22

# A sender, then coding scheme, moment and text as the input has them.
_HEAD = bytes.fromhex("000B911346610089F600")
_FIRST, _HEADED = 0x04, 0x40
Slow = Callable[[bytes, float], None]


def seeds() -> Iterator[tuple[str, bytes]]:
    """Sound messages, plain and cut to what goes behind a head, and a modem's lines."""
    from datetime import UTC, datetime  # noqa: PLC0415 (for the seeds alone)

    when = datetime(2026, 3, 2, 12, tzinfo=UTC)
    for number, text in (("+358401234567", "K7QZ4M ok"), ("Posti", "š" * 70), ("16400", "{€}")):
        whole = bytes.fromhex(make_deliver(number, text, when)[0])
        yield f"plain-{number}", b"\0" + whole
        yield f"lines-{number}", b"\2\r\n+CMT: ,9\r\n" + whole.hex().encode() + b"\r\n> "
    stamp = bytes.fromhex("20806291731480")
    yield "headed", b"\1\0" + stamp + bytes.fromhex("050003170301c834")
    yield "headed-16", b"\x41\x08" + stamp + bytes.fromhex("060804000102010041")
    yield "headed-ports", b"\x41\x04" + stamp + bytes.fromhex("0605040b8423f00041")


def run(slow: Slow, data: bytes) -> None:
    """One input; raises Broken, or whatever else the decoder raises that is no DecodeError."""
    if not data:
        return
    mode, rest = data[0], data[1:]
    if mode & 2:
        _lines(rest)
        return
    pdu = _headed(mode, rest) if mode & 1 else rest
    begun = time.process_time()
    try:
        found = deliver(pdu)
    except DecodeError as error:
        if error.reason not in REASONS:
            raise Broken(f"a reason that nobody knows: {error.reason}") from error
    else:
        if len(found.text) > TEXT_MAX or len(found.number) > NUMBER_MAX:
            raise Broken("more than one message can hold")
    if time.process_time() - begun > FRAME_MAX_S:
        slow(data, time.process_time() - begun)


def _headed(mode: int, rest: bytes) -> bytes:
    coding, stamp, body = rest[:1] or b"\0", rest[1:8].ljust(7, b"\0"), rest[8:148]
    units = len(body) if coding[0] >> 2 & 3 else len(body) * 8 // 7
    first = bytes((_FIRST | (_HEADED & mode),))
    return _HEAD[:1] + first + _HEAD[1:] + coding + stamp + bytes((units,)) + body


def _lines(data: bytes) -> None:
    framer = AtLines()
    half = len(data) // 2
    for part in (data[:half], data[half:]):
        for line in framer.feed(part):
            if not 0 < len(line) <= LINE_MAX_BYTES or not line.isascii() or b"\r" in line:
                raise Broken("a line that is none")
