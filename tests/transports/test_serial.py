"""Serial lines over ptys: chunks, names, unplug and replug, replies, pace."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Device, Role, Sync
from edge.drivers.base import Decoded, Driver, Frame, SerialFrame, Shape
from edge.errors import TransportError
from edge.transports.lanes import TELEMETRY_LANE_MAX, Heard, LaneQueue
from edge.transports.lines import serial_port
from edge.transports.lines.port_names import is_unstable, stable_name
from edge.transports.lines.serial import SerialLine, SerialSettings
from tests.support.clock import NOON_WALL_MS
from tests.transports.fakes import Beats, Faults
from tests.transports.ptys import PATIENCE_S, Plug

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from edge.domain import Instant
    from tests.support.clock import FakeClock


class Lines:
    """A framer for tests: lines that begin with "$"; the rest is garbage."""

    def __init__(self) -> None:
        self.dropped_bytes = 0
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        good = [line for line in lines if line.startswith(b"$")]
        self.dropped_bytes += sum(len(line) + 1 for line in lines if not line.startswith(b"$"))
        return good


def hello(state: bytes, _: Instant) -> tuple[bytes, ...]:
    return (b"HELLO " + state + b"\n",)


def refuse(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    raise AssertionError("a transport does not decode")


DRIVER = Driver(
    id="lines",
    title="Lines",
    shape=Shape.SERIAL,
    roles=frozenset({Role.MEDICATION_ROBOT}),
    silent_after_s=120,
    silent_reason="a test",
    decode=refuse,
    from_payload=lambda payload, _: SerialFrame(data=payload),
    framer=Lines,
    on_open=hello,
)


class Bench:
    """A line named `robot` in a folder, on a clock under the test's hand."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.name = folder / "robot"
        self.clock = clock
        self.queue = LaneQueue()
        self.faults = Faults()
        self.beats = Beats()
        settings = SerialSettings(device="robot-1", port=str(self.name))
        self.line = SerialLine(
            settings, DRIVER, b"s1", self.queue, clock, on_fault=self.faults, beat=self.beats
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.line.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, true: Callable[[], bool], *, step_ms: int = 0) -> None:
        """Wait for `true`; threads and the kernel need real turns, the watch needs the clock."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await self.clock.advance(step_ms)
                await asyncio.sleep(0.002)

    async def opened(self, times: int = 1) -> None:
        await self.until(lambda: self.line.counts.opened == times, step_ms=100)

    async def frames(self, count: int) -> list[bytes]:
        got: list[bytes] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(got) < count:
                got += frames_of(await self.queue.get_batch(10_000))
        return got


def frames_of(batch: list[Heard]) -> list[bytes]:
    return [h.frame.data for h in batch if isinstance(h.frame, SerialFrame)]


@pytest.fixture
async def bench(tmp_path: Path, clock: FakeClock) -> Bench:
    return Bench(tmp_path, clock)


async def test_split_merged_and_garbage_chunks(bench: Bench) -> None:
    """Frames come out whole however the line cut them; garbage is counted, not delivered."""
    plug = Plug(bench.name)
    async with bench.running():
        await bench.opened()
        plug.say(b"\x00\xffnoise\n$on")
        await asyncio.sleep(0.01)
        plug.say(b"e\n$two\n$th")
        await asyncio.sleep(0.01)
        plug.say(b"ree\n")
        assert await bench.frames(3) == [b"$one", b"$two", b"$three"]
        assert bench.line.counts.garbage_bytes == 8
        assert bench.line.counts.frames == 3
    plug.unplug()


async def test_frames_of_one_chunk_come_in_one_batch_with_one_moment(bench: Bench) -> None:
    """What arrives together is handed over together, so that one commit can hold it."""
    plug = Plug(bench.name)
    async with bench.running():
        await bench.opened()
        plug.say(b"".join(b"$%d\n" % n for n in range(50)))
        batch = await bench.queue.get_batch(1000)
    assert len(batch) == 50
    assert len({h.at.boottime_ms for h in batch}) == 1
    assert {h.device for h in batch} == {"robot-1"}
    plug.unplug()


async def test_what_was_said_before_opening_is_not_lost(bench: Bench) -> None:
    """Pyserial flushes on opening; we do not: the appliance's hello is already there."""
    plug = Plug(bench.name)
    plug.say(b"$early\n")
    async with bench.running():
        assert await bench.frames(1) == [b"$early"]
    plug.unplug()


