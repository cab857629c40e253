"""What the BTHome driver keeps of a device between two frames, and how it is laid out.

The state begins with the release of its shape. Behind it stand, of a device
with a key, counter and tag as they were on the air; then, if there was one, the
last packet that could be repeated (its id, CRC-32 of its objects, CRC-32 of the
boot and boottime in ms at which it came); then, while a counter that began
again is watched, its run. The length tells what is there.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from edge.domain import Instant

# A press is sent five times and more within about a second. Longer than this, the same bytes
# are news: a sender without memory uses one packet id for every press, and a smoke alarm that
# still sounds must be able to say so.
REPEAT_MS = 5_000

# A sender that lost its counter begins near 0: below this it may have begun again.
RESTART_BELOW = 100
# A counter of at least 2020-01-01 is the sender's clock (Shelly), and one below it a clock that
# was lost: such a sender begins again with the seconds since its battery went in.
UNIX_FROM = 1_577_836_800
# The sender with the old counter must have been silent for this long while the new one spoke.
RESTART_SILENCE_MS = 60_000

# Boots that one process meets: its own, and those that tests make up.
_BOOTS_KEPT = 16

from_bytes = int.from_bytes

RELEASE = b"\x01"
TAIL_BYTES = 8  # counter and tag
counter_of = struct.Struct("<I").unpack_from
_PACKET = struct.Struct("<hIIq")
_RUN = struct.Struct("<8sIq")
_WHAT = slice(0, 10)
_WHEN = slice(10, 18)
ONLY_TAIL = 1 + TAIL_BYTES
BOTH = ONLY_TAIL + _PACKET.size
_ONLY_PACKET = 1 + _PACKET.size
_WITH_RUN = (ONLY_TAIL + _RUN.size, BOTH + _RUN.size)


class Run(NamedTuple):
    """A counter that began again below the last authentic one, and has risen since."""

    tail: bytes  # counter and tag of its last frame
    boot: int  # CRC-32 of the boot, and boottime in ms, at which it began
    since_ms: int

    @property
    def counter(self) -> int:
        (counter,) = counter_of(self.tail)
        return int(counter)

    def is_of(self, at: Instant) -> bool:
        return self.boot == _boot_digest(at.boot)

    def is_proven(self, at: Instant) -> bool:
        """Whether the old counter has been silent long enough beside it, in one boot."""
        lasted_ms = at.boottime_ms - self.since_ms
        return self.is_of(at) and lasted_ms >= RESTART_SILENCE_MS


def may_begin(counter: int, last_tail: bytes) -> bool:
    """Whether a sender that counts anew could stand at `counter` so soon."""
    if counter < RESTART_BELOW:
        return True
    return counter < UNIX_FROM <= int(counter_of(last_tail)[0])


def recall(state: bytes) -> tuple[bytes, bytes]:
    """Counter and tag of the last authentic frame, and the last packet; each empty when unknown.

    Bytes of another release are a device never heard before: it must not fall silent.
    """
    if state[:1] != RELEASE:
        return b"", b""
    size = len(state)
    if size in (ONLY_TAIL, BOTH):
        return state[1:ONLY_TAIL], state[ONLY_TAIL:]
    if size in _WITH_RUN:
        return state[1:ONLY_TAIL], state[ONLY_TAIL : -_RUN.size]
    return b"", (state[1:] if size == _ONLY_PACKET else b"")


def run_of(state: bytes) -> Run | None:
    if state[:1] != RELEASE or len(state) not in _WITH_RUN:
        return None
    return Run(*_RUN.unpack(state[-_RUN.size :]))


def new_run(tail: bytes, at: Instant) -> Run:
    return Run(tail, _boot_digest(at.boot), at.boottime_ms)


def with_run(tail: bytes, packet: bytes, run: Run) -> bytes:
    """The state of an authentic `tail` and `packet` beside which `run` is watched."""
    return RELEASE + tail + packet + _RUN.pack(*run)


def packet_of(number: int, objects: bytes, at: Instant) -> bytes:
    return _PACKET.pack(number, crc32(objects), _boot_digest(at.boot), at.boottime_ms)


def repeats(last: bytes, this: bytes) -> bool:
    if last[_WHAT] != this[_WHAT]:
        return False
    age_ms = from_bytes(this[_WHEN], "little") - from_bytes(last[_WHEN], "little")
    return 0 <= age_ms < REPEAT_MS


@lru_cache(maxsize=_BOOTS_KEPT)
def _boot_digest(boot: str) -> int:
    return crc32(boot.encode())
