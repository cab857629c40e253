"""A blood pressure cuff: remembers measurements, advertises, and indicates them when asked."""

from __future__ import annotations

from edge.sim import encode
from edge.sim.burst import Burst
from edge.sim.peripheral import Value

FEATURE = 0x2A49


class Cuff(Burst):
    """Peripheral of the Blood Pressure Profile on the virtual air."""

    service = 0x1810
    model = "Virtual cuff"
    measurement = 0x2A35

    def measure(self, systolic: int, diastolic: int, pulse: int) -> None:
        self.keep(encode.blood_pressure(systolic, diastolic, pulse, self.clock.now()))

    def characteristics(self) -> list[Value]:
        return [*super().characteristics(), self.readable(FEATURE, b"\x00\x00")]
