"""Contacts of one port: threads, a busy loop, unplug and replug, ports that are no inputs."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.drivers.base import ContactFrame
from edge.transports.inputs import contact as contact_module
from edge.transports.inputs.contact import ContactLines, ContactSettings
from edge.transports.lanes import Heard, LaneQueue
from edge.transports.lines.serial_port import KeepingSerial
from tests.transports.fakes import Beats, Faults
from tests.transports.ptys import PATIENCE_S, Plug
from tests.transports.scripted import ScriptedPort, pulse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from edge.transports.inputs.contact_level import Sample
    from edge.transports.inputs.input_port import InputPort
    from tests.support.clock import FakeClock

GUARD = ContactSettings(device="guard", line="cts", alarm=True)
CORD = ContactSettings(device="cord", line="dsr", alarm=True)
SMOKE_OPENS = ContactSettings(device="smoke", line="cts", opens=True, alarm=True)


class Bench:
    """Contacts of one adapter, which is a file; what it says is scripted for each opening."""

    def __init__(
        self,
        folder: Path,
        clock: FakeClock,
        contacts: list[ContactSettings],
        scripts: list[InputPort | Exception] | None = None,
    ) -> None:
        self.name = folder / "adapter"
        self.clock = clock
        self.queue = LaneQueue()
        self.faults = Faults()
        self.beats = Beats()
        self.heard: list[Heard] = []
        self._scripts = scripts
        self.lines = ContactLines(
            str(self.name),
            contacts,
            self.queue,
            clock,
            gpio=False,
            on_fault=self.faults,
            beat=self.beats,
            open_port=None if scripts is None else self._opened,
        )

    def _opened(self) -> InputPort:
        assert self._scripts
        script = self._scripts.pop(0)
        if isinstance(script, Exception):
            raise script
        return script

    def plug(self) -> None:
        self.name.touch()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.lines.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, true: Callable[[], bool], *, step_ms: int = 50) -> None:
        """Wait for `true`; the thread and the kernel need real turns, the watch needs the clock."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await self.clock.advance(step_ms)
                await asyncio.sleep(0.002)
                while len(self.queue):
                    self.heard += await self.queue.get_batch(100)

    def told(self, device: str) -> list[ContactFrame]:
        return [
            h.frame for h in self.heard if h.device == device and isinstance(h.frame, ContactFrame)
        ]

    def closings(self, device: str) -> int:
        frames = self.told(device)
        return sum(f.pulsed for f in frames) + sum(f.active and not f.pulsed for f in frames)


async def test_two_contacts_share_one_adapter(tmp_path: Path, clock: FakeClock) -> None:
    """A stove guard's second and a cord's 200 ms on one cable, each told to its own device."""
    script = ScriptedPort({"cts": pulse(3.0, 1.0, bounces=3), "dsr": pulse(5.0, 0.2)})
    bench = Bench(tmp_path, clock, [GUARD, CORD], [script])
    bench.plug()
    async with bench.running():
        await bench.until(lambda: script.played and len(bench.heard) >= 6)
    assert [f.active for f in bench.told("guard")] == [False, True, False]
    assert [f.active for f in bench.told("cord")] == [False, True, False]
    assert bench.beats.count[f"contact:{bench.name}"] > 0
    assert script.closed
    assert bench.faults.told == []


async def test_a_pulse_is_caught_while_the_event_loop_is_busy(
    tmp_path: Path, clock: FakeClock
) -> None:
    """The whole script plays while the loop is stuck; the pulse is there when it turns again."""
    script = ScriptedPort({"cts": pulse(1.0, 1.0)}, stops_s=0.9)
    bench = Bench(tmp_path, clock, [GUARD], [script])
    bench.plug()
    async with bench.running():
        await bench.until(lambda: len(bench.heard) == 1, step_ms=0)
        script.go_on.set()
        stuck_until = time.monotonic() + PATIENCE_S
        while not script.played and time.monotonic() < stuck_until:
            time.sleep(0.005)  # noqa: ASYNC251 (the loop is meant to be stuck)
        assert script.played
        assert len(bench.heard) == 1
        await bench.until(lambda: len(bench.heard) >= 3)
    assert [f.active for f in bench.told("guard")] == [False, True, False]


