"""A Modbus RTU module of inputs: contacts as discrete inputs, sensors as input registers.

Source: Modbus Application Protocol Specification V1.1b3, §6.2 (function 02, Read
Discrete Inputs: one bit an input, the first in the lowest bit) and §6.4
(function 04, Read Input Registers: 16 bits each, high byte first); framing
and CRC: Modbus over Serial Line V1.02, §2.5.1 and §6.2.2. Nothing is ever written.

One enrolled device is one module. What its channels mean stands in the settings
and comes with each frame. An input tells what became of it, and how it
stands with every report; a register is told as often as the transport reads it
for a report. A register has a value only where there is one: the word that
the module shows without a sensor is told as "not available".

State: one byte for the inputs that are active by the last word, and one for the
inputs that have been told at all.
"""

from __future__ import annotations

from decimal import Decimal

from edge.domain import Device, Instant, Observation, Quality, Role
from edge.drivers.base import (
    Decoded,
    Driver,
    Frame,
    RegisterFrame,
    RegisterMeaning,
    Shape,
)
from edge.drivers.inputs.contact import KIND_OF, became_active, stands
from edge.errors import DecodeError
from edge.kinds import KINDS, SWITCHED_KINDS, observation

# The blocks that such modules have; a larger one is another kind of equipment.
INPUTS_MAX = 8
REGISTERS_MAX = 16

# Levels every twenty minutes, registers every minute: air and water change slower than that.
REPORT_EVERY_S = 1200
REGISTERS_EVERY_S = 60

_STATE_BYTES = 2
_WORD = 0xFFFF
_SIGN = 0x8000
_READ_INPUTS, _READ_REGISTERS = 2, 4
_FAILED = 0x80
_HEAD_BYTES, _CRC_BYTES = 3, 2


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """One poll; `state` is the inputs that were told active, and those that were told."""
    if not isinstance(frame, RegisterFrame):
        raise DecodeError("not_ours", "not a poll of a module")
    if len(frame.inputs) > INPUTS_MAX or len(frame.registers) > REGISTERS_MAX:
        most = f"{INPUTS_MAX} inputs and {REGISTERS_MAX} registers"
        raise DecodeError("length", f"a module has at most {most}")
    active, known = state if len(state) == _STATE_BYTES else (0, 0)
    seen: list[Observation] = []
    for channel, (on, kind) in enumerate(zip(frame.inputs, frame.input_kinds, strict=False)):
        if kind is None:
            continue
        if kind not in SWITCHED_KINDS:
            raise DecodeError("kind", f"an input cannot say {kind!r}")
        bit = 1 << channel
        if on and not active & bit:
            seen.append(became_active(device, kind, at, _doubt(device, frame, channel, known)))
        elif frame.report or not known & bit or on is not bool(active & bit):
            seen.append(stands(device, kind, at, Quality.OK, active=on))
        active = active | bit if on else active & ~bit
        known |= bit
    for word, meaning in zip(frame.registers, frame.meanings, strict=False):
        if meaning is not None:
            seen.append(_measured(device, meaning, word, at))
    now = bytes([active, known])
    return Decoded(observations=tuple(seen), state=None if now == state else now)


def _doubt(device: Device, frame: RegisterFrame, channel: int, known: int) -> Quality:
    """Of "I am fine": an input found active, or one that a broken wire makes so, proves nothing."""
    opens = channel < len(frame.opens) and frame.opens[channel]
    unsure = device.role is Role.OK_BUTTON and (opens or not known & 1 << channel)
    return Quality.QUESTIONABLE if unsure else Quality.OK


def _measured(device: Device, meaning: RegisterMeaning, word: int, at: Instant) -> Observation:
    if meaning.kind not in KINDS:
        raise DecodeError("kind", f"a register cannot say {meaning.kind!r}")
    if not 0 <= word <= _WORD:
        raise DecodeError("range", "a register has 16 bits")
    if word == meaning.absent:
        return observation(device.id, meaning.kind, None, at, Quality.NOT_AVAILABLE)
    number = word - (_WORD + 1) if meaning.signed and word & _SIGN else word
    # In decimals: 3 x 0.1 is 0.3, as the module's display says.
    return observation(device.id, meaning.kind, float(number * Decimal(str(meaning.scale))), at)


def from_payload(payload: bytes, mac: str) -> RegisterFrame:  # noqa: ARG001
    """One whole answer as it is on the line, address to CRC, to function 02 or 04.

    Without settings nobody knows what the channels mean: inputs are told as `contact`,
    registers as `input_register`. Raises DecodeError: length, crc, exception, not_ours.
    """
    if len(payload) < _HEAD_BYTES + _CRC_BYTES:
        raise DecodeError("length", "an answer has at least 5 bytes", len(payload))
    body, check = payload[:-_CRC_BYTES], payload[-_CRC_BYTES:]
    if crc16_modbus(body).to_bytes(_CRC_BYTES, "little") != check:
        raise DecodeError("crc", "the CRC does not fit the bytes before it", len(body))
    function, size, data = body[1], body[2], body[_HEAD_BYTES:]
    if function & _FAILED:
        raise DecodeError("exception", f"the module refuses with exception code {size}", 2)
    if function not in (_READ_INPUTS, _READ_REGISTERS):
        raise DecodeError("not_ours", f"function {function} is not one that we ask for", 1)
    if size != len(data):
        raise DecodeError("length", f"{size} bytes are announced and {len(data)} are there", 2)
    if function == _READ_INPUTS:
        if size * 8 > INPUTS_MAX:
            raise DecodeError("length", f"a module has at most {INPUTS_MAX} inputs", 2)
        bits = tuple(bool(byte >> bit & 1) for byte in data for bit in range(8))
        return RegisterFrame(inputs=bits, input_kinds=("contact",) * len(bits))
    if size % 2 or size > 2 * REGISTERS_MAX:
        raise DecodeError("length", f"a module has at most {REGISTERS_MAX} registers", 2)
    words = tuple(int.from_bytes(data[i : i + 2], "big") for i in range(0, size, 2))
    raw = RegisterMeaning(kind="input_register")
    return RegisterFrame(registers=words, meanings=(raw,) * len(words))


def crc16_modbus(data: bytes) -> int:
    """CRC-16/MODBUS: polynomial 0x8005 reflected, start 0xFFFF; "123456789" -> 0x4B37."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


DRIVER = Driver(
    id="modbus_inputs",
    title="Inputs and sensors on a Modbus RTU module",
    shape=Shape.MODBUS,
    roles=frozenset(KIND_OF) | {Role.CLIMATE},
    silent_after_s=3 * REPORT_EVERY_S,
    silent_reason="how its inputs stand is told every twenty minutes; two reports may be lost",
    decode=decode,
    from_payload=from_payload,
)
