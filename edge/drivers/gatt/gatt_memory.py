"""What the gateway remembers of an instrument that keeps its measurements.

One layout for every GATT driver: which measurements are stored already, what was
told of the instrument itself, and up to which record its memory was collected.
It is committed together with the observations, so that a record that was lost
with the power is asked for again.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated

import msgspec

from edge.domain import Observation
from edge.drivers.base import Decoded

# The newest measurements remembered, for what an instrument's own memory sends again: cuffs keep
# up to 250 and some send them all at every connection; a glucose meter whose counting was lost
# sends 500. Eight bytes each: two of 512 that differ look alike once in 10^13 connections.
KEPT = 512
DIGEST_BYTES = 8
# Manufacturer, model, serial number, firmware and where it is worn, with room for three more.
_TOLD_MAX = 8
# A CGM Session Start Time without its CRC: date and time, time zone, daylight saving.
SESSION_BYTES = 9
# An ISO 8601 time to the second.
_TIME_CHARS = 19

Number = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
Digest = Annotated[bytes, msgspec.Meta(min_length=DIGEST_BYTES, max_length=DIGEST_BYTES)]
Time = Annotated[str, msgspec.Meta(max_length=_TIME_CHARS)]


class Memory(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The state of a GATT driver; `last` to `hold` belong to `edge.drivers.gatt.racp`."""

    seen: Annotated[bytes, msgspec.Meta(max_length=KEPT * DIGEST_BYTES)] = b""  # newest first
    told: Annotated[dict[str, Digest], msgspec.Meta(max_length=_TOLD_MAX)] = {}
    last: Number | None = None  # collected up to this number
    newest: Number | None = None  # the number heard last, not counted as collected yet
    doubted: bool = False  # there was nothing after `last`: is the record itself still there?
    hold: bool = False  # the numbers of this session answer a question that was wrong
    # The session that the numbers of the records belong to (CGM), as the device writes it.
    session: Annotated[bytes, msgspec.Meta(max_length=SESSION_BYTES)] = b""
    # Number, time and whether it was stored before, of the record that a context may follow.
    record: tuple[Number, Time | None, bool] | None = None

    def knows(self, values: bytes) -> bool:
        digest = _digest(values)
        at = self.seen.find(digest)
        while at % DIGEST_BYTES and at >= 0:
            at = self.seen.find(digest, at + 1)
        return at >= 0

    def met(self, values: bytes, time: str | None) -> tuple[Memory, bool]:
        """The memory after a measurement with these bytes, and whether it was known before.

        Without a date there is no telling a repeat from an equal measurement: it is new.
        """
        if not is_dated(time):
            return self, False
        if self.knows(values):
            return self, True
        seen = (_digest(values) + self.seen)[: KEPT * DIGEST_BYTES]
        return msgspec.structs.replace(self, seen=seen), False

    def with_told(self, what: str, value: bytes) -> Memory:
        """The memory after the instrument said `value` of `what`; the same one when it had."""
        digest = _digest(value)
        if self.told.get(what) == digest:
            return self
        told = {name: known for name, known in self.told.items() if name != what}
        told = dict(list(told.items())[-(_TOLD_MAX - 1) :])
        return msgspec.structs.replace(self, told={**told, what: digest})


def is_dated(time: str | None) -> bool:
    """Whether anything of the date is known, so that the same bytes are the same measurement."""
    return time is not None and not time.startswith("T")


def _digest(values: bytes) -> bytes:
    return blake2b(values, digest_size=DIGEST_BYTES).digest()


_DECODER = msgspec.msgpack.Decoder(Memory)


def recall(state: bytes) -> Memory:
    """The memory in a driver's state; an empty one when it is not ours.

    Better a measurement twice than never.
    """
    try:
        memory = _DECODER.decode(state)
    except msgspec.MsgspecError:
        return Memory()
    return Memory() if len(memory.seen) % DIGEST_BYTES else memory


def outcome(
    before: Memory,
    after: Memory,
    observations: tuple[Observation, ...] = (),
    *,
    duplicate: bool = False,
) -> Decoded:
    """`Decoded` with the state only when it changed, and no observation of what is known."""
    return Decoded(
        observations=() if duplicate else observations,
        state=None if after == before else msgspec.msgpack.encode(after),
        duplicate=duplicate,
    )
