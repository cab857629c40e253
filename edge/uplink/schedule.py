"""Which entry goes out next, and when one is repeated. Pure: time is an argument.

What is held here is a working copy of the head of the outbox, never the truth:
all of it can be lost at any moment and is read again from the store. Times are
boottime milliseconds and live in memory only.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from edge.domain import OutboxClass, OutboxEntry, Priority
from edge.uplink.envelope import repeat_after_ms

# Messages that are out and not yet receipted: enough to fill a slow line, few enough to
# send again. Mosquitto's own default for unanswered publishes.
WINDOW_MAX = 20
# Telemetry never takes the last places, so that an alert need not wait for one.
TELEMETRY_WINDOW_MAX = 16
# Entries in memory that wait or have a place, three windows: a batch of telemetry has 50 kB.
HELD_MAX = 64
# After this many sendings without a receipt, others may use the place: one message that
# the other side stumbles over must not hold up the rest.
SENDINGS_WITH_A_PLACE = 3
# Entries without a place that are still repeated once a minute.
STUBBORN_MAX = 64
# Three windows without one receipt: nobody listens. Alerts go on as before; of telemetry
# only one message is repeated, or a month on a metered line would be spent in a day.
SILENT_AFTER_SENDINGS = 60
# A message refused this often is refused for good; a person must look at it.
REFUSALS_MAX = 5
# Parked and settled entries that are remembered, so that a read of the store does not
# bring them back.
PARKED_MAX = 256

_RANKS = {Priority.CRITICAL: 0, Priority.HIGH: 1, Priority.NORMAL: 2, None: 3}


class Held(msgspec.Struct, kw_only=True, gc=False):
    """One entry on its way: `due_ms` is when it may go (again)."""

    entry: OutboxEntry
    rank: tuple[int, int]
    due_ms: int = 0
    sent: int = 0
    refused: int = 0
    in_flight: bool = False

    @property
    def has_place(self) -> bool:
        """Whether it counts as one of the window."""
        return self.in_flight or 0 < self.sent <= SENDINGS_WITH_A_PLACE

    @property
    def is_profile(self) -> bool:
        """Of these only one is on the wire at a time: its bytes must not hold an alert up."""
        return self.entry.cls is OutboxClass.PROFILE

    @property
    def stubborn(self) -> bool:
        """Whether it was repeated so often that it goes beside the window."""
        return self.sent > SENDINGS_WITH_A_PLACE


def rank(entry: OutboxEntry) -> tuple[int, int]:
    """The order in which entries go out: critical newest first, the others oldest first."""
    first = _RANKS[entry.priority]
    return first, -entry.sequence if first == 0 else entry.sequence


class Schedule:
    """The head of the outbox, in the order in which it must go."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self.parked: dict[str, OutboxEntry] = {}
        self.behind = True  # the store may owe more than is held here
        self._sent_since_receipt = 0

    def __len__(self) -> int:
        return len(self._held)

    @property
    def window(self) -> int:
        """How many messages are out without a receipt."""
        return sum(held.has_place for held in self._held.values())

    @property
    def wants(self) -> int:
        """How many entries to ask the store for, 0 when it has nothing new for us.

        The store's answer begins with what is held here and what is parked.
        """
        stubborn = sum(held.stubborn for held in self._held.values())
        if not self.behind or len(self._held) - stubborn > HELD_MAX // 2:
            return 0
        return HELD_MAX + stubborn + len(self.parked)

    def offer(self, entries: Iterable[OutboxEntry]) -> None:
        """Take note of entries just committed; what there is no room for stays in the store."""
        for entry in entries:
            if entry.id in self._held or entry.id in self.parked:
                continue
            self._held[entry.id] = Held(entry=entry, rank=rank(entry))
            fresh = [held for held in self._held.values() if not held.stubborn]
            if len(fresh) > HELD_MAX:
                self._let_go(fresh)

    def refill(self, entries: list[OutboxEntry], asked: int) -> None:
        """Take note of what the store owes; less than `asked` means: this is all of it."""
        self.behind = len(entries) >= asked
        self.offer(entries)

    def _let_go(self, among: list[Held]) -> None:
        """Forget the last in order that is not on its way; the store still has it."""
        waiting = [held for held in among if not held.in_flight]
        if waiting:
            last = max(waiting, key=lambda held: held.rank)
            del self._held[last.entry.id]
            self.behind = True

    def next(self, now_ms: int) -> OutboxEntry | None:
        """The entry to send now, from here on in flight; None when there is none.

        A critical one that finds the window full takes the place of the last
        in order among those that only wait for a receipt.
        """
        flying = any(h.in_flight and h.is_profile for h in self._held.values())
        due = [
            h
            for h in self._held.values()
            if not h.in_flight and h.due_ms <= now_ms and not (flying and h.is_profile)
        ]
        if not due:
            return None
        first = min(due, key=lambda held: held.rank)
        if self._nobody_listens(first):
            return None
        if not (first.has_place or first.stubborn or self._make_place(first)):
            return None
        first.in_flight = True
        return first.entry

    def _nobody_listens(self, wanting: Held) -> bool:
        """Whether telemetry should wait for the one message that tries whether somebody does."""
        if wanting.entry.priority is not None or self._sent_since_receipt < SILENT_AFTER_SENDINGS:
            return False
        telemetry = [h for h in self._held.values() if h.entry.priority is None]
        return wanting is not min(telemetry, key=lambda held: held.rank)

    def _make_place(self, wanting: Held) -> bool:
        telemetry = wanting.entry.priority is None
        window = self.window
        if window < (TELEMETRY_WINDOW_MAX if telemetry else WINDOW_MAX):
            return True
        if wanting.entry.priority is not Priority.CRITICAL:
            return False
        resting = [h for h in self._held.values() if h.has_place and not h.in_flight]
        last = max(resting, key=lambda held: held.rank, default=None)
        if last is None or last.rank <= wanting.rank:
            return False
        last.sent = 0
        return True

    def sent(self, id_: str, now_ms: int) -> None:
        """The broker has it; without a receipt it goes again after 3, 6, 12 ... 60 s."""
        held = self._held.get(id_)
        if held is None:
            return
        held.in_flight = False
        held.sent += 1
        held.refused = 0
        held.due_ms = now_ms + repeat_after_ms(held.sent)
        self._sent_since_receipt += 1
        stubborn = [h for h in self._held.values() if h.stubborn]
        if len(stubborn) > STUBBORN_MAX:
            self._let_go(stubborn)

    def refuse(self, id_: str, now_ms: int) -> bool:
        """The broker refused it; True when that was once too often and it is parked now."""
        held = self._held.get(id_)
        if held is None:
            return False
        held.in_flight = False
        held.refused += 1
        held.due_ms = now_ms + repeat_after_ms(held.refused)
        if held.refused < REFUSALS_MAX:
            return False
        self.park(id_)
        return True

    def park(self, id_: str) -> bool:
        """Send it no more on this connection; it stays owed, and the rest moves on.

        False when it is none of ours, or was parked before.
        """
        held = self._held.pop(id_, None)
        if held is None:
            return False
        self.parked[id_] = held.entry
        if len(self.parked) > PARKED_MAX:
            del self.parked[next(iter(self.parked))]
            self.behind = True
        return True

    def withdraw(self, ids: Iterable[str]) -> None:
        """The store owes these no more, or with other bytes; what is in flight arrives as it is."""
        for id_ in ids:
            held = self._held.get(id_)
            if held is not None and not held.in_flight:
                del self._held[id_]
            self.parked.pop(id_, None)

    def unpark(self) -> None:
        """Try again what was refused on this connection; the store says what is still owed."""
        if self.parked:
            self.parked.clear()
            self.behind = True

    def settle(self, ids: Iterable[str]) -> None:
        """These have their receipt in the store."""
        for id_ in ids:
            self._sent_since_receipt = 0
            self._held.pop(id_, None)
            self.parked.pop(id_, None)

    def forget(self, ids: Iterable[str]) -> None:
        """These are not owed any more, and nobody received them."""
        for id_ in ids:
            self._held.pop(id_, None)
            self.parked.pop(id_, None)

    def connected(self) -> None:
        """A new connection: everything held is due at once, and the store is read again."""
        for held in self._held.values():
            held.in_flight = False
            held.due_ms = 0
            held.sent = 0
            held.refused = 0
        self.parked.clear()
        self.behind = True
        self._sent_since_receipt = 0

    def wake_at_ms(self, now_ms: int = 0) -> int | None:
        """When the next repetition after `now_ms` is due; None when nothing waits for its time."""
        waiting = [h.due_ms for h in self._held.values() if not h.in_flight and h.due_ms > now_ms]
        return min(waiting, default=None)

    def is_crowded(self, now_ms: int) -> bool:
        """Whether something is due and was given no room."""
        return any(not h.in_flight and h.due_ms <= now_ms for h in self._held.values())
