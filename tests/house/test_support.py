from __future__ import annotations

import asyncio
import socket
import uuid
from datetime import UTC, datetime

import pytest

from edge.domain import Instant, Sync
from tests.support.clock import FakeClock, instant
from tests.support.ids import SeqIds
from tests.support.mosquitto import Mosquitto


def test_ids_are_valid_distinct_and_carry_the_time(at: Instant, ids: SeqIds) -> None:
    """Counted ids are UUIDv7 of the moment that they were asked for, in rising order."""
    made = [ids.uuid7(at) for _ in range(1_000)]
    assert made == sorted(set(made))
    for text in (made[0], made[-1]):
        number = uuid.UUID(text)
        assert (number.version, number.variant) == (7, uuid.RFC_4122)
        assert number.int >> 80 == at.wall_ms
    assert SeqIds().uuid7(at) == made[0]


def test_noon_is_noon(at: Instant) -> None:
    """The tests' moment is noon of a Monday, and milliseconds move both of its clocks."""
    moment = datetime.fromtimestamp(at.wall_ms / 1000, UTC)
    assert moment == datetime(2026, 3, 2, 12, tzinfo=UTC)
    later = instant(1_500)
    assert (later.wall_ms - at.wall_ms, later.boottime_ms - at.boottime_ms) == (1_500, 1_500)


async def test_a_loop_that_sleeps_a_minute_runs_ten_times_in_ten(clock: FakeClock) -> None:
    """Virtual time stops at each deadline on its way, so no round of a loop is lost."""
    start_ms = clock.now().boottime_ms
    seen: list[int] = []

    async def beat() -> None:
        while True:
            await clock.sleep_until(clock.now().boottime_ms + 60_000)
            seen.append(clock.now().boottime_ms - start_ms)

    task = asyncio.create_task(beat())
    await clock.advance(600_000)
    assert seen == [60_000 * n for n in range(1, 11)]
    assert clock.sleepers == 1
    task.cancel()


async def test_a_stepped_wall_clock_leaves_durations_alone(clock: FakeClock) -> None:
    """A time server moves the wall, never the time since boot."""
    before = clock.now()
    clock.step_wall(-3_600_000, sync=Sync.NONE)
    after = clock.now()
    assert after.boottime_ms == before.boottime_ms
    assert (after.wall_ms - before.wall_ms, after.sync) == (-3_600_000, Sync.NONE)


def answers(broker: Mosquitto) -> bool:
    """Whether the broker answers an MQTT 3.1.1 CONNECT with a CONNACK within half a second."""
    connect = bytes([0x10, 0x0E, 0, 4, *b"MQTT", 4, 2, 0, 60, 0, 2, *b"hc"])
    try:
        with socket.create_connection((broker.host, broker.port), timeout=0.5) as line:
            line.sendall(connect)
            return line.recv(4)[:1] == b"\x20"
    except OSError:
        return False


@pytest.mark.timeout(60)
def test_the_broker_can_be_frozen_killed_and_brought_back(mosquitto: Mosquitto) -> None:
    """Each fault that a broker can have is there to be asked for, on one port."""
    port, first = mosquitto.port, mosquitto.pid
    assert answers(mosquitto)
    mosquitto.freeze()
    assert not answers(mosquitto)
    mosquitto.cont()
    assert answers(mosquitto)
    mosquitto.kill()
    assert not answers(mosquitto)
    mosquitto.restart()
    assert answers(mosquitto)
    assert (mosquitto.port, mosquitto.pid != first) == (port, True)
