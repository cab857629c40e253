"""The home's own broker, wired to one house: who may publish, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec

from edge.app.drivers import is_urgent
from edge.config import Ingest
from edge.domain import Device
from edge.drivers import DRIVERS, shape_of
from edge.drivers.base import Shape
from edge.events import Fault
from edge.ports import Clock, Inbox
from edge.transports.lanes import LaneQueue
from edge.transports.local.local_broker import LocalBroker
from edge.transports.local.satellites import Satellites, Wanted
from edge.uplink.mqtt import MqttBroker, MqttLine, Session

# Messages between two turns of the loop; with 8 satellites and a busy block, a tenth of a second.
INBOX_MAX = 1_024
# Twice the longest message that is read; brokers of MQTT 5 keep longer ones to themselves.
PACKET_BYTES_MAX = 16_384


class Local:
    """Satellites, bridges and Wi-Fi alarms over one line to the local broker."""

    def __init__(
        self,
        settings: Ingest,
        gateway: str,
        queue: LaneQueue,
        clock: Clock,
        *,
        on_fault: Callable[[Fault], None],
        beat: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._client_id = f"{gateway}-ingest"
        self._reach: tuple[tuple[str, ...], MqttBroker] | None = None
        satellites = Satellites([row.id for row in settings.satellite], queue, on_fault)
        self.broker = LocalBroker(
            self._connect,
            queue,
            clock,
            satellites,
            account=settings.username is not None or settings.cert_file is not None,
            on_fault=on_fault,
            beat=beat,
        )

    def _connect(self, topics: tuple[str, ...]) -> AbstractAsyncContextManager[Inbox]:
        """Through the uplink's client, which remembers the version of a broker it has met."""
        if self._reach is None or self._reach[0] != topics:
            session = Session(
                client_id=self._client_id,
                subscribe=topics,
                inbox_max=INBOX_MAX,
                packet_bytes_max=PACKET_BYTES_MAX,
            )
            self._reach = topics, MqttBroker(self._settings, session)
        line: AbstractAsyncContextManager[MqttLine] = self._reach[1].connect()
        return line

    def enrol(self, devices: Iterable[Device]) -> None:
        """Take the frames of these and no others."""
        known = [d for d in devices if shape_of(d) is not None]
        self.broker.enrol(
            {
                topic.format(address=d.address): _wanted(d)
                for d in known
                for topic in DRIVERS[d.driver].topics
            }
        )
        self.broker.satellites.enrol(
            {d.address: _wanted(d) for d in known if shape_of(d) is Shape.ADVERT}
        )

    def status(self) -> dict[str, Any]:
        """For `kotivahti status`."""
        return {
            "up": self.broker.up,
            **msgspec.to_builtins(self.broker.counts),
            "unknown_satellites": self.broker.satellites.unknown,
            "satellites": msgspec.to_builtins(self.broker.satellites.counts),
        }


def _wanted(device: Device) -> Wanted:
    return Wanted(device.id, alarm=is_urgent(device))
