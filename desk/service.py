"""The running desk: receives, commits, answers, and carries decisions to the gateways."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import ParamSpec, TypeVar

import structlog

from desk import decisions, deputies, intake, looks, parcels, proofs, roster, vigil
from desk.carrier import Carrier
from desk.database import connect, data_version, refusals
from desk.happened import ClaimShown, Decided, Happened, LineShown
from desk.judge import Message, Refusal, judge
from desk.parcels import Parcel
from desk.vigil import Vigil
from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.ports import Clock, Ids
from edge.uplink.envelope import (
    Topics,
    receipt,
    reconnect_after_ms,
)
from edge.uplink.mqtt import MqttBroker, MqttLine, Session
from edge.uplink.mqtt.cancelling import apart, whole

log = structlog.get_logger()

# One commit for all that has come meanwhile; more no longer pay for their delay.
TURN_MAX = 256
# Messages that wait for a commit. What does not fit is sent again by its gateway.
INBOX_MAX = 1_024
# Receipts that wait for the broker. A lost one is made again when the message comes again.
ANSWERS_MAX = 1_024
ANSWERS_IN_FLIGHT = 16
# How soon a decision made by a command goes out.
WATCH_EVERY_MS = 50
# How late a silent gateway may be told.
VIGIL_EVERY_MS = 1_000
PRUNE_EVERY_MS = 3_600_000
# A proof is late after a day and two hours; minutes do not count.
PROOFS_EVERY_MS = 60_000
# A broker that refuses our credentials will do so until a person has been there.
REFUSED_RETRY_MS = 60_000
# Name look-up, TCP, TLS, CONNACK and SUBACK together; what takes longer is not a line.
CONNECT_S = 15.0
# As long as a broker keeps a receipt or a decision for a gateway that is away.
ANSWER_EXPIRES_S = 86_400

P = ParamSpec("P")
R = TypeVar("R")


class Desk:
    """Everything that `kotivahti desk run` does, without the screen: that is `show`."""

    def __init__(
        self,
        *,
        desk_id: str,
        path: Path,
        broker: MqttBroker,
        clock: Clock,
        ids: Ids,
        show: Callable[[Happened], None],
        deputies: Sequence[str] = (),
    ) -> None:
        self._desk = desk_id
        self._deputies = deputies
        self._path = path
        self._broker = broker
        self._clock = clock
        self._ids = ids
        self._show = show
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk-store")
        self._answers: asyncio.Queue[intake.Answer] = asyncio.Queue(ANSWERS_MAX)
        self._carrier = Carrier(
            clock=clock, pending=self._pending, message=self._message, show=show
        )
        self._unproved: set[str] = set()
        self._silences = Vigil()
        self._refused: set[str] = set()
        self._up: bool | None = None
        self._failures = 0  # connections in a row that came to nothing

    async def run(self) -> None:
        """Until cancelled. Raises StoreError when the database fails."""
        try:
            self._connection = await self._call(connect, self._path)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch(), name="desk-watch")
                tasks.create_task(self._vigil(), name="desk-vigil")
                tasks.create_task(self._stay_connected(), name="desk-line")
        except BaseExceptionGroup as group:
            raise leaf(group) from group
        finally:
            connection = getattr(self, "_connection", None)
            if connection is not None:
                self._thread.submit(connection.close)
            self._thread.shutdown()

    async def _call(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` on the thread that owns the database."""

        def translated() -> R:
            with refusals(self._path):
                return work(*args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, translated)

    # -- the line -------------------------------------------------------------------------

    async def _stay_connected(self) -> None:
        while True:
            delay_ms = 0
            try:
                await apart(self._attempt())
            except UpstreamRejectedError as error:
                delay_ms = REFUSED_RETRY_MS
                self._note_line(up=False, text=str(error))
            except UpstreamUnavailableError as error:
                self._failures += 1
                delay_ms = reconnect_after_ms(self._failures, random.random())  # noqa: S311 - jitter
                self._note_line(up=False, text=str(error))
            await self._sleep(delay_ms)

    async def _attempt(self) -> None:
        """One connection from its beginning to its end; raises why it ended."""
        async with contextlib.AsyncExitStack() as stack:
            line = await self._open(stack)
            self._failures = 0
            self._refused.clear()
            self._note_line(up=True, text="")
            await self._serve(line)

    async def _open(self, stack: contextlib.AsyncExitStack) -> MqttLine:
        try:
            async with asyncio.timeout(CONNECT_S):
                return await stack.enter_async_context(self._broker.connect())
        except TimeoutError as error:
            text = f"no connection to the broker within {CONNECT_S:.0f} s"
            raise UpstreamUnavailableError(text) from error

    async def _serve(self, line: MqttLine) -> None:
        self._carrier.connected()

        async def publish(topic: str, body: bytes) -> None:
            await self._publish(line, topic, body)

        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive(line), name="desk-receive")
                tasks.create_task(self._carrier.run(publish), name="desk-decisions")
                for n in range(ANSWERS_IN_FLIGHT):
                    tasks.create_task(self._answer(line), name=f"desk-answer-{n}")
        except BaseExceptionGroup as group:
            lost, others = group.split((UpstreamUnavailableError, UpstreamRejectedError))
            if others is not None or lost is None:
                raise
            raise UpstreamUnavailableError(str(leaf(lost))) from group

    def _note_line(self, *, up: bool, text: str) -> None:
        if up is self._up:
            return
        self._up = up
        self._silences.line(up=up, at_ms=self._wall_ms())
        if up:
            log.info("broker_back", path="mqtt")
        else:
            log.warning("broker_lost", path="mqtt", reason=text)
        self._show(LineShown(at_ms=self._wall_ms(), up=up, text=text))

    # -- what comes -----------------------------------------------------------------------

    async def _receive(self, line: MqttLine) -> None:
        """Everything that has come, one commit, then the receipts and the screen."""
        while True:
            came = await line.take(TURN_MAX)
            messages = [
                judge(one.topic, one.body, retained=one.retained)
                for one in came
                # Answers to a command are for who gave it, on a line of its own.
                if not one.topic.endswith("/up/reply")
            ]
            # A line that breaks meanwhile must not cost the screen what was committed: it is
            # known when it comes again, and then nothing happens any more.
            await whole(self._take(messages))

    async def _take(self, messages: list[Message | Refusal]) -> None:
        taken = await self._call(intake.take, self._connection, messages, self._wall_ms())
        for answer in taken.answers:
            if self._answers.full():
                self._answers.get_nowait()  # its message will come again
            self._answers.put_nowait(answer)
        for happened in taken.happened:
            if isinstance(happened, Decided | ClaimShown):
                self._carrier.due.set()
            self._show(happened)

    async def _answer(self, line: MqttLine) -> None:
        while True:
            answer = await self._answers.get()
            at = self._clock.now()
            body = receipt(
                self._desk, answer.of, id=self._ids.uuid7(at), at=at, rejected=answer.rejected
            )
            await self._publish(line, Topics(gateway=answer.gateway).down, body)

    async def _publish(self, line: MqttLine, topic: str, body: bytes) -> None:
        try:
            await line.publish(topic, body, expires_s=ANSWER_EXPIRES_S)
        except UpstreamRejectedError as error:
            if topic not in self._refused:
                self._refused.add(topic)
                log.warning("broker_refuses_topic", topic=topic, reason=str(error))

    # -- what was decided, who is silent ------------------------------------------------

    async def _watch(self) -> None:
        """Notice commits of commands: a look at a few bytes of shared memory."""
        with closing(await asyncio.to_thread(connect, self._path)) as watcher:
            seen = -1
            while True:
                version = data_version(watcher)
                if version != seen:
                    seen = version
                    self._carrier.due.set()
                await self._sleep(WATCH_EVERY_MS)

    async def _vigil(self) -> None:
        """Tell of gateways that fell silent or are back, and give up what is old."""
        pruned_ms = proofs_ms = 0
        while True:
            if self._wall_ms() - proofs_ms >= PROOFS_EVERY_MS:
                proofs_ms = self._wall_ms()
                await self._call(self._look_at_proofs, proofs_ms)
            if self._wall_ms() - pruned_ms >= PRUNE_EVERY_MS:
                pruned_ms = self._wall_ms()
                await self._call(intake.prune, self._connection, pruned_ms)
                await self._call(vigil.prune, self._connection, pruned_ms)
                await self._call(looks.prune, self._connection, pruned_ms)
            for happened in await self._call(self._look_around):
                self._show(happened)
            await self._sleep(VIGIL_EVERY_MS)

    def _look_at_proofs(self, at_ms: int) -> None:
        """Whose way is not proved is said once, to whoever reads the log: it is no alert."""
        late = proofs.late(self._connection, at_ms)
        for gateway in sorted(late - self._unproved):
            log.warning("proof_late", gateway=gateway)
        for gateway in sorted(self._unproved - late):
            log.info("proof_back", gateway=gateway)
        self._unproved = late

    def _look_around(self) -> list[Happened]:
        at_ms = self._wall_ms()
        told: list[Happened] = []
        for row in decisions.expire(self._connection, at_ms):
            log.warning("decision_expired", id=row["id"], alert=row["alert"])
            told.append(decisions.told(row, "expired", at_ms))
        told += roster.turn(self._connection, self._clock.now())
        told += deputies.name_deputies(self._connection, self._deputies, at_ms)
        told += self._silences.turn(self._connection, self._clock.now())
        return told

    def _wall_ms(self) -> int:
        return self._clock.now().wall_ms

    def _now_ms(self) -> int:
        return self._clock.now().boottime_ms

    async def _pending(self) -> list[Parcel]:
        return await self._call(parcels.pending, self._connection, self._wall_ms())

    async def _message(self, parcel: Parcel) -> bytes | None:
        at = self._clock.now()
        return await self._call(
            parcels.message, self._connection, self._desk, parcel, self._ids, at
        )

    async def _sleep(self, ms: int) -> None:
        await self._clock.sleep_until(self._now_ms() + ms)


def session(desk_id: str) -> Session:
    """What a desk wants of its broker."""
    return Session(
        client_id=f"desk-{desk_id}",
        common_name=f"desk-{desk_id}",
        subscribe=("kotivahti/v1/+/up/+", "kotivahti/v1/+/state"),
        base="kotivahti/v1/",
        inbox_max=INBOX_MAX,
    )


def leaf(error: BaseException) -> BaseException:
    """The first error of a group of groups: what a person can mend."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
