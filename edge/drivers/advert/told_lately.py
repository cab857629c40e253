"""What a chattering tag told lately: a few things, each with the moment at which it was told.

A tag says the same many times a second. The first time is news, and so is a
sign of life now and then; everything in between is a duplicate. Bounded: a tag
has a handful of things to say, and whoever sends more under its address is not
it.
"""

from __future__ import annotations

import struct
from zlib import crc32

from edge.domain import Instant

# How often the same is told again. Silence deadlines count in minutes, a store in rows a day.
AGAIN_MS = 60_000
# An ordinary identity, an alarm's, and what a tag with several slots interleaves.
THINGS_MAX = 8

_RELEASE = b"\x01"
_ENTRY = struct.Struct("<20sIq")
THING_BYTES = 20


class Told:
    """The entries of a state, in the order in which they were first heard."""

    def __init__(self, state: bytes) -> None:
        self.entries: list[tuple[bytes, int, int]] = []
        body = state[1:]
        if state[:1] == _RELEASE and len(body) % _ENTRY.size == 0:
            self.entries = list(_ENTRY.iter_unpack(body))[:THINGS_MAX]

    def tell(self, thing: bytes, at: Instant) -> bool | None:
        """True: tell it; False: told lately; None: more things than a tag has.

        `thing` is at most `THING_BYTES` long and does not end in zeros that matter.
        """
        padded = thing.ljust(THING_BYTES, b"\0")
        boot = crc32(at.boot.encode())
        for place, (known, when_boot, when_ms) in enumerate(self.entries):
            if known == padded:
                if when_boot == boot and 0 <= at.boottime_ms - when_ms < AGAIN_MS:
                    return False
                self.entries[place] = (padded, boot, at.boottime_ms)
                return True
        if len(self.entries) >= THINGS_MAX and not self._forget_one(boot, at):
            return None
        self.entries.append((padded, boot, at.boottime_ms))
        return True

    def _forget_one(self, boot: int, at: Instant) -> bool:
        """Make room for a new thing; the first one heard is what was enrolled, and stays."""
        for place in range(1, len(self.entries)):
            _, when_boot, when_ms = self.entries[place]
            if when_boot != boot or not 0 <= at.boottime_ms - when_ms < AGAIN_MS:
                del self.entries[place]
                return True
        return False

    def state(self) -> bytes:
        return _RELEASE + b"".join(_ENTRY.pack(*entry) for entry in self.entries)
