"""A store in memory and a line under the test's hand, for the delivery loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence

from edge.domain import Instant, OutboxEntry
from edge.errors import StoreError, UpstreamUnavailableError
from edge.ports import Batch, Downlink, Heads
from edge.uplink.schedule import rank


class MemoryStore:
    """`ports.Store` as far as the delivery uses it; `reads` counts the calls of `owed`."""

    def __init__(self) -> None:
        self.entries: dict[str, OutboxEntry] = {}
        self.received: list[str] = []
        self.reads = 0
        self.refusals: Counter[str] = Counter()
        self.refusals_most = 5
        self.parked: dict[str, OutboxEntry] = {}
        self.failures = 0

    async def heads(self) -> Heads:
        return Heads(store_id="st-1", observation=0, message=0)

    async def record(self, batch: Batch) -> bool:
        self.entries |= {entry.id: entry for entry in batch.messages}
        return True

    async def owed(self, limit: int) -> list[OutboxEntry]:
        self.reads += 1
        return sorted(self.entries.values(), key=rank)[:limit]

    async def mark_received(self, ids: Sequence[str], at: Instant) -> list[str]:  # noqa: ARG002
        if self.failures:
            self.failures -= 1
            msg = "database: disk I/O error"
            raise StoreError(msg)
        known = [id_ for id_ in ids if self.entries.pop(id_, None)]
        self.received += known
        return known

    async def refuse(self, ident: str, reason: str) -> bool:  # noqa: ARG002
        if ident not in self.entries:
            return False
        self.refusals[ident] += 1
        if self.refusals[ident] < self.refusals_most:
            return False
        self.parked[ident] = self.entries.pop(ident)
        return True


class FakeLine:
    """`ports.Uplink`: remembers what was published; `answer` decides how each publish ends."""

    def __init__(self) -> None:
        self.published: list[tuple[str, bytes]] = []
        self.options: dict[str, tuple[bool, int | None]] = {}
        self.refuse: Exception | None = None
        self.connect_error: Exception | None = None
        self.connects = 0
        self._incoming: asyncio.Queue[Downlink | None] = asyncio.Queue()

    def topics(self, *, ending: str) -> list[bytes]:
        """Return the bodies published on topics with this end."""
        return [body for topic, body in self.published if topic.endswith(ending)]

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[FakeLine]:
        self.connects += 1
        if self.connect_error is not None:
            raise self.connect_error
        self._incoming = asyncio.Queue()
        yield self

    async def publish(
        self, topic: str, body: bytes, *, retain: bool = False, expires_s: int | None = None
    ) -> None:
        await asyncio.sleep(0)
        if self.refuse is not None and "/up/" in topic and not topic.endswith("/hb"):
            raise self.refuse
        self.published.append((topic, body))
        self.options[topic] = (retain, expires_s)

    async def messages(self) -> AsyncIterator[Downlink]:
        while True:
            message = await self._incoming.get()
            if message is None:
                msg = "the line broke"
                raise UpstreamUnavailableError(msg)
            yield message

    def say(self, body: bytes, *, retained: bool = False) -> None:
        """Let a message come down."""
        self._incoming.put_nowait(Downlink(topic="ack", body=body, retained=retained))

    def cut(self) -> None:
        """Let the line break."""
        self._incoming.put_nowait(None)
