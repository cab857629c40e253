"""GATT sessions: connect when an enrolled device advertises, collect, disconnect.

A cuff or a scale advertises for about a minute after a measurement and expects
to be subscribed to within a second or two; then it sends everything it has
stored (Blood Pressure Profile 1.1.1). One session at a time: adapters differ
in how many connections they can make, none fails at one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import structlog

from edge.domain import Record
from edge.drivers.base import GattPlan
from edge.errors import TransportError
from edge.ports import Clock
from edge.transports.gatt_session import GattContext, GattLimits, GattSession
from edge.transports.lanes import LaneQueue
from edge.transports.scanner import RADIO_ERRORS, error_kind

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice

    from edge.transports.radio import Radio

log = structlog.get_logger()

LOOP = "gatt"

# An invitation is old after that long: the device has stopped advertising, and a connection
# attempt would only keep the scanner from hearing alarms.
FRESH_MS = 10_000
# After a session that was completed: the same minute of advertising says nothing new.
COOL_DOWN_DONE_MS = 30_000
# After a failed one 2, 4, 8 ... s: the next advertisement is welcome, yet every attempt pauses
# the scanner, and a device whose bond is broken fails for days.
COOL_DOWN_FAILED_MS = 2_000
COOL_DOWN_MAX_MS = 60_000
# Invitations waiting at once; a home has a few measuring devices.
WAITING_MAX = 32
# An idle loop says that it lives this often.
IDLE_BEAT_S = 5.0


class GattCounts(msgspec.Struct):
    """What became of the sessions."""

    sessions: int = 0
    completed: int = 0
    link_lost: int = 0
    failed: int = 0
    notifications: int = 0


class _Invitation(msgspec.Struct, frozen=True):
    found: BLEDevice
    at_ms: int


class _Past(Record, frozen=True):
    """How it went with one device, and when it may be connected to again."""

    not_before_ms: int = 0
    failures: int = 0


class GattSessions:
    """Runs `Driver.plan` for each device that invites, one after the other."""

    def __init__(
        self,
        radio: Radio,
        paused: Callable[[], AbstractAsyncContextManager[None]],
        queue: LaneQueue,
        clock: Clock,
        *,
        beat: Callable[[str], None],
        limits: GattLimits | None = None,
    ) -> None:
        self.counts = GattCounts()
        self._clock = clock
        self._beat = partial(beat, LOOP)
        self._context = GattContext(radio, paused, queue, clock, self._beat, limits or GattLimits())
        self._plans: dict[str, GattPlan] = {}
        self._past: dict[str, _Past] = {}
        self._invited: dict[str, _Invitation] = {}
        self._wake = asyncio.Event()

    def enrol(self, plans: Mapping[str, GattPlan]) -> None:
        """Replace the plans (device id -> plan) in one step; a running session ends as it began."""
        self._plans = dict(plans)
        self._past = {device: past for device, past in self._past.items() if device in plans}

    def invited(self, device: str, found: BLEDevice) -> None:
        """Take note of an advertisement (the scanner's callback; returns at once)."""
        now_ms = self._clock.now().boottime_ms
        past = self._past.get(device)
        if device not in self._plans or (past is not None and now_ms < past.not_before_ms):
            return
        if len(self._invited) < WAITING_MAX or device in self._invited:
            self._invited[device] = _Invitation(found, now_ms)
            self._wake.set()

    async def run(self) -> None:
        """Hold sessions until cancelled. No device and no radio ends it."""
        while True:
            self._beat()
            device = await self._next_device()
            if device is None:
                continue
            invitation = self._invited.pop(device)
            plan = self._plans.get(device)
            age_ms = self._clock.now().boottime_ms - invitation.at_ms
            if plan is not None and age_ms <= FRESH_MS:
                await self._hold(device, plan, invitation.found)
                self._invited.pop(device, None)  # it advertised until the link was there

    async def _next_device(self) -> str | None:
        if not self._invited:
            self._wake.clear()
            try:
                async with asyncio.timeout(IDLE_BEAT_S):
                    await self._wake.wait()
            except TimeoutError:
                return None
        return next(iter(self._invited))

    async def _hold(self, device: str, plan: GattPlan, found: BLEDevice) -> None:
        self.counts.sessions += 1
        session = GattSession(device, plan, self._context)
        try:
            await session.hold(found)
        except (*RADIO_ERRORS, TransportError) as error:
            if session.lost:
                self.counts.link_lost += 1
            else:
                self.counts.failed += 1
            self._failed(device, error_kind(error))
        else:
            self.counts.completed += 1
            self._done(device)
        finally:
            self.counts.notifications += session.notifications

    def _done(self, device: str) -> None:
        if self._past.get(device, _Past()).failures:
            log.info("gatt_session_works_again", device=device)
        not_before_ms = self._clock.now().boottime_ms + COOL_DOWN_DONE_MS
        self._past[device] = _Past(not_before_ms=not_before_ms)

    def _failed(self, device: str, error: str) -> None:
        failures = self._past.get(device, _Past()).failures
        if not failures:
            log.warning("gatt_session_failed", device=device, error=error)
        wait_ms = min(COOL_DOWN_MAX_MS, COOL_DOWN_FAILED_MS << min(failures, 10))
        not_before_ms = self._clock.now().boottime_ms + wait_ms
        self._past[device] = _Past(not_before_ms=not_before_ms, failures=failures + 1)
