"""The published example sender, compiled, on the gateway's real line and driver."""

from __future__ import annotations

import asyncio
import os
import shutil
import struct
import subprocess
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.clock import SystemClock
from edge.domain import Device, Observation, Role
from edge.drivers import DRIVERS
from edge.drivers.base import SerialFrame
from edge.transports.lanes import LaneQueue
from edge.transports.lines.serial import SerialLine, SerialSettings
from tests.transports.fakes import Beats, Faults
from tests.transports.ptys import Plug

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.timeout(60)

ROOT = Path(__file__).parents[2]
SKETCH = ROOT / "docs/appliance-link/sender.ino"
BOARD = Path(__file__).parent / "arduino"
# A sketch that is longer is no page that a maker reads.
SKETCH_MAX_LINES = 40
PATIENCE_S = 30.0
EEPROM_BYTES = 4096
EVENT = struct.Struct("<IHHHBB")  # as the sketch's struct Event
RING_AT, RING_EVENTS = 8, 256


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sketch as a program; a warning of the compiler is a failure."""
    compiler = shutil.which("g++")
    if compiler is None:
        raise RuntimeError("g++ is missing: sudo apt install g++")
    made = tmp_path_factory.mktemp("sketch") / "sender"
    strict = ["-std=c++11", "-Wall", "-Wextra", "-Werror"]
    shim = ["-I", str(BOARD), "-include", "Arduino.h"]
    code = ["-x", "c++", str(SKETCH), str(BOARD / "board.cpp")]
    subprocess.run([compiler, *strict, *shim, *code, "-o", str(made)], check=True)
    return made


class Board:
    """The compiled sketch with its EEPROM; `lost` decides which of its lines are lost."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.plug = Plug(folder / "port")
        self.said: list[bytes] = []
        self.lost: Callable[[bytes], bool] = lambda _: False
        self.acks_are_lost = False
        self._program = program
        self._eeprom = folder / "eeprom"
        self._eeprom.write_bytes(b"\xff" * EEPROM_BYTES)

    @asynccontextmanager
    async def powered(self, speed: float = 1.0) -> AsyncIterator[Callable[[], object]]:
        """Power until the end of the block, then none: nothing is said goodbye to."""
        reads, presses = os.pipe()
        process = await asyncio.create_subprocess_exec(
            self._program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[reads],
            env={"EEPROM_FILE": str(self._eeprom), "PRESSES": str(reads), "SPEED": str(speed)},
        )
        pumps = [
            asyncio.create_task(self._from_board(process)),
            asyncio.create_task(self._to_board(process)),
        ]
        try:
            yield partial(os.write, presses, b"x")
        finally:
            process.kill()
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            await process.communicate()
            os.close(reads)
            os.close(presses)

    async def _from_board(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            self.said.append(line)
            if not self.lost(line):
                await self.plug.say_all(line)

    async def _to_board(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        rest = b""
        while True:
            try:
                *lines, rest = (rest + os.read(self.plug.master, 4096)).split(b"\n")
            except BlockingIOError:
                await asyncio.sleep(0.005)
                continue
            for line in lines:
                if not (self.acks_are_lost and line.startswith(b"ACK")):
                    process.stdin.write(line + b"\n")

    @property
    def owed(self) -> int:
        """Events in the EEPROM that wait for their ACK."""
        image = self._eeprom.read_bytes()
        return sum(
            EVENT.unpack_from(image, RING_AT + n * EVENT.size)[5] == 1 for n in range(RING_EVENTS)
        )


class Gateway:
    """The real line and driver; state is kept and replies are written as the gateway does it."""

    def __init__(self, board: Board) -> None:
        self.seen: list[Observation] = []
        self.duplicates = 0
        self.state = b""
        self._queue = LaneQueue()
        self._clock = SystemClock("Europe/Helsinki", trusted=True)
        self._device = Device(
            id="robot-1", driver="appliance", role=Role.MEDICATION_ROBOT, address="MR-1042"
        )
        self._port = str(board.plug.name)

    @property
    def doses(self) -> list[tuple[object, int | None]]:
        return [(one.value, one.device_seq) for one in self.seen if one.kind == "dose"]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._line = SerialLine(
            SerialSettings(device="robot-1", port=self._port),
            DRIVERS["appliance"],
            self.state,
            self._queue,
            self._clock,
            on_fault=Faults(),
            beat=Beats(),
        )
        tasks = [asyncio.create_task(self._line.run()), asyncio.create_task(self._consume())]
        try:
            yield
            assert not any(task.done() for task in tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _consume(self) -> None:
        while True:
            for heard in await self._queue.get_batch(100):
                assert isinstance(heard.frame, SerialFrame)
                decoded = DRIVERS["appliance"].decode(
                    self._device, self.state, heard.frame, heard.at
                )
                self.seen += decoded.observations
                self.duplicates += decoded.duplicate
                if decoded.state is not None:
                    self.state = self._line.state = decoded.state
                for reply in decoded.replies:
                    self._line.write(reply)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


@pytest.fixture
def board(program: Path, tmp_path: Path) -> Board:
    return Board(program, tmp_path)


def test_the_sketch_is_short_enough_to_read() -> None:
    """Forty lines that fit on a screen."""
    lines = SKETCH.read_text(encoding="ascii").splitlines()
    assert len(lines) <= SKETCH_MAX_LINES
    assert max(map(len, lines)) <= 100


async def test_events_arrive_once_over_lost_acks_and_power_cuts(board: Board) -> None:
    """What was not acknowledged is told again, by the next boot too, and is stored once."""
    gateway = Gateway(board)
    async with gateway.running():
        board.acks_are_lost = True
        async with board.powered() as press:
            for count in (1, 2, 3):
                press()
                await until(lambda n=count: len(gateway.doses) == n)  # type: ignore[misc]
        assert board.owed == 3
        board.acks_are_lost = False
        async with board.powered(speed=50) as press:
            press()
            await until(lambda: board.owed == 0 and len(gateway.doses) == 4)
    assert gateway.doses == [("taken", 1), ("taken", 2), ("taken", 3), ("taken", 1)]
    assert gateway.duplicates >= 3
    assert [one.kind for one in gateway.seen].count("hello") == 2


async def test_an_event_lost_on_the_wire_is_asked_for_and_told(board: Board) -> None:
    """Its number shows the gap; only REPLAY can bring it: this board's ten seconds last hours."""
    gateway = Gateway(board)
    once: list[bytes] = []

    def first_event(line: bytes) -> bool:
        if b",EV," not in line or once:
            return False
        once.append(line)
        return True

    board.lost = first_event
    async with gateway.running(), board.powered(speed=0.001) as press:
        await until(lambda: bool(gateway.seen))
        press()
        await until(lambda: bool(once))
        press()
        await until(lambda: len(gateway.doses) == 2 and board.owed == 0)
    assert sorted(gateway.doses) == [("taken", 1), ("taken", 2)]
    assert board.said.count(once[0]) >= 2


async def test_what_happened_without_a_gateway_is_told_when_there_is_one(board: Board) -> None:
    """More events than one turn tells again, each once, the oldest first; heartbeats too."""
    count = 40
    async with board.powered(speed=50) as press:
        board.lost = lambda _: True  # nobody has the port open
        for _ in range(count):
            press()
        await until(lambda: board.owed == count)
        board.lost = lambda _: False
        gateway = Gateway(board)
        async with gateway.running():
            await until(lambda: board.owed == 0)
            await until(lambda: any(one.kind == "heartbeat" for one in gateway.seen))
    assert sorted(gateway.doses) == [("taken", n) for n in range(1, count + 1)]
    assert {one.value for one in gateway.seen if one.kind == "battery"} == {100}
