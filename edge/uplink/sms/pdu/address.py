"""Numbers of people and of service centres as octets (3GPP TS 23.040 §9.1.2.5)."""

from __future__ import annotations

from edge.errors import DecodeError
from edge.uplink.sms.pdu.alphabet import text_of, unpack

# Type-of-address: bit 8 set, then type of number, then numbering plan.
INTERNATIONAL = 0x91  # E.164 with its country code
_TYPE = 0x70
_TYPE_INTERNATIONAL = 0x10
_TYPE_ALPHANUMERIC = 0x50
# TS 23.040 §9.1.2.5: at most ten octets of address value.
DIGITS_MAX = 20
# TS 24.011 §8.2.5.1: the service centre's address has at most 11 octets after its length.
CENTRE_MAX_BYTES = 11

# TS 23.040 §9.1.2.3; 0xF fills an odd number up.
_DIGITS = "0123456789*#abc"
# How people write numbers.
_LIKE_A_NUMBER = "+0123456789 -./()"


def swapped(digits: str) -> bytes:
    """Digits as semi-octets, the first one low, an odd number filled up with F (§9.1.2.3)."""
    padded = digits + "f" * (len(digits) % 2)
    return bytes.fromhex("".join(padded[i + 1] + padded[i] for i in range(0, len(padded), 2)))


def number_octets(number: str) -> bytes:
    """Type and digits of "+358401234567"."""
    return bytes((INTERNATIONAL,)) + swapped(number.removeprefix("+"))


def sender(octets: bytes, start: int) -> tuple[str, int]:
    """The originating address at `start` of a TPDU, and the byte after it.

    "+358401234567", "16400" for what has no country code, or words of an alphanumeric sender,
    which never pass for a number.
    Raises DecodeError ("length", "number").
    """
    if len(octets) < start + 2:
        raise DecodeError("length", "the message ends in its sender's address", start)
    digits, kind = octets[start], octets[start + 1]
    end = start + 2 + (digits + 1) // 2
    if digits > DIGITS_MAX:
        text = f"a sender's address of {digits} digits; at most {DIGITS_MAX} are allowed"
        raise DecodeError("number", text, start)
    if len(octets) < end:
        raise DecodeError("length", "the message ends in its sender's address", start)
    value = octets[start + 2 : end]
    if kind & _TYPE == _TYPE_ALPHANUMERIC:
        name = text_of(unpack(value, digits * 4 // 7))
        if all(char in _LIKE_A_NUMBER for char in name):
            raise DecodeError("number", "a sender's name that passes for a number", start)
        return name, end
    plus = "+" if kind & _TYPE == _TYPE_INTERNATIONAL else ""
    return plus + _digits(value, digits, start + 2), end


def _digits(value: bytes, count: int, start: int) -> str:
    nibbles = [nibble for octet in value for nibble in (octet & 0x0F, octet >> 4)]
    for place, nibble in enumerate(nibbles[:count]):
        if nibble >= len(_DIGITS):
            text = "a filler stands among the digits of the sender's number"
            raise DecodeError("number", text, start + place // 2)
    return "".join(_DIGITS[nibble] for nibble in nibbles[:count])
