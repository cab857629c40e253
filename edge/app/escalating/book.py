"""What all parts of the escalation share: the plan, the open alerts, and what became of a page."""

from __future__ import annotations

from collections import deque
from typing import Any

from edge.app.escalating.opened import Opened
from edge.app.escalating.told import Told
from edge.app.house import House
from edge.domain import AlertState, Sent
from edge.escalation import EscalationPlan
from edge.escalation.asking import HELD
from edge.store import pages
from edge.store.pages import PageRow, PageState, changed
from edge.waking import Waker

# Codes of askings that are over: whoever answers late is no guesser. A plan's 24 recipients were
# asked about ten alerts within the hour in which guesses count.
PAST_MAX = 240


class Book:
    """Not thread-safe: one event loop. `look` is set when more may be due."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.opened: dict[str, Opened] = {}
        self.plan: EscalationPlan | None = None
        self.past: deque[PageRow] = deque(maxlen=PAST_MAX)
        self.told = Told()
        self.look = Waker(house.clock)

    def is_wanted(self, row: PageRow) -> bool:
        """Whether its alert still waits for somebody, in this asking; of a confirmation, whether
        it is still its recipient's. What the customer switched off is not wanted.
        """
        known = self.opened.get(row.alert)
        if known is None or known.asking.rev != row.rev:
            return False
        if not self.may_ask(row.page.recipient, known.alert.code):
            return False
        if row.page.path == HELD:
            actor = known.alert.actor
            return actor is not None and actor.account == row.page.recipient
        return known.alert.state is AlertState.RAISED

    def may_ask(self, recipient: str, code: str) -> bool:
        """Whether the customer lets this person have messages about such an alert."""
        return self.house.sending.allows(recipient, Sent.MESSAGE, code)

    def end(self, known: Opened) -> None:
        """This asking is over: its codes answer nothing any more."""
        self.past.extend(row for row in known.pages.values() if row.code_hash is not None)

    async def note(self, row: PageRow, state: PageState, **more: Any) -> PageRow:
        """Write down what became of a page; returns the page as it is now.

        With it goes what waits for the customer's log; a disk that refuses delays both.
        """
        after = changed(row, state, **more)
        self.remember(after)  # first: an answer may come while it is written, and holds
        told = self.told.waiting()
        if await self.house.store.jot(pages.change, after, self.house.clock.now(), told):
            self.told.written(told)
        return after

    def remember(self, row: PageRow) -> None:
        known = self.opened.get(row.alert)
        if known is not None and row.id in known.pages:
            known.pages[row.id] = row

    def newest(self, row: PageRow) -> PageRow:
        """The page as it is now."""
        known = self.opened.get(row.alert)
        return row if known is None else known.pages.get(row.id, row)

    def now_ms(self) -> int:
        return self.house.clock.now().boottime_ms
