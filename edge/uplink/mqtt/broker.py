"""How a broker is reached, and the line that `ports.Uplink` asks for."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
import structlog
from paho.mqtt.client import topic_matches_sub
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from edge.config import Mqtt
from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.ports import Downlink
from edge.uplink.mqtt.client import (
    V5,
    V311,
    Client,
    ClosedUnansweredError,
    ClosingSocket,
    VersionRefusedError,
    properties_of,
    value_of,
)

log = structlog.get_logger()

# How long a broker keeps what it could not hand to us while we were away.
SESSION_EXPIRY_S = 86_400
# A line that comes back within this was never reported as lost.
WILL_DELAY_S = 30
# The sender's last word ("offline") on an orderly end.
FAREWELL_S = 1.0

_REFUSED_FROM = 0x80
_NO_MATCHING_SUBSCRIBERS = 0x10

_VERSIONS = {"5": V5, "3.1.1": V311}
_NAMES = {V5: "5", V311: "3.1.1"}


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who we are on the line and what we want of it."""

    client_id: str
    subscribe: tuple[str, ...]
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


class _Found(msgspec.Struct, frozen=True):
    """A version to speak; a guess holds for one connection."""

    version: aiomqtt.ProtocolVersion
    sure: bool = True


class MqttBroker:
    """A broker and how to reach it. Remembers which version of MQTT it surely speaks."""

    def __init__(self, settings: Mqtt, session: Session) -> None:
        self._settings = settings
        self._session = session
        self._spoken: aiomqtt.ProtocolVersion | None = None
        self._told: aiomqtt.ProtocolVersion | None = None  # to the log
        self._not_subscribed: set[str] = set()  # told to the log

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[MqttLine]:
        """A new connection, subscribed, for the length of the block.

        Raises UpstreamRejectedError when the broker refuses us (version,
        credentials, topic) and UpstreamUnavailableError for everything else.
        """
        client = await self._open()
        line = MqttLine(client, self._session, self._not_subscribed)
        try:
            await line.subscribe()
            try:
                yield line
            except UpstreamUnavailableError:
                raise  # over a broken line there is nothing more to say
            except BaseException:
                await line.farewell()
                raise
            await line.farewell()
        finally:
            client.hang_up()

    async def _open(self) -> Client:
        secrets = await asyncio.to_thread(self._read_files)
        found = _Found(self._spoken) if self._spoken else await self._find_version(*secrets)
        name = _NAMES[found.version]
        client = self._client(found.version, *secrets)
        try:
            await client.open()
        except VersionRefusedError as error:
            self._spoken = None
            if self._settings.version == "auto":
                text = f"the broker takes MQTT {name} no more; the next attempt asks what it takes"
                raise UpstreamUnavailableError(text) from error
            text = f"the broker refuses MQTT {name}; set mqtt.version"
            raise UpstreamRejectedError(text) from error
        if self._told is not found.version:
            log.info("mqtt_version", version=name)
            self._told = found.version
        self._spoken = found.version if found.sure else None
        return client

    async def _find_version(self, tls: ssl.SSLContext | None, password: str | None) -> _Found:
        """The version to speak; with `auto`, asks once by a CONNECT of MQTT 5 with nothing in it.

        A broker of 3.1.1 must refuse the unknown level (MQTT-3.1.2-2), but some
        trip over a will or a property before they have looked at it. Others only
        close the line, as a broker of version 5 does that is just restarting:
        3.1.1 is tried at once, and the next connection asks again.
        """
        if self._settings.version != "auto":
            return _Found(_VERSIONS[self._settings.version])
        asking = Client(
            self._settings.host,
            self._settings.port,
            identifier=f"{self._session.client_id}-asks",
            protocol=V5,
            username=self._settings.username,
            password=password,
            tls_context=tls,
            inbox_max=0,
            clean_start=True,
        )
        try:
            await asking.open()
        except VersionRefusedError:
            return _Found(V311)
        except ClosedUnansweredError:
            return _Found(V311, sure=False)
        except UpstreamRejectedError:
            return _Found(V5)  # understood, and refused for a reason that will be met again
        asking.hang_up()
        return _Found(V5)

    def _read_files(self) -> tuple[ssl.SSLContext | None, str | None]:
        """Certificates and password, read anew for every attempt: they may have been renewed."""
        settings = self._settings
        password = None
        try:
            if settings.password_file is not None:
                text = Path(settings.password_file).read_text(encoding="utf-8")
                password = text.rstrip("\r\n")
            if not settings.tls:
                return None, password
            context = ssl.create_default_context(cafile=settings.ca_file)
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            context.sslsocket_class = ClosingSocket
            if settings.cert_file is not None:
                context.load_cert_chain(settings.cert_file, settings.key_file)
        except (OSError, ValueError) as error:
            text = f"a file of [mqtt] cannot be used: {error}; check its path and rights"
            raise UpstreamRejectedError(text) from error
        return context, password

    def _client(
        self,
        version: aiomqtt.ProtocolVersion,
        tls: ssl.SSLContext | None,
        password: str | None,
    ) -> Client:
        session = self._session
        options: dict[str, Any] = {"clean_session": False}
        will_properties = None
        if version is V5:
            properties = properties_of(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = SESSION_EXPIRY_S
            properties.MaximumPacketSize = session.packet_bytes_max
            will_properties = properties_of(PacketTypes.WILLMESSAGE)
            will_properties.WillDelayInterval = WILL_DELAY_S
            options = {"clean_start": False, "properties": properties}
        if session.will_topic is not None:
            options["will"] = aiomqtt.Will(
                session.will_topic, session.will, 1, retain=True, properties=will_properties
            )
        return Client(
            self._settings.host,
            self._settings.port,
            identifier=session.client_id,
            protocol=version,
            username=self._settings.username,
            password=password,
            tls_context=tls,
            inbox_max=session.inbox_max,
            **options,
        )


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
        try:
            topics = (*session.subscribe, *session.also)
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
