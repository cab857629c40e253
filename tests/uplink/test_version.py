"""Which version of MQTT is spoken, and what a line that closes early says of it: almost nothing."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Literal

import pytest
from structlog.testing import capture_logs

from edge.config import Mqtt
from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.uplink.mqtt import MqttBroker, Session
from tests.uplink.stub import Does, StubBroker

CLOSE, REFUSE, SERVE = Does.CLOSE, Does.REFUSE, Does.SERVE


@contextlib.asynccontextmanager
async def scripted(
    *script: Does, version: Literal["5", "3.1.1", "auto"] = "auto"
) -> AsyncIterator[tuple[StubBroker, MqttBroker]]:
    """Run a broker that does this with one CONNECT after the other, and a way to reach it."""
    async with StubBroker(script).running() as stub:
        settings = Mqtt(host="127.0.0.1", port=stub.port, tls=False, version=version)
        yield stub, MqttBroker(settings, Session(client_id="gw", subscribe=("t/#",)))


async def once(reach: MqttBroker) -> None:
    """Connect, subscribe, leave."""
    async with reach.connect():
        pass


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_an_early_close_is_a_line_that_failed(version: Literal["5", "3.1.1"]) -> None:
    """A broker that restarts closes a line unanswered: try again soon, and nobody needs to come."""
    async with scripted(CLOSE, version=version) as (_, reach):
        with pytest.raises(UpstreamUnavailableError, match="closed the line unanswered") as caught:
            await once(reach)
    assert "version" not in str(caught.value)


async def test_a_proven_5_is_not_doubted_by_an_early_close() -> None:
    """After one connection of version 5 nothing but 5 is asked for, and nothing is searched."""
    async with scripted(SERVE, SERVE, CLOSE, SERVE) as (stub, reach):
        await once(reach)
        with pytest.raises(UpstreamUnavailableError, match="closed the line unanswered"):
            await once(reach)
        await once(reach)
    assert stub.levels == [5, 5, 5, 5]


async def test_an_early_close_is_a_refusal_when_3_1_1_then_works() -> None:
    """Some old brokers close on what they do not know; 5 is asked for again at the next time."""
    async with scripted(CLOSE, SERVE, CLOSE, SERVE, SERVE, SERVE) as (stub, reach):
        with capture_logs() as logs:
            for _ in range(3):
                await once(reach)
    assert stub.levels == [5, 4, 5, 4, 5, 5]
    spoken = [log["version"] for log in logs if log["event"] == "mqtt_version"]
    assert spoken == ["3.1.1", "5"]


@pytest.mark.parametrize("second", [CLOSE, REFUSE])
async def test_an_early_close_is_no_refusal_when_3_1_1_fails_too(second: Does) -> None:
    """A broker on its way up is not taken for one of an old version, not even for a minute."""
    async with scripted(CLOSE, second, SERVE, SERVE) as (stub, reach):
        with pytest.raises(UpstreamUnavailableError):
            await once(reach)
        await once(reach)
    assert stub.levels == [5, 4, 5, 5]


async def test_a_said_refusal_is_believed() -> None:
    """Who answers "unsupported version" to 5 is spoken to in 3.1.1 from then on."""
    async with scripted(REFUSE, SERVE, SERVE) as (stub, reach):
        await once(reach)
        await once(reach)
    assert stub.levels == [5, 4, 4]


async def test_a_said_refusal_of_the_version_that_is_set_needs_a_person() -> None:
    """The settings ask for 5 and the broker says no: the text names the setting."""
    async with scripted(REFUSE, version="5") as (_, reach):
        with pytest.raises(UpstreamRejectedError, match=r"refuses MQTT 5; set mqtt\.version"):
            await once(reach)


async def test_another_broker_of_3_1_1_is_found_by_the_next_attempt() -> None:
    """The broker was exchanged: with `auto` no person has to come for that."""
    async with scripted(SERVE, SERVE, REFUSE, REFUSE, SERVE) as (stub, reach):
        await once(reach)
        with pytest.raises(UpstreamUnavailableError, match="takes MQTT 5 no more"):
            await once(reach)
        await once(reach)
    assert stub.levels == [5, 5, 5, 5, 4]
