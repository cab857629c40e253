"""How much one sender may say: a token bucket on the gateway's own time."""

from __future__ import annotations


class Pace:
    """`per_s` in the long run, `burst` at once. Time is an argument."""

    __slots__ = ("_burst", "_last_ms", "_left", "_per_ms")

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_ms = per_s / 1000
        self._burst = float(burst)
        self._left = float(burst)
        self._last_ms: int | None = None

    def allows(self, now_ms: int) -> bool:
        """Whether one more is within the pace; it is counted when it is."""
        if self._last_ms is not None:
            passed_ms = max(0, now_ms - self._last_ms)
            self._left = min(self._burst, self._left + passed_ms * self._per_ms)
        self._last_ms = now_ms
        if self._left < 1:
            return False
        self._left -= 1
        return True
