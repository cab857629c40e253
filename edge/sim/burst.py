"""Devices that keep what they measured until a collector has confirmed it, then forget it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import ClassVar

from bumble.device import Connection

from edge.sim import encode_health
from edge.sim.air import Air
from edge.sim.peripheral import BETWEEN_S, INDICATE, NOTIFY, Peripheral, Say, Value

# Measurements kept until a collector has confirmed them; real devices keep 30 to 100.
MEMORY_MAX = 60


class Burst(Peripheral):
    """Indicates its memory, oldest first, as soon as it is subscribed to."""

    measurement: ClassVar[int]
    between_s = BETWEEN_S

    def __init__(self, air: Air, address: str, name: str, say: Say) -> None:
        super().__init__(air, address, name, say)
        self._memory: deque[bytes] = deque(maxlen=MEMORY_MAX)
        self._measurement = self.sender(self.measurement, INDICATE)

    @property
    def stored(self) -> int:
        return len(self._memory)

    @property
    def eager(self) -> bool:
        return bool(self._memory)

    def characteristics(self) -> list[Value]:
        return [self._measurement]

    def keep(self, value: bytes) -> None:
        self._memory.append(value)
        self.stir()

    async def serve(self, link: Connection) -> None:
        """A measurement is forgotten when the collector has confirmed it."""
        while self._memory and self.is_asked(self.measurement):
            if not await self.send(link, self._measurement, self._memory[0], indicate=True):
                return
            self._memory.popleft()
            self.sent += 1
            self._say(f"sent a stored measurement, {len(self._memory)} left")
            await asyncio.sleep(self.between_s)


class Thermometer(Burst):
    """Health Thermometer Profile."""

    service = 0x1809
    model = "Virtual thermometer"
    measurement = 0x2A1C

    def measure(self, celsius: float) -> None:
        self.keep(encode_health.temperature(celsius, self.clock.now()))

    def characteristics(self) -> list[Value]:
        body = 2
        return [*super().characteristics(), self.readable(0x2A1D, bytes((body,)))]


class Scale(Burst):
    """Weight Scale Profile."""

    service = 0x181D
    model = "Virtual scale"
    measurement = 0x2A9D

    def measure(self, kilograms: float) -> None:
        self.keep(encode_health.weight(kilograms, self.clock.now()))

    def characteristics(self) -> list[Value]:
        time_stamps_and_users = (0x03).to_bytes(4, "little")
        return [*super().characteristics(), self.readable(0x2A9E, time_stamps_and_users)]


class Oximeter(Burst):
    """Pulse Oximeter Profile: spot checks are stored; while worn, one value a second is sent."""

    service = 0x1822
    model = "Virtual oximeter"
    measurement = 0x2A5E
    live = 0x2A5F
    every_s = 1.0

    def __init__(self, air: Air, address: str, name: str, say: Say) -> None:
        super().__init__(air, address, name, say)
        self.worn: tuple[int, int] | None = None
        self._live = self.sender(self.live, NOTIFY)

    @property
    def eager(self) -> bool:
        return super().eager or self.worn is not None

    def measure(self, saturation: int, pulse: int) -> None:
        self.keep(encode_health.oximeter_spot(saturation, pulse, self.clock.now()))

    def wear(self, worn: tuple[int, int] | None) -> None:
        """Saturation in % and pulse per minute of the finger that it is on; None: taken off."""
        self.worn = worn
        self.stir()

    def characteristics(self) -> list[Value]:
        no_options = bytes(2)
        return [*super().characteristics(), self._live, self.readable(0x2A60, no_options)]

    async def serve(self, link: Connection) -> None:
        await super().serve(link)
        while self.worn is not None and self.is_asked(self.live):
            value = encode_health.oximeter_live(*self.worn)
            if not await self.send(link, self._live, value, indicate=False):
                return
            self.sent += 1
            await asyncio.sleep(self.every_s)


class HeartRate(Peripheral):
    """Heart Rate Profile: a strap that stores nothing and sends while it is worn."""

    service = 0x180D
    model = "Virtual heart rate strap"
    measurement = 0x2A37
    every_s = 1.0

    def __init__(self, air: Air, address: str, name: str, say: Say) -> None:
        super().__init__(air, address, name, say)
        self.worn: int | None = None
        self._measurement = self.sender(self.measurement, NOTIFY)

    @property
    def eager(self) -> bool:
        return self.worn is not None

    def wear(self, per_minute: int | None) -> None:
        """The heart under the strap; None: taken off, and it falls silent."""
        self.worn = per_minute
        self.stir()

    def characteristics(self) -> list[Value]:
        chest = 1
        return [self._measurement, self.readable(0x2A38, bytes((chest,)))]

    async def serve(self, link: Connection) -> None:
        while self.worn is not None and self.is_asked(self.measurement):
            value = encode_health.heart_rate(self.worn)
            if not await self.send(link, self._measurement, value, indicate=False):
                return
            self.sent += 1
            await asyncio.sleep(self.every_s)
