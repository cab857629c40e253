"""Ports without a name: found by what answers there, never guessed, never written to in vain."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.domain import Device, Role
from edge.drivers import DRIVERS
from edge.drivers.base import LineSettings, SerialFrame
from edge.drivers.codec import crc16_ccitt_false
from edge.errors import DecodeError, TransportError
from edge.transports.lanes import LaneQueue
from edge.transports.lines import handshake
from edge.transports.lines.handshake import SILENT_MS, PortFinder
from edge.transports.lines.port_claims import Doubt, Seeker, doubtful_ports, settle
from edge.transports.lines.port_names import candidate_ports, ports_without_own_id
from edge.transports.lines.serial import SerialLine, SerialSettings
from edge.transports.lines.serial_port import open_link
from tests.drivers.tools import vectors
from tests.support.clock import instant
from tests.transports.fakes import Beats, Faults
from tests.transports.ptys import PATIENCE_S, Plug

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.support.clock import FakeClock

NONIN = bytes.fromhex(vectors("nonin")["cases"][1]["payload"])  # a second of format 2
BCI = bytes([0x84, 0x40, 0x05, 0x48, 0x61]) * 60
ANSWER = b"\x0170PC\x06"
REQUEST = b"\x55\x02CPC05\x3b"


def heartbeat(serial: str) -> bytes:
    body = b"%s,HB,1,0,30000,battery=90" % serial.encode()
    return b"$%s*%04X\r\n" % (body, crc16_ccitt_false(body))


def seeker(device: str, driver: str, *ports: str, serial: str = "none") -> Seeker:
    """As the app makes it; every line at 115200 8N1, which is all the same to a pty."""
    row = DRIVERS[driver]
    enrolled = Device(id=device, driver=driver, role=min(row.roles), address=serial)

    def accepts(frame: bytes) -> bool:
        try:
            row.decode(enrolled, b"", SerialFrame(data=frame), instant())
        except DecodeError:
            return False
        return True

    return Seeker(device=device, driver=row, line=LineSettings(), ports=ports, accepts=accepts)


class Desk:
    """A hand with plugs `a`, `b` ... in a folder, and a finder on a clock of its own."""

    def __init__(self, folder: Path, clock: FakeClock, names: str = "ab") -> None:
        self.folder = folder
        self.clock = clock
        self.ports = {name: Plug(folder / name) for name in names}
        self.taken: list[str] = []
        self.beats = Beats()

    def name(self, plug: str) -> str:
        return str(self.folder / plug)

    def finder(self, *seekers: Seeker) -> PortFinder:
        return PortFinder(
            seekers,
            self.clock,
            taken=lambda: self.taken,
            beat=self.beats,
            candidates=lambda: [str(plug.name) for plug in self.ports.values()],
        )

    @asynccontextmanager
    async def looking(self, finder: PortFinder) -> AsyncIterator[None]:
        task = asyncio.create_task(finder.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            for plug in self.ports.values():
                plug.unplug()

    async def until(
        self, true: Callable[[], object], talk: Callable[[], None] = lambda: None
    ) -> None:
        """Time passes and the devices talk until it is true."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                talk()
                await self.clock.advance(250)
                await asyncio.sleep(0.002)

    def written(self) -> bytes:
        return b"".join(plug.waiting() for plug in self.ports.values())


@pytest.fixture
async def desk(tmp_path: Path, clock: FakeClock) -> Desk:
    return Desk(tmp_path, clock)


async def test_two_robots_on_twin_adapters_are_told_apart_by_their_numbers(desk: Desk) -> None:
    """Whatever socket each is in; and nobody was written to for it."""
    finder = desk.finder(
        seeker("robot-1", "appliance", serial="R-1"), seeker("robot-2", "appliance", serial="R-2")
    )

    def talk() -> None:
        desk.ports["a"].chat(heartbeat("R-2"))
        desk.ports["b"].chat(heartbeat("R-1"))

    async with desk.looking(finder):
        await desk.until(lambda: finder.port_of("robot-1") and finder.port_of("robot-2"), talk)
        assert finder.port_of("robot-1") == desk.name("b")
        assert finder.port_of("robot-2") == desk.name("a")
        assert desk.written() == b""
        assert finder.doubtful == ()


