"""Loops sleep until something is due, and are woken by whoever makes it due earlier."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edge.app.house import House
from edge.app.ticker import LEFT_MS, SLICE_MIN_MS, Ticker
from edge.domain import Device, Role
from edge.events import Enrolled, Event, Tick
from edge.store.database import Also
from edge.waking import SLICE_MS, Waker, slice_end_ms
from tests.app.escalation_bench import bench
from tests.app.homes import house_in
from tests.support.clock import FakeClock

DAY_MS = 86_400_000


@asynccontextmanager
async def sleeping(clock: FakeClock, for_ms: int) -> AsyncIterator[tuple[Waker, list[int]]]:
    """A loop that sleeps once; when it awoke, in milliseconds from now."""
    waker, awoke, began_ms = Waker(clock), list[int](), clock.now().boottime_ms

    async def sleep() -> None:
        await waker.sleep_until(began_ms + for_ms)
        awoke.append(clock.now().boottime_ms - began_ms)

    task = asyncio.create_task(sleep())
    await clock.advance(0)
    yield waker, awoke
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_sleep_ends_at_its_moment(clock: FakeClock) -> None:
    async with sleeping(clock, 700) as (_, awoke):
        await clock.advance(699)
        assert awoke == []
        await clock.advance(1)
        assert awoke == [700]


async def test_an_earlier_wish_wakes_and_a_later_one_does_not(clock: FakeClock) -> None:
    async with sleeping(clock, 700) as (waker, awoke):
        await clock.advance(100)
        waker.by(clock.now().boottime_ms + 600)
        await clock.advance(0)
        assert awoke == []
        waker.by(clock.now().boottime_ms + 400)
        waker.by(clock.now().boottime_ms + 300)  # twice in one turn: the earlier one holds
        await clock.advance(299)
        assert awoke == []
        await clock.advance(1)
        assert awoke == [400]


async def test_who_is_wanted_now_awakes_now(clock: FakeClock) -> None:
    async with sleeping(clock, 700) as (waker, awoke):
        await clock.advance(100)
        waker.set()
        waker.set()
        await clock.advance(0)
        assert awoke == [100]


async def test_a_wish_of_before_holds_for_the_next_sleep_alone(clock: FakeClock) -> None:
    """Whoever is awake is not woken, and does not sleep over it either."""
    waker, now_ms = Waker(clock), clock.now().boottime_ms
    waker.by(now_ms + 300)
    sleep = asyncio.ensure_future(waker.sleep_until(now_ms + 1_000))
    await clock.advance(300)
    assert sleep.done()
    waker.set()
    await waker.sleep_until(now_ms + 1_000)  # returns at once
    waker.set()
    waker.clear()
    sleep = asyncio.ensure_future(waker.sleep_until(now_ms + 1_000))
    await clock.advance(699)
    assert not sleep.done()
    await clock.advance(1)
    assert sleep.done()


async def test_who_is_woken_and_cancelled_at_once_is_cancelled(clock: FakeClock) -> None:
    """An end that was asked for is not taken for a wish."""
    waker = Waker(clock)
    sleep = asyncio.ensure_future(waker.sleep_until(clock.now().boottime_ms + 1_000))
    await clock.advance(0)
    waker.set()
    sleep.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleep


def test_slices_end_together() -> None:
    """Whenever a loop looks: all of them turn at the same moments."""
    assert {slice_end_ms(SLICE_MS + ms) for ms in range(SLICE_MS)} == {2 * SLICE_MS}


class _Ticking:
    """A running ticker: when it told the rules that time has passed, and when it stored."""

    def __init__(self, house: House, clock: FakeClock) -> None:
        self.house, self.clock = house, clock
        self.began_ms = clock.now().boottime_ms
        self.ticks: list[int] = []
        self.commits: list[int] = []
        tell = house.tell

        def told(event: Event) -> tuple[str, ...]:
            if isinstance(event, Tick):
                self.ticks.append(self.ms)
            return tell(event)

        keep = house.keep

        async def kept(also: Also | None = None) -> bool:
            self.commits.append(self.ms)
            return await keep(also)

        house.tell = told  # type: ignore[method-assign]
        house.keep = kept  # type: ignore[method-assign]

    @property
    def ms(self) -> int:
        return self.clock.now().boottime_ms - self.began_ms

    async def pass_ms(self, ms: int) -> None:
        await self.clock.advance(ms)
        await self.house.store.heads()
        await self.clock.advance(0)


@asynccontextmanager
async def ticking(folder: Path, clock: FakeClock) -> AsyncIterator[_Ticking]:
    """The ticker of a home with a button that is silent after a minute."""
    async with house_in(folder, clock) as house:
        button = Device(
            id="button",
            driver="bthome",
            role=Role.HELP_BUTTON,
            address="A4:C1:38:00:00:01",
            silent_after_s=60,
        )
        house.tell(Enrolled(device=button))
        await house.commit()
        house.tell(Tick())
        await house.commit()
        one = _Ticking(house, clock)
        ticker = Ticker(house)
        running = asyncio.create_task(ticker.run(lambda: None))
        await one.pass_ms(0)
        try:
            yield one
            assert not running.done(), running.exception()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_a_deadline_of_now_is_met_to_the_millisecond(
    tmp_path: Path, clock: FakeClock
) -> None:
    """It came in while the ticker slept, between two slices."""
    async with ticking(tmp_path, clock) as one:
        await one.pass_ms(1_700)
        due_ms = one.clock.now().boottime_ms + 777
        one.house.keeper.wake_at_ms = due_ms
        for told in one.house.when_told:
            told()
        await one.pass_ms(776)
        assert one.ticks == []
        await one.pass_ms(1)
        assert one.ticks == [1_700 + 777]


async def test_a_deadline_that_stays_past_keeps_nobody_busy(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Whatever the rules make of a tick: the loop leaves the others their turns."""
    async with ticking(tmp_path, clock) as one:

        def stays_past() -> None:
            one.house.keeper.wake_at_ms = 1

        one.house.when_told.insert(0, stays_past)
        for told in one.house.when_told:
            told()
        await one.pass_ms(1_000)
        assert 1 <= len(one.ticks) <= 1_000 // SLICE_MIN_MS + 1


