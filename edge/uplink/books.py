"""What came back: receipts settle entries, decisions go to the rules, the rest is refused."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection

import structlog

from edge.errors import StoreError
from edge.ports import Clock, Downlink, Store, Uplink
from edge.uplink.envelope import (
    Ack,
    AckKind,
    ClaimedData,
    MessageError,
    RestoreData,
    parse_claimed,
    parse_downlink,
    parse_restore,
)
from edge.uplink.schedule import Schedule

log = structlog.get_logger()

# A store that refuses once is asked again, while sending goes on.
STORE_RETRY_MS = 1_000
# Receipts between two commits: three windows and some for entries of before a restart.
SETTLING_MAX = 256

# What comes beside receipts and decisions: whose home it is, and the profile of another box.
Letter = ClaimedData | RestoreData
_LETTERS: dict[str, Callable[[bytes, str], Letter]] = {
    "claim": parse_claimed,
    "profile": parse_restore,
}


async def nobody_asked(_: Letter) -> None:
    """For who makes no claims."""
    raise MessageError("request", "nobody asked for it")


def nobody_commands(_: bytes) -> None:
    """For who obeys nobody."""
    raise MessageError("command", "no command is obeyed here")


class Books:
    """Keeps schedule and store in step; the only one here who talks to the store."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        gateway: str,
        schedule: Schedule,
        on_downlink: Callable[[Ack], Awaitable[None]],
        pump: Callable[[], None],
        on_letter: Callable[[Letter], Awaitable[None]] = nobody_asked,
        on_command: Callable[[bytes], None] = nobody_commands,
        carried: Collection[str] = (),
    ) -> None:
        """`on_letter` raises MessageError for what nobody asked for, `on_command` for what cannot
        be looked at now; `carried` are the gateways whose messages this one sends on, and may
        change.
        """
        self._store = store
        self._clock = clock
        self._gateway = gateway
        self._schedule = schedule
        self._on_downlink = on_downlink
        self._pump = pump
        self._on_letter = on_letter
        self._on_command = on_command
        self._carried = carried
        self._due = asyncio.Event()
        self._settling: dict[str, Ack] = {}
        self._refusing: dict[str, str] = {}
        self.refused: Counter[str] = Counter()
        self.receipts = 0

    def look(self) -> None:
        """There may be something to settle or to read."""
        self._due.set()

    async def listen(self, line: Uplink) -> None:
        async for message in line.messages():
            await self._take(message)

    async def _take(self, message: Downlink) -> None:
        if message.retained:
            # A receipt or a decision is said to somebody, once; a kept one is a mistake or worse.
            self._refuse("retained")
            return
        kind = message.topic.rpartition("/")[2]
        parse = _LETTERS.get(kind)
        try:
            if kind == "cmd":
                self._on_command(message.body)
                return
            if parse is not None:
                await self._on_letter(parse(message.body, self._gateway))
                return
            ack = parse_downlink(message.body, self._gateway, self._carried)
        except MessageError as error:
            self._refuse(error.reason, error.key)
            return
        except StoreError as error:
            # A letter that a failing disk cannot look up ends no line: it is asked for again.
            if not error.fault:
                raise
            self._refuse("disk", error.fault)
            return
        if ack.kind is AckKind.RECEIVED:
            self._settle_later(ack)
            return
        if ack.kind is AckKind.REJECTED:
            self._schedule.refuse(ack.of, self._clock.now().boottime_ms)
            self.refuse(ack.of, ack.reason or "")
        await self._tell(ack)

    async def _tell(self, ack: Ack) -> None:
        # The rules know nothing of the alerts of another home's gateway.
        if not ack.carried:
            await self._on_downlink(ack)

    def _refuse(self, reason: str, key: str = "") -> None:
        if not self.refused[reason]:
            log.warning("downlink_refused", reason=reason, detail=key)
        self.refused[reason] += 1

    def refuse(self, ident: str, reason: str) -> None:
        """This message was refused, and not the line: the store counts, and parks it in the end."""
        if len(self._refusing) < SETTLING_MAX:
            self._refusing[ident] = reason
            self._due.set()

    async def _count_refusals(self) -> None:
        for ident, reason in dict(self._refusing).items():
            parked = await self._store.refuse(ident, reason)
            del self._refusing[ident]
            if parked:
                self._schedule.park(ident)
                log.error("outbox_entry_parked", id=ident, reason=reason)
                self._pump()

    def _settle_later(self, ack: Ack) -> None:
        if len(self._settling) >= SETTLING_MAX:
            self._refuse("overflow")  # the entry is sent again and receipted again
            return
        self._settling[ack.of] = ack
        self._due.set()

    async def keep(self) -> None:
        """One at a time: settle what has its receipt, read what else is owed."""
        failed = False
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                told = await self._settle()
                await self._count_refusals()
                await self._refill()
            except StoreError as error:
                if not failed:
                    log.warning("outbox_books_failed", reason=str(error))
                failed = True
                await self._clock.sleep_until(self._clock.now().boottime_ms + STORE_RETRY_MS)
                self._due.set()
                continue
            failed = False
            for ack in told:
                await self._tell(ack)

    async def _settle(self) -> list[Ack]:
        """Mark all that was receipted; those receipts that were the first."""
        acks = dict(self._settling)
        if not acks:
            return []
        owed = set(await self._store.mark_received(list(acks), self._clock.now()))
        for id_ in acks:
            del self._settling[id_]
        self._schedule.settle(acks)
        self.receipts += len(owed)
        self._pump()
        return [ack for id_, ack in acks.items() if id_ in owed]

    async def _refill(self) -> None:
        wants = self._schedule.wants
        if wants:
            self._schedule.refill(await self._store.owed(wants), wants)
            self._pump()