async def test_an_oximeter_and_a_robot_are_told_apart_by_their_frames(desk: Desk) -> None:
    """One identity, one format: each has the port on which its own driver read something."""
    finder = desk.finder(
        seeker("robot-1", "appliance", serial="R-1"),
        seeker("nonin-1", "nonin"),
        seeker("bci-1", "bci"),
    )
    desk.ports["c"] = Plug(desk.folder / "c")

    def talk() -> None:
        desk.ports["a"].say(NONIN)
        desk.ports["b"].chat(heartbeat("R-1"))
        desk.ports["c"].chat(BCI)

    found = {"nonin-1": "a", "robot-1": "b", "bci-1": "c"}
    async with desk.looking(finder):
        await desk.until(lambda: all(finder.port_of(device) for device in found), talk)
        assert {d: finder.port_of(d) for d in found} == {d: desk.name(p) for d, p in found.items()}
        assert desk.written() == b""


async def test_one_that_speaks_when_asked_is_asked_only_where_nobody_speaks(desk: Desk) -> None:
    """The cuff's request goes to the silent port after a heartbeat's time, to no other."""
    finder = desk.finder(
        seeker("robot-1", "appliance", serial="R-1"), seeker("cuff-2", "and_ua767")
    )
    asked = b""

    def talk() -> None:
        nonlocal asked
        desk.ports["a"].chat(heartbeat("R-1"))
        asked += desk.ports["b"].waiting()
        if asked.endswith(b"CPC05\x3b"):
            desk.ports["b"].say(ANSWER)

    began_ms = desk.clock.now().boottime_ms
    async with desk.looking(finder):
        await desk.until(lambda: finder.port_of("cuff-2"), talk)
        assert finder.port_of("cuff-2") == desk.name("b")
        assert finder.port_of("robot-1") == desk.name("a")
        assert asked == REQUEST
        assert desk.ports["a"].waiting() == b""
        assert desk.clock.now().boottime_ms - began_ms >= SILENT_MS


async def test_what_speaks_in_no_format_we_know_is_not_asked_either(desk: Desk) -> None:
    """A modem's banner, or an appliance at another speed: somebody's, and not a cuff's."""
    finder = desk.finder(seeker("cuff-2", "and_ua767", desk.name("a")))
    async with desk.looking(finder):
        await desk.until(
            lambda: finder.verdict("cuff-2"), lambda: desk.ports["a"].chat(b"\xfe\x00RING\r\n")
        )
        assert desk.written() == b""


