"""Makes the alert that proves its own way, follows it to its receipt, and says when none came.

It begins at the commit that raises alerts, and takes every step that a real one takes: sealed,
numbered, stored, sent in the lane of critical alerts, taken by the broker, committed at the desk,
receipted. Nobody is asked about it and nothing in the home sounds.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

import msgspec
import structlog

from edge import __version__
from edge.app.house import House
from edge.app.proving import due as when
from edge.app.view import instant_text
from edge.control.protocol import Peer
from edge.control.server import Stream
from edge.domain import SERVICE, Alert, Instant, OutboxEntry, Scalar, Sent
from edge.errors import NotNowError, StoreError
from edge.escalation.asking import elapsed_ms
from edge.events import Fault, FaultKind
from edge.locale import titles
from edge.locale.refusing import worded
from edge.store import proving
from edge.store.proving import MQTT, ProofRow
from edge.uplink import envelope

log = structlog.get_logger()

SLICE_MS = 5_000
# On their way at once: a month of a dead line, and some that people asked for.
WAITING_MAX = 40
# What a person at a terminal, and a desk that asked, wait for the receipt; a command of the desk
# gives up after 30 s, and the loop of commands must turn within 40.
ASKED_WITHIN_S = 20.0
LOOK_S = 0.02
# As a fault of a path names it.
SUBJECT = "proof"


class Prover:
    """One task: `run`. `is_up` is told by who has the line."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._since = house.clock.now()
        self._waiting: dict[str, ProofRow] = {}  # by id, the oldest first
        self._dirty: dict[str, ProofRow] = {}  # to be written down
        self._last: ProofRow | None = None
        self._received: ProofRow | None = None
        self._told_late: bool | None = None  # not told yet since the start
        self.is_up: Callable[[], bool] = lambda: False
        # What was sent so far is told too when a person asks for a proof.
        self.before_asked: Callable[[], Awaitable[object]] | None = None
        house.after_publish.append(self._taken)
        house.when_receipted.append(self._receipted)

    async def run(self, beat: Callable[[], None] = lambda: None) -> None:
        await self.load()
        while True:
            beat()
            await self.turn()
            await self._house.clock.sleep_until(self._now().boottime_ms + SLICE_MS)

    async def load(self) -> None:
        """What was proved before this start."""
        store = self._house.store
        try:
            rows = await store.look(proving.newest, MQTT)
            self._received = await store.look(proving.last_received, MQTT)
        except StoreError as error:
            if not error.fault:
                raise
            return  # a disk that fails has a fault of its own; one proof more is no harm
        self._last = rows[0] if rows else None
        self._waiting = {row.id: row for row in reversed(rows) if row.received is None}

    async def turn(self) -> None:
        """One look at the clock."""
        now = self._now()
        why = when.due(
            now,
            self._last,
            gateway=self._house.config.gateway.id,
            release=__version__,
            started_ms=self._since.boottime_ms,
        )
        if why is not None and self._is_allowed():
            await self.make(why)
        self._give_up(now)
        await self._write()
        await self._judge()

    async def make(self, cause: str) -> ProofRow:
        """One proof, committed; its receipt is awaited by nobody here."""
        house, raised = self._house, self._now()
        made: list[ProofRow] = []

        def seal(*, id: str, sequence: int, at: Instant) -> OutboxEntry:  # noqa: A002
            told: Alert = envelope.path_test(id, raised, cause)
            row = ProofRow(id=id, path=MQTT, cause=cause, release=__version__, raised=raised)
            self._waiting[id] = self._last = row
            made.append(row)
            words = titles(told.code, told.params)
            return envelope.alert(house.origin, told, words, id=id, sequence=sequence, at=at)

        house.keeper.owe(seal)
        durable = await house.keep()
        (row,) = made
        if durable:
            self._note(row.id, "durable_ms")
        await self._write()
        return self._row(row.id, row)

    # -- its way ---------------------------------------------------------------------------

    def sending(self, entry: str) -> None:
        """This envelope is handed to the line."""
        self._note(entry, "sent_ms")

    def _taken(self, entry: str) -> None:
        self._note(entry, "taken_ms")

    def _note(self, ident: str, step: str) -> None:
        row = self._waiting.get(ident)
        if row is None or getattr(row, step) is not None:
            return
        ms = elapsed_ms(row.raised, self._now())
        self._put(msgspec.structs.replace(row, **{step: ms}))

    def _receipted(self, alert: str, _rev: int) -> None:
        row = self._waiting.pop(alert, None)
        if row is None:
            return
        row = msgspec.structs.replace(row, received=self._now())
        self._dirty[row.id] = self._received = row
        if self._last is not None and self._last.id == row.id:
            self._last = row

    def _put(self, row: ProofRow) -> None:
        self._waiting[row.id] = self._dirty[row.id] = row
        if self._last is not None and self._last.id == row.id:
            self._last = row

    def _row(self, ident: str, instead: ProofRow) -> ProofRow:
        for row in (self._waiting.get(ident), self._received, self._last):
            if row is not None and row.id == ident:
                return row
        return instead

    async def _write(self) -> None:
        rows, self._dirty = list(self._dirty.values()), {}
        for row in rows:
            await self._house.store.jot(proving.keep, row)

    def _give_up(self, now: Instant) -> None:
        """One that did not come through in a day proves nothing of today; it is delivered still."""
        old = [
            ident
            for ident, row in self._waiting.items()
            if elapsed_ms(row.raised, now) > envelope.PROOF_LATE_MS
        ]
        for ident in (*old, *list(self._waiting)[: max(0, len(self._waiting) - WAITING_MAX)]):
            self._waiting.pop(ident, None)

    # -- how it stands -----------------------------------------------------------------------

    def standing(self) -> envelope.ProofStanding:
        if not self._is_allowed():
            return "off"
        return when.standing(
            self._now(),
            since=self._since,
            received=self._received,
            waiting=next(iter(self._waiting.values()), None),
            is_up=self.is_up(),
        )

    async def _judge(self) -> None:
        """A way that does not prove itself is a fault of the installation, until it does."""
        found = self.standing()
        late = found == "late"
        if late is self._told_late or found == "waiting":
            return
        self._told_late = late
        if late:
            log.warning("proof_late", path=MQTT)
        detail = "no_receipt" if late else ""
        fault = Fault(kind=FaultKind.PATH, subject=SUBJECT, gone=late, detail=detail)
        self._house.tell(fault)
        if self._house.keeper.urgent:
            await self._house.keep()

    def status(self) -> dict[str, Any]:
        """For `kotivahti status`: how old the last one that came through is, and its times."""
        return {
            "state": self.standing(),
            "age_s": self.age_s,
            "last": None if self._received is None else row_of(self._received),
            "waiting": [row_of(row) for row in self._waiting.values()],
        }

    @property
    def age_s(self) -> int | None:
        """Since the last receipt; None where nothing came through or nobody knows when."""
        last = None if self._received is None else self._received.received
        return None if last is None else elapsed_ms(last, self._now()) // 1000

    @property
    def total_ms(self) -> int | None:
        """How long the last one that came through took."""
        return None if self._received is None else _received_ms(self._received)

    # -- when somebody asks ----------------------------------------------------------------

    def streams(self) -> Mapping[str, Stream]:
        return {"test_alert": self.follow}

    async def follow(self, _: dict[str, Any], __: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """One proof now: a row when it is stored, and one when it is received or given up."""
        row = await self._asked(when.ASKED)
        yield row_of(row)
        yield await self._await_receipt(row)

    async def command(self) -> dict[str, Scalar]:
        """As `follow`, for a command of the desk; raises NotNowError without a receipt."""
        found = await self._await_receipt(await self._asked(when.COMMAND))
        if found["received_ms"] is None:
            raise worded(NotNowError, "proof_unreceived", seconds=round(ASKED_WITHIN_S))
        return {key: found[key] for key in ("id", *STEPS)}

    async def _asked(self, cause: str) -> ProofRow:
        if not self._is_allowed():
            raise worded(NotNowError, "proof_off")
        if self.before_asked is not None:
            await self.before_asked()
        return await self.make(cause)

    async def _await_receipt(self, row: ProofRow) -> dict[str, Any]:
        end_ms = self._now().boottime_ms + int(ASKED_WITHIN_S * 1000)
        while row.id in self._waiting and self._now().boottime_ms < end_ms:
            await self._house.clock.sleep_until(self._now().boottime_ms + int(LOOK_S * 1000))
        await self._write()
        return row_of(self._row(row.id, row))

    def _is_allowed(self) -> bool:
        """A customer who takes no alerts out of the home has none to prove."""
        return self._house.sending.allows(SERVICE, Sent.ALERT)

    def _now(self) -> Instant:
        return self._house.clock.now()


STEPS = ("durable_ms", "sent_ms", "puback_ms", "received_ms")


def row_of(row: ProofRow) -> dict[str, Any]:
    """One proof for people and scripts; the steps in milliseconds since it was raised."""
    return {
        "id": row.id,
        "cause": row.cause,
        "release": row.release,
        "raised": instant_text(row.raised),
        "durable_ms": row.durable_ms,
        "sent_ms": row.sent_ms,
        "puback_ms": row.taken_ms,
        "received_ms": _received_ms(row),
    }


def _received_ms(row: ProofRow) -> int | None:
    return None if row.received is None else elapsed_ms(row.raised, row.received)
