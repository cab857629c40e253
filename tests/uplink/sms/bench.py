"""A virtual modem on a pty, the driver at its other end, a clock under the test's hand."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from edge.sim.line import Cable
from edge.sim.modem import Modem as VirtualModem
from edge.sim.modem import ModemOnALine
from edge.transports.lines.modem_port import ModemPort
from edge.uplink.sms.modem import Modem
from edge.uplink.sms.pin import PinFile
from tests.transports.ptys import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tests.support.clock import FakeClock

T = TypeVar("T")
NUMBER = "+358401234567"
# Virtual time for each real turn: a timeout of 5 s is 100 turns, many more than an answer takes.
STEP_MS = 50
# While nobody can answer, nothing can be too late.
LONG_STEP_MS = 1_000


class Bench:
    """`path` holds what the gateway was told of the path: "back", or why it is gone."""

    def __init__(self, folder: Path, clock: FakeClock, *, centre: str | None = None) -> None:
        self.clock = clock
        self.path: list[str] = []
        self.told: list[str] = []
        self.beats: list[int] = []
        self.pin_file = folder / "pin"
        self.mark = folder / "mark"

        def heard(data: bytes) -> None:
            self.virtual.heard(data)

        cable = Cable(folder / "modem", heard)
        self.virtual = VirtualModem(cable.say, self.told.append)
        self.box = ModemOnALine(cable, self.virtual)
        self._centre = centre
        self.modem = self.another()

    def another(self) -> Modem:
        """The driver of a gateway that has just started."""
        return Modem(
            ModemPort(str(self.box.cable.name), 115_200, self.clock, self._turns),
            PinFile(self.pin_file, self.mark),
            self.clock,
            centre=self._centre,
            gone=self._gone,
            back=lambda: self._gone("back"),
            beat=self._turns,
        )

    def _turns(self) -> None:
        self.beats.append(self.clock.now().boottime_ms)

    def _gone(self, why: str) -> None:
        if self.path[-1:] != [why]:
            self.path.append(why)

    @asynccontextmanager
    async def running(self, *, plugged: bool = True) -> AsyncIterator[None]:
        if plugged:
            self.box.plug()
        task = asyncio.create_task(self.modem.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self.box.unplug()

    async def until(self, true: Callable[[], object]) -> None:
        """Wait for `true`; the pty needs real turns, the driver's waits need the clock."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await self.clock.advance(STEP_MS if self.virtual.answers else LONG_STEP_MS)
                await asyncio.sleep(0.001)

    async def done(self, work: Awaitable[T]) -> T:
        """The result of `work`, while time goes on."""
        task = asyncio.ensure_future(work)
        try:
            await self.until(task.done)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return task.result()

    async def up(self) -> None:
        await self.until(lambda: self.path[-1:] == ["back"])

    async def sends(self, text: str = "Hälytys: ovi auki") -> None:
        await self.done(self.modem.send(NUMBER, text))

    async def asked_again(self) -> None:
        """A few commands more, whatever comes of them."""
        asked = len(self.virtual.asked)
        await self.until(lambda: len(self.virtual.asked) > asked + 3)

    async def later(self, ms: int) -> None:
        """Time passes while nothing is asked: an answer that is on its way would be too late."""
        await self.until(lambda: self.modem._stirred is not None)
        self.clock.pass_time(ms)
