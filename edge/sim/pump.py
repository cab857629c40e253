"""An insulin pump of the virtual home: it tells its status to whom it is bonded with.

It has no control point at all: a collector that wanted to command it would find
nothing to write to.
"""

from __future__ import annotations

from edge.sim import encode_health
from edge.sim.air import Air
from edge.sim.peripheral import Peripheral, Say, Value

STATES = ("run", "pause", "stop")
RESERVOIR_IU = 180.0


class InsulinPump(Peripheral):
    """Insulin Delivery Service: IDD Status with its E2E counter and check."""

    service = 0x183A
    model = "Virtual insulin pump"
    status = 0x2B21

    def __init__(self, air: Air, address: str, name: str, say: Say) -> None:
        super().__init__(air, address, name, say)
        self.state = STATES[0]
        self.reservoir_iu = RESERVOIR_IU
        self._told = 0
        self._news = False

    @property
    def eager(self) -> bool:
        return self._news

    def characteristics(self) -> list[Value]:
        return [self.readable(self.status, self._status)]

    def deliver(self, state: str, reservoir_iu: float) -> None:
        """What its wearer set it to, and how much is left; it advertises the change."""
        if state not in STATES:
            raise ValueError(f"{state!r} is none of {', '.join(STATES)}")
        self.state, self.reservoir_iu, self._news = state, reservoir_iu, True
        self.stir()

    def _status(self) -> bytes:
        self._told, self._news = self._told % 255 + 1, False
        self.sent += 1
        return encode_health.insulin_status(self.state, self.reservoir_iu, self._told)
