"""Both ends of the line: a true gateway with its loops, and a true desk's intake and decisions."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec

from desk import decisions, intake
from desk.database import connect
from desk.judge import Message, judge
from edge.app import opening, upstream
from edge.app.erasing import erase_home
from edge.app.gateway import Gateway
from edge.app.house import House
from edge.config import Config, parse
from edge.domain import Actor
from edge.drivers.advert.bthome import SERVICE
from edge.drivers.base import Advert
from edge.errors import NotNowError
from edge.events import Acknowledgement, Escalated, Event
from edge.transports.lanes import Heard
from edge.uplink.envelope import AckKind, Outcome, Topics, receipt
from proofs.whole_line.killable import KillableStore, KilledError, Watch
from proofs.whole_line.network import BASE, Broker, PaperMqtt, drawn
from proofs.whole_line.oracle import Oracle
from proofs.whole_line.virtual_time import VirtualClock
from tests.support.ids import SeqIds

GATEWAY = "gw-0001"
DESK = "area-07"
BUTTONS = ("button-1", "button-2", "button-3")
SMOKE, CLIMATE = "smoke-1", "climate-1"
ADDRESSES = {name: f"54:48:E6:8F:80:{n:02X}" for n, name in enumerate((*BUTTONS, SMOKE, CLIMATE))}
_ROLES = {SMOKE: "smoke_alarm", CLIMATE: "climate"}
# BTHome v2, not encrypted: packet number, then the object.
_HEAD, _PRESSED, _SMOKE, _CELSIUS = "40", "3a01", "29", "02"


@functools.cache
def _parsed() -> Config:
    rows = "".join(
        f'[[device]]\nid = "{name}"\ndriver = "bthome"\n'
        f'role = "{_ROLES.get(name, "help_button")}"\naddress = "{address}"\n'
        for name, address in ADDRESSES.items()
    )
    return parse(
        f'[gateway]\nid = "{GATEWAY}"\nsite = "s"\ncustomer = "c"\ntrusted_clock = true\n'
        f'[mqtt]\nhost = "127.0.0.1"\ntls = false\n[ble]\nbackend = "off"\n'
        f'[[share]]\npurpose = "the proof"\nkinds = ["temperature"]\n{rows}',
        "proof",
    )


def settings(folder: Path) -> Config:
    """Read once: a model begins thousands of gateways."""
    config, replace = _parsed(), msgspec.structs.replace
    lists = folder / "lists"
    lists.mkdir()  # no checklist: reading the files is most of a start, and none is answered here
    return replace(
        config,
        store=replace(config.store, path=str(folder / "home.db")),
        control=replace(config.control, socket=str(folder / "c.sock")),
        checklists=replace(config.checklists, dir=str(lists)),
    )


class HomeEnd:
    """A gateway that can be killed around any commit, and begins again from its files."""

    def __init__(
        self, folder: Path, broker: Broker, clock: VirtualClock, ids: SeqIds, oracle: Oracle
    ) -> None:
        self._folder = folder
        self._config = settings(folder)
        self._broker = broker
        self._clock = clock
        self._ids = ids
        self._oracle = oracle
        self._number = 0
        self._asides: set[asyncio.Future[Any]] = set()
        self.kills = self.erasures = 0

    async def start(self) -> None:
        watch = self._watch = Watch()
        watch.on_commit, watch.on_settled = self._oracle.committed, self._oracle.settled
        KillableStore.watch_with, PaperMqtt.broker = watch, self._broker
        self._stack = contextlib.AsyncExitStack()
        with (
            mock.patch.object(opening, "SqliteStore", KillableStore),
            mock.patch.object(upstream, "MqttBroker", PaperMqtt),
        ):
            self.house: House = await self._stack.enter_async_context(
                opening.open_house(self._config, self._clock, self._ids)
            )
            self.gateway = Gateway(self.house)
        self._listen_in()
        self._loops = [asyncio.ensure_future(work) for work in self._works()]

    def _works(self) -> list[Coroutine[Any, Any, None]]:
        gateway = self.gateway

        def turns() -> None:
            """Nobody watches these loops but us."""

        return [
            gateway.ingest.run(turns),
            gateway.ticker.run(turns),
            gateway.upkeep.run(turns),
            gateway.escalator.run(turns),
            gateway.upstream.run(),
        ]

    def _listen_in(self) -> None:
        """What the rules made of a decision is known to no commit: it is heard here."""
        tell = self.house.tell

        def told(event: Event) -> tuple[str, ...]:
            refused = tell(event)
            if isinstance(event, Acknowledgement) and not refused:
                self._oracle.acted(event)
            return refused

        self.house.tell = told  # type: ignore[method-assign]

    async def stop(self) -> None:
        """SIGTERM: everything is stored, nothing is in flight."""
        self._watch.dies_in = None  # it was asked in time
        await self.look()
        await self._end_loops()
        await self._stack.aclose()

    def kill_at(self, requests: int, *, before: bool) -> None:
        self._watch.dies_in, self._watch.dies_before = requests, before

    async def look(self) -> None:
        """Find the body, if there is one, and begin anew; a loop that broke is told."""
        if self._watch.broken is not None:
            raise self._watch.broken
        if self._watch.is_dead:
            await self.kill()
            return
        for loop in self._loops:
            if loop.done():
                loop.result()

    async def kill(self, *, reboot: bool = False) -> None:
        self._watch.is_dead = True
        self.kills += 1
        self._oracle.died()
        store = self.house.store
        assert isinstance(store, KillableStore)
        store.die()
        self._broker.cut()
        for loop in self._loops:
            if loop.done() and not loop.cancelled():
                error = loop.exception()
                if error is not None and not isinstance(error, KilledError | BaseExceptionGroup):
                    raise error
        await self._end_loops()
        with contextlib.suppress(KilledError):
            await self._stack.__aexit__(KilledError, KilledError(), None)
        if reboot:
            self._clock.reboot()
        await self.start()

    async def _end_loops(self) -> None:
        works: list[asyncio.Future[Any]] = [*self._loops, *self._asides]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        self._asides.clear()

    async def erase(self) -> bool:
        """`kotivahti erase` between two starts; False: refused, because alerts are owed."""
        await self.stop()
        try:
            erase_home(
                self._config,
                self._folder / "gateway.toml",
                self._clock.now(),
                ids=self._ids,
                even_unsent=False,
            )
        except NotNowError:
            return False
        else:
            self._oracle.erased()
            self.erasures += 1
            return True
        finally:
            await self.start()

    # -- what happens in the home --------------------------------------------------------------

    def frame(self, device: str, what: str) -> None:
        self._number = (self._number + 1) % 256
        advert = Advert(
            address=ADDRESSES[device],
            service={SERVICE: bytes.fromhex(f"{_HEAD}00{self._number:02x}{what}")},
        )
        heard = Heard(device, advert, self._clock.now())
        self.gateway.queue.put_nowait(heard, alarm=device != CLIMATE)

    def press(self, device: str) -> None:
        self.frame(device, _PRESSED)
        self._oracle.presses += 1

    def smoke(self, *, on: bool) -> None:
        self.frame(SMOKE, f"{_SMOKE}{int(on):02x}")

    def temperature(self, hundredths: int) -> None:
        self.frame(CLIMATE, f"{_CELSIUS}{hundredths.to_bytes(2, 'little', signed=True).hex()}")

    async def escalate(self, alert: str, level: int) -> None:
        """Time's word, whoever of the two escalators says it."""
        self.house.tell(Escalated(alert=alert, level=level))
        if self.house.keeper.urgent:
            self._asides.add(asyncio.ensure_future(self.house.keep()))

    async def erase_readings(self) -> None:
        up_to = self.house.keeper.last_observation
        work = self.house.store.erase_readings(up_to, self._clock.now())
        self._asides.add(asyncio.ensure_future(work))


