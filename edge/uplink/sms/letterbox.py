"""Messages that came in: read or refused, handed on one after the other, then deleted."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from typing import Protocol

import structlog

from edge.errors import DecodeError
from edge.ports import Reply
from edge.uplink.sms import asking
from edge.uplink.sms.pdu import deliver
from edge.uplink.sms.talk import Talk, Told

log = structlog.get_logger()

# More than that stays in the modem's memory until somebody has taken these.
HELD_MAX = 32
# What is done with and not yet deleted; a memory that refuses is asked again at the next look.
DONE_MAX = 300

_TPDU_BYTES = re.compile(r",\s*(\d{1,3})\s*$")


class _Tally(Protocol):
    received: int
    unsound: dict[str, int]


class Letterbox:
    """Between the modem's memory and who reads. A message is known by its octets: its place in
    the memory is another one after a replug, and anybody's after a change of card.
    """

    def __init__(self, counts: _Tally, stir: Callable[[], None]) -> None:
        self.stirred = False  # something came in, or is to be deleted
        self.trouble = ""
        self._counts = counts
        self._stir = stir
        self._queue: deque[tuple[str, Reply]] = deque()
        self._arrived = asyncio.Event()
        self._held: set[str] = set()  # in the queue, or with who took it last
        self._done: dict[str, None] = {}  # to be deleted; oldest first
        self._taken = ""

    async def take(self) -> Reply:
        """The next message; the one before it is dealt with."""
        if self._taken:
            self._held.discard(self._taken)
            self._finished(self._taken)
            self._taken = ""
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        self._taken, found = self._queue.popleft()
        return found

    def open(self) -> None:
        """A modem has been opened: it may hold another card."""
        self.trouble = ""
        self.stirred = True

    def told(self, told: Told) -> None:
        """A message that the modem passed on without keeping it."""
        size = _TPDU_BYTES.search(told.header)
        if size is None:
            self._refused("header")
        elif len(self._held) >= HELD_MAX:
            self._refused("full")
        else:
            self._read(told.pdu, int(size[1]))

    async def empty(self, talk: Talk, standing: asking.Standing) -> None:
        """List the memory; take what is new, delete what is done with or refused."""
        self.stirred = False
        full = standing.stored is not None and standing.stored == standing.room_for
        left = standing.stored or 0
        listed, refused = await asking.messages(talk)
        for one in listed:
            # Drafts and sent ones are nobody's here, and leave when they take the room of others.
            spent = self._is_spent(one) if one.received else full
            if spent and await asking.delete(talk, one.index):
                self._done.pop(one.pdu, None)
                left -= 1
        if refused:  # what goes out goes out all the same
            self.trouble = f"what comes in cannot be read: {refused}"
        elif full and left == standing.stored:
            self.trouble = "the SIM card's memory is full"
        else:
            self.trouble = ""

    def _is_spent(self, one: asking.Listed) -> bool:
        if one.pdu in self._done:
            return True
        if one.pdu in self._held or len(self._held) >= HELD_MAX:
            return False
        return not self._read(one.pdu, one.tpdu_bytes)

    def _read(self, pdu: str, tpdu_bytes: int) -> bool:
        """Whether it was a message for us; it is in the queue then."""
        try:
            found = deliver(bytes.fromhex(pdu), tpdu_bytes)
        except DecodeError as error:
            self._refused(error.reason)
            return False
        except ValueError:
            self._refused("hex")
            return False
        self._counts.received += 1
        self._held.add(pdu)
        self._queue.append((pdu, Reply(number=found.number, text=found.text)))
        self._arrived.set()
        return True

    def _finished(self, pdu: str) -> None:
        self._done[pdu] = None
        while len(self._done) > DONE_MAX:
            del self._done[next(iter(self._done))]
        self.stirred = True
        self._stir()

    def _refused(self, reason: str) -> None:
        """Counted by reason, and said once for each; never who sent it, or what."""
        before = self._counts.unsound.get(reason, 0)
        self._counts.unsound[reason] = before + 1
        if not before:
            log.warning("sms_unsound", reason=reason)
