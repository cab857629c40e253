"""A home's delivery and a desk, both real, around a real broker."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from desk import decisions
from desk.database import opened
from desk.happened import Happened, LineShown
from desk.service import Desk, session
from edge.clock import RandomIds, SystemClock
from edge.domain import Actor, Alert, AlertState, OutboxEntry, Priority
from edge.uplink import envelope
from edge.uplink.deliver import Delivery
from edge.uplink.envelope import Ack, AckKind, Origin, Outcome, Topics
from edge.uplink.mqtt import MqttBroker, Session
from tests.support.mosquitto import Mosquitto
from tests.uplink.brokers import Amqtt, plain
from tests.uplink.fakes import MemoryStore

ORIGIN = Origin(gateway="gw-0001", store_id="st-1", site="site-88", customer="c-0188")
TOPICS = Topics(gateway="gw-0001")
IDS = RandomIds()


class Home:
    """The upstream half of a gateway: commits alerts, delivers them, hears the answers."""

    def __init__(self, broker: Mosquitto | Amqtt) -> None:
        self.clock = SystemClock("Europe/Helsinki", trusted=True)
        self.store = MemoryStore()
        self.heard: list[Ack] = []
        self.path: list[bool] = []
        self.sequence = 0
        will = envelope.state(online=False, boot=self.clock.now().boot)
        mqtt = MqttBroker(
            plain(broker),
            Session(
                client_id="gw-0001",
                subscribe=(TOPICS.down,),
                base=TOPICS.down.removesuffix("ack"),
                will_topic=TOPICS.state,
                will=will,
            ),
        )
        self.delivery = Delivery(
            store=self.store,
            connect=mqtt.connect,
            clock=self.clock,
            topics=TOPICS,
            heartbeat=self.heartbeat,
            on_downlink=self.on_downlink,
            on_path=self.on_path,
            jitter=lambda: 0.0,
        )

    def heartbeat(self) -> bytes:
        at = self.clock.now()
        health = envelope.Health(
            software="0", uptime_s=1, last_message=self.sequence, last_observation=0
        )
        return envelope.heartbeat(ORIGIN, health, id=IDS.uuid7(at), at=at)

    async def on_downlink(self, ack: Ack) -> None:
        self.heard.append(ack)

    async def on_path(self, up: bool, detail: str) -> None:  # noqa: ARG002
        self.path.append(up)

    def alert(self, **changes: object) -> Alert:
        """Make a new alert, raised now."""
        at = self.clock.now()
        facts: dict[str, object] = {
            "id": IDS.uuid7(at),
            "rev": 1,
            "code": "smoke",
            "subject": "smoke-1",
            "priority": Priority.CRITICAL,
            "state": AlertState.RAISED,
            "raised": at,
            "changed": at,
        }
        return Alert(**(facts | changes))  # type: ignore[arg-type]

    def commit(self, told: Alert) -> OutboxEntry:
        """Store a revision and hand it over."""
        at = self.clock.now()
        self.sequence += 1
        entry = envelope.alert(
            ORIGIN, told, {"en": "Smoke"}, id=IDS.uuid7(at), sequence=self.sequence, at=at
        )
        self.store.entries[entry.id] = entry
        self.delivery.wake([entry])
        return entry

    @contextlib.asynccontextmanager
    async def living(self) -> AsyncIterator[Home]:
        """Deliver for the length of the block."""
        async with running(self.delivery.run()):
            yield self


class Office:
    """A desk with its database in `directory`; `happened` is what its screen would show."""

    def __init__(self, broker: Mosquitto | Amqtt, directory: Path) -> None:
        self.path = directory / "desk.db"
        self.happened: list[Happened] = []
        self.clock = SystemClock("Europe/Helsinki", trusted=True)
        self._broker = plain(broker)

    def service(self) -> Desk:
        """Make a new process's worth of desk on the same database."""
        return Desk(
            desk_id="area-07",
            path=self.path,
            broker=MqttBroker(self._broker, session("area-07")),
            clock=self.clock,
            ids=IDS,
            show=self.happened.append,
        )

    @contextlib.asynccontextmanager
    async def living(self) -> AsyncIterator[Office]:
        """Receive and answer for the length of the block, which begins with a line if it can."""
        before = len(self.happened)
        async with running(self.service().run()):
            await until(lambda: any(isinstance(h, LineShown) for h in self.happened[before:]))
            yield self

    def decide(self, alert: str, kind: AckKind, outcome: Outcome | None = None) -> None:
        """Write a decision from another connection, as a command does."""
        at = self.clock.now()
        with opened(self.path) as connection:
            decisions.decide(
                connection,
                alert,
                kind,
                Actor(account="anna", role="nurse"),
                id_=IDS.uuid7(at),
                at=at,
                outcome=outcome,
            )

    def rows(self, sql: str) -> list[sqlite3.Row]:
        """Return what a query finds in the desk's database."""
        with opened(self.path) as connection:
            return connection.execute(sql).fetchall()


@contextlib.asynccontextmanager
async def running(work: object) -> AsyncIterator[None]:
    """Run a coroutine beside the block; its own end is an error, its cancellation is not."""
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    try:
        yield
    finally:
        ended = task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert not ended, "it ended by itself"


async def until(true: Callable[[], object], limit_s: float = 15.0) -> None:
    """Wait for something to become true; fails after `limit_s`."""
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)
