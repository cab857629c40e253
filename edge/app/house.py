"""One home: its state, its store and its clock, with or without radios around it.

The gateway and a command that runs while no gateway does open a home by the
same code and step it by the same code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from edge.app.customer.switches import Switches
from edge.app.keeper import Keeper
from edge.app.times import Times
from edge.config import Config
from edge.domain import Checklist, Device, Observation, Plan
from edge.errors import ModelUnavailableError, NotDurableError, StoreError
from edge.events import Assessed, Consult, Enrolled, Event, Fault, FaultKind, Removed
from edge.home.identity import marked
from edge.locale.refusing import worded
from edge.ports import Batch, Clock, Ids, Model
from edge.risk.said import said, unsaid
from edge.store.database import Also
from edge.store.store import SqliteStore
from edge.uplink.envelope import Origin

log = structlog.get_logger()

# Who told the plan that a new database takes over from memory.
RESTATED_BY = "gateway"


class House:
    """The state of one home and all that happens to it. Not thread-safe: one event loop."""

    def __init__(
        self,
        config: Config,
        store: SqliteStore,
        keeper: Keeper,
        devices: dict[str, Device],
        *,
        origin: Origin,
        clock: Clock,
        ids: Ids,
        model: Model,
        sending: Switches | None = None,
    ) -> None:
        self.config = config
        self.store = store
        self.keeper = keeper
        self.origin = origin
        self.clock = clock
        self.ids = ids
        self.model = model
        self.devices = devices  # as enrolled now, keys included
        self.times = Times()
        self.exporting_until_ms = 0  # boottime: nothing is thinned while all of it is read
        self.driver_states: dict[str, bytes] = {}
        self.checklists: dict[str, Checklist] = {}
        self.faults: dict[str, str] = {}
        self.sending = Switches() if sending is None else sending
        self.lost = asyncio.Event()
        self.lost_why = "a batch could not be stored; see the line before, and the disk"
        self.unstored = False  # the last batch is held in memory: the disk refuses
        self._consulting = asyncio.Lock()
        self.after_commit: list[Callable[[Batch], None]] = []
        self.after_publish: list[Callable[[str], None]] = []  # gets the envelope's id
        self.when_receipted: list[Callable[[str, int], None]] = []  # gets alert and revision
        self.when_heard: list[Callable[[Observation], None]] = []
        self.when_told: list[Callable[[], None]] = []  # the rules had an event, and may not raise
        self.when_owed: list[Callable[[], None]] = []  # the outbox grew by no commit of ours
        self.when_withdrawn: list[Callable[[list[str]], None]] = []  # owed messages taken back
        self.when_enrolled: list[Callable[[], None]] = []  # called by who changed `devices`

    def tell(self, event: Event) -> tuple[str, ...]:
        """What happened, now. It is stored by the next commit. Returns what of it was refused."""
        refused = self.keeper.tell(event, self.clock.now())
        for listener in self.when_told:
            listener()
        if refused:
            log.warning("event_refused", kind=type(event).__name__, reason=", ".join(refused))
        elif isinstance(event, Enrolled):
            self.devices[event.device.id] = event.device
        elif isinstance(event, Removed):
            self.devices.pop(event.device, None)
            self.driver_states.pop(event.device, None)
        return refused

    def hear(self, seen: Observation) -> bool:
        """What a device said, to be stored by the next commit; False when the rules refused it."""
        seen = marked(self.keeper.home, seen)
        refused = self.keeper.tell(seen, seen.at)
        for told in self.when_told:
            told()
        if refused:
            return False
        for listener in self.when_heard:
            listener(seen)
        return True

    async def commit(self, also: Also | None = None) -> None:
        """Store all that waits; returns when it is durable and has been handed on.

        `also` writes what no event carries, in the same transaction. Raises NotDurableError when
        the disk refuses: it is in force and held in memory, and whoever said it should know.

        A batch that cannot be stored ends the process (`lost` is set), whoever asked for it:
        what it held is in no other place, and a later batch would not fit its numbers.
        """
        await self.keep(also)
        self.expect_durable()

    def expect_durable(self) -> None:
        """Raise NotDurableError when the last commit is held in memory only."""
        if self.unstored:
            error = worded(NotDurableError, "held_in_memory", file=self.config.store.path)
            error.fault = "held"
            raise error

    async def keep(self, also: Also | None = None) -> bool:
        """As `commit`, for loops, which nobody waits for: whether it is durable."""
        batch = self.keeper.batch(self.clock.now())
        try:
            durable = await self.store.record(batch, also)
        except StoreError:
            self.lost.set()
            raise
        self.unstored = not durable
        await self.times.keep(self.store, batch.at)
        for listener in self.after_commit:
            listener(batch)
        return durable

    async def begin_anew(self) -> None:
        """The database is corrupt: give a new one all that this home is known to be.

        Open alerts are told again as they are. Upstream knows them by id and revision, so only
        those that never arrived are news there.
        """
        home, keeper = self.keeper.home, self.keeper
        keeper.restate()
        batch = keeper.batch(self.clock.now())
        plan = () if not home.rooms else (Plan(rooms=tuple(home.rooms.values()), by=RESTATED_BY),)
        await self.store.replace(
            msgspec.structs.replace(
                batch,
                enrolled=tuple(self.devices.values()),
                driver_states={
                    device: state
                    for device, state in self.driver_states.items()
                    if device in self.devices
                },
                persons=(*home.persons.values(), *batch.persons),
                plans=(*plan, *batch.plans),
                decisions=(*home.decisions.values(), *batch.decisions),
            )
        )
        for listener in self.after_commit:
            listener(batch)

    def leave(self, why: str) -> None:
        """End this process, so that the next one begins from what is stored."""
        self.lost_why = why
        self.lost.set()

    async def consult_all(self, beat: Callable[[], None] = lambda: None) -> None:
        """Ask the model what the rules want to know; no answer is an answer that says why."""
        async with self._consulting:  # whoever comes second finds it done
            while self.keeper.consults:
                beat()
                hazard = next(iter(self.keeper.consults))
                answer = await self._consult(self.keeper.consults.pop(hazard))
                if hazard not in self.keeper.consults:  # else its level is already another one
                    self.tell(answer)
                    await self.keep()

    def _model_fault(self, model: str, *, gone: bool, detail: str = "") -> None:
        self.tell(Fault(kind=FaultKind.MODEL, subject=model, gone=gone, detail=detail))

    async def _consult(self, consult: Consult) -> Assessed:
        try:
            answer = (await self.model.assess(consult.model, [consult.features]))[0]
        except ModelUnavailableError as error:
            log.warning(
                "model_unavailable", model=consult.model, code=error.code, reason=str(error)
            )
            self.faults["model"] = str(error)
            self._model_fault(consult.model, gone=True, detail=error.code)
            return unsaid(
                consult.hazard, consult.model, consult.features, error.code, day=consult.day
            )
        if self.faults.pop("model", None) is not None:
            self._model_fault(consult.model, gone=False)
        return said(consult.hazard, consult.features, answer, day=consult.day)
