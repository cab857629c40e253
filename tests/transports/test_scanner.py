"""The scanner: the callback's filter, and the watchdog over a radio that fails in every way."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from bleak.exc import BleakDBusError

from edge.drivers.base import Advert
from edge.transports.ble.scanner import (
    LOOK_EVERY_MS,
    LOOP,
    RETRY_MAX_MS,
    Listed,
    Scanner,
    ScannerLimits,
)
from edge.transports.lanes import LaneQueue
from tests.transports.fakes import (
    BUTTON,
    CLIMATE,
    CUFF,
    STRANGER,
    Beats,
    FakeRadio,
    Faults,
    advertisement,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bleak.backends.device import BLEDevice

    from tests.support.clock import FakeClock

TABLE = {
    BUTTON.lower(): Listed("help-button", alarm=True),
    CLIMATE: Listed("climate-1"),
    CUFF: Listed("bp-1", connect=True),
}
MINUTE_MS = 60_000


class Bench:
    """A scanner on a fake radio and a clock under the test's hand."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.radio = FakeRadio()
        self.queue = LaneQueue()
        self.faults = Faults()
        self.beats = Beats()
        self.invitations: list[tuple[str, BLEDevice]] = []
        self.scanner = Scanner(
            self.radio,
            self.queue,
            clock,
            on_fault=self.faults,
            beat=self.beats,
            on_invitation=lambda device, found: self.invitations.append((device, found)),
            limits=ScannerLimits(start_s=0.05, stop_s=0.05),
        )
        self.scanner.enrol(TABLE)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.scanner.run())
        await self.clock.advance(0)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def pass_real_time(self) -> None:
        """Let the bound of one start or stop run out (it is real time)."""
        await asyncio.sleep(0.12)


@pytest.fixture
async def bench(clock: FakeClock) -> Bench:
    return Bench(clock)


async def test_an_enrolled_advert_reaches_its_lane_as_the_radio_gave_it(bench: Bench) -> None:
    """Address, name, both kinds of data, strength and moment arrive; alarms in their own lane."""
    async with bench.running():
        bench.radio.say(CLIMATE)
        bench.radio.say(BUTTON, advertisement({"0000fcd2-0000-1000-8000-00805f9b34fb": b"\x40"}))
        first, second = await bench.queue.get_batch(10)
    assert (first.device, second.device) == ("help-button", "climate-1")
    assert first.frame == Advert(
        address=BUTTON,
        name="name",
        manufacturer={0x0499: b"\x05"},
        service={"0000fcd2-0000-1000-8000-00805f9b34fb": b"\x40"},
        rssi_dbm=-60,
    )
    assert first.at == bench.clock.now()


async def test_strangers_are_counted_and_nothing_else(bench: Bench) -> None:
    """No address of other people is queued, listed or kept in a table."""
    async with bench.running():
        for _ in range(100):
            bench.radio.say(STRANGER)
    assert bench.scanner.strangers == 100
    assert len(bench.queue) == 0
    assert STRANGER not in repr(vars(bench.scanner))


async def test_an_onlooker_sees_everybody_and_only_while_it_looks(bench: Bench) -> None:
    """Strangers and ours, as they came; ours go to their lanes all the same."""
    seen: list[str] = []
    async with bench.running():
        bench.scanner.onlooker = lambda advert, _: seen.append(advert.address)
        bench.radio.say(STRANGER)
        bench.radio.say(CLIMATE)
        bench.scanner.onlooker = None
        bench.radio.say(STRANGER)
    assert seen == [STRANGER, CLIMATE]
    assert [h.device for h in await bench.queue.get_batch(10)] == ["climate-1"]


async def test_enrolment_changes_while_it_runs(bench: Bench) -> None:
    """A removed device is a stranger from the next advertisement on."""
    async with bench.running():
        bench.scanner.enrol({STRANGER: Listed("new-1")})
        bench.radio.say(CLIMATE)
        bench.radio.say(STRANGER)
        assert [h.device for h in await bench.queue.get_batch(10)] == ["new-1"]
    assert bench.scanner.strangers == 1


async def test_a_gatt_device_invites_instead_of_reporting(bench: Bench) -> None:
    """Its advertisement goes to the sessions, not into a lane."""
    async with bench.running():
        bench.radio.say(CUFF)
    assert [(device, found.address) for device, found in bench.invitations] == [("bp-1", CUFF)]
    assert len(bench.queue) == 0


async def test_a_mute_scanner_is_rebuilt_after_a_minute(bench: Bench) -> None:
    """Nobody heard for 60 s: a new scanner, although `stop()` fails as BlueZ's does."""
    bench.radio.stop_raises = BleakDBusError("org.bluez.Error.Failed", ["No discovery started"])
    async with bench.running():
        first = bench.radio.live
        await bench.clock.advance(MINUTE_MS - 1)
        assert bench.radio.live is first
        await bench.clock.advance(1)
        assert bench.radio.live is not None
        assert bench.radio.live is not first
        assert bench.scanner.rebuilds == 1
    assert bench.faults.told == []