class DeskEnd:
    """The desk's own functions on its own database; it can die before or after a commit."""

    def __init__(self, path: Path, broker: Broker, clock: VirtualClock, ids: SeqIds) -> None:
        self.connection = connect(path)
        self._broker = broker
        self._clock = clock
        self._ids = ids
        self.oracle: Oracle | None = None
        self.heartbeats = 0

    def take(self, count: int, rng: random.Random, *, double: bool, dies: str = "") -> None:
        """One turn: messages, one commit, receipts. `dies`: "before" or "after" the commit."""
        came = [
            one for one in drawn(self._broker.up, count, rng, double=double) if _is_for_desk(one[0])
        ]
        if not came or dies == "before":
            return
        messages = [judge(topic.removeprefix(BASE), body, retained=False) for topic, body in came]
        self.heartbeats += sum(topic.endswith("/hb") for topic, _ in came)
        at = self._clock.now()
        taken = intake.take(self.connection, messages, at.wall_ms)
        assert self.oracle is not None
        ids = [
            one.told.id for one in messages if isinstance(one, Message) and hasattr(one.told, "id")
        ]
        self.oracle.taken(ids, taken.happened)
        if dies == "after":
            return
        topics = Topics(gateway=GATEWAY)
        for answer in taken.answers:
            assert answer.rejected is None, answer.rejected
            body = receipt(DESK, answer.of, id=self._ids.uuid7(at), at=at)
            self._broker.down.append((topics.down, body))

    def open_alerts(self) -> list[str]:
        rows = self.connection.execute(
            "SELECT id FROM alert WHERE state NOT IN ('closed', 'cancelled') ORDER BY id"
        )
        return [row["id"] for row in rows]

    def decide(self, alert: str, kind: AckKind, account: str) -> None:
        """As `kotivahti desk accept`: refused where somebody else has it."""
        assert self.oracle is not None
        with contextlib.suppress(decisions.StateRefusedError):
            decisions.decide(
                self.connection,
                alert,
                kind,
                Actor(account=account, role="nurse"),
                id_=self._ids.uuid7(self._clock.now()),
                at=self._clock.now(),
                outcome=Outcome.HELPED if kind is AckKind.CLOSED else None,
            )
            self.oracle.decided.setdefault(alert, set()).add((account, kind.value))

    def carry(self) -> None:
        """Send what was decided and is not shown, as the carrier does again and again."""
        topic = Topics(gateway=GATEWAY).down
        for row in decisions.pending(self.connection, self._clock.now().wall_ms):
            self._broker.down.append((topic, decisions.message(DESK, row)))

    def tidy(self) -> None:
        at_ms = self._clock.now().wall_ms
        decisions.expire(self.connection, at_ms)
        intake.prune(self.connection, at_ms)


def _is_for_desk(topic: str) -> bool:
    return topic.startswith(BASE) and not topic.endswith("/up/reply")
