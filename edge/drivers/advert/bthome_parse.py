"""Cuts the objects of a BTHome frame apart and reads each of them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from edge.domain import Device, Instant, Observation, Quality, Scalar
from edge.drivers.advert.bthome_objects import (
    BUTTON,
    COMMAND,
    COMMAND_LENGTH_MASK,
    OBJECTS,
    ONCE,
    PACKET_ID,
)
from edge.errors import DecodeError

SERVICE = "0000fcd2-0000-1000-8000-00805f9b34fb"

_OK = Quality.OK
_BUTTON_ID = bytes([BUTTON])

Parsed = tuple[list[Observation], int, bool, DecodeError | None]
"""What the objects said; the packet id, or -1; whether one of them happens once (a press);
and why the frame must be refused, if it must."""


def parse(device: Device, objects: bytes, counter: int | None, at: Instant) -> Parsed:
    """Read `objects` (plain, without device information) up to the first unknown id.

    `counter` is the frame's own number when it is encrypted; otherwise a packet
    id serves as `device_seq`.
    """
    observations: list[Observation] = []
    add = observations.append
    name = device.id
    once = False
    # Ascending ids: a packet id comes first, and the frame's number is known before its objects.
    packet = objects[1] if objects[0] == PACKET_ID and len(objects) > 1 else -1
    sequence = counter if counter is not None or packet < 0 else packet
    pos, end = 0, len(objects)
    while pos < end:
        row = OBJECTS[objects[pos]]
        if row is None:
            break
        kind, unit, code, size, unpack, divisor, table, read = row
        value: Scalar
        if unpack is not None:
            stop = pos + 1 + size
            if stop > end:
                break
            (value,) = unpack(objects, pos)
            if divisor != 1:
                value = value / divisor
            quality = _OK
        else:
            start, stop = (pos + 1, pos + 1 + size) if size else _variable(objects, pos)
            if stop > end:
                break
            value = read(objects[start:stop]) if table is None else table[objects[start]]
            quality = _OK
            once = once or kind in ONCE
            if isinstance(value, Quality):
                quality, value = value, None
            elif value is None:
                pos = stop
                continue
        pos = stop
        add(
            Observation(
                device=name,
                kind=kind,
                value=value,
                unit=unit,
                code=code,
                at=at,
                quality=quality,
                device_seq=sequence,
            )
        )
    if once and objects.count(_BUTTON_ID) > 1:
        observations = _numbered(objects[:pos], observations)
    fault = None if pos == end else _stop(objects, pos, anything=bool(observations))
    return observations, packet, once, fault


def numbers(objects: bytes) -> Iterator[tuple[int, int]]:
    """Id and first byte of each object in turn, up to what this release cannot cut."""
    pos, end = 0, len(objects)
    while pos < end and (row := OBJECTS[objects[pos]]) is not None:
        start, stop = (pos + 1, pos + 1 + row.size) if row.size else _variable(objects, pos)
        if stop > end:
            return
        yield objects[pos], start
        pos = stop


def _numbered(objects: bytes, observations: list[Observation]) -> list[Observation]:
    """The presses told with their button: bthome.io/format, "Multiple events of the same type".

    The buttons stand one behind the other, 0x00 for those that were not pressed.
    """
    buttons = [objects[start] for number, start in numbers(objects) if number == BUTTON]
    if len(buttons) == 1:
        return observations
    pressed = iter([place for place, press in enumerate(buttons, 1) if press])
    return [
        msgspec.structs.replace(seen, value=f"{seen.value} {next(pressed)}")
        if seen.kind == "button"
        else seen
        for seen in observations
    ]


def _variable(objects: bytes, pos: int) -> tuple[int, int]:
    """Where the bytes of an object of variable length start and stop."""
    start = pos + 2
    if start > len(objects):
        return start, start  # cut short before its length byte
    length = objects[pos + 1]
    if objects[pos] == COMMAND:
        length = 1 + (length & COMMAND_LENGTH_MASK)  # the opcode, then its arguments
    return start, start + length


def _stop(objects: bytes, pos: int, *, anything: bool) -> DecodeError | None:
    """Why the parse ended at `pos`; None when it may, before an id that this release lacks.

    The device information stands before the objects, so bytes count from 1.
    """
    number = objects[pos]
    if OBJECTS[number] is not None:
        text = f"the frame ends in the middle of object 0x{number:02X}"
        return DecodeError("length", text, len(objects) + 1)
    if anything:
        return None
    return DecodeError("unknown_object", f"object 0x{number:02X} is not known here", pos + 1)
