"""Tells the service what waits for the next visit: when it has changed, and once a day."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial

import msgspec
import structlog

from edge.app.house import House
from edge.app.working.gathered import note_disputes, work_now
from edge.domain import SERVICE, Instant, Sent
from edge.errors import StoreError
from edge.escalation.asking import elapsed_ms
from edge.escalation.attention import AT_THE_VISIT
from edge.ports import Batch
from edge.risk.standing import DAY_MS
from edge.risk.tasking import has_climbed, judged_ms
from edge.store import tasks
from edge.uplink import envelope
from edge.uplink.envelope import WorkData

log = structlog.get_logger()

SLICE_MS = 5_000
# Devices and days change a list too, and nobody plans a visit by the minute.
LOOK_EVERY_MS = 60 * 60_000
# One that was shed for want of room, or expired at the broker, is told again after this.
TELL_EVERY_MS = DAY_MS


class WorkTeller:
    """One task: `run`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._look_ms = 0
        self._told: tuple[str, Instant] | None = None
        self._loaded = False
        house.after_commit.append(self._committed)

    async def run(self, beat: Callable[[], None] = lambda: None) -> None:
        while True:
            beat()
            await self.turn()
            now_ms = self._house.clock.now().boottime_ms
            await self._house.clock.sleep_until(now_ms + SLICE_MS)

    async def turn(self) -> bool:
        """Look when it is time to; whether a list was told."""
        now = self._house.clock.now()
        if now.boottime_ms < self._look_ms or self._house.unstored:
            return False
        self._look_ms = now.boottime_ms + LOOK_EVERY_MS
        try:
            return await self._tell(now)
        except StoreError as error:
            if not error.fault:  # a disk that fails has a loop and a fault of its own
                raise
        return False

    async def _tell(self, now: Instant) -> bool:
        house = self._house
        if not self._loaded:
            self._told, self._loaded = await house.store.look(tasks.told), True
        await note_disputes(house)
        if not house.sending.allows(SERVICE, Sent.WORK):
            return False
        data = await data_now(house)
        if not house.keeper.home.answers and all(one.code == "first" for one in data.lines):
            return False  # nobody has begun here: a desk sees that by what it does not have
        digest = digest_of(data)
        if self._told is not None and self._told[0] == digest and not _is_old(self._told[1], now):
            return False
        house.keeper.owe(partial(envelope.work, house.origin, data))
        await house.keep(lambda connection, names: tasks.keep_told(connection, names, digest, now))
        self._told = (digest, now)
        log.info("work_told", count=len(data.tasks))
        return True

    def _committed(self, batch: Batch) -> None:
        """What people say, and devices that need a hand, are told soon; one message a breath."""
        if any(alert.code in AT_THE_VISIT for alert in batch.alerts):
            self._look_ms = 0
        if batch.answers or batch.tasks or batch.visits or batch.tenancies or batch.considered:
            self._look_ms = 0
        if batch.assessments:  # a model answers a moment after the answers that it was asked about
            self._look_ms = 0


async def data_now(house: House) -> WorkData:
    """The list as it would be told now."""
    home = house.keeper.home
    climbed = frozenset(item for item, task in home.tasks.items() if has_climbed(task))
    now = house.clock.now()
    now = msgspec.structs.replace(now, wall_ms=judged_ms(home, now))
    return envelope.work_data(house.origin, await work_now(house), now, climbed=climbed)


def digest_of(data: WorkData) -> str:
    """Of what is told, without the clock that tells it."""
    clock = msgspec.structs.replace(data.clock, boot="-", boottime_ms=0)
    told = msgspec.structs.replace(data, clock=clock)
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:32]


def _is_old(told: Instant, now: Instant) -> bool:
    return told.boot != now.boot or elapsed_ms(told, now) >= TELL_EVERY_MS
