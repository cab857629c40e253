"""Nonin pulse oximeters on a serial line: OEM III and Xpod formats 1, 2 and 7, and text.

Sources: formats 2 and 7, frames, status bits and the place of each value in the
packet of 25: pez-globo/pufferfish (Apache-2.0), TestNoninOEM3.cpp and
PacketReceiver.cpp; format 7 without the lead byte: the frame class of a public
app for Nonin's 9560 and 3150. Text: Nonin's manuals of 8500, 9600, 9847 and
BT4000 (`SPO2=097 HR=072`, `---` without a value, `*` a marked event, once a
second). Format 1 (status with the pulse's bits 8 and 7, pulse, saturation; once
a second) is as the maker's OEM specification is known to have it: no public
capture of it was found to check it against.

9600 baud 8N1. The instrument is only listened to; nothing is written.

Seventy-five samples of the wave a second become one reading: saturation and pulse
rate as the instrument averages them over four beats, and its status. The wave
itself is never stored. Saturation 127 and pulse 511 mean that there is none.

Status bits are told as words, never as numbers. A disconnected sensor, a sensor
alarm and "out of track" (no good pulse for a while: what is shown is old) leave no
value; an artefact and low perfusion leave it questionable.
"""

from __future__ import annotations

from collections.abc import Iterable

from edge.domain import Device, Instant, Role
from edge.drivers.base import Decoded, Driver, Frame, LineSettings, SerialFrame, Shape
from edge.drivers.serial.nonin_line import (
    FRAME_BYTES,
    PACKET_BYTES,
    PACKETS_A_SECOND,
    SHORT_BYTES,
    NoninFramer,
    frame_fault,
    line_fields,
    status_at,
)
from edge.drivers.serial.oximetry import reading
from edge.errors import DecodeError
from edge.kinds import observation

# What the instrument can show (OEM III: 18 to 321 beats a minute).
PULSE_RANGE = (18, 321)
_NO_SATURATION = 127
_NO_PULSE = 511

_HIGH = 0x80
_LOW_SEVEN = 0x7F
_B4 = 3  # the value that takes turns, in every frame of formats 2 and 7
_PULSE_HIGH, _PULSE_LOW, _SATURATION = 0, 1, 2  # frames of the packet

_PACKET_FLAGS = (
    (0x40, "sensor_disconnected"),
    (0x08, "sensor_alarm"),
    (0x10, "out_of_track"),
    (0x20, "artefact"),
)
# Red and green perfusion of a pulse: red alone is low, both are medium.
_PERFUSION = 0x06
_RED = 0x04
_SHORT_FLAGS = (
    (0x40, "sensor_disconnected"),
    (0x20, "out_of_track"),
    (0x04, "artefact"),
    (0x10, "low_perfusion"),
)
_BLIND = frozenset({"sensor_disconnected", "sensor_alarm", "out_of_track"})


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:  # noqa: ARG001
    """One reading of any format; it needs no memory of the ones before."""
    if not isinstance(frame, SerialFrame):
        raise DecodeError("not_ours", "not a frame of a serial line")
    data = frame.data
    if not data:
        raise DecodeError("length", "an empty frame", 0)
    if len(data) == SHORT_BYTES:
        return _short(device, data, at)
    if data[0] & _HIGH or status_at(data):
        return _packets(device, data, at)
    return _line(device, data, at)


def _packets(device: Device, data: bytes, at: Instant) -> Decoded:
    if len(data) % PACKET_BYTES or len(data) > PACKET_BYTES * PACKETS_A_SECOND:
        text = f"one to three packets of {PACKET_BYTES} bytes, or a reading of {SHORT_BYTES}"
        raise DecodeError("length", text, len(data))
    status = status_at(data)
    for where in range(0, len(data), FRAME_BYTES):
        fault = frame_fault(data, where, where % PACKET_BYTES // FRAME_BYTES, status)
        if fault is not None:
            raise DecodeError(*fault)
    statuses = set(data[status::FRAME_BYTES])
    flags = _flags(statuses, _PACKET_FLAGS)
    if any(one & _PERFUSION == _RED for one in statuses):
        flags.append("low_perfusion")
    newest = data[-PACKET_BYTES:][_B4::FRAME_BYTES]
    pulse = (newest[_PULSE_HIGH] & 0b11) << 7 | newest[_PULSE_LOW] & _LOW_SEVEN
    return _told(device, at, newest[_SATURATION] & _LOW_SEVEN, pulse, flags)


def _short(device: Device, data: bytes, at: Instant) -> Decoded:
    for pos, byte in enumerate(data):
        if bool(byte & _HIGH) != (pos == 0):
            raise DecodeError("frame", "the high bit marks the first of three bytes alone", pos)
    pulse = (data[0] & 0b11) << 7 | data[1]
    return _told(device, at, data[2], pulse, _flags({data[0]}, _SHORT_FLAGS))


def _told(device: Device, at: Instant, saturation: int, pulse: int, flags: list[str]) -> Decoded:
    return Decoded(
        observations=reading(
            device,
            at,
            saturation=None if saturation == _NO_SATURATION else saturation,
            pulse=None if pulse == _NO_PULSE else pulse,
            pulse_range=PULSE_RANGE,
            flags=flags,
            blind=not _BLIND.isdisjoint(flags),
        )
    )


def _line(device: Device, line: bytes, at: Instant) -> Decoded:
    saturation, pulse, marked = line_fields(line)
    seen = reading(
        device,
        at,
        saturation=_number(saturation),
        pulse=_number(pulse),
        pulse_range=PULSE_RANGE,
        flags=(),
        blind=False,
    )
    if marked:
        seen += (observation(device.id, "event_mark", value=True, at=at),)
    return Decoded(observations=seen)


def _number(field: bytes) -> int | None:
    digits = field.strip()
    return int(digits) if digits.isdigit() else None


def _flags(statuses: Iterable[int], names: tuple[tuple[int, str], ...]) -> list[str]:
    union = 0
    for status in statuses:
        union |= status
    return [name for bit, name in names if union & bit]


def from_payload(payload: bytes, mac: str) -> SerialFrame:  # noqa: ARG001
    return SerialFrame(data=payload)


DRIVER = Driver(
    id="nonin",
    title="Pulse oximeter (Nonin OEM III, Xpod and handhelds on a serial line)",
    shape=Shape.SERIAL,
    roles=frozenset({Role.VITALS}),
    silent_after_s=8 * 24 * 3600,
    silent_reason="it is heard only when used; a measurement a week and a day late is normal",
    decode=decode,
    from_payload=from_payload,
    framer=NoninFramer,
    line=LineSettings(baud=9_600),
    heard_within_s=8.0,  # format 1 proves itself in its fifth second
)
