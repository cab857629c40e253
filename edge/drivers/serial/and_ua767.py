"""A&D UA-767PC blood pressure monitor on a serial line: its newest result, asked for.

Sources: a public JavaScript driver for it (result `804C4C4960` and its fields), and
the maker's command set as quoted in two threads of the Arduino forum (274855, 9995)
and used by public sketches. 9600 baud 8N2. What is written is only this:

- 55, which any command could be: it wakes the monitor, and is not answered;
- `02 43 50 43 30 35 3B`, STX "CPC05" and the sum of the five: open the communication
  port. The answer is `01 37 30 50 43 06` (ACK; NAK ends in 15).

The command set can do more. Starting a measurement, clearing the memory and setting
the clock are control of a device, and none of them stands in this file.

A result is ten hexadecimal digits without end or checksum: a code (80 good, 81-83 an
error), systolic minus diastolic, diastolic, pulse, and a byte whose meaning nobody
has told; it is not told on either. Pressures are mm[Hg].

There is no time and no number in a result, so nothing tells a repeat from a second
measurement but its digits: a result with the same ten digits as the one before is a
repeat. The consequence: two measurements in a row that agree in all of them are told
as one. The other way round, the same result would be told at every poll. The very
first result of a newly enrolled monitor may be an old one from its memory, perhaps
another person's: it is flagged `CLOCK_DOUBTFUL`.
"""

from __future__ import annotations

import re

from edge.domain import Device, Instant, Observation, Quality, Role
from edge.drivers.base import Decoded, Driver, Frame, LineSettings, SerialFrame, Shape
from edge.errors import DecodeError
from edge.kinds import observation

WAKE = b"\x55"
OPEN_PORT = bytes.fromhex("02 43 50 43 30 35 3B")
ACK = bytes.fromhex("01 37 30 50 43 06")
NAK = bytes.fromhex("01 37 30 50 43 15")
RESULT_BYTES = 10
# Somebody who has measured takes the cuff off and looks at the page within minutes.
POLL_S = 60.0

_RESULT = re.compile(rb"8[0-3][0-9A-F]{8}")
_HEX = b"0123456789ABCDEF"
_CONTROL_BYTES = len(ACK)
_CONTROL_BEGINS = ACK[:5]
_GOOD = 0x80
# What the monitor can measure (20 to 280 mmHg, 40 to 200 beats a minute), with some room.
_PRESSURE_RANGE = (20, 300)
_PULSE_RANGE = (30, 250)
_PRESSURES = ("blood_pressure_systolic", "blood_pressure_diastolic")


class ResultFramer:
    """Cuts out answers and results. Kept: nine bytes at most.

    Results have no checksum, so one is taken only where it can begin: at the first digit
    after something else, or right after another result. What a run of digits holds besides
    is thrown away up to its end. A polled line begins with a new framer at each request.
    What cannot be seen: a result that broke off after "8x" with another right behind it.
    """

    def __init__(self) -> None:
        self.dropped_bytes = 0
        self._rest = b""
        self._astray = False  # in a run of digits that did not begin with a result

    def feed(self, chunk: bytes) -> list[bytes]:
        data = self._rest + chunk
        frames: list[bytes] = []
        pos = 0
        while pos < len(data):
            size = self._size(data[pos : pos + RESULT_BYTES])
            if size is None:
                break
            if size:
                frames.append(data[pos : pos + size])
            else:
                self.dropped_bytes += 1
            pos += size or 1
        self._rest = data[pos:]
        return frames

    def _size(self, data: bytes) -> int | None:
        """Of what begins here; 0: nothing does; None: more bytes have to tell."""
        if data[0] not in _HEX:
            self._astray = False
            control = data[:_CONTROL_BYTES]
            if control in (ACK, NAK):
                return _CONTROL_BYTES
            return None if _CONTROL_BEGINS.startswith(control) else 0
        if self._astray:
            return 0
        if _RESULT.fullmatch(data):
            return RESULT_BYTES
        if len(data) < RESULT_BYTES and _RESULT.fullmatch(data.ljust(RESULT_BYTES, b"0")):
            return None
        self._astray = True
        return 0


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One answer or result; `state` is the result that was told last."""
    if not isinstance(frame, SerialFrame):
        raise DecodeError("not_ours", "not a frame of a serial line")
    data = frame.data
    if data == ACK:
        return Decoded()
    if data == NAK:
        raise DecodeError("nak", "the monitor refused the request", len(NAK) - 1)
    if len(data) != RESULT_BYTES:
        text = f"neither an answer of {_CONTROL_BYTES} bytes nor a result of {RESULT_BYTES}"
        raise DecodeError("length", text, min(len(data), RESULT_BYTES))
    if _RESULT.fullmatch(data) is None:
        at_byte = next((i for i, byte in enumerate(data) if byte not in _HEX), 0)
        raise DecodeError("field", "a result is 80 to 83 and eight digits, 0-9 A-F", at_byte)
    if data == state:
        return Decoded(duplicate=True)
    doubt = Quality.OK if state else Quality.CLOCK_DOUBTFUL
    return Decoded(
        observations=_result(device, bytes.fromhex(data.decode()), at, doubt), state=data
    )


def _result(device: Device, result: bytes, at: Instant, doubt: Quality) -> tuple[Observation, ...]:
    code, difference, diastolic, pulse, _unknown = result

    def told(kind: str, number: int, *, fits: bool) -> Observation:
        if code != _GOOD:
            return observation(device.id, kind, None, at, Quality.NOT_AVAILABLE)
        if not fits:
            return observation(device.id, kind, None, at, Quality.OUT_OF_RANGE)
        return observation(device.id, kind, number, at, doubt)

    systolic = diastolic + difference
    low, high = _PRESSURE_RANGE
    # Both come from the same two bytes: when one cannot be, neither is known.
    sound = low <= diastolic < systolic <= high
    status = "none" if code == _GOOD else f"error_{code:02X}"
    return (
        *(
            told(kind, number, fits=sound)
            for kind, number in zip(_PRESSURES, (systolic, diastolic), strict=True)
        ),
        told("pulse_rate", pulse, fits=_PULSE_RANGE[0] <= pulse <= _PULSE_RANGE[1]),
        observation(device.id, "measurement_status", status, at, doubt),
    )


def from_payload(payload: bytes, mac: str) -> SerialFrame:  # noqa: ARG001
    return SerialFrame(data=payload)


DRIVER = Driver(
    id="and_ua767",
    title="Blood pressure monitor (A&D UA-767PC on a serial line)",
    shape=Shape.SERIAL,
    roles=frozenset({Role.VITALS}),
    silent_after_s=8 * 24 * 3600,
    silent_reason="it tells only new measurements; one a week and a day late is normal",
    decode=decode,
    from_payload=from_payload,
    framer=ResultFramer,
    line=LineSettings(baud=9_600, stop_bits=2),
    poll=(WAKE, OPEN_PORT),
    poll_s=POLL_S,
)