async def test_the_driver_speaks_first_with_the_committed_state(bench: Bench) -> None:
    """`on_open` is sent at every opening, and knows what was committed in between."""
    plug = Plug(bench.name)
    async with bench.running():
        assert await plug.told(9) == b"HELLO s1\n"
        bench.line.state = b"s2"
        plug.unplug()
        await bench.until(lambda: bench.faults.gone == [True], step_ms=100)
        plug = Plug(bench.name)
        await bench.opened(2)
        assert await plug.told(9) == b"HELLO s2\n"
        bench.line.write(b"ACK 1,2\n")
        assert await plug.told(8) == b"ACK 1,2\n"
    plug.unplug()


async def test_replug_under_another_name_is_found_by_the_stable_one(bench: Bench) -> None:
    """The link points to another pty after the replug, as by-id does; fault and return once."""
    first = Plug(bench.name)
    async with bench.running():
        await bench.opened()
        first.unplug()
        await bench.until(lambda: bench.faults.gone == [True], step_ms=500)
        somebody_else = os.openpty()  # takes the number that has become free
        second = Plug(bench.name)
        assert second.real != first.real
        before_ms = bench.clock.now().boottime_ms
        await bench.opened(2)
        assert bench.clock.now().boottime_ms - before_ms <= 5_000
        second.say(b"$again\n")
        assert await bench.frames(1) == [b"$again"]
    assert bench.faults.gone == [True, False]
    assert [fault.subject for fault in bench.faults.told] == ["robot-1", "robot-1"]
    second.unplug()
    for end in somebody_else:
        os.close(end)


async def test_a_name_that_moves_to_another_port_is_followed(bench: Bench) -> None:
    """The old port never said that it ended, yet the name means another device now."""
    first = Plug(bench.name)
    async with bench.running():
        await bench.opened()
        second = Plug(bench.name)
        await bench.opened(2)
        second.say(b"$new\n")
        assert await bench.frames(1) == [b"$new"]
    for plug in (first, second):
        plug.unplug()


async def test_an_absent_port_is_told_once_and_taken_as_soon_as_it_is_there(bench: Bench) -> None:
    """Minutes without the device are one fault; its return is noticed within seconds."""
    async with bench.running():
        await bench.clock.advance(600_000)
        assert bench.faults.gone == [True]
        plug = Plug(bench.name)
        before_ms = bench.clock.now().boottime_ms
        await bench.opened()
        assert bench.clock.now().boottime_ms - before_ms <= 5_000
    assert bench.faults.gone == [True, False]
    plug.unplug()


async def test_a_port_that_another_program_holds_is_retried_with_back_off(
    bench: Bench, tmp_path: Path, clock: FakeClock
) -> None:
    """Two readers on one line would each get half of it: the second one waits."""
    plug = Plug(bench.name)
    other = Bench(tmp_path, clock)
    async with bench.running():
        await bench.opened()
        async with other.running():
            await other.until(lambda: other.faults.gone == [True], step_ms=100)
            assert other.line.counts.opened == 0
    assert other.faults.told[0].detail == "the port cannot be opened: SerialException"
    plug.unplug()


async def test_a_reply_without_a_line_is_counted(bench: Bench) -> None:
    """The device repeats what it got no ACK for, so dropping is safe and visible."""
    bench.line.write(b"ACK 1,1\n")
    assert bench.line.counts.replies_dropped == 1


async def test_replies_to_a_device_that_does_not_read_are_bounded(bench: Bench) -> None:
    """A device that stopped reading costs 64 kB, not the gateway's memory."""
    plug = Plug(bench.name)
    async with bench.running():
        await bench.opened()
        for _ in range(2_000):
            bench.line.write(b"A" * 100)
        assert bench.line.counts.replies_dropped > 1_000
    plug.unplug()


async def test_a_full_output_buffer_leaves_no_busy_loop_behind(bench: Bench) -> None:
    """A device that did not read for a while and reads again costs nothing afterwards."""
    plug = Plug(bench.name)
    async with bench.running():
        await bench.opened()
        for _ in range(600):
            bench.line.write(b"A" * 100)
        assert len(await plug.told(60_000)) >= 60_000
        await asyncio.sleep(0.05)
        began = time.process_time()
        await asyncio.sleep(0.5)
        assert time.process_time() - began < 0.2  # a busy loop takes all of the half second
    plug.unplug()


async def test_a_crowded_lane_holds_the_line_and_loses_nothing(bench: Bench) -> None:
    """More frames than the lane holds: the rest waits in the kernel and at the sender."""
    plug = Plug(bench.name)
    total = TELEMETRY_LANE_MAX * 2
    data = b"".join(b"$%06d\n" % n for n in range(total))
    async with bench.running():
        await bench.opened()
        saying = asyncio.create_task(plug.say_all(data))
        await bench.until(lambda: bench.queue.crowded)
        await asyncio.sleep(0.05)
        assert not saying.done()
        got = await bench.frames(total)
        await saying
    assert got == [b"$%06d" % n for n in range(total)]
    assert bench.queue.telemetry_dropped == 0
    plug.unplug()


