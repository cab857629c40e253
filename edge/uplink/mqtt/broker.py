"""How a broker is reached: which version of MQTT, which certificates, which password."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import aiomqtt
import msgspec
import structlog
from paho.mqtt.packettypes import PacketTypes

from edge.config import Mqtt
from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.uplink.mqtt.client import (
    V5,
    V311,
    Client,
    ClosedUnansweredError,
    TlsRefusedError,
    VersionRefusedError,
    properties_of,
)
from edge.uplink.mqtt.credentials import Now, Slot, context, read_paper, slots, system_time
from edge.uplink.mqtt.line import MqttLine, Session

log = structlog.get_logger()

T = TypeVar("T")

# How long a broker keeps what it could not hand to us while we were away.
SESSION_EXPIRY_S = 86_400
# A line that comes back within this was never reported as lost.
WILL_DELAY_S = 30
_VERSIONS = {"5": V5, "3.1.1": V311}
_NAMES = {V5: "5", V311: "3.1.1"}


class _Found(msgspec.Struct, frozen=True):
    """A version to speak; a guess holds for one connection."""

    version: aiomqtt.ProtocolVersion
    sure: bool = True


class _Secrets(msgspec.Struct, frozen=True):
    """What one attempt is made with; `slot` is None on a readable line."""

    tls: ssl.SSLContext | None = None
    password: str | None = None
    slot: str | None = None


class MqttBroker:
    """A broker and how to reach it. Remembers which version of MQTT it surely speaks, and which
    slot of certificates it took last.
    """

    def __init__(self, settings: Mqtt, session: Session, now: Now = system_time) -> None:
        self._settings = settings
        self._session = session
        self._now = now
        self._spoken: aiomqtt.ProtocolVersion | None = None
        self._told: aiomqtt.ProtocolVersion | None = None  # to the log
        self._not_subscribed: set[str] = set()  # told to the log
        self._told_of_files: set[str] = set()  # to the log
        self.slot: str | None = None

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

    async def prove(self) -> str | None:
        """Whether the files as they are now would be taken, beside the line that stands.

        The slot that would be, the first one tried first; raises as `connect` does.
        """
        self.slot, before = None, self.slot
        try:
            return await self._with_slots(self._ask)
        finally:
            self.slot = before

    def prefer_first(self) -> None:
        """The next attempt begins with the first slot again: its files were renewed."""
        self.slot = None

    async def _open(self) -> Client:
        return await self._with_slots(self._open_with)

    async def _with_slots(self, attempt: Callable[[_Secrets], Awaitable[T]]) -> T:
        """What `attempt` gives with the first slot that is taken; raises what the best one said."""
        if not self._settings.tls:
            return await attempt(_Secrets(password=await asyncio.to_thread(self._password)))
        said: Exception | None = None
        for slot in await asyncio.to_thread(self._in_order):
            try:
                done = await attempt(await asyncio.to_thread(self._read_files, slot))
            except (UpstreamRejectedError, TlsRefusedError, ClosedUnansweredError) as error:
                said = said or error
                continue
            if slot.name != self.slot:
                log.info("line_slot", path="mqtt", state=slot.name)
                self.slot = slot.name
            return done
        assert said is not None  # noqa: S101 - there is at least one slot
        raise said

    def _in_order(self) -> list[Slot]:
        """The slot that was taken last goes first; one that has ended goes last."""
        now = self._now()

        def rank(slot: Slot) -> tuple[bool, bool]:
            try:
                ends_ms = read_paper(slot, self._session.common_name).cert_ends_ms
            except UpstreamRejectedError:
                return True, slot.name != self.slot
            ended = ends_ms is not None and ends_ms <= now.wall_ms and not now.doubtful
            return ended, slot.name != self.slot

        return sorted(slots(self._settings), key=rank)

    async def _open_with(self, secrets: _Secrets) -> Client:
        found = _Found(self._spoken) if self._spoken else await self._find_version(secrets)
        name = _NAMES[found.version]
        client = self._client(found.version, secrets)
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

    async def _find_version(self, secrets: _Secrets) -> _Found:
        """The version to speak; with `auto`, asks once by a CONNECT of MQTT 5 with nothing in it.

        A broker of 3.1.1 must refuse the unknown level (MQTT-3.1.2-2), but some
        trip over a will or a property before they have looked at it. Others only
        close the line, as a broker of version 5 does that is just restarting:
        3.1.1 is tried at once, and the next connection asks again.
        """
        if self._settings.version != "auto":
            return _Found(_VERSIONS[self._settings.version])
        asking = self._asking(V5, secrets)
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

    async def _ask(self, secrets: _Secrets) -> str | None:
        """A connection under a name beside ours, which does nothing."""
        found = _Found(self._spoken) if self._spoken else await self._find_version(secrets)
        asking = self._asking(found.version, secrets)
        try:
            await asking.open()
        except VersionRefusedError as error:
            raise UpstreamRejectedError("the broker refuses this version of MQTT") from error
        asking.hang_up()
        return secrets.slot

    def _asking(self, version: aiomqtt.ProtocolVersion, secrets: _Secrets) -> Client:
        clean = {"clean_start": True} if version is V5 else {"clean_session": True}
        return Client(
            self._settings.host,
            self._settings.port,
            identifier=f"{self._session.client_id}-asks",
            protocol=version,
            username=self._settings.username,
            password=secrets.password,
            tls_context=secrets.tls,
            inbox_max=0,
            **clean,
        )

    def _read_files(self, slot: Slot) -> _Secrets:
        """Certificates and password, read anew for every attempt: they may have been renewed."""
        paper = read_paper(slot, self._session.common_name)
        if paper.open_key:
            self._tell_of_key(slot)
        return _Secrets(context(slot, self._now()), self._password(), slot.name)

    def _tell_of_key(self, slot: Slot) -> None:
        # Refusing it would lose alerts over a mode bit; `check-config` and `line check` do.
        if slot.key is not None and slot.key not in self._told_of_files:
            self._told_of_files.add(slot.key)
            log.warning("key_file_open", file=slot.key, reason="chmod 600 it: others may read it")

    def _password(self) -> str | None:
        file = self._settings.password_file
        if file is None:
            return None
        try:
            return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            text = f"a file of [mqtt] cannot be used: {error}; check its path and rights"
            raise UpstreamRejectedError(text) from error

    def _client(
        self,
        version: aiomqtt.ProtocolVersion,
        secrets: _Secrets,
    ) -> Client:
        session = self._session
        options: dict[str, Any] = {"clean_session": not session.kept}
        will_properties = None
        if version is V5:
            properties = properties_of(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = SESSION_EXPIRY_S if session.kept else 0
            properties.MaximumPacketSize = session.packet_bytes_max
            will_properties = properties_of(PacketTypes.WILLMESSAGE)
            will_properties.WillDelayInterval = WILL_DELAY_S
            options = {"clean_start": not session.kept, "properties": properties}
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
            password=secrets.password,
            tls_context=secrets.tls,
            inbox_max=session.inbox_max,
            **options,
        )
