"""The ready settings in config/broker, by real engines: nobody reaches another home's topics."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from edge.errors import EdgeError, UpstreamRejectedError, UpstreamUnavailableError
from edge.uplink.envelope import Topics
from edge.uplink.mqtt import MqttLine
from tests.support.certificates import Authority
from tests.support.rabbitmq import rabbitmq
from tests.support.region import Region, ready

OURS, OTHERS = Topics(gateway="gw-0001"), Topics(gateway="gw-0002")
DOWN = ("down", "down_claim", "down_profile", "down_command")
# How long nothing must come before it is believed that nothing comes.
SILENCE_S = 0.4

pytestmark = pytest.mark.timeout(180)
ENGINES = ["mosquitto", pytest.param("rabbitmq", marks=pytest.mark.slow)]


@pytest.fixture(params=ENGINES, scope="module")
def region(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Region]:
    """Each engine in turn."""
    papers, folder = tmp_path_factory.mktemp("papers"), tmp_path_factory.mktemp("broker")
    authority = Authority(papers)
    for name in ("broker", "gw-0001", "gw-0002", "desk-area-07"):
        authority.issue(name)
    if request.param == "mosquitto":
        with ready(folder, papers) as broker:
            yield Region(papers, authority, broker)
    else:
        with rabbitmq(folder, papers, ("gw-0002",)) as other:
            yield Region(papers, authority, other)


async def heard(line: MqttLine, count: int) -> list[str]:
    """The topics of the next `count` messages, and of what comes within a second after them."""
    found: list[str] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            found += [one.topic for one in await line.take(count)]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SILENCE_S):
            found += [one.topic for one in await line.take(99)]
    return sorted(found)


async def test_each_is_heard_and_answered_on_its_own_topics(region: Region):
    """Two gateways and a desk: every message that the protocol has, and no other arrives."""
    office = region.reach("desk-area-07", "kotivahti/v1/+/up/+", "kotivahti/v1/+/state")
    downs = [getattr(OURS, name) for name in DOWN]
    other_downs = [getattr(OTHERS, name) for name in DOWN]
    async with (
        office.connect() as desk,
        region.reach("gw-0001", *downs).connect() as one,
        region.reach("gw-0002", *other_downs).connect() as two,
    ):
        for topics, line in ((OURS, one), (OTHERS, two)):
            await line.publish(topics.heartbeat, b"alive")
            await line.publish(topics.reply, b"done")
            await line.publish(topics.state, b"online", retain=True)
        expected = [t for o in (OURS, OTHERS) for t in (o.heartbeat, o.reply, o.state)]
        assert await heard(desk, 6) == sorted(expected)
        for topic in (*downs, *other_downs):
            await desk.publish(topic, b"for one of them")
        assert await heard(one, 4) == sorted(downs)
        assert await heard(two, 4) == sorted(other_downs)
        for topics, line in ((OURS, one), (OTHERS, two)):
            await line.publish(topics.state, b"", retain=True)  # the next test's desk hears nothing


@pytest.mark.parametrize(
    "topic",
    [OTHERS.heartbeat, OTHERS.state, OTHERS.down, OURS.down, OURS.down_command, "other/topic"],
)
async def test_a_gateway_speaks_for_nobody_else(region: Region, topic: str):
    """Refused, or the line is closed; in no case does it arrive, also with another client id."""
    office = region.reach("desk-area-07", "kotivahti/v1/+/up/+", "kotivahti/v1/+/state")
    downs = [getattr(OTHERS, name) for name in DOWN]
    async with office.connect() as desk, region.reach("gw-0002", *downs).connect() as victim:
        for client_id in ("gw-0001", "gw-0001-asks"):
            with pytest.raises((UpstreamRejectedError, UpstreamUnavailableError)):  # noqa: PT012
                async with region.reach("gw-0001", client_id=client_id).connect() as line:
                    await line.publish(topic, b"forged")
                    await line.publish(topic, b"forged")  # a line that was closed shows here
        for line in (desk, victim):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(SILENCE_S):
                    await line.take(1)


@pytest.mark.parametrize(
    "wish", ["#", "kotivahti/v1/+/down/+", "kotivahti/v1/gw-0002/down/claim", OTHERS.heartbeat]
)
async def test_a_gateway_hears_nobody_else(region: Region, wish: str):
    """A wish may be granted (Mosquitto reads the rights when it delivers); nothing comes."""
    office = region.reach("desk-area-07")
    async with office.connect() as desk, contextlib.AsyncExitStack() as stack:
        try:
            spy = await stack.enter_async_context(region.reach("gw-0001", wish).connect())
        except EdgeError:
            return  # refused at once
        async with region.reach("gw-0002").connect() as two:
            await two.publish(OTHERS.heartbeat, b"alive")
        for name in DOWN:
            await desk.publish(getattr(OTHERS, name), b"Aino")
        found: list[str] = []
        with contextlib.suppress(TimeoutError, UpstreamUnavailableError):
            async with asyncio.timeout(SILENCE_S):
                found = [one.topic for one in await spy.take(9)]
        assert found == []


async def test_nobody_comes_in_without_a_certificate_of_ours(region: Region):
    """No certificate; a stranger's; one that ended; no TLS at all; a broker of another."""
    stranger = Authority(region.papers, "stranger")
    forged = stranger.issue("gw-0001", "forged")
    old = region.authority.issue("gw-0001", "old", ends=-timedelta(minutes=1))
    cases: list[dict[str, Any]] = [
        {"cert_file": None, "key_file": None},
        forged,
        old,
        {"tls": False, "cert_file": None, "key_file": None, "ca_file": None},
        {"ca_file": str(stranger.file)},
    ]
    for changes in cases:
        with pytest.raises((UpstreamUnavailableError, UpstreamRejectedError)):
            async with region.reach("gw-0001", version="3.1.1", **changes).connect():
                pass
    async with region.reach("gw-0001").connect() as line:
        await line.publish(OURS.heartbeat, b"still here")


async def test_a_packet_beyond_the_limit_ends_the_line_of_its_sender_alone(region: Region):
    """A gateway gone wild fills no memory of the region's broker."""
    async with region.reach("gw-0002").connect() as other:
        with pytest.raises((UpstreamUnavailableError, UpstreamRejectedError)):
            async with region.reach("gw-0001").connect() as line:
                await line.publish(OURS.heartbeat, b"x" * 300_000)
        await other.publish(OTHERS.heartbeat, b"alive")


def test_there_is_no_readable_door(region: Region):
    """What listens speaks TLS: a CONNECT in the clear has no answer of MQTT."""
    hello = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x0f\x00\x04test"
    with socket.create_connection((region.broker.host, region.broker.port), 10) as plain:
        plain.settimeout(10)
        plain.sendall(hello)
        with contextlib.suppress(ConnectionError):
            assert not plain.recv(100).startswith(b"\x20")
