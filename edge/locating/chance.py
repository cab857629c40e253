"""Numbers that look random and are the same on every machine: fits must be repeatable."""

from __future__ import annotations

MASK = (1 << 64) - 1


class Chance:
    """SplitMix64 (Steele, Lea and Flood, 2014): one addition and three shifts a number."""

    def __init__(self, seed: int) -> None:
        self._state = seed & MASK

    def below(self, bound: int) -> int:
        """A whole number of 0 to `bound` - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 11) * bound >> 53

    def some(self, bound: int, count: int) -> list[int]:
        """`count` different ones below `bound`, or all of them."""
        found: dict[int, None] = {}
        while len(found) < min(count, bound):
            found[self.below(bound)] = None
        return list(found)
