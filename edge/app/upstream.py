"""The line upstream: the delivery loop, what it is told, and what it says of us."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog

from edge import __version__
from edge.app.beats import Beats
from edge.app.commanding import Commander
from edge.app.house import House
from edge.app.service import Service
from edge.app.timeline import Timeline
from edge.app.upkeep import Upkeep
from edge.domain import SERVICE, CommandName, OutboxEntry, Scalar
from edge.errors import StoreError
from edge.events import Fault, FaultKind
from edge.home.state import Home
from edge.ports import Batch
from edge.store import disclosing
from edge.uplink import envelope
from edge.uplink.deliver import Delivery
from edge.uplink.envelope import Ack, AckKind, Health, Topics
from edge.uplink.mqtt import MqttBroker, Session

log = structlog.get_logger()

PATH = "mqtt"
# Messages about alerts whose first publish is still to be timed; the timeline keeps as many.
UNPUBLISHED_MAX = 200


class Upstream:
    """Delivery over MQTT, wired to one house."""

    def __init__(
        self,
        house: House,
        timeline: Timeline,
        beats: Beats,
        upkeep: Upkeep,
        service: Service,
    ) -> None:
        homelink, papers = service.homelink, service.papers
        self._prover = service.prover
        self._prover.is_up = lambda: self.delivery.status().connected
        service.digester.is_up = self._prover.is_up
        self._house = house
        self._timeline = timeline
        self._beats = beats
        self._origin = house.origin
        self._started_ms = house.clock.now().boottime_ms
        self._upkeep = upkeep
        self._homelink = homelink
        self._papers = papers
        self.commander = Commander(
            house,
            {
                CommandName.PING: self._ping,
                CommandName.STATUS: self._health_row,
                CommandName.PROFILE_SEND: service.profile.send,
                CommandName.TEST_ALERT: service.prover.command,
            },
        )
        self._unpublished: dict[str, str] = {}  # envelope -> alert
        topics = Topics(gateway=house.config.gateway.id)
        session = Session(
            client_id=house.config.gateway.id,
            subscribe=(topics.down,),
            also=(topics.down_claim, topics.down_profile, *self._commanded(topics)),
            common_name=house.config.gateway.id,
            will_topic=topics.state,
            will=envelope.state(online=False, boot=house.clock.now().boot),
        )
        broker = MqttBroker(house.config.mqtt, session, papers.now)
        self.delivery = Delivery(
            store=house.store,
            connect=broker.connect,
            clock=house.clock,
            topics=topics,
            heartbeat=self._heartbeat,
            on_downlink=self._answered,
            on_path=self._path,
            on_published=self._published,
            on_letter=homelink.take,
            on_command=self.commander.offer,
            carried=homelink.predecessors,
            may_send=self._may_send,
        )
        self.when_beaten: Callable[[], None] = lambda: None
        self.commander.say = self.delivery.say
        papers.broker, papers.delivery = broker, self.delivery
        upkeep.refused_now = lambda: len(self.delivery.status().parked)
        house.after_commit.append(self._committed)
        house.when_owed.append(self.delivery.wake)
        house.when_withdrawn.append(self.delivery.forget)

    async def run(self) -> None:
        try:
            await self._homelink.open()
        except StoreError as error:
            if not error.fault:
                raise
            log.error("claims_unread", reason=error.fault)  # alerts go out all the same
        await self.delivery.run(partial(self._beats.beat, "uplink"))

    def status(self) -> dict[str, Any]:
        """For `kotivahti status`."""
        found = self.delivery.status()
        fault = self._house.keeper.home.faults.get(f"{FaultKind.PATH}/{PATH}")
        return {
            "up": found.connected,
            "detail": "" if fault is None else fault.detail,
            "connections": found.connections,
            "published": found.published,
            "receipts": found.receipts,
            "verdict_ms": found.verdict_ms,
            "parked": list(found.parked),
            "refused_down": found.refused_down,
            "commands": {"done": self.commander.done, "refused": dict(self.commander.refused)},
            **self._papers.status(),
        }

    def _commanded(self, topics: Topics) -> tuple[str, ...]:
        """Who obeys nobody does not listen either."""
        return (topics.down_command,) if self._house.config.command_key else ()

    async def _ping(self) -> dict[str, Scalar]:
        return {}

    async def _health_row(self) -> dict[str, Scalar]:
        """What a heartbeat says, and the line: no reading, no name."""
        found = self._health()
        path = self._papers.status()
        lasts = [row["certificate"]["days"] for row in path["slots"] if row["certificate"]]
        return {
            "software": found.software,
            "uptime_s": found.uptime_s,
            "owed": found.owed,
            "owed_alerts": found.owed_alerts,
            "devices_ok": found.devices_ok,
            "devices_degraded": found.devices_degraded,
            "devices_lost": found.devices_lost,
            "faults": ", ".join(found.faults),
            "slot": path["slot"],
            "certificate_days": max((days for days in lasts if days is not None), default=None),
        }

    def _committed(self, batch: Batch) -> None:
        # The keeper seals the alerts of a batch first, in their order.
        for alert, entry in zip(batch.alerts, batch.messages, strict=False):
            self._unpublished[entry.id] = alert.id
        while len(self._unpublished) > UNPUBLISHED_MAX:
            del self._unpublished[next(iter(self._unpublished))]
        sent = batch.profile
        if sent is not None:
            self.delivery.wake((*batch.messages, *sent.instead, *sent.emptied), gone=sent.gone)
        elif batch.messages:
            self.delivery.wake(batch.messages)

    def _may_send(self, entry: OutboxEntry) -> bool:
        """Asked when an entry is about to go: what was switched off since stays here."""
        if not self._house.sending.allows(SERVICE, disclosing.class_of(entry)):
            return False
        self._prover.sending(entry.id)
        return True

    def _published(self, entry: str) -> None:
        alert = self._unpublished.pop(entry, None)
        if alert is not None:
            self._timeline.sent(alert, self._house.clock.now())
        for listener in self._house.after_publish:
            listener(entry)

    async def _answered(self, ack: Ack) -> None:
        """A receipt is about a message, a decision about an alert; both are told to the rules."""
        event = envelope.as_event(ack)
        if event is None or ack.alert is None:
            return
        if ack.kind is AckKind.RECEIVED:
            self._timeline.received(ack.alert, self._house.clock.now())
            for listener in self._house.when_receipted:
                listener(ack.alert, ack.rev or 0)
        self._house.tell(event)
        if self._house.keeper.urgent:
            await self._house.keep()

    async def _path(self, up: bool, detail: str) -> None:
        self._house.tell(Fault(kind=FaultKind.PATH, subject=PATH, gone=not up, detail=detail))
        if self._house.keeper.urgent:
            await self._house.keep()

    def _heartbeat(self) -> bytes:
        self.when_beaten()
        house, now = self._house, self._house.clock.now()
        return envelope.heartbeat(self._origin, self._health(), id=house.ids.uuid7(now), at=now)

    def _health(self) -> Health:
        house = self._house
        now = house.clock.now()
        lost, degraded = _doubtful(house.keeper.home)
        return Health(
            software=__version__,
            uptime_s=(now.boottime_ms - self._started_ms) // 1000,
            last_message=house.keeper.last_message,
            last_observation=house.keeper.last_observation,
            owed_alerts=self._upkeep.owed_alerts,
            owed=self._upkeep.owed_all,
            oldest_owed_s=self._upkeep.oldest_owed_s(now),
            devices_ok=len(house.devices) - lost - degraded,
            devices_degraded=degraded,
            devices_lost=lost,
            faults=tuple(sorted({f.kind.value for f in house.keeper.home.faults.values()})),
            model=tuple(
                (hazard.value, found.model)
                for hazard, found in sorted(house.keeper.home.assessments.items())
                if found.model is not None
            ),
            proof=envelope.ProofPart(
                state=self._prover.standing(),
                age_s=self._prover.age_s,
                total_ms=self._prover.total_ms,
            ),
        )


def _doubtful(home: Home) -> tuple[int, int]:
    """Devices that are not heard, and devices whose battery is low."""
    lost = sum(d.silent for d in home.devices.values())
    degraded = sum(bool(d.low) and not d.silent for d in home.devices.values())
    return lost, degraded
