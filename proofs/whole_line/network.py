"""A broker and two lines on paper: everything that a real one was seen to do to a message."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Any

from edge.errors import UpstreamUnavailableError
from edge.ports import Downlink

BASE = "kotivahti/v1/"
# As the real client judges a publish.
VERDICT_S = 5.0
# What waits at the broker for somebody who is away; beyond it the oldest goes (Mosquitto: 1,000).
QUEUE_MAX = 1_000


class Fate(StrEnum):
    """How one publish of the gateway ends."""

    TAKEN = "taken"  # at the broker, and the PUBACK came
    UNTOLD = "untold"  # at the broker; the line broke before the PUBACK
    LOST = "lost"  # the line broke before the broker had it
    FORGOTTEN = "forgotten"  # the PUBACK came, and the broker has lost it all the same


class Broker:
    """Two queues and the weather over them."""

    def __init__(self) -> None:
        self.up: deque[tuple[str, bytes]] = deque(maxlen=QUEUE_MAX)  # for the desk
        self.down: deque[tuple[str, bytes]] = deque(maxlen=QUEUE_MAX)  # for the gateway
        self.is_up = True
        self.frozen: list[tuple[str, bytes]] | None = None  # what came while it was frozen
        self.fates: deque[Fate] = deque()
        self.line: PaperLine | None = None

    def die(self) -> None:
        """SIGKILL without persistence: it forgets all that it had taken."""
        self.is_up = False
        self.frozen = None
        self.up.clear()
        self.down.clear()
        self.cut()

    def cut(self) -> None:
        if self.line is not None:
            self.line.end()
            self.line = None

    def freeze(self) -> None:
        self.frozen = [] if self.frozen is None else self.frozen

    def thaw(self) -> None:
        came, self.frozen = self.frozen, None
        self.up.extend(came or ())

    def heal(self) -> None:
        self.thaw()
        self.is_up = True
        self.fates.clear()

    def pass_down(self, count: int, rng: random.Random, *, lose: bool, double: bool) -> None:
        """Some of what waits for the gateway, in any order."""
        for body in drawn(self.down, count, rng, double=double):
            if self.line is not None and not lose:
                self.line.say(*body)


def drawn(
    queue: deque[tuple[str, bytes]], count: int, rng: random.Random, *, double: bool
) -> list[tuple[str, bytes]]:
    """At most `count` of a queue, in any order; with `double` some stay there and come again."""
    waiting = list(queue)
    rng.shuffle(waiting)
    taken, left = waiting[:count], waiting[count:]
    if double:
        left += [one for one in taken if rng.random() < 0.5]
    queue.clear()
    queue.extend(left)
    return taken


class PaperLine:
    """`edge.ports.Uplink` until it breaks."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._incoming: asyncio.Queue[Downlink | None] = asyncio.Queue()
        self.is_broken = False

    def say(self, topic: str, body: bytes) -> None:
        self._incoming.put_nowait(Downlink(topic=topic, body=body, retained=False))

    def end(self) -> None:
        self.is_broken = True
        self._incoming.put_nowait(None)

    async def publish(
        self,
        topic: str,
        body: bytes,
        *,
        retain: bool = False,  # noqa: ARG002
        expires_s: int | None = None,  # noqa: ARG002
    ) -> None:
        await asyncio.sleep(0)
        broker = self._broker
        if self.is_broken:
            raise UpstreamUnavailableError("the line broke")
        owed = "/up/" in topic and not topic.endswith("/hb")
        fate = broker.fates.popleft() if owed and broker.fates else Fate.TAKEN
        if broker.frozen is not None:
            broker.frozen.append((topic, body))
            await asyncio.sleep(VERDICT_S)
            broker.cut()
            raise UpstreamUnavailableError("no verdict")
        if fate in (Fate.TAKEN, Fate.UNTOLD):
            broker.up.append((topic, body))
        if fate in (Fate.UNTOLD, Fate.LOST):
            broker.cut()
            raise UpstreamUnavailableError("the line broke")

    async def messages(self) -> AsyncIterator[Downlink]:
        while True:
            message = await self._incoming.get()
            if message is None:
                raise UpstreamUnavailableError("the line broke")
            yield message


class PaperMqtt:
    """In the place of `edge.uplink.mqtt.MqttBroker`; `broker` is set before a gateway is made."""

    broker = Broker()

    def __init__(self, *_: Any) -> None:
        self._broker = PaperMqtt.broker

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[PaperLine]:
        broker = self._broker
        if not broker.is_up or broker.frozen is not None:
            raise UpstreamUnavailableError("no broker")
        broker.cut()  # the same client id: the older connection ends
        line = broker.line = PaperLine(broker)
        try:
            yield line
        finally:
            line.is_broken = True
            if broker.line is line:
                broker.line = None
