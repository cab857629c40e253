"""Text messages as octets, from the network's side: reads SMS-SUBMIT, makes SMS-DELIVER.

Written for itself and not after the gateway's: two readings of 3GPP TS 23.040 that agree.
"""

from __future__ import annotations

import string
from datetime import datetime

# TS 23.038 §6.2.1: what is where ASCII has it, and what is not.
_OWN_PLACE = string.ascii_letters + string.digits + " !\"#%&'()*+,-./:;<=>?\n\r"
_ELSEWHERE = {
    "@": 0, "£": 1, "$": 2, "¥": 3, "è": 4, "é": 5, "ù": 6, "ì": 7, "ò": 8, "Ç": 9, "Ø": 11,
    "ø": 12, "Å": 14, "å": 15, "Δ": 16, "_": 17, "Φ": 18, "Γ": 19, "Λ": 20, "Ω": 21, "Π": 22,
    "Ψ": 23, "Σ": 24, "Θ": 25, "Ξ": 26, "Æ": 28, "æ": 29, "ß": 30, "É": 31, "¤": 36, "¡": 64,
    "Ä": 91, "Ö": 92, "Ñ": 93, "Ü": 94, "§": 95, "¿": 96, "ä": 123, "ö": 124, "ñ": 125, "ü": 126,
    "à": 127,
}  # fmt: skip
_BEHIND_ESCAPE = {"\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62,
                  "|": 64, "€": 101}  # fmt: skip
_CODE = {char: [ord(char)] for char in _OWN_PLACE} | {c: [n] for c, n in _ELSEWHERE.items()}
_CODE |= {char: [27, number] for char, number in _BEHIND_ESCAPE.items()}
_PLAIN = {code[0]: char for char, code in _CODE.items() if len(code) == 1}
_EXTENDED = {code[1]: char for char, code in _CODE.items() if len(code) > 1}

_UCS2 = 8
_VALIDITY_BYTES = {0: 0, 1: 7, 2: 1, 3: 7}


def read_submit(octets: bytes, announced: int | None = None) -> tuple[str, str]:
    """Number and text of what a modem was given; ValueError for what is no message.

    `announced` is the length of AT+CMGS, without the service centre.
    """
    body = octets[1 + octets[0] :]
    if announced not in (None, len(body)):
        raise ValueError("another length than announced")
    if len(body) < 5 or body[0] & 3 != 1 or body[0] & 0x40:  # noqa: PLR2004 (the fixed fields)
        raise ValueError("no message to the network, or one with a header")
    digits = body[2]
    address_end = 4 + (digits + 1) // 2
    number = "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in body[4:address_end])[:digits]
    if not number.isdecimal():
        raise ValueError("no number")
    plus = "+" if body[3] == 0x91 else ""  # noqa: PLR2004 (international, E.164)
    coding = body[address_end + 1]
    at = address_end + 2 + _VALIDITY_BYTES[(body[0] >> 3) & 3]
    units, data = body[at], body[at + 1 :]
    if coding == _UCS2:
        if units != len(data):
            raise ValueError("the length of the text is another one")
        return plus + number, data.decode("utf-16-be")
    if len(data) != -(-units * 7 // 8):
        raise ValueError("the length of the text is another one")
    return plus + number, _letters(data, units)


def make_deliver(number: str, text: str, when: datetime) -> tuple[str, int]:
    """A message that came in, in hex, and the length of its TPDU in octets."""
    codes = [code for char in text for code in _CODE.get(char, [-1])]
    if -1 in codes:
        coding, data = _UCS2, text.encode("utf-16-be")
        units = len(data)
    else:
        coding, data, units = 0, _octets(codes), len(codes)
    digits = number.removeprefix("+")
    if digits.isdecimal():
        kind = 0x91 if number.startswith("+") else 0x81
        address = bytes((len(digits), kind)) + _pairs(digits)
    else:
        septets = [code for char in number for code in _CODE[char]]
        address = bytes(((7 * len(septets) + 3) // 4, 0xD0)) + _octets(septets)
    offset = when.utcoffset()
    quarters = 0 if offset is None else int(offset.total_seconds()) // 900
    zone = f"{abs(quarters):02d}"
    stamp = bytearray(_pairs(when.strftime("%y%m%d%H%M%S") + zone))
    stamp[-1] |= 8 if quarters < 0 else 0
    tpdu = b"\x04" + address + bytes((0, coding)) + bytes(stamp) + bytes((units,)) + data
    return (b"\x00" + tpdu).hex().upper(), len(tpdu)


def _pairs(digits: str) -> bytes:
    even = digits if len(digits) % 2 == 0 else digits + "F"
    return bytes(int(high + low, 16) for low, high in zip(even[::2], even[1::2], strict=True))


def _octets(codes: list[int]) -> bytes:
    bits = "".join(f"{code:07b}"[::-1] for code in codes)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8][::-1], 2) for i in range(0, len(bits), 8))


def _letters(data: bytes, count: int) -> str:
    bits = "".join(f"{octet:08b}"[::-1] for octet in data)
    codes = [int(bits[7 * i : 7 * i + 7][::-1], 2) for i in range(count)]
    found = ""
    table = _PLAIN
    for code in codes:
        if code == 27:  # noqa: PLR2004 (the escape)
            table = _EXTENDED
        else:
            found += table[code]
            table = _PLAIN
    return found
