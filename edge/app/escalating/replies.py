"""Answers by text message: a code that was given to one recipient for one alert, used once."""

from __future__ import annotations

from collections import Counter

import msgspec
import structlog

from edge.app.escalating.book import Book
from edge.app.escalating.messages import Messages
from edge.app.escalating.texts import answer_words
from edge.domain import Actor, Record
from edge.errors import EdgeError
from edge.escalation import Answered, Unread, read_reply
from edge.escalation.asking import HELD
from edge.escalation.replies import is_code
from edge.events import Acknowledgement
from edge.ports import Reply
from edge.store import pages
from edge.store.pages import PageRow, PageState, changed

log = structlog.get_logger()

# Five wrong codes from one number, and it is not listened to for an hour: 120 guesses a day.
WRONG_MAX = 5
IGNORED_MS = 3_600_000
# Numbers that are kept count of; the one that wrote longest ago goes first.
NUMBERS_MAX = 256
# A modem that fails is asked again, and not in a busy loop.
RETRY_MS = 5_000


class Guesser(Record, frozen=True, kw_only=True):
    """Wrong codes of one number since `since_ms`; ignored before `until_ms` (boottime)."""

    wrong: int
    since_ms: int
    until_ms: int = 0


class Replies:
    """`run` as one task. `counts`: what came, by what became of it; neither number nor text."""

    def __init__(self, book: Book, messages: Messages) -> None:
        self.counts: Counter[str] = Counter()
        self._book = book
        self._messages = messages
        self._guessers: dict[str, Guesser] = {}
        self._take, self._refuse = answer_words()

    async def run(self) -> None:
        while True:
            try:
                reply = await self._messages.pager.reply()
            except EdgeError as error:
                log.warning("replies_lost", reason=str(error))
                await self._book.house.clock.sleep_until(self._book.now_ms() + RETRY_MS)
                continue
            await self.take(reply)

    async def take(self, reply: Reply) -> str:
        """What became of one message; its short code, as in `counts`."""
        verdict = await self._verdict(reply)
        self.counts[verdict] += 1
        log.info("reply_judged", state=verdict)
        return verdict

    async def _verdict(self, reply: Reply) -> str:
        if self._is_ignored(reply.number):
            return "ignored"
        found = read_reply(reply.text, self._take, self._refuse)
        if isinstance(found, Unread):
            return found.reason
        row = self._page_of(found.code)
        if row is None:
            if any(_has(found.code, past) for past in self._book.past):
                return "over"
            self._count_wrong(reply.number)
            return "wrong_code"
        if row.state is PageState.ANSWERED:
            return "used"
        return await self._answer(row, found)

    def _page_of(self, code: str) -> PageRow | None:
        """The page with this code; every one is compared, so that time tells nothing."""
        found = None
        for known in self._book.opened.values():
            for row in known.pages.values():
                if _has(code, row):
                    found = row
        return found

    async def _answer(self, row: PageRow, found: Answered) -> str:
        """The recipient's own word, in one commit with the end of its code."""
        plan, house = self._book.plan, self._book.house
        recipient = None if plan is None else plan.recipient(row.page.recipient)
        if recipient is None:
            return "not_in_plan"
        after = changed(row, PageState.ANSWERED, reason="accepted" if found.take else "declined")
        self._book.remember(after)
        refused = house.tell(
            Acknowledgement(
                alert=row.alert,
                kind="accepted" if found.take else "declined",
                actor=Actor(account=recipient.id, role=recipient.role.value),
                eta_s=found.eta_s,
                message=row.id,
                rev=row.rev,
            )
        )
        at = house.clock.now()
        # Held or stored, the answer counts: a card that fails must not end who listens.
        await house.keep(lambda connection, names: pages.change(connection, names, after, at))
        self._book.look.set()
        if not refused and found.take:
            await self._confirm(row)
        return refused[0] if refused else after.reason

    async def _confirm(self, row: PageRow) -> None:
        """Tell who took it until when, with a new code: each answers once."""
        known, house = self._book.opened.get(row.alert), self._book.house
        if known is None:
            return
        now = house.clock.now()
        turn = sum(one.page.path == HELD for one in known.pages.values())
        held = PageRow(
            id=house.ids.uuid7(now),
            alert=row.alert,
            rev=known.asking.rev,
            page=msgspec.structs.replace(row.page, turn=turn, path=HELD),
            owed=now,
        )
        await house.store.jot(pages.keep, [held])
        known.pages[held.id] = held
        self._messages.owe([held])

    def _is_ignored(self, number: str) -> bool:
        known = self._guessers.get(number)
        return known is not None and self._book.now_ms() < known.until_ms

    def _count_wrong(self, number: str) -> None:
        now_ms = self._book.now_ms()
        known = self._guessers.pop(number, None)
        if known is None or now_ms - known.since_ms >= IGNORED_MS:
            known = Guesser(wrong=0, since_ms=now_ms)
        wrong = known.wrong + 1
        until_ms = now_ms + IGNORED_MS if wrong >= WRONG_MAX else 0
        if until_ms:
            log.warning("reply_number_ignored", count=wrong)
        since_ms = now_ms if until_ms else known.since_ms
        self._guessers[number] = Guesser(
            wrong=0 if until_ms else wrong, since_ms=since_ms, until_ms=until_ms
        )
        while len(self._guessers) > NUMBERS_MAX:
            del self._guessers[next(iter(self._guessers))]


def _has(code: str, row: PageRow) -> bool:
    return row.code_hash is not None and is_code(code, row.id, row.code_hash)
