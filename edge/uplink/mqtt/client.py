"""aiomqtt 2.5.1 with what it leaves out.

It forgets the reason code of a PUBACK, keeps incoming messages without a bound,
and leaves sockets and tasks behind when an attempt to connect is given up.
What is built here on its protected methods mends that;
`tests/uplink/test_mqtt.py` holds the library to what is assumed about it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
import threading
from collections import deque
from collections.abc import Awaitable, Iterator
from typing import Any, TypeVar

import aiomqtt
import structlog
from paho.mqtt import MQTTException
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.client import MQTTMessage
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge.errors import UpstreamRejectedError, UpstreamUnavailableError

log = structlog.get_logger()

T = TypeVar("T")

# A dead line is noticed after twice this, and up to two looks of a second each, without anything
# being published: within 30 s (measured 30.2 s with 15).
KEEPALIVE_S = 14
# A broker answers within milliseconds; one that needs longer is treated as gone.
VERDICT_S = 5.0
# Mosquitto's and our own limit of unanswered publishes on one connection.
INFLIGHT_MAX = 20

V5 = aiomqtt.ProtocolVersion.V5
V311 = aiomqtt.ProtocolVersion.V311

_UNSUPPORTED_VERSION = 0x84
# Client id not valid, bad user name or password, not authorised, banned, bad
# authentication method: only a person can mend that, so there is no hurry to ask again.
_REFUSES_US = frozenset({0x85, 0x86, 0x87, 0x8A, 0x8C})

# The libraries' own remarks ("There are 11 pending publish calls", a broken pipe in their
# words) repeat what we say once and better.
_library_log = logging.getLogger("kotivahti.mqtt-library")
_library_log.setLevel(logging.CRITICAL)


class VersionRefusedError(Exception):
    """The broker says that it does not speak this version of MQTT."""


class ClosedUnansweredError(UpstreamUnavailableError):
    """The line was closed instead of a CONNACK: a restart, or a version that is not known there."""


class TlsRefusedError(UpstreamUnavailableError):
    """No agreement on a secured line: a certificate of theirs or ours is not taken."""


class Client(aiomqtt.Client):
    """aiomqtt with verdicts, a bounded inbox, and sockets that are surely closed."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        protocol: aiomqtt.ProtocolVersion,
        inbox_max: int,
        **rest: Any,
    ) -> None:
        self._verdicts: dict[int, asyncio.Future[int]] = {}
        self._inbox: deque[MQTTMessage] = deque()
        self._inbox_max = inbox_max
        self._arrived = asyncio.Event()
        self._abandoned = False
        self._readable = rest.get("tls_context") is None
        self._loop_thread = threading.get_ident()
        self.dropped = 0
        self.speaks_5 = protocol is V5
        super().__init__(
            host,
            port,
            protocol=protocol,
            logger=_library_log,
            timeout=VERDICT_S,
            keepalive=KEEPALIVE_S,
            max_inflight_messages=INFLIGHT_MAX,
            max_queued_outgoing_messages=2 * INFLIGHT_MAX,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            **rest,
        )

    async def open(self) -> None:
        try:
            await self.__aenter__()
        except aiomqtt.MqttError as error:
            self.hang_up()
            raise self._refusal(error) from error
        except BaseException:
            self.hang_up()
            raise

    def _refusal(self, error: aiomqtt.MqttError) -> Exception:
        code = value_of(error.rc) if isinstance(error, aiomqtt.MqttCodeError) else 0
        if isinstance(error, _ClosedEarlyError):
            return ClosedUnansweredError("the broker closed the line unanswered")
        cause = error.__context__  # aiomqtt leaves it there, and no more than its text
        if isinstance(cause, _LeavesMachineError):
            return UpstreamRejectedError(str(cause))
        if isinstance(cause, ssl.SSLError):
            return TlsRefusedError(f"no secured line to the broker: {error}")
        if code == _UNSUPPORTED_VERSION and self.speaks_5:
            return VersionRefusedError()
        if code in _REFUSES_US:
            return UpstreamRejectedError(f"the broker refuses us: {error}; check [mqtt]")
        return UpstreamUnavailableError(f"the broker cannot be reached: {error}")

    async def publish_judged(
        self, topic: str, body: bytes, *, retain: bool, properties: Properties | None
    ) -> int:
        """Publish with QoS 1; the reason code of its PUBACK (0 on MQTT 3.1.1)."""
        if self._disconnected.done():
            raise UpstreamUnavailableError("the line to the broker is broken")
        info = self._client.publish(topic, body, 1, retain, properties)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise UpstreamUnavailableError(f"the line takes no message: {info.rc.name}")
        verdict: asyncio.Future[int] = self._loop.create_future()
        self._verdicts[info.mid] = verdict
        try:
            async with asyncio.timeout(VERDICT_S):
                return await verdict
        except TimeoutError as error:
            text = f"no verdict on a message within {VERDICT_S:.0f} s"
            raise UpstreamUnavailableError(text) from error
        finally:
            self._verdicts.pop(info.mid, None)

    async def take(self, limit: int) -> list[MQTTMessage]:
        while not self._inbox:
            if self._disconnected.done():
                raise UpstreamUnavailableError("the line to the broker is broken")
            self._arrived.clear()
            await self._arrived.wait()
        return [self._inbox.popleft() for _ in range(min(limit, len(self._inbox)))]

    async def _wait_for(self, fut: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109 - aiomqtt's signature
        """As aiomqtt's, without `asyncio.wait_for`.

        On Python 3.11 that returns the result when a cancellation arrives in the
        turn in which the future is done: a stop would be forgotten.
        """
        try:
            async with asyncio.timeout(self.timeout if timeout is None else timeout):
                return await fut
        except TimeoutError as error:
            raise aiomqtt.MqttError("operation timed out") from error

    def hang_up(self) -> None:
        """Close the socket whatever state it is in; harmless when it is closed."""
        self._abandoned = True
        self._client._sock_close()  # noqa: SLF001 - paho has no public way to close at once
        if self._misc_task is not None:
            self._misc_task.cancel()
        for told in (self._connected, self._disconnected):
            if told.done() and not told.cancelled():
                told.exception()  # seen: asyncio need not tell of it again

    # -- what paho tells us ---------------------------------------------------------------

    def _on_publish(
        self, client: PahoClient, userdata: Any, mid: int, reason_code: ReasonCode, properties: Any
    ) -> None:
        verdict = self._verdicts.get(mid)
        if verdict is not None and not verdict.done():
            verdict.set_result(value_of(reason_code))
        super()._on_publish(client, userdata, mid, reason_code, properties)

    def _on_message(self, client: PahoClient, userdata: Any, message: MQTTMessage) -> None:  # noqa: ARG002
        if len(self._inbox) >= self._inbox_max or not _readable(message):
            self.dropped += 1
            return
        self._inbox.append(message)
        self._arrived.set()

    def _on_disconnect(
        self,
        client: PahoClient,
        userdata: Any,
        flags: Any,
        reason_code: ReasonCode,
        properties: Any = None,
    ) -> None:
        if not self._connected.done():
            # Without this, aiomqtt waits for a CONNACK that can no longer come.
            self._connected.set_exception(_ClosedEarlyError(reason_code))
        super()._on_disconnect(client, userdata, flags, reason_code, properties)
        self._lost()

    def _lost(self) -> None:
        if not self._disconnected.done():
            self._disconnected.set_result(None)
        for verdict in self._verdicts.values():
            if not verdict.done():
                verdict.set_exception(UpstreamUnavailableError("the line to the broker broke"))
        self._arrived.set()

    # -- the socket -----------------------------------------------------------------------
    # paho opens it in a thread. aiomqtt would register it with the loop from there, also
    # when nobody waits for it any more, and by a number that may be another socket's by then.

    def _on_socket_open(self, client: PahoClient, userdata: Any, sock: Any) -> None:  # noqa: ARG002
        # Before the first byte of ours: a name may lead elsewhere than it did when it was checked.
        if self._readable and not _stays_here(sock):
            raise _LeavesMachineError  # `open` closes it: paho holds a lock here
        self._loop.call_soon_threadsafe(self._watch, sock)

    def _watch(self, sock: Any) -> None:
        if self._abandoned:
            self._client._sock_close()  # noqa: SLF001 - see hang_up
        elif sock.fileno() >= 0:
            self._loop.add_reader(sock.fileno(), self._read, sock)
            self._misc_task = self._loop.create_task(self._misc_loop(), name="mqtt-keepalive")

    def _on_socket_register_write(self, client: PahoClient, userdata: Any, sock: Any) -> None:  # noqa: ARG002
        # Written on the loop's next turn: a publish saves two registrations and a wake-up,
        # and those of one turn share a write.
        if threading.get_ident() == self._loop_thread:
            self._loop.call_soon(self._write, sock)
        else:
            self._loop.call_soon_threadsafe(self._write, sock)

    def _on_socket_unregister_write(self, client: PahoClient, userdata: Any, sock: Any) -> None:  # noqa: ARG002
        if sock.fileno() >= 0:
            self._loop.remove_writer(sock.fileno())

    def _read(self, sock: Any) -> None:
        with self._breaks_the_line():
            self._client.loop_read()
            # TLS may hold decoded bytes that no poll will tell of.
            while isinstance(sock, ssl.SSLSocket) and sock.fileno() >= 0 and sock.pending() > 0:
                self._client.loop_read()
            if sock.fileno() >= 0:
                # Acknowledge at once: a broker with Nagle's algorithm on (Mosquitto's default)
                # holds the next small packet back until then. Measured on loopback, from an
                # alert's commit to its settled receipt: 5 ms with this, 45 ms without. It
                # must be said anew after every read (tcp(7)).
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _write(self, sock: Any) -> None:
        if self._abandoned or sock.fileno() < 0:
            return
        with self._breaks_the_line():
            self._client.loop_write()
        if self._client.want_write() and sock.fileno() >= 0:
            self._loop.add_writer(sock.fileno(), self._write, sock)

    @contextlib.contextmanager
    def _breaks_the_line(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, MQTTException) as error:
            log.warning("mqtt_line_broke", reason=f"{type(error).__name__}: {error}")
            self._lost()
            self._client._sock_close()  # noqa: SLF001 - see hang_up


class _LeavesMachineError(OSError):
    def __init__(self) -> None:
        text = "the broker's name leads to another machine; set mqtt.tls = true"
        super().__init__(text)


class _ClosedEarlyError(aiomqtt.MqttCodeError):
    """The broker closed the line instead of answering the CONNECT."""


def _stays_here(sock: socket.socket) -> bool:
    return ipaddress.ip_address(sock.getpeername()[0]).is_loopback


def properties_of(packet: int) -> Properties:
    """The MQTT 5 properties of one kind of packet; paho sets them by attribute."""
    return Properties(packet)  # type: ignore[no-untyped-call]


def _readable(message: MQTTMessage) -> bool:
    """Whether the topic is UTF-8, which a broker should have seen to."""
    try:
        return bool(message.topic)
    except UnicodeDecodeError:
        return False


def value_of(code: Any) -> int:
    """The number of a reason code, in whichever of three shapes the library gives it."""
    return int(code.value) if isinstance(code, ReasonCode) else int(code or 0)