@pytest.mark.parametrize("by_ms", [DAY_MS, -DAY_MS])
async def test_a_clock_that_was_set_is_seen_within_a_slice(
    tmp_path: Path, clock: FakeClock, by_ms: int
) -> None:
    async with ticking(tmp_path, clock) as one:
        await one.pass_ms(1_300)
        one.clock.step_wall(by_ms)
        await one.pass_ms(SLICE_MS)
        assert len(one.ticks) == 1
        assert one.ticks[0] - 1_300 <= SLICE_MS


async def test_a_suspended_machine_sleeps_past_no_more_than_a_slice(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timers stand still in a suspend and boottime does not: no sleep is asked for that is longer
    than what may still be slept of it afterwards.
    """
    asked: list[int] = []
    sleep_until = clock.sleep_until

    async def sleep(boottime_ms: int) -> None:
        asked.append(boottime_ms - clock.now().boottime_ms)
        await sleep_until(boottime_ms)

    monkeypatch.setattr(clock, "sleep_until", sleep)
    async with ticking(tmp_path, clock) as one:
        assert one.house.keeper.wake_at_ms is not None
        await one.pass_ms(1_300)
        await one.pass_ms(60_000)
    assert len(asked) >= 12
    assert max(asked) <= SLICE_MS


async def test_what_is_urgent_and_left_lying_is_committed_soon(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Whoever told it died or forgot: an alert is not left in memory."""
    async with ticking(tmp_path, clock) as one:
        await one.pass_ms(1_300)
        one.commits.clear()
        one.house.keeper.urgent = True
        for told in one.house.when_told:
            told()
        await one.pass_ms(LEFT_MS - 1)
        assert one.commits == []
        await one.pass_ms(1)
        assert one.commits == [1_300 + LEFT_MS]
        assert not one.house.keeper.urgent


@pytest.mark.parametrize("by_ms", [DAY_MS, -DAY_MS])
async def test_an_open_alert_is_looked_at_again_when_the_clock_was_set(
    tmp_path: Path, clock: FakeClock, by_ms: int
) -> None:
    """Hours in which people answer hang on it. Otherwise nothing is asked between two moments."""
    async with bench(tmp_path, clock) as one:
        await one.press()
        await one.pass_ms(2_000)
        looks: list[int] = []
        turn = one.escalator.turn

        async def counted() -> int:
            looks.append(one.ms)
            return await turn()

        one.escalator.turn = counted  # type: ignore[method-assign]
        await one.pass_ms(2 * SLICE_MS)
        assert looks == []
        clock.step_wall(by_ms)
        set_ms = one.ms
        await one.pass_ms(SLICE_MS)
        assert looks
        assert looks[0] - set_ms <= SLICE_MS
