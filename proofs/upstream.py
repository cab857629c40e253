"""Who listens upstream: remembers each alert and when it came, and gives receipts for it."""

from __future__ import annotations

import json
import threading
import time
from typing import Any, Self

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from edge.clock import RandomIds, SystemClock
from edge.uplink.envelope import receipt
from edge.uplink.envelope.wire import OfPart


class Told(msgspec.Struct, frozen=True):
    """One alert message as it came."""

    code: str
    subject: str
    ident: str
    rev: int
    at_s: float  # of the monotonic clock


class Upstream:
    """A client in this process; what it says of an alert is what a desk would have got."""

    def __init__(self, port: int, gateway: str) -> None:
        self.told: list[Told] = []
        self.ids: set[str] = set()  # of every message, whatever it tells
        self._lock = threading.Lock()
        self._down = f"kotivahti/v1/{gateway}/down/ack"
        self._clock, self._ids = SystemClock("UTC", trusted=True), RandomIds()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="proof-upstream")
        self._client.on_message = self._heard
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(f"kotivahti/v1/{gateway}/up/#", qos=1)

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def of(self, code: str, since_s: float = 0.0) -> list[Told]:
        """What came about that kind of alert since then."""
        with self._lock:
            return [one for one in self.told if one.code == code and one.at_s >= since_s]

    def kinds(self, since_s: float = 0.0) -> set[tuple[str, str]]:
        """Code and subject of each alert that was told since then."""
        with self._lock:
            return {(one.code, one.subject) for one in self.told if one.at_s >= since_s}

    def _heard(self, client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        at_s = time.monotonic()
        envelope: dict[str, Any] = json.loads(message.payload)
        self.ids.add(envelope["id"])
        alert = envelope.get("data", {}).get("alert", {})
        ident, rev = alert.get("id"), alert.get("rev")
        if ident is not None:
            told = Told(alert["code"], alert["subject"], ident, rev, at_s)
            with self._lock:
                self.told.append(told)
        now = self._clock.now()
        of = OfPart(source=envelope["source"], id=envelope["id"], alert=ident, rev=rev)
        body = receipt("proof", of, id=self._ids.uuid7(now), at=now)
        client.publish(self._down, body, qos=1)
