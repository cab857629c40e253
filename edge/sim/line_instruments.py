"""Instruments on a cable: oximeters that stream, and a cuff that speaks when it is asked."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

from edge.sim import encode_vitals
from edge.sim.encode_vitals import Reading
from edge.sim.line import Cable

# A stream in thirds of a second: one Nonin packet, twenty of BCI's.
PART_S = 1 / 3
PARTS_A_SECOND = 3
NONIN_SAMPLES = 25
BCI_PACKETS = 20

# What fits in a frame of every format: seven bits of saturation, eight of the BCI's pulse.
HIGHEST_SATURATION = 100
HIGHEST_PULSE = 250

UA767_OPEN = bytes.fromhex("0243504330353B")
UA767_ACK = bytes.fromhex("013730504306")
UA767_KEPT_BYTES = 64  # of what is heard; a command has seven


class Instrument(ABC):
    """Power and cable, as `Machine` has them. It runs for as long as the home does."""

    def __init__(self, cable: Cable) -> None:
        self.cable = cable
        self.on = False

    def switch(self, *, on: bool) -> None:
        self.on = on

    def plug(self) -> None:
        self.cable.plug()

    def unplug(self) -> None:
        self.cable.pull()

    @abstractmethod
    def state(self) -> str:
        """For `status`: one clause."""

    async def run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.cable.pull()


class Oximeter(Instrument):
    """Streams by itself whatever its finger gives. A wire that nobody reads stays empty."""

    def __init__(self, cable: Cable, wire: str) -> None:
        super().__init__(cable)
        self._part = PARTS[wire]
        self._reading: tuple[int, int] = (97, 64)
        self._finger = True
        self._parts = 0

    def show(self, saturation: int, pulse: int) -> None:
        """Raises ValueError for what no instrument can send."""
        if not (0 <= saturation <= HIGHEST_SATURATION and 0 <= pulse <= HIGHEST_PULSE):
            text = f"0 to {HIGHEST_SATURATION} % and 0 to {HIGHEST_PULSE} /min"
            raise ValueError(text)
        self._reading = (saturation, pulse)

    def wear(self, *, on: bool) -> None:
        self._finger = on

    def state(self) -> str:
        worn = "finger on" if self._finger else "finger off"
        plugged = "plugged" if self.cable.plugged else "unplugged"
        return f"{'on' if self.on else 'off'}, {worn}, {plugged}"

    async def run(self) -> None:
        try:
            while True:
                await asyncio.sleep(PART_S)
                self._parts += 1
                if self.on and self.cable.quiet:
                    self.cable.say(self._part(self._reading if self._finger else None, self._parts))
        finally:
            self.cable.pull()


def _nonin_2(reading: Reading, part: int) -> bytes:
    return encode_vitals.nonin_packet(reading, wide=False, sample=part * NONIN_SAMPLES)


def _nonin_7(reading: Reading, part: int) -> bytes:
    return encode_vitals.nonin_packet(reading, wide=True, sample=part * NONIN_SAMPLES)


def _nonin_1(reading: Reading, part: int) -> bytes:
    return b"" if part % PARTS_A_SECOND else encode_vitals.nonin_short(reading)


def _nonin_text(reading: Reading, part: int) -> bytes:
    return b"" if part % PARTS_A_SECOND else encode_vitals.nonin_text(reading)


def _bci(reading: Reading, part: int) -> bytes:
    return encode_vitals.bci_packets(reading, sample=part * BCI_PACKETS, count=BCI_PACKETS)


PARTS: dict[str, Callable[[Reading, int], bytes]] = {
    "nonin-1": _nonin_1,
    "nonin-2": _nonin_2,
    "nonin-7": _nonin_7,
    "nonin-text": _nonin_text,
    "bci": _bci,
}
"""A third of a second of each wire; the formats with one reading a second say it in every third."""


class LineCuff(Instrument):
    """UA-767PC: asleep until something comes, then answers, and tells each result when it has it.

    It obeys what it knows and nothing else: there is no start and no clearing here.
    """

    def __init__(self, cable: Cable) -> None:
        super().__init__(cable)
        self.asked = 0
        self._awake = False
        self._heard = b""
        self._result = b""

    def measure(self, systolic: int, diastolic: int, pulse: int) -> None:
        """Raises ValueError for what has no place in a result."""
        self._result = encode_vitals.ua767_result(systolic, diastolic, pulse)
        if self.on and self._awake:
            self.cable.say(self._result)

    def heard(self, data: bytes) -> None:
        if not self.on:
            return
        if not self._awake:
            self._awake = True  # whatever it was; it is not answered
            return
        self._heard = (self._heard + data)[-UA767_KEPT_BYTES:]
        while UA767_OPEN in self._heard:
            self._heard = self._heard.partition(UA767_OPEN)[2]
            self.asked += 1
            self.cable.say(UA767_ACK + self._result)

    def switch(self, *, on: bool) -> None:
        super().switch(on=on)
        self._awake = False

    def state(self) -> str:
        plugged = "plugged" if self.cable.plugged else "unplugged"
        return f"{'awake' if self._awake else 'asleep'}, asked {self.asked} times, {plugged}"
