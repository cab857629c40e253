"""The line that `ports.Uplink` asks for: one connection, from its subscriptions to its farewell."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiomqtt
import msgspec
import structlog
from paho.mqtt.client import topic_matches_sub
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.ports import Downlink
from edge.uplink.mqtt.client import Client, properties_of, value_of

log = structlog.get_logger()

# The sender's last word ("offline") on an orderly end.
FAREWELL_S = 1.0

_REFUSED_FROM = 0x80
_NO_MATCHING_SUBSCRIBERS = 0x10


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are on the line and what we want of it."""

    client_id: str
    subscribe: tuple[str, ...]
    # Whose certificate it must be, where there is one; None: no matter.
    common_name: str | None = None
    # What was sent while we were away is kept for us.
    kept: bool = True
    # Asked for too; a broker whose rights are older than this release may refuse them, and the
    # line stands all the same: alerts need none of these.
    also: tuple[str, ...] = ()
    base: str = ""  # topics of incoming messages are handed on without it
    will_topic: str | None = None
    will: bytes = b""  # retained; also published on an orderly end
    # Receipts for three windows. What does not fit is sent again by the other side.
    inbox_max: int = 64
    # The largest packet we take (MQTT 5 tells the broker so).
    packet_bytes_max: int = 1 << 19


class MqttLine:
    """Implements `ports.Uplink` on one connection; never used again after it broke."""

    def __init__(self, client: Client, session: Session, refused: set[str]) -> None:
        """`refused` are topics whose refusal is in the log already."""
        self._client = client
        self._session = session
        self._refused = refused
        self._unheard: set[str] = set()

    async def subscribe(self) -> None:
        session = self._session
        topics = (*session.subscribe, *session.also)
        if not topics:
            return  # who only speaks
        try:
            codes = await self._client.subscribe([(topic, 1) for topic in topics])
        except aiomqtt.MqttError as error:
            raise UpstreamUnavailableError(f"no answer to a subscription: {error}") from error
        for topic, code in zip(topics, codes, strict=True):
            if value_of(code) < _REFUSED_FROM:
                self._refused.discard(topic)
                continue
            text = f"the broker refuses a subscription to {topic} ({code}); check its ACL"
            if topic not in session.also:
                raise UpstreamRejectedError(text)
            if topic not in self._refused:
                self._refused.add(topic)
                log.warning("subscription_refused", topic=topic, reason=text)

    async def publish(
        self, topic: str, body: bytes, *, retain: bool = False, expires_s: int | None = None
    ) -> None:
        """See `ports.Uplink.publish`. `expires_s` is told to brokers that speak MQTT 5."""
        properties = None
        if expires_s is not None and self._client.speaks_5:
            properties = properties_of(PacketTypes.PUBLISH)
            properties.MessageExpiryInterval = max(1, expires_s)
        code = await self._client.publish_judged(topic, body, retain=retain, properties=properties)
        if code >= _REFUSED_FROM:
            name = ReasonCode(PacketTypes.PUBACK, identifier=code).getName()
            raise UpstreamRejectedError(f"the broker refuses {topic}: {name} (0x{code:02x})")
        self._note_heard(topic, heard=code != _NO_MATCHING_SUBSCRIBERS)

    def _note_heard(self, topic: str, *, heard: bool) -> None:
        """Mosquitto says so when nobody is subscribed: a PUBACK, and no receipt will follow."""
        if heard is (topic not in self._unheard):
            return
        if heard:
            self._unheard.discard(topic)
            log.info("upstream_listens", topic=topic)
        else:
            self._unheard.add(topic)
            log.info("upstream_nobody_listens", topic=topic)

    async def messages(self) -> AsyncIterator[Downlink]:
        while True:
            for message in await self.take(1):
                yield message

    async def take(self, limit: int) -> list[Downlink]:
        """All that has come, at most `limit`; waits for the first.

        What was not subscribed to is left out: amqtt 0.12 hands every kept message to a
        session that comes back.
        """
        base = self._session.base
        asked_for = (*self._session.subscribe, *self._session.also)
        while True:
            asked = [
                Downlink(
                    topic=message.topic.removeprefix(base),
                    body=bytes(message.payload),
                    retained=message.retain,
                )
                for message in await self._client.take(limit)
                if any(topic_matches_sub(wanted, message.topic) for wanted in asked_for)
            ]
            if asked:
                return asked

    @property
    def dropped(self) -> int:
        """Incoming messages that found the inbox full."""
        return self._client.dropped

    async def farewell(self) -> None:
        """Publish the will and disconnect in an orderly way, if the line still can."""
        with contextlib.suppress(UpstreamUnavailableError, aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                if self._session.will_topic is not None:
                    await self._client.publish_judged(
                        self._session.will_topic, self._session.will, retain=True, properties=None
                    )
                await self._client.__aexit__(None, None, None)
