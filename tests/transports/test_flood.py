"""A neighbourhood full of telephones: what 5,000 strangers a second cost an alarm."""

from __future__ import annotations

import asyncio
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
# Of the event loop: the queue wakes its reader, and the reader takes what there is.
TURNS = 3


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
    """Some turns of the loop after the callback, however many strangers came before and after."""
    scanner, queue = bench(clock)
    said = advertisement()
    pressed = 0

    async def consume() -> None:
        nonlocal pressed
        while True:
            batch = await queue.get_batch(500)
            pressed += sum(heard.device == "help-button" for heard in batch)

    consumer = asyncio.create_task(consume())
    button = BLEDevice(BUTTON, None, None)
    per_tick = round(STRANGERS_PER_S * TICK_S)
    for tick in range(TICKS):
        for number in range(per_tick):
            scanner.heard(stranger(tick * per_tick + number), said)
        scanner.heard(button, said)
        for number in range(per_tick):
            scanner.heard(stranger(number), said)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert pressed == tick + 1
    consumer.cancel()
    await asyncio.gather(consumer, return_exceptions=True)


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
