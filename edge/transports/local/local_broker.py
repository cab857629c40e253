"""The home's own broker: what satellites, bridges and Wi-Fi alarms publish becomes frames.

The line itself is the uplink's MQTT client, handed in as a port: one wrapper
knows the library's traps (lost reason codes, unbounded inbox, sockets left
behind), and there is no reason to learn them twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

import msgspec
import structlog

from edge.domain import Instant
from edge.drivers.base import MessageFrame
from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.events import Fault, FaultKind
from edge.ports import Clock, Downlink, Inbox
from edge.transports.lanes import Heard, LaneQueue
from edge.transports.local.pace import Pace
from edge.transports.local.satellites import BASE, TOPICS, Satellites, Wanted
from edge.transports.trouble import Trouble

log = structlog.get_logger()

LOOP = "local-broker"
SUBJECT = "local-broker"

# A Wi-Fi alarm's full status has 900 bytes; a bridge's event a hundred.
MESSAGE_BYTES_MAX = 8_192
# A device that is not an alarm says a handful of things a day; a bridge that catches up, more.
MESSAGES_PER_S = 5
MESSAGES_BURST = 200
# Messages of one turn of the loop.
TAKE_MAX = 256
# How long a turn may wait for a message before silence is looked at.
LOOK_EVERY_S = 5.0
# A broker that restarts is back within seconds; one that stays away, a person must look at.
AWAY_BEFORE_FAULT_MS = 60_000
# Tries after 1, 2, 4 ... s. The broker is the home's own: nobody else waits in that line.
RETRY_FIRST_MS = 1_000
RETRY_MAX_MS = 30_000

Connect = Callable[[tuple[str, ...]], AbstractAsyncContextManager[Inbox]]
"""A new connection, subscribed to these topics, for the length of the block."""

BROKER_ERRORS = (UpstreamUnavailableError, UpstreamRejectedError)


class BrokerCounts(msgspec.Struct):
    """What passed, and what did not."""

    connected: int = 0
    messages: int = 0
    retained: int = 0
    too_long: int = 0
    over_pace: int = 0
    not_ours: int = 0
    dropped: int = 0  # found the inbox full, on lines that have ended


class LocalBroker:
    """Keeps one line to the broker until cancelled; no failure of the broker ends it."""

    def __init__(
        self,
        connect: Connect,
        queue: LaneQueue,
        clock: Clock,
        satellites: Satellites,
        *,
        account: bool,
        on_fault: Callable[[Fault], None],
        beat: Callable[[str], None],
        away_before_fault_ms: int = AWAY_BEFORE_FAULT_MS,
    ) -> None:
        self.counts = BrokerCounts()
        self.up = False
        self.satellites = satellites
        self._connect = connect
        self._queue = queue
        self._clock = clock
        self._account = account
        self._beat = beat
        self._away_before_fault_ms = away_before_fault_ms
        self._trouble = Trouble(FaultKind.LINE, SUBJECT, on_fault)
        self._routes: dict[str, Wanted] = {}
        self._paces: dict[str, Pace] = {}
        self._topics: tuple[str, ...] = TOPICS  # wanted now; a line has those of its beginning
        self._up_ms = 0

    def enrol(self, routes: Mapping[str, Wanted]) -> None:
        """Replace the table of topics of devices; a running line is opened anew for new ones."""
        self._routes = dict(routes)
        self._topics = (*TOPICS, *sorted(routes))
        self._paces = {
            wanted.device: self._paces.get(wanted.device, Pace(MESSAGES_PER_S, MESSAGES_BURST))
            for wanted in routes.values()
        }

    async def run(self) -> None:
        self._up_ms = self._clock.now().boottime_ms
        failed = 0
        while True:
            self._beat(LOOP)
            topics = self._topics
            try:
                async with self._connect(topics) as inbox:
                    failed = 0
                    await self._serve(inbox, topics)
                continue  # other topics from now on
            except BROKER_ERRORS as error:
                self._lost(error)
            failed += 1
            await self._wait(min(RETRY_MAX_MS, RETRY_FIRST_MS << min(failed - 1, 10)))

    async def _serve(self, inbox: Inbox, topics: tuple[str, ...]) -> None:
        """Return when other topics are wanted than this line has."""
        self.up = True
        self.counts.connected += 1
        self._trouble.back()
        self.satellites.listen_from(self._clock.now().boottime_ms)
        dropped_before = self.counts.dropped
        try:
            while topics == self._topics:
                messages = await _next(inbox)
                at = self._clock.now()
                for message in messages:
                    self._heard(message, at)
                self.satellites.look(at.boottime_ms)
                self.counts.dropped = dropped_before + inbox.dropped
                self._beat(LOOP)
        finally:
            self.up = False
            self._up_ms = self._clock.now().boottime_ms

    def _heard(self, message: Downlink, at: Instant) -> None:
        self.counts.messages += 1
        if message.retained:
            self.counts.retained += 1  # said once, to whoever would come: nobody knows when
        elif message.topic.startswith(BASE):
            self.satellites.heard(message.topic, message.body, at)
        else:
            self._device(message, at)

    def _device(self, message: Downlink, at: Instant) -> None:
        wanted = self._routes.get(message.topic)
        if wanted is None:
            self.counts.not_ours += 1
        elif len(message.body) > MESSAGE_BYTES_MAX:
            self.counts.too_long += 1
        elif not wanted.alarm and not self._paces[wanted.device].allows(at.boottime_ms):
            self.counts.over_pace += 1
        else:
            frame = MessageFrame(topic=message.topic, body=message.body, account=self._account)
            self._queue.put_nowait(Heard(wanted.device, frame, at), alarm=wanted.alarm)

    def _lost(self, error: Exception) -> None:
        away_ms = self._clock.now().boottime_ms - self._up_ms
        refused = isinstance(error, UpstreamRejectedError)
        if away_ms >= self._away_before_fault_ms or refused:
            self._trouble.gone("it refuses us; check [ingest]" if refused else "it is not there")
        else:
            log.info("local_broker_away", reason=type(error).__name__)

    async def _wait(self, ms: int) -> None:
        await self._clock.sleep_until(self._clock.now().boottime_ms + ms)


async def _next(inbox: Inbox) -> list[Downlink]:
    try:
        async with asyncio.timeout(LOOK_EVERY_S):
            return await inbox.take(TAKE_MAX)
    except TimeoutError:
        return []
