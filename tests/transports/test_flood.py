"""A neighbourhood full of telephones: what 5,000 strangers a second cost an alarm."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from typing import TYPE_CHECKING

from bleak.backends.device import BLEDevice

from edge.transports.ble.scanner import Listed, Scanner
from edge.transports.lanes import LaneQueue
from tests.transports.fakes import BUTTON, CLIMATE, Beats, FakeRadio, Faults, advertisement

if TYPE_CHECKING:
    from tests.support.clock import FakeClock

STRANGERS_PER_S = 5_000
TICK_S = 0.01
TICKS = 150


def stranger(number: int) -> BLEDevice:
    return BLEDevice(
        f"5A:00:{number >> 16 & 255:02X}:{number >> 8 & 255:02X}:{number & 255:02X}:01", None, None
    )


def bench(clock: FakeClock) -> tuple[Scanner, LaneQueue]:
    queue = LaneQueue()
    scanner = Scanner(FakeRadio(), queue, clock, on_fault=Faults(), beat=Beats())
    scanner.enrol({BUTTON: Listed("help-button", alarm=True), CLIMATE: Listed("climate-1")})
    return scanner, queue


async def test_a_press_under_a_flood_of_strangers_is_at_hand_at_once(clock: FakeClock) -> None:
    """From the detection callback to the consumer, p99 far below the 50 ms of the whole way."""
    scanner, queue = bench(clock)
    said = advertisement()
    waits: list[float] = []
    pressed = 0.0

    async def consume() -> None:
        while True:
            presses = [h for h in await queue.get_batch(500) if h.device == "help-button"]
            waits.extend(time.perf_counter() - pressed for _ in presses)

    consumer = asyncio.create_task(consume())
    button = BLEDevice(BUTTON, None, None)
    per_tick = round(STRANGERS_PER_S * TICK_S)
    for tick in range(TICKS):
        for number in range(per_tick):
            scanner.heard(stranger(tick * per_tick + number), said)
        pressed = time.perf_counter()
        scanner.heard(button, said)
        for number in range(per_tick):
            scanner.heard(stranger(number), said)
        await asyncio.sleep(TICK_S)
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)
    waits.sort()
    assert len(waits) == TICKS
    assert waits[len(waits) * 99 // 100] < 0.010


async def test_strangers_leave_nothing_in_memory(clock: FakeClock) -> None:
    """Every one of 50,000 addresses is new, and not one byte of them stays."""
    scanner, queue = bench(clock)
    said = advertisement()
    scanner.heard(stranger(0), said)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(50_000):
            scanner.heard(stranger(number), said)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 10_000
    assert len(queue) == 0
    assert scanner.strangers == 50_001