async def test_what_was_heard_late_tells_when_it_was(tmp_path: Path, clock: FakeClock) -> None:
    """A busy loop moves no closing: its moment is the sample's, not the loop's."""
    script = ScriptedPort({"cts": [(0.0, True)]}, ago_s=100.0)
    bench = Bench(tmp_path, clock, [GUARD], [script])
    bench.plug()
    async with bench.running():
        await bench.until(lambda: len(bench.heard) == 1, step_ms=0)
    late_ms = clock.now().boottime_ms - bench.heard[0].at.boottime_ms
    assert 99_000 < late_ms < (100 + PATIENCE_S) * 1000
    assert clock.now().wall_ms - bench.heard[0].at.wall_ms == late_ms


async def test_unplugged_and_replugged_is_a_fault_and_no_alarm(
    tmp_path: Path, clock: FakeClock
) -> None:
    """The adapter fails in the middle: one fault for each contact, and back with the level."""
    first = ScriptedPort({"cts": [(0.0, True)], "dsr": []}, gone_s=5.0)
    second = ScriptedPort({"cts": [(0.0, True)], "dsr": []})
    opens = ContactSettings(device="smoke", line="cts", opens=True, alarm=True)
    bench = Bench(tmp_path, clock, [opens, CORD], [first, second])
    bench.plug()
    async with bench.running():
        await bench.until(lambda: len(bench.faults.told) == 4)
        await bench.until(lambda: len(bench.heard) == 4)
    assert bench.faults.gone == [True, True, False, False]
    assert {fault.subject for fault in bench.faults.told} == {"smoke", "cord"}
    assert [(f.active, f.first) for f in bench.told("smoke")] == [(False, True)] * 2
    assert bench.closings("cord") == 0
    assert first.closed


async def test_lines_that_fall_when_the_adapter_is_pulled_are_no_alarm(
    tmp_path: Path, clock: FakeClock
) -> None:
    """An inverted line reads as active once the adapter is gone: the missing name settles it."""
    script = ScriptedPort({"cts": [(0.0, True), (1.0, False)]}, stops_s=0.9)
    bench = Bench(tmp_path, clock, [SMOKE_OPENS], [script])
    bench.plug()
    async with bench.running():
        await bench.until(lambda: len(bench.heard) == 1, step_ms=0)
        bench.name.unlink()
        script.go_on.set()
        await bench.until(lambda: bench.faults.gone == [True])
    assert [(f.active, f.first) for f in bench.told("smoke")] == [(False, True)]


async def test_a_broken_wire_is_told_apart_from_the_port(tmp_path: Path, clock: FakeClock) -> None:
    """The wire is the device's word, for a rule of its own; the port itself is well."""
    changeover = ContactSettings(device="smoke", line="cts", rest_line="dsr", alarm=True)
    lines = {"cts": [(0.0, False)], "dsr": [(0.0, True), (10.0, False), (30.0, True)]}
    bench = Bench(tmp_path, clock, [changeover], [ScriptedPort(lines)])
    bench.plug()
    async with bench.running():
        await bench.until(lambda: len(bench.heard) == 3)
    assert bench.faults.told == []
    assert [f.wire_fault for f in bench.told("smoke")] == [False, True, False]


