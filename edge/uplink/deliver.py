"""Carries the outbox upstream: sends, repeats, settles, and reconnects for ever.

The schedule says what goes next; this loop does it. An entry just committed
is handed over in memory and is on the wire without a read of the store; the
store is read after a connect and when more is owed than memory holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec
import structlog

from edge.domain import Instant, OutboxClass, OutboxEntry
from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.ports import Clock, Store, Uplink
from edge.uplink.books import Books, Letter, nobody_asked, nobody_commands
from edge.uplink.envelope import (
    HEARTBEAT_EVERY_MS,
    Ack,
    Topics,
    reconnect_after_ms,
    state,
)
from edge.uplink.mqtt.cancelling import apart
from edge.uplink.schedule import WINDOW_MAX, Schedule
from edge.waking import BEAT_MS, Waker, slice_end_ms

log = structlog.get_logger()

# Name look-up, TCP, TLS, CONNACK and SUBACK together; what takes longer is not a line.
CONNECT_S = 15.0
# A broker that refuses our credentials will do so until a person has been there.
REFUSED_RETRY_MS = 60_000
# What is due and finds no room is tried again after this, whatever makes room meanwhile.
PACE_MS = 1_000
# Answers to commands that wait for the line; a gateway obeys twelve a minute.
SAYINGS_MAX = 16
# Rights at a broker are mended without a word to us: what it refused is tried again after this.
PARKED_RETRY_MS = 3_600_000
# An old heartbeat must not make a dead gateway look alive.
HEARTBEAT_EXPIRES_S = 600

# As long as the message itself is of use. Alerts, risk, claims, digests and profiles never expire.
LIFETIME_S: dict[OutboxClass, int | None] = {
    OutboxClass.ALERT: None,
    OutboxClass.RISK: None,
    OutboxClass.DEVICE_STATUS: 7 * 86_400,
    OutboxClass.WORK: 7 * 86_400,
    OutboxClass.OBSERVATIONS: 30 * 86_400,
    OutboxClass.CLAIM: None,
    OutboxClass.PROFILE: None,
    OutboxClass.REQUEST: None,
    OutboxClass.DIGEST: None,
}


class Connect(Protocol):
    """Opens a line for the length of a block; `MqttBroker.connect` is one."""

    def __call__(self) -> AbstractAsyncContextManager[Uplink]: ...


class DeliveryStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What `status` shows of the line; times are boottime milliseconds."""

    connected: bool
    changed_ms: int | None  # when the path was last lost or back
    connections: int  # since the start
    window: int
    parked: tuple[str, ...]
    published: int
    receipts: int
    verdict_ms: int | None  # of the last publish
    refused_down: dict[str, int]  # messages from upstream that were refused, by reason


class _RenewError(UpstreamUnavailableError):
    """The line is closed to be opened anew; nothing is wrong with it."""


