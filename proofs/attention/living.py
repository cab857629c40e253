"""One home in virtual time: device bytes go in by their drivers, and what is asked comes out.

The keeper, the rules and the drivers are the gateway's own; frames take the same steps as in
`edge.app.ingest`. Time and ids are ours. A coordinator of our own closes what was asked, as people
do, so that the next time is a new alert.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import partial
from itertools import count

import msgspec

from edge.app.checklists import load as load_checklist
from edge.app.keeper import Keeper
from edge.app.seal import EnvelopeSealer
from edge.config import Config, Gateway, Mqtt
from edge.domain import Actor, Checklist, Device, Instant, Observation, Sync
from edge.drivers import DRIVERS
from edge.drivers.base import Frame
from edge.errors import DecodeError
from edge.escalation import Attention
from edge.events import Acknowledgement, ConfigLoaded, Counted, Enrolled, Event, Tick
from edge.home.state import Home, decode, encode
from edge.ports import Heads
from edge.replay.run import SeededIds
from edge.resources import resource
from proofs.attention.asked import Asked, Attentive

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
# Monday 2 March 2026, 00:00 in Helsinki, two hours before UTC's.
MONDAY_MS = 1_772_402_400_000
OFFSET_MIN = 120
# A machine has been up for a while when its gateway starts.
UP_MS = 30_000
# From a call to "dealt with": a quarter of an hour to get there or to reach them by telephone, and
# what is done there. A line of the list takes until the same hour of the next day.
CLOSED_AFTER_MS = {Attention.INTERRUPT: 45 * MINUTE_MS, Attention.TODAY: DAY_MS}
# No loop wakes at the very millisecond; the gateway's own looks come this late on a busy box.
LATE_MS = 1_500
COORDINATOR = Actor(account="coordinator.one", role="coordinator")


class LivingHome:
    """`do(at_ms, what)` plans; `live(until_ms)` lets it happen. All times: UTC milliseconds."""

    def __init__(self, name: str, settings: ConfigLoaded | None = None) -> None:
        self.name = name
        self._settings = msgspec.structs.replace(
            settings or ConfigLoaded(), checklists=checklists()
        )
        self.attentive = Attentive()
        self.when_asked: list[Callable[[Asked], None]] = []
        self.frames = 0
        self.is_on = True
        self._boot, self._boot_wall_ms, self._sync = 1, MONDAY_MS - UP_MS, Sync.NTP
        self.now_ms = MONDAY_MS
        self._devices: dict[str, Device] = {}
        self._states: dict[str, bytes] = {}
        self._numbers = count()
        self._plans: list[tuple[int, int, Callable[[], None]]] = []
        self._keeper = self._new_keeper(Home.new())
        self.tell(self._settings)

    @property
    def now(self) -> Instant:
        boottime_ms = self.now_ms - self._boot_wall_ms
        # A clock that was never set says what it likes; ours says 1970.
        wall_ms = boottime_ms if self._sync is Sync.NONE else self.now_ms
        return Instant(
            boot=f"{self._boot:08x}",
            boottime_ms=boottime_ms,
            wall_ms=wall_ms,
            offset_min=OFFSET_MIN,
            sync=self._sync,
        )

    @property
    def home(self) -> Home:
        return self._keeper.home

    # -- what happens ---------------------------------------------------------

    def do(self, at_ms: int, what: Callable[[], None]) -> None:
        heapq.heappush(self._plans, (at_ms, next(self._numbers), what))

    def live(self, until_ms: int) -> None:
        """Everything that is planned, and every moment at which the rules asked to be woken."""
        while self._plans and self._plans[0][0] <= until_ms:
            at_ms, _, what = heapq.heappop(self._plans)
            self._pass(at_ms)
            what()
        self._pass(until_ms)

    def enrol(self, device: Device) -> None:
        self._devices[device.id] = device
        self.tell(Enrolled(device=device))

    def frame(self, device_id: str, frame: Frame) -> tuple[bytes, ...]:
        """One frame as a transport gives it; what the driver answers, once it is stored."""
        if not self.is_on:
            return ()
        self.frames += 1
        device = self._devices[device_id]
        state = self._states.get(device_id, b"")
        try:
            decoded = DRIVERS[device.driver].decode(device, state, frame, self.now)
        except DecodeError as error:
            self.tell(Counted(device=device_id, reason=error.reason))
            return ()
        for seen in decoded.observations:
            self.tell(_placed(seen, device))
        if decoded.state is not None:
            self._states[device_id] = decoded.state
        return decoded.replies

    def tell(self, event: Event) -> None:
        if not self.is_on:
            return
        self._keeper.tell(event, self.now)
        self._commit()

    # -- the box itself -------------------------------------------------------

    def cut_power(self) -> None:
        self.tell(Tick())
        self.is_on = False

    def power_back(self, *, clock_set: bool) -> None:
        """A new boot from the snapshot; without a time server the clock is not known."""
        self._boot += 1
        self._boot_wall_ms = self.now_ms - UP_MS
        self._sync = Sync.NTP if clock_set else Sync.NONE
        self.is_on = True
        self._keeper = self._new_keeper(decode(encode(self.home)))
        self.tell(self._settings)

    def set_clock(self) -> None:
        self._sync = Sync.NTP
        self.tell(Tick())

    # -- time -----------------------------------------------------------------

    def _pass(self, until_ms: int) -> None:
        while self.is_on:
            wake_ms = self._keeper.wake_at_ms
            if wake_ms is None or wake_ms + self._boot_wall_ms + LATE_MS > until_ms:
                break
            self.now_ms = max(self.now_ms, wake_ms + self._boot_wall_ms + LATE_MS)
            self.tell(Tick())
        self.now_ms = max(self.now_ms, until_ms)

    def _commit(self) -> None:
        keeper = self._keeper
        if not keeper.urgent and keeper.pending < 500:
            return
        batch = keeper.batch(self.now)
        for one in self.attentive.take(batch.alerts, self.now_ms):
            for listener in self.when_asked:
                listener(one)
            after_ms = CLOSED_AFTER_MS.get(one.attention)
            if after_ms is not None:
                self.do(self.now_ms + after_ms, partial(self._close, one.code, one.subject))

    def _close(self, code: str, subject: str) -> None:
        for alert in list(self.home.alerts.values()):
            if (alert.code, alert.subject) == (code, subject):
                self.tell(
                    Acknowledgement(
                        alert=alert.id, kind="closed", actor=COORDINATOR, outcome="other"
                    )
                )

    def _new_keeper(self, home: Home) -> Keeper:
        ids = SeededIds(f"{self.name}/{self._boot}")
        heads = Heads(store_id=f"attention-{self.name}", observation=0, message=0)
        return Keeper(home=home, heads=heads, ids=ids, seal=EnvelopeSealer(_CONFIG, heads.store_id))


def checklists() -> dict[str, Checklist]:
    """The lists that are shipped."""
    if not _LISTS:
        for path in sorted(resource("config/checklists").glob("*.toml")):
            found = load_checklist(path)
            _LISTS[found.id] = found
    return _LISTS


_LISTS: dict[str, Checklist] = {}
_CONFIG = Config(
    gateway=Gateway(
        id="gw-attention", site="attention", customer="attention", zone="Europe/Helsinki"
    ),
    mqtt=Mqtt(host="localhost", tls=False),
)


def _placed(seen: Observation, device: Device) -> Observation:
    return msgspec.structs.replace(seen, room=device.room, person=device.person)
