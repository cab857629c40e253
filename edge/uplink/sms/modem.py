"""A serial GSM modem as `ports.Pager`: one loop owns the port, everybody else asks it.

What the network took is not what a person read: nothing here waits for a delivery report, and
whoever calls this looks for the answer of a person.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

import msgspec
import structlog

from edge.drivers.base import Framer
from edge.errors import TransportError, UpstreamRejectedError, UpstreamUnavailableError
from edge.ports import Clock, Reply
from edge.uplink.sms import asking
from edge.uplink.sms.codes import is_for_good
from edge.uplink.sms.letterbox import Letterbox
from edge.uplink.sms.lines import AtLines
from edge.uplink.sms.pdu import Submit, submit
from edge.uplink.sms.pin import PinFile
from edge.uplink.sms.talk import BEAT_EVERY_MS, Talk, Told, Wire

log = structlog.get_logger()

# How the network and the memory are looked at while nothing happens.
LOOK_EVERY_MS = 60_000
# Whether the port still means the modem that was opened.
SAME_EVERY_MS = 1_000
# The path is walked without sending: card, service centre, network.
CHECK_EVERY_MS = 86_400_000
# A modem finds its network within a minute after power, and loses it for seconds in a lift shaft.
UNREGISTERED_MAX_MS = 120_000
# A modem that cannot be used is tried again after 1, 2, 4 ... s.
RETRY_FIRST_MS, RETRY_MAX_MS = 1_000, 60_000
# A home calls a handful of people; one message takes seconds.
WAITING_MAX = 16


class Line(Protocol):
    """The port by its stable name (`edge.transports.lines.modem_port`)."""

    async def open(
        self, framer: Framer, heard: Callable[[list[bytes]], None], gone: Callable[[str], None]
    ) -> Wire:
        """Wait until it is there and open; `gone` is told what stands in the way."""
        ...

    def is_same(self) -> bool: ...


class Counts(msgspec.Struct):
    """What passed, and what did not."""

    opened: int = 0
    sent: int = 0
    failed: int = 0  # no modem, no network, no verdict
    refused: int = 0  # by the network, for good
    received: int = 0
    unsound: dict[str, int] = {}  # messages that came in and were refused, by reason


class _Job(msgspec.Struct):
    pdu: Submit
    done: asyncio.Future[None]


class Modem:
    """Implements `ports.Pager`. `gone` and `back` are told how the path stands."""

    def __init__(
        self,
        line: Line,
        pins: PinFile,
        clock: Clock,
        *,
        centre: str | None,
        gone: Callable[[str], None],
        back: Callable[[], None],
        beat: Callable[[], None],
    ) -> None:
        self.counts = Counts()
        self.standing: asking.Standing | None = None  # None: no modem that answers
        self.trouble = "the modem has not been reached yet"  # "": the path is there
        self.checked_ms: int | None = None  # wall time of the last walk along the path
        self.sent_ms: int | None = None  # wall time at which the network last took a message
        self._line = line
        self._pins = pins
        self._clock = clock
        self._centre = centre
        self._gone, self._back = gone, back
        self._beat = beat
        self._box = Letterbox(self.counts, self._stir)
        self._jobs: deque[_Job] = deque()
        self._stirred: asyncio.Future[None] | None = None
        self._ready = False
        self._doubtful = False  # a message failed: look what is the matter before the next one
        self._look_ms = self._check_ms = 0
        self._unregistered_ms: int | None = None
        self._retry_ms = RETRY_FIRST_MS

    async def send(self, number: str, text: str) -> None:
        """See `ports.Pager`. The modem's loop goes on with a message whose caller is gone."""
        try:
            pdu = submit(number, text, centre=self._centre)
        except UpstreamRejectedError:
            self.counts.refused += 1
            raise
        if not self._ready:
            self.counts.failed += 1
            raise UpstreamUnavailableError(f"no text message can be sent: {self.trouble}")
        if len(self._jobs) >= WAITING_MAX:
            self.counts.failed += 1
            raise UpstreamUnavailableError(f"{WAITING_MAX} text messages wait already")
        job = _Job(pdu, asyncio.get_running_loop().create_future())
        self._jobs.append(job)
        self._stir()
        await job.done

    async def reply(self) -> Reply:
        """See `ports.Pager`. To ask for the next one says that the last is dealt with: only then
        is it deleted, so that one which was taken by a process that died comes again.
        """
        return await self._box.take()

    async def run(self) -> None:
        """Keep the modem ready until cancelled; no failure of it ends this."""
        try:
            while True:
                talk = Talk(self._clock, self._beat, self._unasked)
                talk.wire = await self._line.open(AtLines(), talk.heard, self._lost)
                self.counts.opened += 1
                why = "the port is gone"
                try:
                    await self._serve(talk)
                except TransportError as error:
                    why = str(error)
                finally:
                    self._ready = False
                    await talk.wire.close()
                self._lost(why)
                await self._rest()
        finally:
            self._fail_jobs("the gateway is stopping")

    async def _serve(self, talk: Talk) -> None:
        """Return when the port has ended or means another device; TransportError with the why."""
        await asking.begin(talk, self._pins)
        self._check_ms = self._look_ms = self._clock.now().boottime_ms
        self._unregistered_ms = None
        self._box.open()
        await self._look(talk)
        self._ready = True
        self._retry_ms = RETRY_FIRST_MS
        while not talk.wire.lost.done() and self._line.is_same():
            self._beat()
            if self._jobs and not self._doubtful:
                await self._send(talk, self._jobs.popleft())
            elif self._is_due():
                await self._look(talk)
            else:
                self._stirred = asyncio.get_running_loop().create_future()
                await talk.until((self._stirred,), SAME_EVERY_MS)
                self._stirred = None

    def _is_due(self) -> bool:
        now_ms = self._clock.now().boottime_ms
        return self._doubtful or self._box.stirred or now_ms >= self._look_ms

    async def _look(self, talk: Talk) -> None:
        """How it stands with its network, and what has come in."""
        self._doubtful = False
        if not await asking.is_as_left(talk):
            raise TransportError("the modem has started anew")
        self.standing = await asking.standing(talk)
        await self._box.empty(talk, self.standing)
        now = self._clock.now()
        self._look_ms = now.boottime_ms + LOOK_EVERY_MS
        trouble = self._network_trouble(now.boottime_ms)
        if now.boottime_ms >= self._check_ms:
            if self._centre is None and not await asking.has_centre(talk):
                trouble = (
                    trouble or "no service centre's number on the SIM card; write [pager] smsc"
                )
                self._check_ms = now.boottime_ms + LOOK_EVERY_MS
            else:
                self._check_ms = now.boottime_ms + CHECK_EVERY_MS
                self.checked_ms = now.wall_ms if self.standing.registered else self.checked_ms
        if trouble:
            self.trouble = trouble
            self._gone(trouble)
        elif self.standing.registered:
            self.trouble = ""
            self._back()
        else:
            self.trouble = f"no network yet: {self.standing.network}"

    def _network_trouble(self, now_ms: int) -> str:
        found = self.standing
        if found is None or found.registered:
            self._unregistered_ms = None
        elif self._unregistered_ms is None:
            self._unregistered_ms = now_ms
        elif now_ms - self._unregistered_ms >= UNREGISTERED_MAX_MS:
            return f"no network: {found.network}"
        return self._box.trouble

    async def _send(self, talk: Talk, job: _Job) -> None:
        if job.done.done():  # whoever asked has gone
            return
        try:
            answer = await talk.submit(len(job.pdu.tpdu), job.pdu.hex)
        except TransportError as error:
            self._failed(job, str(error))
            await talk.settle()
            return
        except asyncio.CancelledError:
            self._failed(job, "the gateway is stopping; it may have gone out")
            raise
        if answer.ok and answer.lines:
            self.counts.sent += 1
            self.sent_ms = self._clock.now().wall_ms
            if not job.done.done():
                job.done.set_result(None)
        elif is_for_good(answer.final):
            self.counts.refused += 1
            log.warning("sms_refused", reason=answer.error)
            _tell(job, UpstreamRejectedError(f"the network refuses the message: {answer.error}"))
        else:
            why = "OK without a reference" if answer.ok else answer.error
            self._failed(job, why)

    def _failed(self, job: _Job, why: str) -> None:
        self.counts.failed += 1
        self._doubtful = True
        log.warning("sms_failed", reason=why)
        _tell(job, UpstreamUnavailableError(f"the text message was not taken: {why}"))

    def _fail_jobs(self, why: str) -> None:
        while self._jobs:
            job = self._jobs.popleft()
            self.counts.failed += 1
            _tell(job, UpstreamUnavailableError(f"the text message was not sent: {why}"))

    def _lost(self, why: str) -> None:
        self.standing = None
        self.trouble = why
        self._fail_jobs(why)
        self._gone(why)

    async def _rest(self) -> None:
        """Leave a modem alone that could not be used; longer each time."""
        end_ms = self._clock.now().boottime_ms + self._retry_ms
        self._retry_ms = min(RETRY_MAX_MS, self._retry_ms * 2)
        while (now_ms := self._clock.now().boottime_ms) < end_ms:
            self._beat()
            await self._clock.sleep_until(min(end_ms, now_ms + BEAT_EVERY_MS))

    def _unasked(self, what: str | Told) -> None:
        if isinstance(what, Told):
            self._box.told(what)
        elif what.startswith("+CMTI:"):
            self._box.stirred = True
            self._stir()

    def _stir(self) -> None:
        if self._stirred is not None and not self._stirred.done():
            self._stirred.set_result(None)


def _tell(job: _Job, error: Exception) -> None:
    if not job.done.done():
        job.done.set_exception(error)
