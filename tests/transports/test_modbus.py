"""Modbus modules over a pty: polls, wrong CRCs, exceptions, silence, unplug; and no write, ever."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from edge.drivers.base import RegisterFrame, RegisterMeaning
from edge.errors import TransportError
from edge.sim.line import Cable
from edge.sim.module import WRITES, Module, crc
from edge.transports.inputs import modbus as modbus_module
from edge.transports.inputs.modbus import LOST_MAX, BusSettings, ModbusBus, ModuleSettings
from edge.transports.lanes import Heard, LaneQueue
from tests.transports.fakes import Beats, Faults
from tests.transports.ptys import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.support.clock import FakeClock

MEANINGS = (RegisterMeaning(kind="temperature", scale=0.1, signed=True),)
SMOKE_AND_DOOR = ModuleSettings(
    device="module-1", unit=1, inputs=("smoke", None, "door"), meanings=MEANINGS
)
CORD = ModuleSettings(device="module-2", unit=2, inputs=("button",), opens=(True,))


class Bench:
    """A bus with modules on it, on a pty, on a clock under the test's hand."""

    def __init__(self, folder: Path, clock: FakeClock, *modules: ModuleSettings) -> None:
        self.clock = clock
        self.queue = LaneQueue()
        self.faults = Faults()
        self.heard: list[Heard] = []
        self.wire: list[bytes] = []  # all that the gateway wrote
        self.cable = Cable(folder / "bus", self._written)
        self.modules = {m.device: Module(m.unit, self.cable.say) for m in modules}
        self.bus = ModbusBus(
            BusSettings(port=str(self.cable.name)),
            modules,
            self.queue,
            clock,
            on_fault=self.faults,
            beat=Beats(),
        )

    def _written(self, data: bytes) -> None:
        self.wire.append(data)
        for module in self.modules.values():
            module.heard(data)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.cable.plug()
        task = asyncio.create_task(self.bus.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self.cable.pull()

    async def until(self, true: Callable[[], bool], *, step_ms: int = 100) -> None:
        """Wait for `true`; the pty needs real turns, the polls need the clock."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await self.clock.advance(step_ms)
                await asyncio.sleep(0.001)
                while len(self.queue):
                    self.heard += await self.queue.get_batch(100)

    async def polls(self, count: int) -> None:
        """That many polls more, whatever comes of them."""
        end = self.bus.counts.polls + count
        await self.until(lambda: self.bus.counts.polls >= end, step_ms=500)

    def frames(self, device: str) -> list[RegisterFrame]:
        return [
            h.frame for h in self.heard if h.device == device and isinstance(h.frame, RegisterFrame)
        ]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that says nothing is given up on sooner."""
    monkeypatch.setattr(modbus_module, "ANSWER_MAX_S", 0.1)


async def test_two_modules_on_one_bus_are_told_when_something_changes(
    tmp_path: Path, clock: FakeClock
) -> None:
    """The first poll tells all, the next ones nothing, an input that moves tells itself."""
    bench = Bench(tmp_path, clock, SMOKE_AND_DOOR, CORD)
    bench.modules["module-1"].registers[0] = 215
    bench.modules["module-2"].inputs[0] = True  # at rest: this cord opens when it is pulled
    async with bench.running():
        await bench.until(lambda: len(bench.heard) == 2)
        (first,) = bench.frames("module-1")
        assert (first.inputs, first.registers) == ((False, False, False), (215,))
        assert (first.input_kinds, first.meanings) == (("smoke", None, "door"), MEANINGS)
        assert first.report
        await bench.polls(6)
        assert len(bench.heard) == 2
        bench.modules["module-1"].inputs[0] = True
        bench.modules["module-2"].inputs[0] = False
        await bench.until(lambda: len(bench.heard) == 4)
    assert [f.inputs for f in bench.frames("module-2")] == [(False,), (True,)]
    assert bench.frames("module-1")[-1].inputs == (True, False, False)
    assert not bench.frames("module-1")[-1].report
    assert bench.faults.told == []


async def test_an_alarm_goes_by_the_alarm_lane(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot wait is what has just begun to call; a door waits with the readings."""
    bench = Bench(tmp_path, clock, SMOKE_AND_DOOR)
    lanes: list[bool] = []
    put = LaneQueue.put_nowait

    def noted(queue: LaneQueue, heard: Heard, *, alarm: bool = False) -> None:
        lanes.append(alarm)
        put(queue, heard, alarm=alarm)

    monkeypatch.setattr(LaneQueue, "put_nowait", noted)
    async with bench.running():
        await bench.until(lambda: lanes == [False])
        bench.modules["module-1"].inputs[2] = True
        await bench.until(lambda: lanes == [False, False])
        bench.modules["module-1"].inputs[0] = True
        await bench.until(lambda: lanes == [False, False, True])


def test_registers_are_told_once_a_minute_and_levels_in_a_report() -> None:
    """A reading a second would fill the disk; longer than the deadline would be silence."""
    module = modbus_module._Module(SMOKE_AND_DOOR, Faults())
    module.begin(0)
    told: list[RegisterFrame] = []
    read = 0
    for second in range(3601):
        wants = module.wants_registers(second * 1000)
        read += wants
        registers = (215,) if wants else ()
        frame = module.answered(second * 1000, (False, False, False), registers)
        told += [] if frame is None else [frame]
    assert len(told) == read == 61
    assert all(frame.registers == (215,) for frame in told)
    assert [n for n, frame in enumerate(told) if frame.report] == [0, 20, 40, 60]


async def test_silence_is_a_fault_after_three_polls_and_ends_by_an_answer(
    tmp_path: Path, clock: FakeClock, short: None
) -> None:
    """One module loses its power, the other one goes on being heard."""
    bench = Bench(tmp_path, clock, SMOKE_AND_DOOR, CORD)
    async with bench.running():
        await bench.until(lambda: len(bench.heard) == 2)
        bench.modules["module-1"].answers = False
        await bench.until(lambda: bench.faults.gone == [True])
        assert bench.bus.counts.silent >= LOST_MAX
        assert bench.faults.told[0].subject == "module-1"
        assert bench.faults.told[0].detail == "it does not answer"
        bench.modules["module-2"].inputs[0] = True
        await bench.until(lambda: len(bench.frames("module-2")) == 2)
        bench.modules["module-1"].answers = True
        await bench.until(lambda: bench.faults.gone == [True, False], step_ms=1000)


def test_a_module_that_is_gone_is_asked_less_and_less_often() -> None:
    """It takes half a second of the bus each time; the others need it."""
    module = modbus_module._Module(CORD, Faults())
    waits = []
    for _ in range(9):
        module.failed(0, "it does not answer")
        waits.append(module.due_ms)
    assert waits == [1000, 1000, 1000, 2000, 4000, 8000, 16000, 30000, 30000]
    module.answered(0, (False,), ())
    assert module.due_ms == 1000


async def test_wrong_crcs_are_counted_and_never_a_level(
    tmp_path: Path, clock: FakeClock, short: None
) -> None:
    """A disturbed answer that would say "smoke" says nothing; one alone is no fault."""
    bench = Bench(tmp_path, clock, SMOKE_AND_DOOR)
    module = bench.modules["module-1"]
    async with bench.running():
        await bench.until(lambda: len(bench.heard) == 1)
        module.garbles = True
        module.inputs[0] = True
        await bench.until(lambda: bench.bus.counts.garbled == 1)
        module.garbles, module.inputs[0] = False, False
        await bench.polls(3)
        assert bench.faults.told == []
        module.garbles = True
        await bench.until(lambda: bench.faults.gone == [True])
    assert bench.faults.told[0].detail == "its answers are garbled"
    assert bench.bus.counts.garbled >= LOST_MAX + 1
    assert len(bench.heard) == 1


async def test_a_module_that_refuses_is_named_with_its_exception(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Register 16 and up are not there: the installer reads which function, and which code."""
    many = ModuleSettings(device="module-1", unit=1, meanings=MEANINGS * 17)
    bench = Bench(tmp_path, clock, many)
    async with bench.running():
        await bench.until(lambda: bench.faults.gone == [True])
    assert bench.faults.told[0].detail == "it refuses function 4 with exception 2"
    assert bench.bus.counts.refused >= LOST_MAX
    assert bench.heard == []


async def test_unplugged_and_replugged_under_another_name(tmp_path: Path, clock: FakeClock) -> None:
    """The adapter's stable name points elsewhere; one fault a module, then everything anew."""
    bench = Bench(tmp_path, clock, SMOKE_AND_DOOR)
    async with bench.running():
        await bench.until(lambda: len(bench.heard) == 1)
        bench.cable.pull()
        await bench.until(lambda: bench.faults.gone == [True])
        bench.cable.plug()
        await bench.until(lambda: bench.faults.gone == [True, False])
        await bench.until(lambda: len(bench.heard) == 2)
    assert bench.frames("module-1")[-1].report
    assert bench.bus.counts.opened == 2


async def test_nothing_is_ever_written_to_a_module(tmp_path: Path, clock: FakeClock) -> None:
    """Over the wire: every request of a day's kinds of poll is function 02 or 04, of 8 bytes."""
    bench = Bench(tmp_path, clock, SMOKE_AND_DOOR, CORD)
    async with bench.running():
        await bench.until(lambda: len(bench.heard) == 2)
        bench.modules["module-1"].inputs[0] = True
        await bench.polls(10)
        bench.cable.pull()
        bench.cable.plug()
        await bench.until(lambda: bench.bus.counts.opened == 2)
        await bench.polls(10)
    written = b"".join(bench.wire)
    requests = [written[i : i + 8] for i in range(0, len(written), 8)]
    assert len(requests) > 20
    assert {request[1] for request in requests} == {2, 4}
    assert all(crc(request[:6]) == request[6:] for request in requests)
    assert sum(module.writes for module in bench.modules.values()) == 0


@pytest.mark.parametrize("function", sorted({*WRITES, 7, 8, 24, 43}))
async def test_the_guard_lets_no_other_function_pass(
    function: int, tmp_path: Path, clock: FakeClock
) -> None:
    """Whatever the library were to send: only the four reading functions reach the line."""
    bus = Bench(tmp_path, clock, SMOKE_AND_DOOR).bus
    with pytest.raises(TransportError, match=f"function {function} would write"):
        bus._passes(True, bytes((1, function, 0, 0)))  # noqa: FBT003 (pymodbus's signature)


async def test_the_guard_stands_in_the_librarys_own_path(tmp_path: Path, clock: FakeClock) -> None:
    """A write called on the very client that polls leaves no byte on the wire."""
    bench = Bench(tmp_path, clock, SMOKE_AND_DOOR)
    bench.cable.plug()
    client = await bench.bus._open()
    with pytest.raises(TransportError, match="would write"):
        await client.write_coil(0, True, device_id=1)  # noqa: FBT003 (pymodbus's signature)
    await asyncio.sleep(0.01)
    client.close()
    bench.cable.pull()
    assert bench.wire == []


async def test_what_the_modules_say_never_enters_a_log(
    tmp_path: Path, clock: FakeClock, short: None, caplog: pytest.LogCaptureFixture
) -> None:
    """The library would dump the frames around each error; ours are readings."""
    bench = Bench(tmp_path, clock, SMOKE_AND_DOOR)
    with caplog.at_level("DEBUG"):
        async with bench.running():
            await bench.until(lambda: len(bench.heard) == 1)
            bench.modules["module-1"].garbles = True
            await bench.until(lambda: bench.faults.gone == [True])
    assert [r for r in caplog.records if r.name.startswith("pymodbus")] == []


async def test_an_end_that_is_asked_for_in_the_turn_of_an_answer_is_heeded(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Python 3.11's wait_for loses such a cancellation; the gateway would never stop."""
    bench = Bench(tmp_path, clock, SMOKE_AND_DOOR)
    task = asyncio.create_task(bench.bus.run())
    answered = bench.bus._passes

    def ends(sending: bool, data: bytes) -> bytes:
        if not sending:
            asyncio.get_running_loop().call_soon(task.cancel)
        return answered(sending, data)

    bench.bus._passes = ends  # type: ignore[method-assign]
    bench.cable.plug()
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.wait([task])
    assert task.cancelled()
    bench.cable.pull()
