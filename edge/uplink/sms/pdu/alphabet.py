"""The GSM 7 bit default alphabet with its extension table, and its packing (3GPP TS 23.038 §6)."""

from __future__ import annotations

# TS 23.038 §6.2.1, by number; 0x1B leads to the extension table.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
# TS 23.038 §6.2.1.1; each of them takes two septets.
_EXTENDED = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]",
    0x40: "|", 0x65: "€",
}  # fmt: skip
_SEPTETS = {char: bytes((number,)) for number, char in enumerate(_BASIC) if number != _ESCAPE} | {
    char: bytes((_ESCAPE, number)) for number, char in _EXTENDED.items()
}


def septets_of(text: str) -> bytes | None:
    """The text in septets, one a byte; None when a character is not in the alphabet."""
    try:
        return b"".join([_SEPTETS[char] for char in text])
    except KeyError:
        return None


def text_of(septets: bytes) -> str:
    """The text of septets, one a byte.

    An escape to a table that we do not have shows as the character of the basic table (TS 23.038
    §6.2.1.1), an escape that leads nowhere as a space.
    """
    found = []
    escaped = False
    for septet in septets:
        if escaped:
            other = " " if septet == _ESCAPE else _BASIC[septet]
            found.append(_EXTENDED.get(septet, other))
            escaped = False
        elif septet == _ESCAPE:
            escaped = True
        else:
            found.append(_BASIC[septet])
    return "".join(found) + (" " if escaped else "")


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Septets into octets, lowest bits first, after `fill_bits` (0 to 6) of padding (§6.1.2.1)."""
    bits = 0
    for place, septet in enumerate(septets):
        bits |= septet << (fill_bits + 7 * place)
    return bits.to_bytes((fill_bits + 7 * len(septets) + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """`count` septets out of octets; what the octets do not hold reads as zero."""
    bits = int.from_bytes(octets, "little") >> fill_bits
    return bytes((bits >> (7 * place)) & 0x7F for place in range(count))
