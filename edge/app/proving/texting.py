"""A text message a month to the number that the settings name: the second path proved by use.

Walking the path without sending is done daily; only a message that goes out shows that the card
has credit and the network takes it. It goes to maintenance, never to a person of the plan, and
holds nothing of the home but the gateway's name.
"""

from __future__ import annotations

from typing import Any

import structlog

from edge import __version__
from edge.app.house import House
from edge.app.proving import due
from edge.app.proving.prover import row_of
from edge.domain import Instant, Sync
from edge.errors import StoreError, UpstreamRejectedError, UpstreamUnavailableError
from edge.escalation.asking import elapsed_ms
from edge.events import Fault, FaultKind
from edge.locale import render
from edge.ports import Pager
from edge.store import proving
from edge.store.proving import SMS, ProofRow

log = structlog.get_logger()

SLICE_MS = 60_000
EVERY_MS = 30 * due.DAY_MS
# One that failed is tried again at the gateway's minute of the next day.
AGAIN_MS = due.DAY_MS - due.MINUTE_MS
# As a fault of a path names it.
SUBJECT = "sms-proof"
MONTHLY = "monthly"


class TextProof:
    """One task: `run`. Without a modem or a number it does nothing."""

    def __init__(self, house: House, pager: Pager | None) -> None:
        settings = house.config.pager
        self._house = house
        self._pager = pager
        self._number = None if settings is None else settings.prove_to
        self._language = "en" if settings is None else settings.prove_language
        self._last: ProofRow | None = None
        self._received: ProofRow | None = None

    async def run(self) -> None:
        """No beat: the network's word may take minutes, and an alert needs none of this."""
        await self.load()
        while True:
            await self._house.clock.sleep_until(self._now().boottime_ms + SLICE_MS)
            await self.turn()

    async def load(self) -> None:
        try:
            rows = await self._house.store.look(proving.newest, SMS, 1)
            self._last = rows[0] if rows else None
            self._received = await self._house.store.look(proving.last_received, SMS)
        except StoreError as error:
            if not error.fault:
                raise
            self._number = None  # what nobody remembers may have been sent today: not until a start

    async def turn(self) -> None:
        """Send one when it is due; a clock that was never set makes none."""
        now = self._now()
        if self._pager is None or self._number is None or not self._is_due(now):
            return
        row = ProofRow(
            id=self._house.ids.uuid7(now),
            path=SMS,
            cause=MONTHLY,
            release=__version__,
            raised=now,
        )
        self._last = row
        # Before it goes out: a gateway that dies over it does not send one at every start.
        await self._house.store.jot(proving.keep, row)
        try:
            await self._pager.send(self._number, self._text())
        except (UpstreamRejectedError, UpstreamUnavailableError) as error:
            log.warning("text_proof_failed", path=SMS, reason=type(error).__name__)
            self._tell(gone=True)
            return
        done = ProofRow(
            id=row.id,
            path=SMS,
            cause=MONTHLY,
            release=__version__,
            raised=now,
            taken_ms=elapsed_ms(now, self._now()),
            received=self._now(),
        )
        self._last = self._received = done
        await self._house.store.jot(proving.keep, done)
        self._tell(gone=False)

    def status(self) -> dict[str, Any] | None:
        """For `kotivahti status`; None where no number is named."""
        if self._number is None:
            return None
        return {
            "last": None if self._last is None else row_of(self._last),
            "last_taken": None if self._received is None else row_of(self._received),
        }

    def _is_due(self, now: Instant) -> bool:
        if now.sync is Sync.NONE:
            return False
        minute = (now.wall_ms // due.MINUTE_MS + now.offset_min) % (24 * 60)
        start = due.slot_min(self._house.config.gateway.id)
        if not start <= minute < due.WINDOW_FROM_MIN + due.WINDOW_MIN:
            return False
        last = self._last
        if last is None or last.raised.sync is Sync.NONE or due.is_ahead(last.raised, now):
            return True
        return elapsed_ms(last.raised, now) >= (AGAIN_MS if last.received is None else EVERY_MS)

    def _text(self) -> str:
        name = self._house.config.gateway.id
        return f"{name}: {render(self._language, 'pager.test', {})}"

    def _tell(self, *, gone: bool) -> None:
        detail = "not_taken" if gone else ""
        fault = Fault(kind=FaultKind.PATH, subject=SUBJECT, gone=gone, detail=detail)
        self._house.tell(fault)

    def _now(self) -> Instant:
        return self._house.clock.now()
