"""What the gateway remembers of an appliance: which events of which boots it has."""

from __future__ import annotations

from bisect import bisect_right
from typing import Annotated

import msgspec

# Boots remembered. Events of an earlier boot come late when the power failed before they were
# acknowledged; an appliance that starts more often than this without being heard is broken.
BOOTS_KEPT = 4

# Stretches of known events per boot. Only lost events part them; in an appliance that counts its
# heartbeats too, every event lies alone: then these are some weeks of doses and meals. An event
# older than that would be stored twice.
STRETCHES_KEPT = 256

# Years 1811 to 8307: with 100 years of uptime added, still a date that can be written.
StartMs = Annotated[int, msgspec.Meta(ge=-5 * 10**12, le=2 * 10**14)]


class Boot(msgspec.Struct, array_like=True):
    """What was heard of one boot.

    `firsts` and `lasts` are the known stretches of event numbers, ascending and
    apart; `hello` is the number of the last HI, `start_ms` the UTC at which the
    boot began, where known; up to `asked` the appliance was asked for events.
    """

    number: int
    firsts: list[int] = []
    lasts: list[int] = []
    hello: int = -1
    start_ms: StartMs | None = None
    asked: int = 0

    def take(self, seq: int) -> bool:
        """True when event `seq` is new; it is known from now on."""
        firsts, lasts = self.firsts, self.lasts
        place = bisect_right(firsts, seq)
        if place and seq <= lasts[place - 1]:
            return False
        follows = place > 0 and lasts[place - 1] == seq - 1
        leads = place < len(firsts) and firsts[place] == seq + 1
        if follows and leads:
            lasts[place - 1] = lasts.pop(place)
            del firsts[place]
        elif follows:
            lasts[place - 1] = seq
        elif leads:
            firsts[place] = seq
        else:
            firsts.insert(place, seq)
            lasts.insert(place, seq)
            del firsts[:-STRETCHES_KEPT], lasts[:-STRETCHES_KEPT]
        return True

    @property
    def newest(self) -> int:
        return self.lasts[-1] if self.lasts else 0

    @property
    def wanted(self) -> int:
        """The first number, from 0 on, that is not known to have been heard."""
        whole = self.firsts and self.firsts[0] <= 1
        return self.lasts[0] + 1 if whole else 0


class Memory(msgspec.Struct, array_like=True):
    """The boots of one appliance, the one heard last at the end."""

    serial: str
    boots: list[Boot] = []

    def boot(self, number: int) -> tuple[Boot, bool]:
        """The memory of this boot, the last heard from now on; and whether it is a new one."""
        known = next((boot for boot in self.boots if boot.number == number), None)
        boot = Boot(number) if known is None else known
        others = [other for other in self.boots if other is not boot]
        self.boots = [*others[1 - BOOTS_KEPT :], boot]
        return boot, known is None

    @property
    def wanted(self) -> tuple[int, int] | None:
        """Boot and number from which on events may be missing; None before the first frame."""
        if not self.boots:
            return None
        oldest = min(self.boots, key=lambda boot: boot.number)
        return oldest.number, oldest.wanted


_decoder = msgspec.msgpack.Decoder(Memory)
_encoder = msgspec.msgpack.Encoder()


def recall(state: bytes, serial: str | None) -> Memory:
    """The memory in `state`; empty when there is none, or when it is of another appliance.

    Bytes that are not a memory count as none: an event twice is better than never.
    """
    if state:
        try:
            memory = _decoder.decode(state)
        except (msgspec.DecodeError, UnicodeDecodeError):
            memory = None
        if memory is not None and serial in (None, memory.serial) and _whole(memory):
            return memory
    return Memory(serial or "")


def _whole(memory: Memory) -> bool:
    return all(len(boot.firsts) == len(boot.lasts) for boot in memory.boots)


def remember(memory: Memory) -> bytes:
    return _encoder.encode(memory)
