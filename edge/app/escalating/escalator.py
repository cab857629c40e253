"""The gateway's own escalator: looks at every open alert when something is due, and asks.

A page is written down before it is made, so a restart neither forgets nor doubles one. The level
that time has raised is a revision of the alert like any other, so that desk and gateway hold the
same one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
import structlog

from edge.app.escalating.book import Book
from edge.app.escalating.messages import Messages
from edge.app.escalating.opened import Opened, opens, restored
from edge.app.escalating.replies import Replies
from edge.app.escalating.sounding import Hook, Sounding
from edge.app.house import House
from edge.domain import Alert, AlertState, Instant, OutboxClass
from edge.errors import NotNowError, StoreError
from edge.escalation import AT_ONCE, EscalationPlan, Page, Paths, due, joined
from edge.events import Escalated, FaultKind
from edge.home.boot import SLEW_MAX_MS
from edge.ports import Batch, Pager, Sounder
from edge.store import pages, plans
from edge.store.pages import PageRow
from edge.uplink.envelope import MessageError, parse_alert
from edge.waking import BEAT_MS, SLICE_MS, slice_end_ms

log = structlog.get_logger()

T = TypeVar("T")

# Hours in which somebody answers begin and end with a minute of the wall clock.
MINUTE_MS = 60_000
# Messages without a receipt that are looked through at a start, the most urgent first. An alert
# beyond them counts as received, and is asked about from the second level on.
OWED_MAX = 500
MQTT, SMS = "mqtt", "sms"


class Escalator:
    """Run it as one task. `pager`, `sounder` and `hook` are None where the home has none."""

    def __init__(
        self,
        house: House,
        *,
        address: Callable[[], Awaitable[str]],
        pager: Pager | None = None,
        sounder: Sounder | None = None,
        hook: Hook | None = None,
    ) -> None:
        self._house = house
        self.book = Book(house)
        self.messages = None if pager is None else Messages(self.book, pager, address)
        self.replies = None if self.messages is None else Replies(self.book, self.messages)
        self.sounding = Sounding(self.book, sounder, hook)
        self._has_sounder, self._has_hook = sounder is not None, hook is not None
        self._paths = self.paths()  # as they were at the last look
        house.after_commit.append(self._committed)
        house.when_told.append(self._told)
        house.when_receipted.append(self._receipted)

    async def run(self, beat: Callable[[], None] = lambda: None) -> None:
        """For ever; what dies here ends the process."""
        await self.load()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._looking(beat), name="escalation-look")
            tasks.create_task(self.sounding.run(), name="escalation-hook")
            if self.messages is not None:
                tasks.create_task(self.messages.run(), name="escalation-sms")
            if self.replies is not None:
                tasks.create_task(self.replies.run(), name="escalation-replies")

    async def read_plan(self) -> None:
        """The plan in force; without one that can be read nobody is asked, and status says so."""
        try:
            self.book.plan = await self._house.store.look(plans.in_force)
            self._house.faults.pop("escalation", None)
        except (NotNowError, StoreError) as error:
            log.error("plan_unreadable", reason=str(error))
            self._house.faults["escalation"] = str(error)
        self.book.look.set()

    def status(self) -> dict[str, Any]:
        """For `kotivahti status`: numbers only, neither telephones nor names."""
        plan = self.book.plan
        return {
            "plan": None if plan is None else [len(level.recipient) for level in plan.level],
            "switched_off": 0 if plan is None else len(self._switched_off(plan)),
            "asking": sum(
                known.alert.state is AlertState.RAISED for known in self.book.opened.values()
            ),
            "sms": None if self.messages is None else not self.messages.down,
            "sent": 0 if self.messages is None else self.messages.sent,
            "replies": {} if self.replies is None else dict(self.replies.counts),
            "sounding": self.sounding.is_on,
        }

    def _switched_off(self, plan: EscalationPlan) -> list[str]:
        return [one.id for one in plan.recipients if not self.book.may_ask(one.id, "")]

    # -- what is open ----------------------------------------------------------------------

    async def load(self) -> None:
        """Plan, open alerts and pages as they were stored.

        Of an alert whose past a failing card does not give, all begins anew: somebody may be
        asked twice, and nobody is forgotten.
        """
        store = self._house.store
        await self.read_plan()
        rows = await _read(store.look(pages.of_open), [])
        owed = await _read(self._owed_revisions(), None)
        for alert in list(self._house.keeper.home.alerts.values()):
            history = await _read(store.alert_history(alert.id), []) or [alert]
            if alert.id not in self.book.opened:
                mine = [row for row in rows if row.alert == alert.id]
                unsent = frozenset(a.rev for a in history) if owed is None else owed.get(alert.id)
                known = restored(history, mine, unsent or frozenset())
                self.book.opened[alert.id] = known
                self._hand_on(known, list(known.pages.values()))
        self.book.look.set()

    async def _owed_revisions(self) -> dict[str, frozenset[int]]:
        """Revisions that no system has received, by alert."""
        found: dict[str, frozenset[int]] = {}
        for entry in await self._house.store.owed(OWED_MAX):
            if entry.cls is OutboxClass.ALERT:
                try:
                    told = parse_alert(entry.body, None).data.alert
                except MessageError:  # carried from a box of an older release: not of this home
                    continue
                found[told.id] = found.get(told.id, frozenset()) | {told.rev}
        return found

    def _committed(self, batch: Batch) -> None:
        for alert in batch.alerts:
            self._follow(alert)
        self.book.look.set()

    def _told(self) -> None:
        """Whoever waits for a message that cannot go out is not left to wait."""
        if self.book.opened and self.paths() != self._paths:
            self.book.look.set()

    def _follow(self, alert: Alert) -> None:
        opened = self.book.opened
        known = opened.get(alert.id)
        if known is not None and opens(known.alert, alert):
            self.book.end(known)
            known = None
        if known is None:
            known = opened[alert.id] = restored([alert], (), frozenset({alert.rev}))
        known.alert = alert
        if alert.state is not AlertState.RAISED:
            self.sounding.over(known)
        if alert.state in (AlertState.CLOSED, AlertState.CANCELLED):
            self.book.end(known)
            del opened[alert.id]

    def _receipted(self, alert: str, rev: int) -> None:
        known = self.book.opened.get(alert)
        if known is not None and rev >= known.asking.rev:
            known.asking = msgspec.structs.replace(known.asking, received=True)

    # -- what is due -----------------------------------------------------------------------

    def paths(self) -> Paths:
        """What is known of the ways out; a path that nobody has tried is not known to be down."""
        faults = self._house.keeper.home.faults
        failing = self.messages is not None and self.messages.down
        return Paths(
            uplink_down=f"{FaultKind.PATH}/{MQTT}" in faults,
            sms=self.messages is not None,
            sms_down=failing or f"{FaultKind.PATH}/{SMS}" in faults,
            sounder=self._has_sounder,
            hook=self._has_hook,
        )

    async def _looking(self, beat: Callable[[], None]) -> None:
        while True:
            beat()
            self.book.look.clear()
            wake_ms = await self.turn()
            await self._rest(wake_ms, beat)

    async def _rest(self, wake_ms: int, beat: Callable[[], None]) -> None:
        """Until then, until somebody wants a look, or until the clock is another one."""
        began, is_wanted = self._house.clock.now(), False
        slice_ms = SLICE_MS if self.book.opened else BEAT_MS
        while not (is_wanted or (now := self._house.clock.now()).boottime_ms >= wake_ms):
            if not is_same_time(began, now):
                return
            beat()
            until_ms = min(wake_ms, slice_end_ms(now.boottime_ms, slice_ms))
            is_wanted = await self.book.look.sleep_until(until_ms)

    async def turn(self) -> int:
        """Ask all that is due; the boottime of the next look."""
        now = self._house.clock.now()
        self._paths = self.paths()
        wakes = [now.boottime_ms + MINUTE_MS - now.wall_ms % MINUTE_MS]
        for known in list(self.book.opened.values()):
            wake_ms = await self._ask(known)
            if wake_ms is not None:
                wakes.append(wake_ms)
        sound_ms = await self.sounding.turn()
        if sound_ms is not None:
            wakes.append(sound_ms)
        if self._house.keeper.urgent:
            await self._house.keep()
        return min(wakes)

    async def _ask(self, known: Opened) -> int | None:
        now = self._house.clock.now()
        plan, paths = self._may_be_asked(known.alert)
        found = due(known.alert, plan, known.asking, now, paths)
        rows = [self._row(known, page) for page in found.pages]
        if rows:
            await self._house.store.jot(pages.keep, rows)
            if self.book.opened.get(known.alert.id) is not known:
                return None  # it ended or was opened again meanwhile: these are of no use
            known.pages |= {row.id: row for row in rows}
            log.info("alert_asked", alert=known.alert.id, level=found.level, count=len(rows))
        known.asking = joined(known.asking, found, now, found.pages)
        _drop_old_turns(known)
        self._hand_on(known, rows)
        self._raise_level(known, found.level)
        return found.wake_at_ms

    def _may_be_asked(self, alert: Alert) -> tuple[EscalationPlan | None, Paths]:
        """The plan without those whom the customer switched off; where that leaves nobody, the
        modem is no way out, and the sounder need not wait for it.
        """
        plan, paths = self.book.plan, self.paths()
        if plan is None:
            return None, paths
        plan = plan.only(lambda one: self.book.may_ask(one.id, alert.code))
        reaches = any(one.number for one in plan.recipients)
        return plan, msgspec.structs.replace(paths, sms=paths.sms and reaches)

    def _hand_on(self, known: Opened, rows: list[PageRow]) -> None:
        if self.messages is not None:
            self.messages.owe(rows)
        self.sounding.owe(known, rows)

    def _raise_level(self, known: Opened, level: int) -> None:
        """Without a plan nobody is asked by level, and what is asked at once needs no ladder."""
        alert = known.alert
        climbs = self.book.plan is not None and alert.code not in AT_ONCE
        if climbs and alert.state is AlertState.RAISED and level > alert.escalation:
            self._house.tell(Escalated(alert=alert.id, level=level))

    def _row(self, known: Opened, page: Page) -> PageRow:
        now = self._house.clock.now()
        return PageRow(
            id=self._house.ids.uuid7(now),
            alert=known.alert.id,
            rev=known.asking.rev,
            page=page,
            owed=now,
        )


async def _read(asked: Awaitable[T], instead: T) -> T:
    """What the store says, or `instead` where the disk fails: that has a fault of its own."""
    try:
        return await asked
    except StoreError as error:
        if not error.fault:
            raise
        log.error("escalation_unread", reason=error.fault)
        return instead


def _drop_old_turns(known: Opened) -> None:
    """An alert that is open for days does not fill memory; codes of the turns before are over."""
    newest = max((page.turn for page in known.asking.made), default=0)
    old = {page for page in known.asking.made if 0 < page.turn < newest - 1}
    if not old:
        return
    known.asking = msgspec.structs.replace(known.asking, made=known.asking.made - old)
    known.pages = {ident: row for ident, row in known.pages.items() if row.page not in old}


def is_same_time(one: Instant, later: Instant) -> bool:
    """Whether nobody has set the clock between them: hours in which people answer hang on it."""
    apart_ms = (later.wall_ms - later.boottime_ms) - (one.wall_ms - one.boottime_ms)
    return (
        abs(apart_ms) <= SLEW_MAX_MS
        and one.offset_min == later.offset_min
        and one.sync is later.sync
    )
