"""Identifiers that are valid and the same in every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.domain import Instant

# RFC 9562 §5.7: 48 bits of Unix time, 4 bits of version, 12 bits, 2 bits of variant, 62 bits.
_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_TIME_MASK = (1 << 48) - 1
_COUNT_MASK = (1 << 62) - 1


class SeqIds:
    """`edge.ports.Ids` that counts: the n-th id of a run is always the same UUIDv7.

    The count stands where a real id has its random bits, so ids of one
    millisecond are distinct and sort in the order in which they were made.
    """

    def __init__(self, first: int = 1) -> None:
        self._next = first

    def uuid7(self, at: Instant) -> str:
        """Return the next id; its 48-bit time is `at.wall_ms`."""
        count, self._next = self._next, self._next + 1
        number = ((at.wall_ms & _TIME_MASK) << 80) | _VERSION | _VARIANT | (count & _COUNT_MASK)
        digits = f"{number:032x}"
        return "-".join(
            (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]),
        )