class Delivery:
    """The uplink's only user. `run` it as one task; call `wake` after every commit."""

    def __init__(
        self,
        *,
        store: Store,
        connect: Connect,
        clock: Clock,
        topics: Topics,
        heartbeat: Callable[[], bytes],
        on_downlink: Callable[[Ack], Awaitable[None]],
        on_path: Callable[[bool, str], Awaitable[None]],
        on_published: Callable[[str], None] = lambda _: None,
        on_letter: Callable[[Letter], Awaitable[None]] = nobody_asked,
        on_command: Callable[[bytes], None] = nobody_commands,
        carried: Collection[str] = (),
        may_send: Callable[[OutboxEntry], bool] = lambda _: True,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._topics = topics
        self._heartbeat = heartbeat
        self._on_path = on_path
        self._on_published = on_published
        self._may_send = may_send
        self._jitter = jitter
        self._schedule = Schedule()
        self._ready: asyncio.Queue[OutboxEntry] | None = None  # None: no line
        self._books = Books(
            store=store,
            clock=clock,
            gateway=topics.gateway,
            schedule=self._schedule,
            on_downlink=on_downlink,
            pump=self._pump,
            on_letter=on_letter,
            on_command=on_command,
            carried=carried,
        )
        self._renew = asyncio.Event()
        self._waker = Waker(clock)  # of the pace on a line, and of the rest without one
        self._sayings: asyncio.Queue[tuple[str, bytes, int]] = asyncio.Queue(SAYINGS_MAX)
        self._path: bool | None = None
        self._path_ms: int | None = None
        self._refused: set[str] = set()
        self._taken: set[OutboxClass] = set()  # what the broker took on this connection
        self._parked_ms = 0
        self._failures = 0  # connections in a row that came to nothing
        self._connections = 0
        self._published = 0
        self._verdict_ms: int | None = None

    def wake(self, entries: Iterable[OutboxEntry] = (), gone: Iterable[str] = ()) -> None:
        """What was just committed. Never blocks; without entries the store is asked.

        `gone` are entries that are owed no more, or with the bytes that `entries` have.
        """
        entries = tuple(entries)
        self._schedule.withdraw(gone)
        self._schedule.offer(entries)
        if not entries:
            self._schedule.behind = True
            self._books.look()
        self._pump()

    def forget(self, ids: Iterable[str]) -> None:
        """These are not owed any more: somebody took them back."""
        self._schedule.forget(ids)
        self._pump()

    def renew(self) -> None:
        """Close the line and open it anew, with the files as they are then.

        What was on its way and has no receipt goes out again; nothing is lost.
        """
        self._renew.set()
        self._waker.set()

    def say(self, topic: str, body: bytes, expires_s: int) -> None:
        """Something that is not owed: lost when there is no line, or too much of it."""
        if self._ready is not None and not self._sayings.full():
            self._sayings.put_nowait((topic, body, expires_s))

    def status(self) -> DeliveryStatus:
        return DeliveryStatus(
            connected=self._path is True,
            changed_ms=self._path_ms,
            connections=self._connections,
            window=self._schedule.window,
            parked=tuple(self._schedule.parked),
            published=self._published,
            receipts=self._books.receipts,
            verdict_ms=self._verdict_ms,
            refused_down=dict(self._books.refused),
        )

    async def run(self, beat: Callable[[], None] = lambda: None) -> None:
        """Deliver for ever; `beat` is called at least every 15 s while the loop turns."""
        while True:
            beat()
            delay_ms = 0
            try:
                await apart(self._attempt(beat))
            except _RenewError:
                log.info("line_renewed", path="mqtt")
            except UpstreamRejectedError as error:
                delay_ms = REFUSED_RETRY_MS
                await self._note_path(up=False, detail=str(error))
                if str(error) not in self._refused:
                    self._refused = {str(error)}
                    log.warning("upstream_refuses_us", path="mqtt", reason=str(error))
            except UpstreamUnavailableError as error:
                self._failures += 1
                delay_ms = reconnect_after_ms(self._failures, self._jitter())
                await self._note_path(up=False, detail=str(error))
            await self._rest(delay_ms, beat)

    async def _attempt(self, beat: Callable[[], None]) -> None:
        """One connection from its beginning to its end; raises why it ended."""
        self._renew.clear()  # whoever asks from here on may have newer files
        async with contextlib.AsyncExitStack() as stack:
            line = await self._open(stack)
            self._failures = 0
            self._connections += 1
            await self._serve(line, beat)

    async def _open(self, stack: contextlib.AsyncExitStack) -> Uplink:
        try:
            async with asyncio.timeout(CONNECT_S):
                return await stack.enter_async_context(self._connect())
        except TimeoutError as error:
            text = f"no connection to the broker within {CONNECT_S:.0f} s"
            raise UpstreamUnavailableError(text) from error

    async def _rest(self, delay_ms: int, beat: Callable[[], None]) -> None:
        end_ms = self._now_ms() + delay_ms
        while (now_ms := self._now_ms()) < end_ms and not self._renew.is_set():
            beat()
            await self._waker.sleep_until(min(end_ms, slice_end_ms(now_ms, BEAT_MS)))

    async def _serve(self, line: Uplink, beat: Callable[[], None]) -> None:
        """All that goes on over one connection; returns never, raises why it ended."""
        self._schedule.connected()
        self._taken.clear()
        self._parked_ms = self._now_ms()
        self._books.look()
        while not self._sayings.empty():  # answers to who asked over another line
            self._sayings.get_nowait()
        ready = self._ready = asyncio.Queue()  # never longer than the window
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._books.listen(line), name="uplink-listen")
                tasks.create_task(self._books.keep(), name="uplink-books")
                tasks.create_task(self._pace(beat), name="uplink-pace")
                tasks.create_task(self._live(line), name="uplink-live")
                tasks.create_task(self._say_all(line), name="uplink-say")
                tasks.create_task(self._until_renewed(), name="uplink-renew")
                for n in range(WINDOW_MAX):
                    tasks.create_task(self._send_all(line, ready), name=f"uplink-send-{n}")
        except BaseExceptionGroup as group:
            raise _first_cause(group) from group
        finally:
            self._ready = None

    # -- sending --------------------------------------------------------------------------

    def _pump(self) -> None:
        """Give the senders all that may go now."""
        if self._ready is None:
            return
        now_ms = self._now_ms()
        while (entry := self._schedule.next(now_ms)) is not None:
            self._ready.put_nowait(entry)

    async def _send_all(self, line: Uplink, ready: asyncio.Queue[OutboxEntry]) -> None:
        while True:
            await self._send(line, await ready.get())
            self._pump()
            wake_ms = self._schedule.wake_at_ms(self._now_ms())
            if wake_ms is not None:  # a repetition, perhaps before the pace would look
                self._waker.by(wake_ms)

    async def _send(self, line: Uplink, entry: OutboxEntry) -> None:
        if not self._may_send(entry):  # switched off since it was sealed
            self._schedule.forget([entry.id])
            return
        began = self._clock.now()
        try:
            await line.publish(
                self._topics.up(entry.cls), entry.body, expires_s=_expires_s(entry, began)
            )
        except UpstreamRejectedError as error:
            self._note_refused(entry, str(error))
            return
        now_ms = self._now_ms()
        self._taken.add(entry.cls)
        self._published += 1
        self._verdict_ms = now_ms - began.boottime_ms
        self._schedule.sent(entry.id, now_ms)
        self._on_published(entry.id)

    def _note_refused(self, entry: OutboxEntry, reason: str) -> None:
        if entry.cls in self._taken:
            # Others went through by the same account and topic: it is this message.
            self._books.refuse(entry.id, reason)
        if self._schedule.refuse(entry.id, self._now_ms()):
            log.error("outbox_entry_parked", id=entry.id, kind=entry.cls.value, reason=reason)
        elif reason not in self._refused:
            self._refused = {reason}
            log.warning("outbox_entry_refused", id=entry.id, kind=entry.cls.value, reason=reason)

    async def _pace(self, beat: Callable[[], None]) -> None:
        """Repetitions, and the sign that this loop turns."""
        while True:
            beat()
            now_ms = self._now_ms()
            if now_ms - self._parked_ms >= PARKED_RETRY_MS:
                self._parked_ms = now_ms
                self._schedule.unpark()
                self._books.look()
            self._pump()
            until_ms = slice_end_ms(now_ms, BEAT_MS)
            if self._schedule.is_crowded(now_ms):
                until_ms = min(until_ms, now_ms + PACE_MS)
            wake_ms = self._schedule.wake_at_ms(now_ms)
            if wake_ms is not None:
                until_ms = min(until_ms, wake_ms)
            await self._waker.sleep_until(until_ms)

    async def _live(self, line: Uplink) -> None:
        """Birth, then heartbeats; the will says the rest."""
        birth = state(online=True, boot=self._clock.now().boot)
        await self._say(line, self._topics.state, birth, retain=True)
        await self._note_path(up=True, detail="")
        while True:
            expires_s = HEARTBEAT_EXPIRES_S
            await self._say(line, self._topics.heartbeat, self._heartbeat(), expires_s=expires_s)
            await self._clock.sleep_until(self._now_ms() + HEARTBEAT_EVERY_MS)

    async def _say_all(self, line: Uplink) -> None:
        while True:
            topic, body, expires_s = await self._sayings.get()
            await self._say(line, topic, body, expires_s=expires_s)

    async def _until_renewed(self) -> None:
        await self._renew.wait()
        raise _RenewError

    async def _say(
        self,
        line: Uplink,
        topic: str,
        body: bytes,
        *,
        retain: bool = False,
        expires_s: int | None = None,
    ) -> None:
        """Something that is not owed: lost when it is lost."""
        try:
            await line.publish(topic, body, retain=retain, expires_s=expires_s)
        except UpstreamRejectedError as error:
            if topic not in self._refused:
                self._refused.add(topic)
                log.warning("upstream_refuses_topic", topic=topic, reason=str(error))

    async def _note_path(self, *, up: bool, detail: str) -> None:
        """Tell of a lost or recovered path once, not with every attempt."""
        if up is self._path:
            return
        self._path = up
        self._path_ms = self._now_ms()
        if up:
            log.info("upstream_back", path="mqtt")
        else:
            log.warning("upstream_lost", path="mqtt", reason=detail)
        await self._on_path(up, detail)

    def _now_ms(self) -> int:
        return self._clock.now().boottime_ms


def _expires_s(entry: OutboxEntry, now: Instant) -> int | None:
    """What is left of a message's time; None: keep it until it is delivered.

    One that is past its time is delivered all the same, and the receiver sees
    that it is late; a wall clock set back cannot make it live longer.
    """
    lifetime_s = LIFETIME_S[entry.cls]
    if lifetime_s is None:
        return None
    left_s = lifetime_s - (now.wall_ms - entry.created_ms) // 1000
    return min(left_s, lifetime_s) if left_s > 0 else None


def _first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The line's own end as one error; everything else goes up as it is."""
    _, others = group.split((UpstreamUnavailableError, UpstreamRejectedError))
    if others is not None:
        return others
    cause: BaseException = group
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    return cause
