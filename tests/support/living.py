"""A home that lives through events and time, as the gateway's loops would let it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from edge.advance import Step, advance
from edge.domain import (
    Actor,
    Alert,
    Decision,
    Device,
    Instant,
    Person,
    PersonKind,
    Quality,
    Question,
    Role,
    Scalar,
    Sync,
)
from edge.events import Acknowledgement, ConfigLoaded, Enrolled, Raise, Revise, Tick
from edge.home.state import Home, decode, encode
from edge.kinds import observation
from tests.support.clock import BOOT, NOON_BOOTTIME_MS, NOON_WALL_MS, OFFSET_MIN
from tests.support.ids import SeqIds

if TYPE_CHECKING:
    from edge.events import Effect, Event

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

NURSE = Actor(account="nurse.one", role="nurse")


def decision(question: Question, review_by: str = "2026-09-01", **more: str) -> Decision:
    """A whole decision; `more` changes its parts."""
    whole = Decision(
        question=question,
        basis="service decision 2026-02-20",
        decided_by="coordinator.one",
        role="coordinator",
        review_by=review_by,
        by="installer.one",
    )
    return msgspec.structs.replace(whole, **more)


class Living:
    """Tells events at a virtual time and keeps what followed.

    `wait` tells a Tick at every `wake_at`, as the gateway promises; `tick_ms` adds more. `late_ms`:
    so much after it, as every loop does.
    """

    def __init__(self, *, settings: ConfigLoaded | None = None, late_ms: int = 0) -> None:
        self.late_ms = late_ms
        self.home = Home.new()
        self.ids = SeqIds()
        self.settings = settings or ConfigLoaded()
        self.boot = BOOT
        self.ms = NOON_BOOTTIME_MS
        self.drift_ms = NOON_WALL_MS - NOON_BOOTTIME_MS
        self.offset_min = OFFSET_MIN
        self.sync = Sync.NTP
        self.wake: int | None = None
        self.effects: list[Effect] = []
        self.refused: tuple[str, ...] = ()
        self.ticks = 0
        self.tell(self.settings)

    @property
    def now(self) -> Instant:
        return Instant(
            boot=self.boot,
            boottime_ms=self.ms,
            wall_ms=self.ms + self.drift_ms,
            offset_min=self.offset_min,
            sync=self.sync,
        )

    def tell(self, event: Event) -> Step:
        step = advance(self.home, event, self.now, self.ids)
        self.home = step.home
        self.wake = step.wake_at_ms
        self.refused = step.refused
        self.effects += step.effects
        return step

    def enrol(self, name: str, role: Role, **more: object) -> None:
        device = Device(id=name, driver="test", role=role, address="A", room="hallway")
        self.tell(Enrolled(device=msgspec.structs.replace(device, **more)))

    def person(self, name: str, kind: PersonKind = PersonKind.RESIDENT) -> None:
        self.tell(Person(id=name, kind=kind, by="installer.one"))

    def observe(
        self, device: str, kind: str, value: Scalar, quality: Quality = Quality.OK
    ) -> tuple[Effect, ...]:
        seen = observation(device, kind, value, self.now, quality)
        return self.tell(seen).effects

    def wait(self, ms: int, *, tick_ms: int | None = None) -> None:
        """Let time pass, ticking when `wake_at` says so and, if asked, at other moments too."""
        end = self.ms + ms
        while True:
            nexts = [end]
            if self.wake is not None:
                nexts.append(max(self.wake + self.late_ms, self.ms))
            if tick_ms is not None:
                nexts.append(self.ms + tick_ms)
            self.ms = min(nexts)
            due = self.wake is not None and self.ms >= self.wake + self.late_ms
            if due or (tick_ms is not None and self.ms < end):
                self._tick()
            if self.ms >= end and (self.wake is None or self.wake + self.late_ms > self.ms):
                return

    def _tick(self) -> None:
        self.ticks += 1
        assert self.ticks < 1_000_000, "the wake-up never moves on"
        self.tell(Tick())
        assert self.wake is None or self.wake > self.ms, "a deadline that has passed stays due"

    def beacon(self, device: str, kind: str, value: Scalar, *, every: int, until: int) -> None:
        """The same word every `every` ms for `until` ms."""
        for _ in range(until // every):
            self.wait(every)
            self.observe(device, kind, value)

    def restart(self, off_ms: int = 0) -> None:
        """The process starts anew from a snapshot of this moment, in the same boot."""
        self.tell(Tick())
        self.home = decode(encode(self.home))
        self.ms += off_ms
        self.tell(self.settings)

    def reboot(self, off_ms: int, *, sync: Sync = Sync.NTP, up_ms: int = 30 * SECOND) -> None:
        """The power was off for `off_ms`; boottime starts anew, and the clock is as `sync` says."""
        self.tell(Tick())
        wall_ms = self.ms + self.drift_ms + off_ms + up_ms
        self.boot += "1"
        self.ms = up_ms
        self.sync = sync
        self.drift_ms = (wall_ms if sync is not Sync.NONE else up_ms) - up_ms
        self.home = decode(encode(self.home))
        self.tell(self.settings)

    # -- what came of it ------------------------------------------------------

    def alerts(self) -> list[Alert]:
        """Every revision of every alert, in order."""
        return [e.alert for e in self.effects if isinstance(e, Raise | Revise)]

    def raised(self) -> list[Alert]:
        return [e.alert for e in self.effects if isinstance(e, Raise)]

    def codes(self) -> list[str]:
        return [alert.code for alert in self.raised()]

    def open(self, code: str, subject: str | None = None) -> Alert:
        """The one open alert of this code; fails when there is none or another."""
        found = [
            alert
            for alert in self.home.alerts.values()
            if alert.code == code and subject in (None, alert.subject)
        ]
        assert len(found) == 1, f"{len(found)} open alerts {code}"
        return found[0]

    def is_open(self, code: str) -> bool:
        return any(alert.code == code for alert in self.home.alerts.values())

    def answer(self, alert: Alert, kind: str, **more: object) -> Step:
        """What the nurse decides about an alert."""
        ack = Acknowledgement(alert=alert.id, kind=kind, actor=NURSE)
        return self.tell(msgspec.structs.replace(ack, **more))

    def accept(self, alert: Alert, **more: object) -> Step:
        return self.answer(alert, "accepted", **more)

    def close(self, alert: Alert, outcome: str = "helped") -> Step:
        return self.answer(alert, "closed", outcome=outcome)
