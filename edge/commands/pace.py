"""How many commands a gateway obeys in a minute."""

from __future__ import annotations

from collections import deque

# A person asks a few things in a row; more is a program gone wild, and each costs a commit.
RATE_MAX = 12
RATE_WINDOW_MS = 60_000


class Pace:
    """A sliding window over boot time. A restart empties it: the nonces are what lasts."""

    def __init__(self) -> None:
        self._taken: deque[int] = deque(maxlen=RATE_MAX)

    def take(self, boottime_ms: int) -> bool:
        """Whether one more may be obeyed now; counts it when it may."""
        while self._taken and boottime_ms - self._taken[0] >= RATE_WINDOW_MS:
            self._taken.popleft()
        if len(self._taken) >= RATE_MAX:
            return False
        self._taken.append(boottime_ms)
        return True
