"""Pulse oximeters with the five-byte BCI protocol: OEM modules, Contec CMS50D/E, Berry USB.

Sources: berry-oximeter 0.0.3 (MIT), zh2x/BCI_Protocol as adafruit_ble_berrymed
_pulse_oximeter cites it, and the manual of a 4800 baud module as quoted in the
PICBASIC forum (thread 11311). Sixty packets a second; the high bit marks the first
byte of each, and there is no checksum:

    1  0-3 strength, 4 no signal, 5 probe off, 6 beep     2  the wave
    3  0-3 bar, 4 no finger, 5 searching, 6 pulse bit 7    4  pulse bits 6-0    5  saturation

Pulse 0xFF and saturation 0x7F mean that there is none; so do no signal, no finger
and searching, whatever stands in the fields. The sources differ about bit 5 of the
first byte: Berry's is "probe off", the module's manual has "saturation falling"
there. Taking the number away would hide the very reading that matters, so a number
that comes with this bit is told as questionable; without a probe there is none.

The line depends on the product: CMS50D/E 19200 8O1 (what this driver takes when the
settings say nothing), OEM modules 4800 8N1, Berry USB 115200 8N1. The instrument is
only listened to; nothing is written.

Thinning: the framer hands over sixty packets at a time, a second of the stream, and
only when nothing was lost between them, which is also what tells this protocol from
others. They become one reading: the numbers of the newest packet, which are averages
of the instrument's own, and what was flagged in any of them. The wave is never stored.
"""

from __future__ import annotations

from edge.domain import Device, Instant, Role
from edge.drivers.base import Decoded, Driver, Frame, LineSettings, SerialFrame, Shape
from edge.drivers.serial.oximetry import reading
from edge.errors import DecodeError

PACKET_BYTES = 5
PACKETS_A_SECOND = 60
SECOND_BYTES = PACKET_BYTES * PACKETS_A_SECOND
# What such an instrument can show (CMS50: 30 to 250, Berry: 25 to 250 beats a minute).
PULSE_RANGE = (25, 250)

_HIGH = 0x80
_NO_SATURATION = 0x7F
_NO_PULSE = 0xFF
_PULSE_BIT_7 = 0x40
# (byte of the packet, bit, name)
_FLAGS = (
    (0, 0x10, "no_signal"),
    (0, 0x20, "probe_off_or_falling"),
    (2, 0x10, "no_finger"),
    (2, 0x20, "searching"),
)
_BLIND = frozenset({"no_signal", "no_finger", "searching"})


class BciFramer:
    """Cuts out seconds of the stream. Kept: less than one packet, and 59."""

    def __init__(self) -> None:
        self.dropped_bytes = 0
        self._rest = b""
        self._packets: list[bytes] = []  # in a row, of the second that is not full yet

    def feed(self, chunk: bytes) -> list[bytes]:
        """The seconds that are whole now, 300 bytes each."""
        data = self._rest + chunk
        seconds: list[bytes] = []
        pos = 0
        while pos + PACKET_BYTES <= len(data):
            packet = data[pos : pos + PACKET_BYTES]
            lost = _lost(packet)
            if lost:
                self.dropped_bytes += lost + PACKET_BYTES * len(self._packets)
                self._packets = []
                pos += lost
                continue
            pos += PACKET_BYTES
            self._packets.append(packet)
            if len(self._packets) == PACKETS_A_SECOND:
                seconds.append(b"".join(self._packets))
                self._packets = []
        self._rest = data[pos:]
        return seconds


def _lost(packet: bytes) -> int:
    """How many bytes stand before the next packet can begin; 0 when this is one."""
    if not packet[0] & _HIGH:
        return 1
    return next((at for at in range(1, PACKET_BYTES) if packet[at] & _HIGH), 0)


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:  # noqa: ARG001
    """A second of packets, or fewer; it needs no memory of the ones before."""
    if not isinstance(frame, SerialFrame):
        raise DecodeError("not_ours", "not a frame of a serial line")
    data = frame.data
    if not data or len(data) % PACKET_BYTES or len(data) > SECOND_BYTES:
        text = f"one to {PACKETS_A_SECOND} packets of {PACKET_BYTES} bytes"
        raise DecodeError("length", text, len(data))
    for pos, byte in enumerate(data):
        if bool(byte & _HIGH) != (pos % PACKET_BYTES == 0):
            raise DecodeError("frame", "the high bit marks the first of five bytes alone", pos)
    flags = [
        name for byte, bit, name in _FLAGS if any(one & bit for one in data[byte::PACKET_BYTES])
    ]
    newest = data[-PACKET_BYTES:]
    pulse = (_HIGH if newest[2] & _PULSE_BIT_7 else 0) | newest[3]
    return Decoded(
        observations=reading(
            device,
            at,
            saturation=None if newest[4] == _NO_SATURATION else newest[4],
            pulse=None if pulse == _NO_PULSE else pulse,
            pulse_range=PULSE_RANGE,
            flags=flags,
            blind=not _BLIND.isdisjoint(flags),
        )
    )


def from_payload(payload: bytes, mac: str) -> SerialFrame:  # noqa: ARG001
    return SerialFrame(data=payload)


DRIVER = Driver(
    id="bci",
    title="Pulse oximeter (BCI protocol: OEM modules, Contec CMS50D/E, Berry USB)",
    shape=Shape.SERIAL,
    roles=frozenset({Role.VITALS}),
    silent_after_s=8 * 24 * 3600,
    silent_reason="it is heard only when used; a measurement a week and a day late is normal",
    decode=decode,
    from_payload=from_payload,
    framer=BciFramer,
    line=LineSettings(baud=19_200, parity="O"),
    heard_within_s=8.0,  # the first whole second is proof
)