async def test_the_layer_carries_many_times_the_promised_frames(bench: Bench) -> None:
    """5,000 readings a second end to end need a transport that takes a fraction of that time."""
    plug = Plug(bench.name)
    total = 20_000
    data = b"".join(
        b"$robot-1,EV,7,%06d,123456789,event=DOSE_TAKEN,id=3*ABCD\n" % n for n in range(total)
    )
    async with bench.running():
        await bench.opened()
        start = time.perf_counter()
        saying = asyncio.create_task(plug.say_all(data))
        got = await bench.frames(total)
        rate = total / (time.perf_counter() - start)
        await saying
    assert len(got) == total
    assert rate > 15_000
    plug.unplug()


async def test_the_loop_beats_whether_the_line_is_open_or_not(bench: Bench) -> None:
    """Systemd's watchdog sees each line's loop every second or two."""
    async with bench.running():
        await bench.clock.advance(10_000)
        assert bench.beats.count["serial:robot-1"] >= 10


async def test_a_driver_without_a_framer_is_refused_at_once(clock: FakeClock) -> None:
    """A radio driver on a serial line is a mistake of the configuration, said by name."""
    settings = SerialSettings(device="tag-1", port="/dev/null")
    wrong = Driver(
        id="tag",
        title="Tag",
        shape=Shape.ADVERT,
        roles=frozenset(),
        silent_after_s=1,
        silent_reason="",
        decode=refuse,
        from_payload=lambda payload, _: SerialFrame(data=payload),
    )
    with pytest.raises(TransportError, match="tag-1"):
        SerialLine(settings, wrong, b"", LaneQueue(), clock, on_fault=Faults(), beat=Beats())


def test_numbered_names_are_called_unstable_and_a_stable_one_is_found(tmp_path: Path) -> None:
    """The warning names the by-id link that means the same port."""
    port = tmp_path / "ttyUSB0"
    port.touch()
    by_id = tmp_path / "by-id"
    by_id.mkdir()
    (by_id / "usb-FTDI-if00-port0").symlink_to(port)
    assert is_unstable("/dev/ttyUSB0")
    assert is_unstable("/dev/ttyACM12")
    assert not is_unstable("/dev/serial/by-id/usb-FTDI-if00-port0")
    assert not is_unstable("/dev/ttyAMA0")
    assert stable_name(str(port), (by_id,)) == str(by_id / "usb-FTDI-if00-port0")
    assert stable_name(str(port), (tmp_path / "none",)) is None


@given(st.lists(st.integers(min_value=1, max_value=40), max_size=30))
def test_any_cut_of_the_stream_gives_the_same_frames(cuts: list[int]) -> None:
    """The link hands every byte to the framer once and in order, whatever the chunks."""
    data = b"".join(b"$%d\n" % n for n in range(20))
    got: list[bytes] = []

    async def feed() -> None:
        link = serial_port.Link(Lines(), lambda _, frames: got.extend(frames))
        rest = data
        for cut in cuts:
            link.data_received(rest[:cut])
            rest = rest[cut:]
        link.data_received(rest)

    asyncio.run(feed())
    assert got == [b"$%d" % n for n in range(20)]


async def test_the_time_is_told_again_when_it_is_news(bench: Bench) -> None:
    """When the clock becomes good, when it jumps, and once a day; never in between."""
    driver = msgspec.structs.replace(DRIVER, on_clock=lambda now: (b"T%d\n" % now.wall_ms,))
    bench.line._driver = driver
    bench.clock.sync = Sync.NONE
    plug = Plug(bench.name)
    async with bench.running():
        await bench.opened()
        assert await plug.told(9) == b"HELLO s1\n"
        await bench.clock.advance(120_000)
        bench.clock.step_wall(5_000, sync=Sync.NTP)
        await bench.clock.advance(120_000)
        bench.clock.step_wall(-60_000)
        await bench.clock.advance(120_000)
        told = (await plug.told(2 * 15)).split()
    ahead_ms = [int(line[1:]) - NOON_WALL_MS for line in told]
    assert ahead_ms[0] - 5_000 == pytest.approx(121_000, abs=2_000)
    assert ahead_ms[1] + 55_000 == pytest.approx(241_000, abs=2_000)
