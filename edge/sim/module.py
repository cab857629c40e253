"""A Modbus RTU module of inputs on a serial line: answers what it is asked, as a real one does.

Functions 02 and 04 of the Modbus Application Protocol, framed by silence on a real bus and
by length here. Everything else is answered with exception 01, and writing functions are
remembered, so that a test can see that none came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from edge.sim.line import Cable

INPUTS = 8
REGISTERS = 16
REQUEST_BYTES = 8
# Functions that change a module: 05, 06, 15, 16, 22, 23.
WRITES = frozenset({5, 6, 15, 16, 22, 23})

_ILLEGAL_FUNCTION, _ILLEGAL_ADDRESS = 1, 2
# Bytes that never become a request; a real module forgets them at the next silence.
_WAITING_MAX_BYTES = 256


def crc(data: bytes) -> bytes:
    """CRC-16/MODBUS, low byte first, as it goes over the line."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            odd = value & 1
            value >>= 1
            if odd:
                value ^= 0xA001
    return bytes((value & 0xFF, value >> 8))


class Module:
    """The inputs, the registers, and how the module misbehaves. `say` puts bytes on the line."""

    def __init__(self, unit: int, say: Callable[[bytes], None]) -> None:
        self.unit = unit
        self.inputs = [False] * INPUTS
        self.registers = [0] * REGISTERS
        self.answers = True  # False: no power
        self.garbles = False  # a disturbed cable: the CRC does not fit
        self.writes = 0
        self.asked: list[int] = []  # the functions of the last requests
        self._say = say
        self._waiting = b""

    def heard(self, data: bytes) -> None:
        self._waiting = (self._waiting + data)[-_WAITING_MAX_BYTES:]
        while len(self._waiting) >= REQUEST_BYTES:
            request, rest = self._waiting[:REQUEST_BYTES], self._waiting[REQUEST_BYTES:]
            if crc(request[:-2]) != request[-2:]:
                self._waiting = self._waiting[1:]  # out of step: the next request is further on
                continue
            self._waiting = rest
            self._serve(request)

    def _serve(self, request: bytes) -> None:
        unit, function = request[0], request[1]
        self.writes += function in WRITES
        if unit != self.unit or not self.answers:
            return
        self.asked = [*self.asked[-99:], function]
        first, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
        body = bytes((unit,)) + self._answer(function, first, count)
        check = crc(body)
        self._say(body + (bytes((check[0] ^ 0xFF, check[1])) if self.garbles else check))

    def _answer(self, function: int, first: int, count: int) -> bytes:
        if function == 2:  # noqa: PLR2004 (the standard's number)
            if first + count > INPUTS or not count:
                return bytes((function | 0x80, _ILLEGAL_ADDRESS))
            bits = self.inputs[first : first + count]
            packed = sum(on << place for place, on in enumerate(bits))
            return bytes((function, 1, packed))
        if function == 4:  # noqa: PLR2004 (the standard's number)
            if first + count > REGISTERS or not count:
                return bytes((function | 0x80, _ILLEGAL_ADDRESS))
            words = self.registers[first : first + count]
            return bytes((function, 2 * count)) + b"".join(w.to_bytes(2, "big") for w in words)
        return bytes((function | 0x80, _ILLEGAL_FUNCTION))


class WiredModule:
    """A module with its power switch and its cable. Inputs keep their contacts without power."""

    def __init__(self, cable: Cable, module: Module) -> None:
        self.cable = cable
        self.module = module
        self.switch(on=False)

    @property
    def on(self) -> bool:
        return self.module.answers

    def switch(self, *, on: bool) -> None:
        self.module.answers = on

    def plug(self) -> None:
        self.cable.plug()

    def unplug(self) -> None:
        self.cable.pull()

    async def run(self) -> None:
        """It speaks only when asked; this holds the cable until cancelled."""
        try:
            await asyncio.Event().wait()
        finally:
            self.cable.pull()
