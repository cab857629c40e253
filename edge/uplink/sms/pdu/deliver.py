"""A message from the network: SMS-DELIVER (3GPP TS 23.040 §9.2.2.1), read or refused.

Anybody may send one: nothing in it is believed but that it came.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from edge.domain import Record
from edge.errors import DecodeError
from edge.uplink.sms.pdu.address import CENTRE_MAX_BYTES, sender
from edge.uplink.sms.pdu.alphabet import text_of, unpack

# A service centre's address, and a TPDU of at most 163 octets + its longest sender (12 - 2).
PDU_MAX_BYTES = 1 + CENTRE_MAX_BYTES + 175
# TS 23.040 §9.2.3.24.
DATA_MAX_BYTES = 140

_TYPE, _TYPE_DELIVER, _TYPE_REPORT = 0x03, 0x00, 0x02
_HAS_HEADER = 0x40
# TS 23.040 §9.2.3.9: a "type 0" message asks to be forgotten unread.
_PID_TYPE_0 = 0x40
_STAMP_BYTES = 7
# Information elements of a header (§9.2.3.24): parts of a longer message with a number of 8 or 16
# bits; ports; national alphabets.
_PARTS_8, _PARTS_16 = 0x00, 0x08
_PORTS = frozenset({0x04, 0x05})
_ALPHABETS = frozenset({0x24, 0x25})
# Years of two digits: SMS is of 1992, and this code of 2026.
_CENTURY = 2000


class Delivered(Record, frozen=True, kw_only=True):
    """A whole message: who sent it as the network tells it, what, and when it took it."""

    number: str
    text: str
    sent: str | None  # ISO 8601 with the network's own offset; None: no moment that there is


def deliver(pdu: bytes, tpdu_bytes: int | None = None) -> Delivered:
    """Read one PDU with the service centre's address before it.

    `tpdu_bytes` is the length that the modem gave beside it. Raises DecodeError: "length",
    "number", "report" (a status report, which nobody asked for), "type", "long" (a part of a
    longer message), "binary", "alphabet", "compressed", "port", "silent", "header", "text".
    """
    if len(pdu) > PDU_MAX_BYTES:
        raise DecodeError("length", f"{len(pdu)} bytes; a message has at most {PDU_MAX_BYTES}")
    if not pdu:
        raise DecodeError("length", "an empty message")
    start = 1 + pdu[0]
    if pdu[0] > CENTRE_MAX_BYTES or len(pdu) <= start:
        raise DecodeError("length", "the service centre's address fills the message", 0)
    if tpdu_bytes is not None and len(pdu) - start != tpdu_bytes:
        text = f"{len(pdu) - start} bytes where the modem had announced {tpdu_bytes}"
        raise DecodeError("length", text)
    first = pdu[start]
    if first & _TYPE == _TYPE_REPORT:
        raise DecodeError("report", "a status report", start)
    if first & _TYPE != _TYPE_DELIVER:
        raise DecodeError("type", "not a message that was delivered", start)
    number, at = sender(pdu, start + 1)
    if len(pdu) < at + 2 + _STAMP_BYTES + 1:
        raise DecodeError("length", "the message ends before its text", at)
    if pdu[at] == _PID_TYPE_0:
        raise DecodeError("silent", "a message that asks to be forgotten", at)
    coding = _coding(pdu[at + 1], at + 1)
    stamp = pdu[at + 2 : at + 2 + _STAMP_BYTES]
    at += 2 + _STAMP_BYTES
    text = _text(coding, pdu[at], pdu[at + 1 :], at, header=bool(first & _HAS_HEADER))
    return Delivered(number=number, text=text, sent=_sent(stamp))


def _coding(dcs: int, at: int) -> str:
    """Either "gsm7" or "ucs2" (TS 23.038 §4); reserved values mean the GSM alphabet there too."""
    group = dcs >> 4
    if group <= 0x7:  # noqa: PLR2004 (general data coding, with or without automatic deletion)
        if dcs & 0x20:
            raise DecodeError("compressed", "a compressed text", at)
        match (dcs >> 2) & 3:
            case 1:
                raise DecodeError("binary", "data and no text", at)
            case 2:
                return "ucs2"
            case _:
                return "gsm7"
    if group == 0xE:  # noqa: PLR2004 (message waiting, UCS-2)
        return "ucs2"
    if group == 0xF and dcs & 4:  # noqa: PLR2004 (data coding and message class)
        raise DecodeError("binary", "data and no text", at)
    return "gsm7"


def _text(coding: str, length: int, data: bytes, at: int, *, header: bool) -> str:
    """The text of the user data at byte `at`, whose `length` is in septets or octets."""
    octets = (length * 7 + 7) // 8 if coding == "gsm7" else length
    if octets != len(data) or octets > DATA_MAX_BYTES:
        text = f"{len(data)} bytes of text where {octets} are announced; {DATA_MAX_BYTES} at most"
        raise DecodeError("length", text, at)
    skip = 0
    if header:
        skip = _header(data, at + 1)
    if coding == "gsm7":
        # The text begins at the next septet's border after the header.
        septets = -(-skip * 8 // 7)
        if septets > length:
            raise DecodeError("header", "the header is longer than the message", at + 1)
        return text_of(unpack(data, length)[septets:])
    body = data[skip:]
    try:
        return body.decode("utf-16-be")
    except UnicodeDecodeError as error:
        raise DecodeError("text", "half a character", at + 1 + skip + error.start) from error


def _header(data: bytes, at: int) -> int:
    """The octets that the user data's header takes; refuses what makes the text not whole."""
    if not data or 1 + data[0] > len(data):
        raise DecodeError("header", "the header is longer than the message", at)
    end = 1 + data[0]
    place = 1
    while place < end:
        if place + 2 > end or place + 2 + data[place + 1] > end:
            raise DecodeError("header", "an element of the header is cut", at + place)
        element, size = data[place], data[place + 1]
        value = data[place + 2 : place + 2 + size]
        _judge(element, value, at + place)
        place += 2 + size
    return end


def _judge(element: int, value: bytes, at: int) -> None:
    """What is not known of a header is passed over (§9.2.3.24); these make another text of it."""
    if element in (_PARTS_8, _PARTS_16):
        size = 3 if element == _PARTS_8 else 4
        if len(value) != size:
            raise DecodeError("header", "an element of the header has a wrong length", at)
        if value[-2] != 1:
            # The rest may take back what the first words say, so no part is read alone.
            raise DecodeError("long", f"a part of a message of {value[-2]} parts", at)
    if element in _PORTS:
        raise DecodeError("port", "a message to a program", at)
    if element in _ALPHABETS:
        raise DecodeError("alphabet", "a national alphabet", at)


def _sent(stamp: bytes) -> str | None:
    """TP-SCTS (§9.2.3.11): semi-octets, and the offset in quarters of an hour with its sign."""
    tens, units = [octet & 0x0F for octet in stamp], [octet >> 4 for octet in stamp]
    if any(unit > 9 for unit in units) or any(ten > 9 for ten in tens[:-1]):  # noqa: PLR2004
        return None
    year, month, day, hour, minute, second = (
        10 * ten + unit for ten, unit in zip(tens[:-1], units[:-1], strict=True)
    )
    quarters = 10 * (tens[-1] & 0x07) + units[-1]
    offset = timedelta(minutes=15 * (-quarters if tens[-1] & 0x08 else quarters))
    try:
        zone = timezone(offset) if offset else UTC
        return datetime(_CENTURY + year, month, day, hour, minute, second, tzinfo=zone).isoformat()
    except ValueError:
        return None
