"""The line upstream: the delivery loop, what it is told, and what it says of us."""

from __future__ import annotations

from functools import partial
from typing import Any

from edge import __version__
from edge.app.beats import Beats
from edge.app.homelink import HomeLink
from edge.app.house import House
from edge.app.timeline import Timeline
from edge.app.upkeep import Upkeep
from edge.events import Fault, FaultKind
from edge.home.state import Home
from edge.ports import Batch
from edge.uplink import envelope
from edge.uplink.deliver import Delivery
from edge.uplink.envelope import Ack, AckKind, Health, Topics
from edge.uplink.mqtt import MqttBroker, Session

PATH = "mqtt"
# Messages about alerts whose first publish is still to be timed; the timeline keeps as many.
UNPUBLISHED_MAX = 200


class Upstream:
    """Delivery over MQTT, wired to one house."""

    def __init__(
        self, house: House, timeline: Timeline, beats: Beats, upkeep: Upkeep, homelink: HomeLink
    ) -> None:
        self._house = house
        self._timeline = timeline
        self._beats = beats
        self._origin = house.origin
        self._started_ms = house.clock.now().boottime_ms
        self._upkeep = upkeep
        self._homelink = homelink
        self._unpublished: dict[str, str] = {}  # envelope -> alert
        topics = Topics(gateway=house.config.gateway.id)
        session = Session(
            client_id=house.config.gateway.id,
            subscribe=(topics.down,),
            also=(topics.down_claim, topics.down_profile),
            will_topic=topics.state,
            will=envelope.state(online=False, boot=house.clock.now().boot),
        )
        self.delivery = Delivery(
            store=house.store,
            connect=MqttBroker(house.config.mqtt, session).connect,
            clock=house.clock,
            topics=topics,
            heartbeat=self._heartbeat,
            on_downlink=self._answered,
            on_path=self._path,
            on_published=self._published,
            on_letter=homelink.take,
            carried=homelink.predecessors,
        )
        upkeep.refused_now = lambda: len(self.delivery.status().parked)
        house.after_commit.append(self._committed)
        house.when_owed.append(self.delivery.wake)

    async def run(self) -> None:
        await self._homelink.open()
        await self.delivery.run(partial(self._beats.beat, "uplink"))

    def status(self) -> dict[str, Any]:
        """For `kotivahti status`."""
        found = self.delivery.status()
        fault = self._house.keeper.home.faults.get(f"{FaultKind.PATH}/{PATH}")
        return {
            "up": found.connected,
            "detail": "" if fault is None else fault.detail,
            "published": found.published,
            "receipts": found.receipts,
            "verdict_ms": found.verdict_ms,
            "parked": list(found.parked),
            "refused_down": found.refused_down,
        }

    def _committed(self, batch: Batch) -> None:
        # The keeper seals the alerts of a batch first, in their order.
        for alert, entry in zip(batch.alerts, batch.messages, strict=False):
            self._unpublished[entry.id] = alert.id
        while len(self._unpublished) > UNPUBLISHED_MAX:
            del self._unpublished[next(iter(self._unpublished))]
        if batch.messages:
            self.delivery.wake(batch.messages)

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
        self._house.tell(event)
        if self._house.keeper.urgent:
            await self._house.keep()

    async def _path(self, up: bool, detail: str) -> None:
        self._house.tell(Fault(kind=FaultKind.PATH, subject=PATH, gone=not up, detail=detail))
        if self._house.keeper.urgent:
            await self._house.keep()

    def _heartbeat(self) -> bytes:
        house = self._house
        now = house.clock.now()
        lost, degraded = _doubtful(house.keeper.home)
        health = Health(
            software=__version__,
            uptime_s=(now.boottime_ms - self._started_ms) // 1000,
            last_message=house.keeper.last_message,
            last_observation=house.keeper.last_observation,
            owed_alerts=self._upkeep.owed_alerts,
            owed=self._upkeep.owed_all,
            oldest_owed_s=self._upkeep.oldest_owed_s(now.wall_ms),
            devices_ok=len(house.devices) - lost - degraded,
            devices_degraded=degraded,
            devices_lost=lost,
            faults=tuple(sorted({f.kind.value for f in house.keeper.home.faults.values()})),
            model=tuple(
                (hazard.value, found.model)
                for hazard, found in sorted(house.keeper.home.assessments.items())
                if found.model is not None
            ),
        )
        return envelope.heartbeat(self._origin, health, id=house.ids.uuid7(now), at=now)


def _doubtful(home: Home) -> tuple[int, int]:
    """Devices that are not heard, and devices whose battery is low."""
    lost = sum(d.silent for d in home.devices.values())
    degraded = sum(bool(d.low) and not d.silent for d in home.devices.values())
    return lost, degraded
