"""Text messages that are owed: one at a time, the most urgent first, again until one is out."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable

import structlog

from edge.app.escalating.book import Book
from edge.app.escalating.texts import held_text, page_text
from edge.domain import Priority
from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.escalation.asking import HELD, SMS
from edge.escalation.replies import code_hash, make_code
from edge.ports import Pager
from edge.store.pages import PageRow, PageState
from edge.waking import Waker

log = structlog.get_logger()

# A modem that has not answered by then hangs; its own time-outs are shorter (TS 27.005 §3.5.1).
SEND_MAX_S = 60.0
# A network that is gone is tried again at once, and then at this distance at most.
RETRY_MS = (2_000, 5_000, 15_000, 60_000)
IDLE_MS = 3_600_000
_ORDER = (Priority.CRITICAL, Priority.HIGH, Priority.NORMAL)


class Messages:
    """`run` as one task. `down` is true from a message that could not go out to one that did."""

    def __init__(self, book: Book, pager: Pager, address: Callable[[], Awaitable[str]]) -> None:
        self.down = False
        self.sent = 0
        self._book = book
        self.pager = pager
        self._address = address
        self._owed: dict[str, PageRow] = {}
        # Kept for the next attempt: a message that timed out may have gone out all the same.
        self._codes: dict[str, str] = {}
        self._due = Waker(book.house.clock)
        self._failures = 0

    def owe(self, rows: Iterable[PageRow]) -> None:
        """Pages to be sent; of one recipient and alert the newest alone is of use."""
        for row in rows:
            if row.page.path in (SMS, HELD) and row.state is PageState.OWED:
                self._owed[row.id] = row
                self._due.set()

    async def run(self) -> None:
        while True:
            self._due.clear()
            row = await self._next()
            if row is None:
                await self._due.sleep_until(self._book.now_ms() + IDLE_MS)
            elif not await self._send(row):
                wait_ms = RETRY_MS[min(self._failures, len(RETRY_MS)) - 1]
                await self._book.house.clock.sleep_until(self._book.now_ms() + wait_ms)

    async def _next(self) -> PageRow | None:
        """What goes next; what nobody needs any more is withdrawn."""
        newest: dict[tuple[str, str], str] = {}
        for row in self._owed.values():
            newest[row.alert, row.page.recipient] = row.id
        for row in list(self._owed.values()):
            is_newest = newest[row.alert, row.page.recipient] == row.id
            if not self._book.is_wanted(row) or not is_newest:
                await self._withdraw(row)
        return min(self._owed.values(), key=self._rank, default=None)

    async def _withdraw(self, row: PageRow) -> None:
        """Nobody needs it any more, or the customer has switched its recipient off."""
        self._forget(row)
        known = self._book.opened.get(row.alert)
        is_off = known is not None and not self._book.may_ask(row.page.recipient, known.alert.code)
        reason = "switched_off" if is_off else "needless"
        await self._book.note(row, PageState.WITHDRAWN, reason=reason)
        self._book.look.set()  # whoever is asked instead is asked at once

    def _rank(self, row: PageRow) -> tuple[int, int, int]:
        known = self._book.opened.get(row.alert)
        rank = len(_ORDER) if known is None else _ORDER.index(known.alert.priority)
        return rank, row.page.level, row.owed.wall_ms

    async def _send(self, row: PageRow) -> bool:
        """One attempt; False when it is to be made again."""
        plan, known = self._book.plan, self._book.opened.get(row.alert)
        recipient = None if plan is None else plan.recipient(row.page.recipient)
        if known is None or recipient is None or not recipient.number:
            self._forget(row)
            await self._book.note(row, PageState.WITHDRAWN, reason="not_in_plan")
            return True
        code = self._codes.setdefault(row.id, make_code(secrets.randbelow))
        hashed = code_hash(code, row.id)
        told, alert_code = self._book.told, known.alert.code
        # Before it goes out: an answer can be faster than our own note of the sending, and what
        # may be out is in the customer's log.
        told.tried(row, alert_code, self._book.house.clock.now())
        row = await self._book.note(
            row, PageState.OWED, attempts=row.attempts + 1, code_hash=hashed
        )
        if row.id in self._owed:
            self._owed[row.id] = row
        address = await self._address()
        if not self._book.is_wanted(row):
            return True  # answered while it was written: the next look withdraws it
        text = held_text(known.alert, recipient, code)
        if row.page.path == SMS:
            text = page_text(known.alert, recipient, address, code)
        try:
            async with asyncio.timeout(SEND_MAX_S):
                await self.pager.send(recipient.number, text)
        except UpstreamRejectedError as error:
            # The network's words may hold the number: they stand with the page alone.
            log.error("page_refused", id=row.id, alert=row.alert)
            self._forget(row)
            await self._book.note(
                self._book.newest(row), PageState.REFUSED, reason=str(error)[:200]
            )
            return True
        except (UpstreamUnavailableError, TimeoutError) as error:
            self._failures += 1
            # A pager's own words may hold a number; the modem says elsewhere what is the matter.
            is_late = isinstance(error, TimeoutError)
            self._note_path(up=False, reason="no_verdict" if is_late else "not_taken")
            return False
        self._failures = 0
        self.sent += 1
        self._forget(row)
        self._note_path(up=True)
        told.taken(row, alert_code, self._book.house.clock.now())
        newest = self._book.newest(row)
        is_owed = newest.state is PageState.OWED
        await self._book.note(newest, PageState.SENT if is_owed else newest.state)
        return True

    def _forget(self, row: PageRow) -> None:
        self._owed.pop(row.id, None)
        self._codes.pop(row.id, None)

    def _note_path(self, *, up: bool, reason: str = "") -> None:
        if self.down is not up:
            return
        self.down = not up
        if up:
            log.info("pager_back", path=SMS)
        else:
            log.warning("pager_lost", path=SMS, reason=reason)
        self._book.look.set()  # the sounder does not wait where nothing gets out