@pytest.mark.parametrize(
    "device, said, tries",
    [("nonin-1", NONIN, [LineSettings()]), ("robot-1", heartbeat("R-1"), None)],
)
async def test_a_device_is_listened_for_at_its_own_speed(
    device: str,
    said: bytes,
    tries: list[LineSettings] | None,
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lines that are set differently are tried one after another, the soonest heard first.

    What is only noise at one speed may be the device at the next.
    """
    slow = LineSettings(baud=9_600)
    tried: list[LineSettings] = []

    async def opened(name: str, line: LineSettings, *rest: Any) -> Any:
        tried.append(line)
        return await open_link(name, line, *rest)

    monkeypatch.setattr(handshake, "open_link", opened)
    robot = seeker("robot-1", "appliance", desk.name("a"), serial="R-1")
    finder = desk.finder(
        msgspec.structs.replace(robot, line=slow), seeker("nonin-1", "nonin", desk.name("a"))
    )
    async with desk.looking(finder):
        await desk.until(lambda: finder.port_of(device), lambda: desk.ports["a"].chat(said))
        assert desk.written() == b""
    assert tried == (tries or [LineSettings(), slow])


async def test_an_adapter_that_hangs_when_it_is_opened_is_no_dead_loop(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop goes on saying that it turns; the systemd watchdog is for loops of ours."""
    hanging = asyncio.Event()

    async def hangs(*_: object) -> None:
        await hanging.wait()

    monkeypatch.setattr(handshake, "open_link", hangs)
    finder = desk.finder(seeker("nonin-1", "nonin"))
    async with desk.looking(finder):
        before = desk.beats.count.get("ports", 0)
        await desk.clock.advance(60_000)
        assert desk.beats.count["ports"] - before > 100


async def test_a_port_that_another_line_owns_is_not_even_opened(desk: Desk) -> None:
    """By whatever name: what was said on it is still there for its owner."""
    alias = desk.folder / "by-id"
    alias.symlink_to(desk.ports["a"].real)
    desk.taken.append(str(alias))
    finder = desk.finder(seeker("cuff-2", "and_ua767"))
    desk.ports["a"].say(NONIN)
    async with desk.looking(finder):
        await desk.until(lambda: finder.verdict("cuff-2"))
        assert desk.ports["a"].waiting() == b""
        assert desk.ports["b"].waiting() == REQUEST
        assert finder.verdict("cuff-2") == "no port answers as this device"
        assert finder.doubtful == ()
        assert desk.ports["a"].unread() == len(NONIN)


async def test_two_oximeters_of_one_kind_are_never_guessed(desk: Desk) -> None:
    """Nobody can say whose is whose: both are in doubt from the start, and the mend is said."""
    finder = desk.finder(seeker("hers", "nonin"), seeker("his", "nonin"))
    assert finder.doubtful == ("hers", "his")
    assert finder.verdict("his") == "hers, his answer alike: name their ports in [[serial]]"
    async with desk.looking(finder):
        for _ in range(100):
            for plug in desk.ports.values():
                plug.chat(NONIN)
            await desk.clock.advance(1_000)
            await asyncio.sleep(0)
        assert (finder.port_of("hers"), finder.port_of("his")) == (None, None)


async def test_one_oximeter_enrolled_and_two_plugged_in_is_a_doubt_too(desk: Desk) -> None:
    """The second may be a visitor's; pulled out, the first one is found."""
    finder = desk.finder(seeker("hers", "nonin"))

    def talk() -> None:
        for plug in desk.ports.values():
            plug.chat(NONIN)

    async with desk.looking(finder):
        await desk.until(lambda: finder.verdict("hers"), talk)
        assert list(finder.doubtful) == ["hers"]
        both = f"{desk.name('a')}, {desk.name('b')}"
        assert both in finder.verdict("hers")
        desk.ports.pop("b").unplug()
        await desk.until(lambda: finder.port_of("hers"), talk)
        assert finder.port_of("hers") == desk.name("a")
        assert list(finder.doubtful) == []


async def test_a_choice_of_ports_is_a_choice_of_these(desk: Desk) -> None:
    """Two oximeters with a port each to choose from are no doubt, and look nowhere else."""
    finder = desk.finder(
        seeker("hers", "nonin", desk.name("a")), seeker("his", "nonin", desk.name("b"))
    )

    def talk() -> None:
        for plug in desk.ports.values():
            plug.chat(NONIN)

    async with desk.looking(finder):
        await desk.until(lambda: finder.port_of("hers") and finder.port_of("his"), talk)
        assert finder.port_of("hers") == desk.name("a")
        assert finder.port_of("his") == desk.name("b")


async def test_ports_that_gave_nothing_are_left_alone_for_longer_and_longer(desk: Desk) -> None:
    """Opening resets some boards: ten minutes of looking open a silent port a few times."""
    finder = desk.finder(seeker("cuff-2", "and_ua767", desk.name("a")))
    asked = 0
    async with desk.looking(finder):
        for second in range(600):
            await desk.clock.advance(1_000)
            if second % 20 == 0:
                await asyncio.sleep(0.002)  # a port opens in a thread, in real time
            asked += desk.ports["a"].waiting().count(b"CPC05")
        assert 3 <= asked <= 7  # 11 times without a rest that grows
        assert desk.beats.count["ports"] > 400


class Whole:
    """A line that looks for its port, with its finder, as the gateway runs them."""

    def __init__(self, desk: Desk, *seekers: Seeker) -> None:
        self.queue = LaneQueue()
        self.faults = Faults()
        self.finder = desk.finder(*seekers)
        first = seekers[0]
        self.line = SerialLine(
            SerialSettings(device=first.device, port=None, baud=115_200, stop_bits=1),
            first.driver,
            b"",
            self.queue,
            desk.clock,
            on_fault=self.faults,
            beat=desk.beats,
            finder=self.finder,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.line.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_a_robot_moved_to_another_socket_is_found_again(desk: Desk) -> None:
    """The line opens what the finder found; pulled and plugged elsewhere, it follows."""
    whole = Whole(desk, seeker("robot-1", "appliance", serial="R-1"))

    def talk(name: str) -> Callable[[], None]:
        return lambda: desk.ports[name].chat(heartbeat("R-1"))

    async with desk.looking(whole.finder), whole.running():
        await desk.until(lambda: whole.line.counts.frames, talk("b"))
        assert whole.faults.told == []  # nobody knew before; it was no fault yet
        desk.ports.pop("b").unplug()
        await desk.until(lambda: whole.faults.gone == [True])
        desk.ports["c"] = Plug(desk.folder / "c")
        before = whole.line.counts.frames
        await desk.until(lambda: whole.line.counts.frames > before, talk("c"))
        assert whole.faults.gone[-1] is False


async def test_doubt_is_a_fault_of_the_line_that_says_what_to_do(desk: Desk) -> None:
    """The status and the coordinator see it, with the device and the mend."""
    whole = Whole(desk, seeker("hers", "nonin"), seeker("his", "nonin"))
    async with desk.looking(whole.finder), whole.running():
        await desk.until(lambda: whole.faults.told)
        (fault,) = whole.faults.told
        assert (fault.subject, fault.gone) == ("hers", True)
        assert "name their ports in [[serial]]" in fault.detail


def test_a_line_without_a_port_and_without_a_finder_is_refused(clock: FakeClock) -> None:
    """It would wait for ever for a port that nobody looks for."""
    with pytest.raises(TransportError, match="nonin-1"):
        SerialLine(
            SerialSettings(device="nonin-1", port=None),
            DRIVERS["nonin"],
            b"",
            LaneQueue(),
            clock,
            on_fault=Faults(),
            beat=Beats(),
        )


def test_what_the_settings_alone_say_of_doubt() -> None:
    """Devices of one driver without a number, when their ports cross; others are none."""
    assert doubtful_ports([seeker("a", "nonin"), seeker("b", "bci")]) == ()
    assert doubtful_ports([seeker("a", "appliance"), seeker("b", "appliance")]) == ()
    assert doubtful_ports([seeker("a", "bci", "/1"), seeker("b", "bci", "/2")]) == ()
    two = [seeker("b", "bci", "/1", "/2"), seeker("a", "bci", "/2", "/3"), seeker("c", "bci", "/4")]
    assert doubtful_ports(two) == (Doubt("bci", ("a", "b")),)
    assert doubtful_ports([*two, seeker("d", "bci")]) == (Doubt("bci", ("a", "b", "c", "d")),)


@pytest.mark.parametrize(
    "answers, bound, doubtful",
    [
        ({}, {}, {}),
        ({"/1": {"R"}, "/2": {"x"}}, {"R": "/1", "x": "/2"}, {}),
        ({"/1": {"R", "x"}, "/2": {"x"}}, {"R": "/1", "x": "/2"}, {}),
        ({"/1": {"R"}, "/2": {"R"}}, {}, {"R": ("/1", "/2")}),
        ({"/1": {"x"}, "/2": {"x"}}, {}, {"x": ("/1", "/2")}),
        ({"/1": {"x", "y"}}, {}, {"x": ("/1",), "y": ("/1",)}),
        ({"/1": {"x", "y"}, "/2": {"x"}}, {}, {"x": ("/1", "/2"), "y": ("/1",)}),
    ],
)
def test_who_is_where_is_settled_without_a_guess(
    answers: dict[str, set[str]], bound: dict[str, str], doubtful: dict[str, tuple[str, ...]]
) -> None:
    """`R` is known by its number, `x` and `y` by their format."""
    settled = settle({port: frozenset(d) for port, d in answers.items()}, frozenset({"R"}))
    assert (settled.bound, settled.doubtful) == (bound, doubtful)


def test_twins_are_named_by_their_sockets(tmp_path: Path) -> None:
    """Two adapters with one serial number share one by-id name; by-path tells them apart."""
    for name in ("ttyUSB0", "ttyUSB1", "ttyACM0", "ttyS0"):
        (tmp_path / name).touch()
    by_id, by_path = tmp_path / "by-id", tmp_path / "by-path"
    by_id.mkdir()
    by_path.mkdir()
    (by_id / "usb-1a86_USB_Serial-if00-port0").symlink_to(tmp_path / "ttyUSB1")
    (by_path / "usb-0:1.1").symlink_to(tmp_path / "ttyUSB0")
    (by_path / "usb-0:1.2").symlink_to(tmp_path / "ttyUSB1")
    links = (by_id, by_path)
    assert candidate_ports(tmp_path, links) == (
        str(tmp_path / "ttyACM0"),
        str(by_path / "usb-0:1.1"),
        str(by_path / "usb-0:1.2"),
    )
    assert ports_without_own_id(tmp_path, links) == (
        str(tmp_path / "ttyACM0"),
        str(by_path / "usb-0:1.1"),
    )


def test_roles_of_the_table_fit_the_finder() -> None:
    """A named driver refuses the number of another device, or a handshake would mean nothing."""
    for driver in DRIVERS.values():
        if driver.named:
            mine = seeker("x", driver.id, serial="MINE")
            assert mine.accepts(heartbeat("MINE").rstrip())
            assert not mine.accepts(heartbeat("YOURS").rstrip())
    assert Role.VITALS in DRIVERS["nonin"].roles
