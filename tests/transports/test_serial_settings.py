"""How a line is set, asked and renewed: the driver's word, the site's word, polls."""

from __future__ import annotations

import asyncio
import termios
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from edge.domain import Device, Role
from edge.drivers.base import Decoded, Driver, Frame, Framer, LineSettings, SerialFrame, Shape
from edge.transports.lanes import LaneQueue
from edge.transports.lines import serial_port
from edge.transports.lines.serial import SerialLine, SerialSettings
from tests.transports.fakes import Beats, Faults
from tests.transports.ptys import PATIENCE_S, Plug

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from edge.domain import Instant
    from tests.support.clock import FakeClock

OWN = LineSettings(baud=9_600, parity="N", stop_bits=2)
CFLAG, ISPEED = 2, 4


class Pairs:
    """A framer for tests: two bytes are a frame; "-" belongs to none."""

    def __init__(self) -> None:
        self.dropped_bytes = 0
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        self.dropped_bytes += chunk.count(b"-")
        data = self._rest + chunk.replace(b"-", b"")
        whole = len(data) // 2 * 2
        self._rest = data[whole:]
        return [data[at : at + 2] for at in range(0, whole, 2)]


def refuse(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    raise AssertionError("a transport does not decode")


def driver(*, poll: tuple[bytes, ...] = (), framer: Callable[[], Framer] = Pairs) -> Driver:
    return Driver(
        id="pairs",
        title="Pairs",
        shape=Shape.SERIAL,
        roles=frozenset({Role.VITALS}),
        silent_after_s=120,
        silent_reason="a test",
        decode=refuse,
        from_payload=lambda payload, _: SerialFrame(data=payload),
        framer=framer,
        line=OWN,
        poll=poll,
        poll_s=60.0,
    )


class Bench:
    def __init__(self, name: Path, clock: FakeClock, driver: Driver, **site: object) -> None:
        self.clock = clock
        self.queue = LaneQueue()
        settings = SerialSettings(device="cuff", port=str(name), **site)  # type: ignore[arg-type]
        self.line = SerialLine(
            settings, driver, b"", self.queue, clock, on_fault=Faults(), beat=Beats()
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.line.run())
        try:
            await self.until(lambda: self.line.counts.opened == 1)
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, true: Callable[[], bool], *, step_ms: int = 0) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await self.clock.advance(step_ms)
                await asyncio.sleep(0.002)


@pytest.mark.parametrize(
    "site, line",
    [
        ({}, OWN),
        ({"baud": 4_800}, LineSettings(baud=4_800, stop_bits=2)),
        ({"parity": "O", "stop_bits": 1}, LineSettings(baud=9_600, parity="O")),
    ],
)
def test_the_site_s_settings_win_over_the_driver_s_one_by_one(
    site: dict[str, object], line: LineSettings
) -> None:
    """What `[[serial]]` leaves out stays as the driver has it."""
    settings = SerialSettings(device="cuff", port="/dev/x", **site)  # type: ignore[arg-type]
    assert settings.line(OWN) == line


async def test_the_port_is_opened_as_the_line_is_set(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Speed and stop bits arrive at the kernel; parity at pyserial, since a pty refuses it."""
    opened: list[tuple[str, float, int]] = []

    class Seen(serial_port.KeepingSerial):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options | {"parity": "N"})
            opened.append((options["parity"], self.stopbits, self.bytesize))

    monkeypatch.setattr(serial_port, "KeepingSerial", Seen)
    plug = Plug(tmp_path / "cuff")
    async with Bench(plug.name, clock, driver(), baud=4_800, parity="O").running():
        flags = termios.tcgetattr(plug.slave)
        assert flags[ISPEED] == termios.B4800
        assert flags[CFLAG] & termios.CSTOPB
    assert opened == [("O", 2, 8)]
    plug.unplug()


async def test_an_instrument_is_asked_when_it_is_opened_and_once_a_period(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Two writes a second apart, then silence until the period is over; nothing else."""
    plug = Plug(tmp_path / "cuff")
    bench = Bench(plug.name, clock, driver(poll=(b"U", b"?")))
    async with bench.running():
        assert await plug.told(1) == b"U"
        await bench.clock.advance(1_000)
        assert await plug.told(1) == b"?"
        await bench.clock.advance(58_000)
        assert not plug.waiting()
        await bench.clock.advance(2_000)
        assert await plug.told(2) == b"U?"
        await bench.clock.advance(3_601_000 - 61_000)
        assert len(await plug.told(2 * 59)) == 2 * 59
        assert bench.line.counts.replies_dropped == 0
    plug.unplug()


async def test_each_request_begins_with_a_new_framer(tmp_path: Path, clock: FakeClock) -> None:
    """Half an answer is not joined to the next one, and its garbage stays counted."""
    plug = Plug(tmp_path / "cuff")
    bench = Bench(plug.name, clock, driver(poll=(b"U", b"?")))
    async with bench.running():
        plug.say(b"--ab" + b"c")
        await bench.until(lambda: bench.line.counts.frames == 1)
        await bench.clock.advance(60_000)
        assert await plug.told(3) == b"U?U"
        plug.say(b"-de")
        await bench.until(lambda: bench.line.counts.frames == 2)
        frames = [h.frame for h in await bench.queue.get_batch(10)]
        assert frames == [SerialFrame(data=b"ab"), SerialFrame(data=b"de")]
        assert bench.line.counts.garbage_bytes == 3
    plug.unplug()


async def test_a_line_that_is_not_polled_is_left_alone(tmp_path: Path, clock: FakeClock) -> None:
    """An instrument that speaks by itself hears nothing from us in an hour."""
    plug = Plug(tmp_path / "cuff")
    bench = Bench(plug.name, clock, driver())
    async with bench.running():
        await bench.clock.advance(3_600_000)
        assert not plug.waiting()
    plug.unplug()
