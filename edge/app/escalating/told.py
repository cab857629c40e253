"""Text messages on their way into the customer's log of what went to whom."""

from __future__ import annotations

import msgspec
import structlog

from edge.domain import Basis, Disclosed, Instant, Sent, TextMessage
from edge.escalation.asking import SMS
from edge.store.pages import PageRow

log = structlog.get_logger()

# Lines that wait for a disk that refuses: an hour of a plan's 24 recipients asked about ten alerts.
WAITING_MAX = 240


class Told:
    """A line is owed before the first attempt, and again when the network has the message.

    A page that is withdrawn before anybody tried to send it has no line: nothing left the home.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, TextMessage] = {}

    def tried(self, row: PageRow, code: str, at: Instant) -> None:
        """The message of this page about an alert of `code` is about to go out."""
        told = Disclosed(
            recipient=row.page.recipient,
            cls=Sent.MESSAGE,
            what=code,
            basis=Basis.PLAN,
            path=SMS,
            ref=row.id,
        )
        self._put(TextMessage(told=told, at=self._first(row.id, at), taken=False))

    def taken(self, row: PageRow, code: str, at: Instant) -> None:
        """The network has it."""
        self.tried(row, code, at)
        self._put(msgspec.structs.replace(self._waiting[row.id], taken=True))

    def waiting(self) -> tuple[TextMessage, ...]:
        return tuple(self._waiting.values())

    def written(self, messages: tuple[TextMessage, ...]) -> None:
        """These are stored; one that changed meanwhile waits on."""
        for one in messages:
            if self._waiting.get(one.told.ref) is one:
                del self._waiting[one.told.ref]

    def _first(self, ident: str, at: Instant) -> Instant:
        """A message that is tried again keeps the moment of its first attempt."""
        known = self._waiting.get(ident)
        return at if known is None else known.at

    def _put(self, message: TextMessage) -> None:
        self._waiting[message.told.ref] = message
        if len(self._waiting) > WAITING_MAX:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            log.error("disclosure_not_logged", id=oldest)
