"""GATT sessions: connect when an enrolled device advertises, collect, disconnect.

A cuff or a scale advertises for about a minute after a measurement and expects
to be subscribed to within a second or two; then it sends everything it has
stored (Blood Pressure Profile 1.1.1). One session at a time: adapters differ
in how many connections they can make, none fails at one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import structlog

from edge.domain import Record
from edge.drivers.base import GattPlan
from edge.errors import TransportError
from edge.ports import Clock
from edge.transports.beating import beating
from edge.transports.ble.bond import SUSPECT_AFTER, MustPair
from edge.transports.ble.gatt_session import End, GattContext, GattLimits, GattSession
from edge.transports.ble.scanner import RADIO_ERRORS, error_kind
from edge.transports.lanes import LaneQueue

if TYPE_CHECKING:
    from bleak.backends.device import BLEDevice

    from edge.transports.ble.radio import Radio

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
# A connection that fails may have kept the scanner from hearing alarms for its whole bound. Then
# the scanner has at least so many times as long: one device makes the radio deaf for a tenth of
# the time and no more, at the worst moment too.
HEARING_PER_CONNECTING = 9
# After a live session. What is worn sends for as long as it is worn, and would be connected to all
# day: a minute in every three follows a pulse well enough, spares the device's battery and keeps
# the one connection free for what advertises for a minute only.
COOL_DOWN_LIVE_MS = 120_000
# A device that has no bond, and whose plan needs one. An installer may make it at any moment.
COOL_DOWN_UNBONDED_MS = 10_000
# Invitations waiting at once; a home has a few measuring devices.
WAITING_MAX = 32
# An idle loop says that it lives this often.
IDLE_BEAT_S = 5.0
# The longest that an installer's pairing holds the connection: connecting, bonding with a passkey
# that a person types in, reading, disconnecting.
LINK_WAIT_MAX_S = 300.0


class GattCounts(msgspec.Struct):
    """What became of the sessions."""

    sessions: int = 0
    completed: int = 0
    link_lost: int = 0
    failed: int = 0
    live: int = 0  # of the completed ones: they would have gone on
    unbonded: int = 0  # not tried: the plan needs a bond, and there is none
    notifications: int = 0


class _Invitation(msgspec.Struct, frozen=True):
    found: BLEDevice
    at_ms: int


class _Past(Record, frozen=True):
    """How it went with one device, and when it may be connected to again."""

    not_before_ms: int = 0
    failures: int = 0
    must_pair: MustPair | None = None


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
        state_of: Callable[[str], bytes] = lambda _: b"",
    ) -> None:
        self.counts = GattCounts()
        self._clock = clock
        self._beat = partial(beat, LOOP)
        self._limits = limits or GattLimits()
        self._radio = radio
        self._context = GattContext(
            radio,
            paused,
            queue,
            clock,
            self._beat,
            self._limits,
            state_of,
            others_wait=self._others_wait,
        )
        self._plans: dict[str, GattPlan] = {}
        self._alarms: frozenset[str] = frozenset()
        self._past: dict[str, _Past] = {}
        self._invited: dict[str, _Invitation] = {}
        self._wake = asyncio.Event()
        self._held: str | None = None  # the device of the session that is going on
        self._link = asyncio.Lock()  # one connection at a time, whoever makes it
        self._wanted = 0  # who waits for it, or has it, besides the sessions
        self._reserved: str | None = None  # the address that an installer is busy with

    @asynccontextmanager
    async def reserved(self, address: str) -> AsyncIterator[None]:
        """No session with this address inside the block; its invitations are not followed."""
        self._reserved = address
        try:
            yield
        finally:
            self._reserved = None

    @asynccontextmanager
    async def linking(self) -> AsyncIterator[None]:
        """No session at all inside the block: somebody else makes a connection."""
        self._wanted += 1
        try:
            async with self._link:
                yield
        finally:
            self._wanted -= 1

    def enrol(self, plans: Mapping[str, GattPlan], alarms: Iterable[str] = ()) -> None:
        """Replace the plans (device id -> plan) in one step; a running session ends as it began.

        What the devices of `alarms` say goes to the alarm lane.
        """
        self._plans = dict(plans)
        self._alarms = frozenset(alarms)
        self._past = {device: past for device, past in self._past.items() if device in plans}

    def invited(self, device: str, found: BLEDevice) -> None:
        """Take note of an advertisement (the scanner's callback; returns at once)."""
        now_ms = self._clock.now().boottime_ms
        past = self._past.get(device)
        if device not in self._plans or (past is not None and now_ms < past.not_before_ms):
            return
        if found.address == self._reserved:
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
            with beating(self._beat, every_s=IDLE_BEAT_S, bound_s=LINK_WAIT_MAX_S):
                await self._link.acquire()
            try:
                await self._follow(device)
            finally:
                self._link.release()

    async def _follow(self, device: str) -> None:
        invitation = self._invited.pop(device)
        plan = self._plans.get(device)
        age_ms = self._clock.now().boottime_ms - invitation.at_ms
        if plan is None or age_ms > FRESH_MS or invitation.found.address == self._reserved:
            return
        if plan.bonded and not await self._bonded(device, invitation.found.address):
            return
        self._held = device
        try:
            await self._hold(device, plan, invitation.found)
        finally:
            self._held = None
        self._invited.pop(device, None)  # it advertised until the link was there

    async def _bonded(self, device: str, address: str) -> bool:
        """Whether there is a bond; pairing is an installer's command, never done here."""
        try:
            async with asyncio.timeout(self._limits.step_s):
                if await self._radio.is_bonded(address):
                    return True
        except (*RADIO_ERRORS, TransportError) as error:
            log.info("gatt_bond_unknown", device=device, error=error_kind(error))
        self.counts.unbonded += 1
        self._wait(device, COOL_DOWN_UNBONDED_MS, must_pair=MustPair.NONE_HELD)
        return False

    def must_pair(self, device: str) -> MustPair | None:
        """Why this device is to be paired, as far as its latest sessions showed it."""
        return self._past.get(device, _Past()).must_pair

    def paired(self, device: str) -> None:
        """An installer has bonded with it: it is welcome at once, and what failed is past."""
        self._past.pop(device, None)

    async def _suspected(
        self, address: str, failures: int, session: GattSession
    ) -> MustPair | None:
        """What a session that failed says of the bond; None: nothing, or nobody knows."""
        if session.notifications or not (session.wants_bond or failures >= SUSPECT_AFTER):
            return None
        try:
            async with asyncio.timeout(self._limits.step_s):
                held = await self._radio.is_bonded(address)
        except (*RADIO_ERRORS, TransportError):
            return None
        if held:
            return MustPair.REFUSED
        return MustPair.NONE_HELD if session.wants_bond else MustPair.PERHAPS

    async def _next_device(self) -> str | None:
        if not self._invited:
            self._wake.clear()
            try:
                async with asyncio.timeout(IDLE_BEAT_S):
                    await self._wake.wait()
            except TimeoutError:
                return None
        return next(iter(self._invited))

    def _others_wait(self) -> bool:
        if self._wanted:
            return True
        fresh_from_ms = self._clock.now().boottime_ms - FRESH_MS
        return any(
            device != self._held and invitation.at_ms >= fresh_from_ms
            for device, invitation in self._invited.items()
        )

    async def _hold(self, device: str, plan: GattPlan, found: BLEDevice) -> None:
        self.counts.sessions += 1
        session = GattSession(device, plan, self._context, alarm=device in self._alarms)
        try:
            end = await session.hold(found)
        except (*RADIO_ERRORS, TransportError) as error:
            if session.lost:
                self.counts.link_lost += 1
            else:
                self.counts.failed += 1
            await self._failed(device, found.address, error_kind(error), session)
        else:
            self.counts.completed += 1
            if session.wants_bond and not session.notifications:
                doubt = await self._suspected(found.address, 0, session)
                self._wait(device, COOL_DOWN_UNBONDED_MS, must_pair=doubt)
            elif end is End.LIVE and plan.begin is None:
                self.counts.live += 1
                self._done(device, COOL_DOWN_LIVE_MS)
            else:  # a transfer that was cut short goes on soon
                self._done(device, COOL_DOWN_FAILED_MS if end is End.LIVE else COOL_DOWN_DONE_MS)
        finally:
            self.counts.notifications += session.notifications

    def _done(self, device: str, wait_ms: int) -> None:
        if self._past.get(device, _Past()).failures:
            log.info("gatt_session_works_again", device=device)
        self._wait(device, wait_ms)

    async def _failed(self, device: str, address: str, error: str, session: GattSession) -> None:
        """When it did bring something, the rest is fetched without a longer and longer wait:
        some devices end the link themselves, and a long transfer may take several.
        """
        failures = self._past.get(device, _Past()).failures
        if not failures:
            log.warning("gatt_session_failed", device=device, error=error)
        before = 0 if session.notifications else failures
        wait_ms = min(COOL_DOWN_MAX_MS, COOL_DOWN_FAILED_MS << min(before, 10))
        wait_ms = max(wait_ms, round(HEARING_PER_CONNECTING * session.deaf_s * 1000))
        doubt = await self._suspected(address, before + 1, session)
        self._wait(device, wait_ms, failures=before + 1, must_pair=doubt)

    def _wait(
        self, device: str, wait_ms: int, *, failures: int = 0, must_pair: MustPair | None = None
    ) -> None:
        if must_pair is not None and self.must_pair(device) is None:
            log.warning("gatt_not_bonded", device=device, reason=must_pair.value)
        not_before_ms = self._clock.now().boottime_ms + wait_ms
        self._past[device] = _Past(
            not_before_ms=not_before_ms, failures=failures, must_pair=must_pair
        )