async def test_it_says_whether_silence_means_something(bench: Bench) -> None:
    """It hears while it scans and somebody was heard within a minute of it."""

    def hears() -> bool:
        return bench.scanner.hears(bench.clock.now().boottime_ms)

    assert not hears()
    async with bench.running():
        assert hears()
        await bench.clock.advance(MINUTE_MS - 1)
        assert hears()
        async with bench.scanner.paused():
            assert not hears()
    assert not hears()


async def test_a_stranger_keeps_the_watchdog_quiet(bench: Bench) -> None:
    """Anybody's advertisement shows that the radio works; silence of ours is another matter."""
    async with bench.running():
        for _ in range(20):
            await bench.clock.advance(MINUTE_MS // 2)
            bench.radio.say(STRANGER)
    assert bench.scanner.rebuilds == 0


async def test_three_mute_scanners_are_a_fault_told_once_and_taken_back_once(bench: Bench) -> None:
    """After three minutes of nothing a person is told; the first sound takes it back."""
    async with bench.running():
        await bench.clock.advance(3 * MINUTE_MS - 1)
        assert bench.faults.gone == []
        await bench.clock.advance(1)
        assert bench.faults.gone == [True]
        await bench.clock.advance(30 * MINUTE_MS)
        assert bench.faults.gone == [True]
        bench.radio.say(STRANGER)
        await bench.clock.advance(MINUTE_MS // 2)
        assert bench.faults.gone == [True, False]
    assert bench.faults.told[0].kind.value == "radio"
    assert bench.faults.told[0].subject == "fake"


async def test_a_hanging_stop_is_left_behind(bench: Bench) -> None:
    """A `stop()` that never returns costs its bound, not the radio."""
    bench.radio.stop_hangs = True
    async with bench.running():
        await bench.clock.advance(MINUTE_MS)
        await bench.pass_real_time()
        await bench.clock.advance(0)
        bench.radio.say(CLIMATE)
        assert [h.device for h in await bench.queue.get_batch(1)] == ["climate-1"]
        bench.radio.stop_hangs = False
    assert bench.scanner.rebuilds == 1


@pytest.mark.parametrize(
    "error",
    [
        BleakDBusError("org.bluez.Error.InProgress", []),
        FileNotFoundError("no system bus"),
        EOFError(),
    ],
)
async def test_a_start_that_fails_is_tried_again_and_told_once(
    bench: Bench, error: Exception
) -> None:
    """No adapter, no bus, a busy adapter: back-off up to half a minute, one fault, one return."""
    bench.radio.start_raises = error
    async with bench.running():
        await bench.clock.advance(10 * MINUTE_MS)
        assert 15 < bench.radio.starts < 30
        assert bench.faults.gone == [True]
        bench.radio.start_raises = None
        await bench.clock.advance(RETRY_MAX_MS)
        bench.radio.say(STRANGER)
        await bench.clock.advance(5_000)
        assert bench.faults.gone == [True, False]


async def test_a_hanging_start_is_tried_again(bench: Bench) -> None:
    """A daemon that answers nothing is a failed start, not a gateway that waits for ever."""
    bench.radio.start_hangs = True
    async with bench.running():
        await bench.pass_real_time()
        bench.radio.start_hangs = False
        await bench.clock.advance(1_000)
        assert bench.radio.live is not None


async def test_nothing_is_heard_while_paused_and_all_of_it_after(bench: Bench) -> None:
    """`paused()` stops scanning for a connection and starts it again, also when that failed."""
    async with bench.running():
        with suppress(RuntimeError):
            async with bench.scanner.paused():
                assert bench.radio.live is None
                raise RuntimeError
        assert bench.radio.live is not None


async def test_a_pause_is_not_silence(bench: Bench) -> None:
    """The minute of the watchdog starts anew when scanning does."""
    async with bench.running():
        await bench.clock.advance(MINUTE_MS - 1_000)
        async with bench.scanner.paused():
            await bench.clock.advance(2_000)
        await bench.clock.advance(MINUTE_MS - 1_000)
    assert bench.scanner.rebuilds == 0


async def test_the_loop_beats_while_it_is_idle(bench: Bench) -> None:
    """Systemd's watchdog sees the scanner's loop at least every ten seconds."""
    async with bench.running():
        before = bench.beats.count[LOOP]
        await bench.clock.advance(MINUTE_MS - 1)
        assert bench.beats.count[LOOP] - before >= 6


async def test_the_loop_beats_when_a_connection_has_given_the_scanner_back(bench: Bench) -> None:
    """A hanging daemon takes its bound twice, in the connection and then in the loop."""
    async with bench.running():
        async with bench.scanner.paused():
            await bench.clock.advance(2 * LOOK_EVERY_MS)
            before = bench.beats.count[LOOP]
        await bench.clock.advance(0)
        assert bench.beats.count[LOOP] == before + 1


async def test_cancelling_stops_the_scanner(bench: Bench) -> None:
    """No discovery is left running in bluetoothd after the gateway has gone."""
    async with bench.running():
        assert bench.radio.live is not None
    assert bench.radio.live is None
