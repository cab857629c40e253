"""Lines that are dead and do not say so: a frozen broker, a network that swallows every byte.

`test_mqtt` has the frozen broker under a publish, `tests/e2e/test_outages.py` the same in a home.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest

from edge.config import Mqtt
from edge.errors import UpstreamUnavailableError
from edge.uplink.mqtt import MqttBroker
from tests.support.mosquitto import HOST, Mosquitto
from tests.uplink.brokers import plain
from tests.uplink.test_mqtt import SESSION

# What is promised for a line on which nothing is published, and for a publish.
NOTICED_S = 30.0
JUDGED_S = 5.0
# A machine that does other things too, for a verdict of which the timer itself is 5 s.
SLACK_S = 1.5


class Network:
    """Carries bytes between a client and its broker until `swallow`: then it takes them, for ever.

    Both ends stay connected, as over a router that lost its table or a mast that went dark.
    """

    def __init__(self, broker: Mosquitto) -> None:
        self._broker = broker
        self.swallows = False
        self.port = 0

    @contextlib.asynccontextmanager
    async def carrying(self) -> AsyncIterator[Network]:
        server = await asyncio.start_server(self._met, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ends = asyncio.TaskGroup()
        async with self._ends, server:
            yield self
            server.close()
            for writer in self._writers:
                writer.close()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(HOST, self._broker.port)
        self._writers = [writer, there[1]]
        self._ends.create_task(self._carry(reader, there[1]))
        self._ends.create_task(self._carry(there[0], writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                if not self.swallows:
                    writer.write(data)
                    await writer.drain()


def _through(network: Network) -> Mqtt:
    return Mqtt(host=HOST, port=network.port, tls=False, version="5")


@pytest.mark.timeout(30)
async def test_a_publish_into_a_half_open_line_is_judged_in_5_s(mosquitto: Mosquitto):
    """TCP takes the bytes, and nobody ever answers."""
    async with Network(mosquitto).carrying() as network:
        with pytest.raises(UpstreamUnavailableError, match="no verdict"):  # noqa: PT012 - the line
            async with MqttBroker(_through(network), SESSION).connect() as line:
                await line.publish("t/gw-0001/up/alert", b"x")
                network.swallows = True
                began = time.monotonic()
                await line.publish("t/gw-0001/up/alert", b"y")
        assert JUDGED_S - 0.2 < time.monotonic() - began < JUDGED_S + SLACK_S


@pytest.mark.slow
@pytest.mark.timeout(90)
async def test_a_half_open_line_is_noticed_without_a_publish(mosquitto: Mosquitto):
    """By the keepalive alone."""
    async with Network(mosquitto).carrying() as network:
        with pytest.raises(UpstreamUnavailableError):  # noqa: PT012 - as above
            async with MqttBroker(_through(network), SESSION).connect() as line:
                await line.publish("t/gw-0001/up/alert", b"x")
                network.swallows = True
                began = time.monotonic()
                await line.take(1)
        took_s = time.monotonic() - began
    print(f"noticed after {took_s:.1f} s")
    assert took_s <= NOTICED_S


@pytest.mark.slow
@pytest.mark.timeout(90)
async def test_a_frozen_broker_is_noticed_without_a_publish(mosquitto: Mosquitto):
    """SIGSTOP: its kernel goes on to acknowledge TCP, so that only the keepalive can tell."""
    with pytest.raises(UpstreamUnavailableError):  # noqa: PT012 - as above
        async with MqttBroker(plain(mosquitto), SESSION).connect() as line:
            await line.publish("t/gw-0001/up/alert", b"x")
            mosquitto.freeze()
            began = time.monotonic()
            await line.take(1)
    took_s = time.monotonic() - began
    print(f"noticed after {took_s:.1f} s")
    assert took_s <= NOTICED_S