async def test_a_broken_wire_outlasts_a_replug(tmp_path: Path, clock: FakeClock) -> None:
    """The first word after it knows nothing of the wires, and says that it is the first."""
    changeover = ContactSettings(device="smoke", line="cts", rest_line="dsr", alarm=True)
    scripts: list[InputPort | Exception] = [
        ScriptedPort({"cts": [], "dsr": []}, gone_s=5.0),
        ScriptedPort({"cts": [], "dsr": []}),
    ]
    bench = Bench(tmp_path, clock, [changeover], scripts)
    bench.plug()
    async with bench.running():
        await bench.until(lambda: len(bench.heard) == 4)
    told = [(f.first, f.wire_fault) for f in bench.told("smoke")]
    assert told == [(True, False), (False, True), (True, False), (False, True)]


async def test_a_missing_and_a_refused_port_are_tried_again(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Not there, no permission, then well: one fault, one return."""
    script = ScriptedPort({"cts": []})
    bench = Bench(tmp_path, clock, [GUARD], [PermissionError(13, "no"), script])
    async with bench.running():
        await bench.until(lambda: bench.faults.gone == [True], step_ms=500)
        assert bench.faults.told[0].detail == "the port is not there"
        bench.plug()
        await bench.until(lambda: bench.faults.gone == [True, False], step_ms=500)


async def test_a_driver_that_hangs_is_a_deaf_port(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No turn of the thread, no beat: the fault is told and the watchdog may act."""
    monkeypatch.setattr(contact_module, "HUNG_S", 0.05)

    class Hanging(ScriptedPort):
        hangs = True

        def samples(self, wait_s: float) -> list[Sample]:
            while self.hangs:
                time.sleep(0.005)
            return super().samples(wait_s)

    script = Hanging({"cts": []})
    bench = Bench(tmp_path, clock, [GUARD], [script])
    bench.plug()
    async with bench.running():
        await bench.until(lambda: bench.faults.gone == [True], step_ms=1000)
        assert bench.faults.told[0].detail == "the port hangs"
        beats = dict(bench.beats.count)
        await clock.advance(5000)
        assert bench.beats.count == beats
        script.hangs = False
        await bench.until(lambda: bench.faults.gone == [True, False], step_ms=1000)


async def test_a_fault_of_ours_in_the_thread_ends_the_loop(
    tmp_path: Path, clock: FakeClock
) -> None:
    """A mistake in the code is no unplugged adapter: it comes out, and systemd restarts us."""

    class Broken(ScriptedPort):
        def samples(self, wait_s: float) -> list[Sample]:
            raise ZeroDivisionError(wait_s)

    bench = Bench(tmp_path, clock, [GUARD], [Broken({"cts": []})])
    bench.plug()
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(bench.lines.run(), PATIENCE_S)


async def test_a_port_without_modem_lines_says_so(tmp_path: Path, clock: FakeClock) -> None:
    """The real opening, up to the kernel's refusal: a pty has no modem lines."""
    bench = Bench(tmp_path, clock, [GUARD])
    plug = Plug(bench.name)
    async with bench.running():
        await bench.until(lambda: bench.faults.gone == [True], step_ms=0)
    assert "it has no input lines" in bench.faults.told[0].detail
    plug.unplug()


async def test_a_port_that_carries_data_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    """An appliance's line cannot lend its CTS: the fault says what to do."""
    bench = Bench(tmp_path, clock, [GUARD])
    plug = Plug(bench.name)
    data = KeepingSerial(exclusive=True)
    data.port = str(bench.name)
    data.open()
    async with bench.running():
        await bench.until(lambda: bench.faults.gone == [True], step_ms=0)
    assert "in use for data" in bench.faults.told[0].detail
    data.close()
    plug.unplug()


async def test_no_file_descriptor_is_left_behind(tmp_path: Path, clock: FakeClock) -> None:
    """A port that refuses its lines is closed again, however often it is tried."""
    bench = Bench(tmp_path, clock, [GUARD])
    plug = Plug(bench.name)
    before = len(list(Path("/proc/self/fd").iterdir()))
    async with bench.running():
        for _ in range(20):
            with pytest.raises(OSError, match="ioctl"):
                contact_module._open(str(bench.name), [GUARD], gpio=False)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1
    plug.unplug()
