"""GATT sessions on a fake client: when they are held, what a failure costs, what is written."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from bleak.exc import BleakError

from edge.domain import Sync
from edge.drivers.base import Notification
from edge.transports.beating import beating
from edge.transports.ble import gatt
from edge.transports.ble.current_time import CURRENT_TIME
from edge.transports.ble.gatt import (
    COOL_DOWN_DONE_MS,
    COOL_DOWN_MAX_MS,
    FRESH_MS,
)
from tests.transports.gatt_bench import (
    FOUND,
    MEASUREMENT,
    Bench,
)

if TYPE_CHECKING:
    from tests.support.clock import FakeClock


@pytest.fixture
async def bench(clock: FakeClock) -> Bench:
    return Bench(clock)


async def test_scanning_is_paused_for_connecting_and_for_nothing_else(bench: Bench) -> None:
    """Adapters fail to connect while they scan; alarms are deaf for that moment only."""
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
    assert bench.paused_at_connect == [True]
    assert bench.paused_at_subscribe == [False]


async def test_each_notification_is_a_frame_of_its_device(bench: Bench) -> None:
    """Characteristic and value arrive as they were sent, in order, with a moment."""
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
        batch = await bench.queue.get_batch(10)
    assert [heard.device for heard in batch] == ["bp-1", "bp-1"]
    assert [heard.frame for heard in batch] == [
        Notification(characteristic=MEASUREMENT, value=value, clock_offset_s=0, indicated=True)
        for value in (b"\x01", b"\x02")
    ]
    assert bench.sessions.counts.notifications == 2
    assert bench.disconnects == 1


async def test_the_device_s_clock_is_set_when_ours_is_good(bench: Bench) -> None:
    """Ten bytes of local time before the subscription; none when our clock was never set."""
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
        assert [(uuid, len(data)) for uuid, data in bench.written] == [(CURRENT_TIME, 10)]
        bench.clock.sync = Sync.NONE
        bench.clock.pass_time(COOL_DOWN_DONE_MS)
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(2)
        assert len(bench.written) == 1


async def test_a_device_that_refuses_the_time_still_gives_its_measurements(bench: Bench) -> None:
    """The clock is a service to the device, not a condition."""
    bench.write_raises = BleakError("not permitted")
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
    assert bench.sessions.counts.completed == 1


@pytest.mark.parametrize(
    "error", [BleakError("busy"), OSError("bus gone"), EOFError(), TimeoutError()]
)
async def test_no_failure_of_the_radio_ends_the_loop(bench: Bench, error: Exception) -> None:
    """A failed connection, and a failed disconnection after it, are counted; the next one works."""
    bench.connect_raises = error
    bench.disconnect_raises = error
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
        bench.connect_raises = None
        bench.clock.pass_time(COOL_DOWN_MAX_MS)
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(2)
    assert bench.sessions.counts.failed == 1
    assert bench.sessions.counts.completed == 1


async def test_a_hanging_connection_costs_its_bound(bench: Bench) -> None:
    """The scanner is paused meanwhile, so the bound is what an alarm may have to wait."""
    bench.connect_hangs = True
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
        assert not bench.paused
    assert bench.sessions.counts.failed == 1


@pytest.mark.parametrize("hangs", ["pause", "connect", "resume"])
async def test_a_hung_bluez_does_not_starve_the_beat(bench: Bench, hangs: str) -> None:
    """Each of the waits before the first step is bounded, and is no sign of a dead gateway."""
    bench.pause_hangs = hangs == "pause"
    bench.connect_hangs = hangs == "connect"
    bench.resume_hangs_s = 0.1 if hangs == "resume" else 0.0
    async with bench.running():
        await asyncio.sleep(0)
        before = bench.beats.count["gatt"]
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
        assert bench.beats.count["gatt"] - before >= 7
    assert bench.sessions.counts.failed == (0 if hangs == "resume" else 1)


async def test_a_wait_beyond_its_bound_is_noticed() -> None:
    """Whoever is stuck for good falls silent, and the watchdog ends it."""
    beats: list[float] = []
    with beating(lambda: beats.append(0.0), every_s=0.01, bound_s=0.05):
        await asyncio.sleep(0.15)
        at_the_bound = len(beats)
        await asyncio.sleep(0.1)
        assert len(beats) == at_the_bound
    assert 3 <= at_the_bound <= 7


async def test_failures_are_spaced_more_and_more(bench: Bench) -> None:
    """A broken bond must not make the radio deaf every two seconds for days."""
    bench.connect_raises = BleakError("authentication failed")
    waits_ms: list[int] = []
    async with bench.running():
        for number in range(1, 8):
            waited_ms = 0
            bench.sessions.invited("bp-1", FOUND)
            while bench.sessions.counts.sessions < number:
                bench.clock.pass_time(500)
                waited_ms += 500
                bench.sessions.invited("bp-1", FOUND)
                await asyncio.sleep(0.001)
            waits_ms.append(waited_ms)
            await bench.held(number)
    assert waits_ms[0] <= 500
    assert waits_ms[1:] == sorted(waits_ms[1:])
    assert 2_000 <= waits_ms[1] <= 3_000
    assert COOL_DOWN_MAX_MS <= waits_ms[-1] <= COOL_DOWN_MAX_MS + 1_000


async def test_a_device_out_of_reach_leaves_the_scanner_most_of_the_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt takes its whole bound, deaf for a help button: nine times as long is heard."""
    monkeypatch.setattr(gatt, "COOL_DOWN_FAILED_MS", 1)
    bench.connect_hangs = True
    deaf_ms = 100  # the bench's bound of a connection
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(1)
        bench.clock.pass_time((gatt.HEARING_PER_CONNECTING - 1) * deaf_ms)
        bench.sessions.invited("bp-1", FOUND)
        await asyncio.sleep(0.02)
        assert bench.sessions.counts.sessions == 1
        bench.clock.pass_time(COOL_DOWN_MAX_MS)
        bench.sessions.invited("bp-1", FOUND)
        await bench.held(2)


async def test_an_old_invitation_is_not_followed(bench: Bench) -> None:
    """The device has stopped advertising: trying would only keep the radio from listening."""
    bench.sessions.invited("bp-1", FOUND)
    bench.clock.pass_time(FRESH_MS + 1)
    async with bench.running():
        await asyncio.sleep(0.05)
    assert bench.sessions.counts.sessions == 0


async def test_a_device_that_is_not_enrolled_is_never_connected_to(bench: Bench) -> None:
    """An invitation of a removed device is nothing to us."""
    bench.sessions.enrol({})
    async with bench.running():
        bench.sessions.invited("bp-1", FOUND)
        await asyncio.sleep(0.02)
    assert bench.sessions.counts.sessions == 0
