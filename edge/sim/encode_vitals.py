"""What instruments on a line say, byte by byte, from the published formats.

As `edge.sim.encode`, written without a look at the gateway's decoders.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sin, tau

NONIN_PACKET_FRAMES = 25
# Byte 4 of the frames of a packet, counted from 1, for a standard 4-beat reading.
_PULSE_HIGH_FRAMES = (1, 14, 20, 22)
_PULSE_LOW_FRAMES = (2, 15, 21, 23)
_SATURATION_FRAMES = (3, 9, 10, 11, 16, 17)
_REVISION_FRAME = 4
_REVISION = 48
_NO_PULSE = 511
_NO_SATURATION = 127

# Nonin status: bit 7 always; sensor alarm and out of track when the finger has left.
_ALWAYS = 0x80
_NO_FINGER = 0x18
_SYNC = 0x01
_GREEN = 0x02
_SHORT_OUT_OF_TRACK = 0x20

Reading = tuple[int, int] | None  # saturation in %, pulse in /min; None: no finger


def _wave(sample: int, pulse: int) -> float:
    """A pulse wave between 0 and 1, 75 samples a second."""
    return 0.5 + 0.5 * sin(tau * sample * pulse / 60 / 75)


def _turns(saturation: int, pulse: int) -> Iterator[int]:
    for frame in range(1, NONIN_PACKET_FRAMES + 1):
        if frame in _PULSE_HIGH_FRAMES:
            yield pulse >> 7
        elif frame in _PULSE_LOW_FRAMES:
            yield pulse & 0x7F
        elif frame in _SATURATION_FRAMES:
            yield saturation
        else:
            yield _REVISION if frame == _REVISION_FRAME else 0


def nonin_packet(reading: Reading, *, wide: bool, sample: int) -> bytes:
    """25 frames of format 2, or of format 7 (`wide`: a 16-bit wave and no lead byte)."""
    saturation, pulse = reading or (_NO_SATURATION, _NO_PULSE)
    status = _ALWAYS | (_GREEN if reading else _NO_FINGER)
    packet = b""
    for number, value in enumerate(_turns(saturation, pulse)):
        height = _wave(sample + number, pulse)
        flags = status | (_SYNC if number == 0 else 0)
        wave = round(height * 0xFFFF).to_bytes(2, "big")
        frame = (
            bytes((flags, *wave, value))
            if wide
            else bytes((0x01, flags, round(height * 0xFF), value))
        )
        packet += frame + bytes((sum(frame) & 0xFF,))
    return packet


def nonin_short(reading: Reading) -> bytes:
    """Format 1: status with the pulse's bits 8 and 7, pulse, saturation."""
    saturation, pulse = reading or (_NO_SATURATION, _NO_PULSE)
    status = _ALWAYS | (0 if reading else _SHORT_OUT_OF_TRACK) | pulse >> 7
    return bytes((status, pulse & 0x7F, saturation))


def nonin_text(reading: Reading) -> bytes:
    """`SPO2=097 HR=072`, three characters each, `---` without a value."""
    saturation, pulse = (f"{n:03}" for n in reading) if reading else ("---", "---")
    return f"SPO2={saturation} HR={pulse}\r\n".encode("ascii")


def bci_packets(reading: Reading, *, sample: int, count: int) -> bytes:
    """Five bytes each: strength, wave, bar with the pulse's bit 7, pulse, saturation."""
    packets = b""
    for number in range(count):
        if reading is None:
            packets += bytes((0x80, 0, 0x10 | 0x40, 0x7F, 0x7F))
            continue
        saturation, pulse = reading
        height = _wave(sample + number, pulse)
        bar = round(height * 15) | (0x40 if pulse & 0x80 else 0)
        packets += bytes((0x84, round(height * 100), bar, pulse & 0x7F, saturation))
    return packets


def ua767_result(systolic: int, diastolic: int, pulse: int) -> bytes:
    """Ten hexadecimal digits; the last two are as the one public result has them."""
    return bytes((0x80, systolic - diastolic, diastolic, pulse, 0x60)).hex().upper().encode()
