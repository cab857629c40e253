"""Serial lines as the settings file has them: set, named, or looked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from edge import config
from edge.app.imports import devices_of
from edge.app.lines import Lines, doubtful_ports, seekers_of
from edge.app.opening import open_house
from edge.drivers.base import LineSettings, SerialFrame
from edge.errors import ConfigError
from edge.transports.lanes import LaneQueue
from edge.transports.lines import handshake
from edge.transports.lines.port_claims import Doubt
from tests.drivers.tools import vectors
from tests.support.ids import SeqIds
from tests.transports.fakes import Beats, Faults
from tests.transports.ptys import PATIENCE_S, Plug

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.clock import FakeClock

SECOND = bytes.fromhex(vectors("nonin")["cases"][1]["payload"])


def settings(folder: Path, *rows: tuple[str, str, str], more: str = "") -> config.Config:
    """Instruments as (id, driver, what stands in its [[serial]] after the device)."""
    text = (
        '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        f'[store]\npath = "{folder}/home.db"\n'
    )
    for name, driver, line in rows:
        text += f'[[device]]\nid = "{name}"\ndriver = "{driver}"\nrole = "vitals"\n'
        text += f'address = "{name}"\n[[serial]]\ndevice = "{name}"\n{line}\n'
    return config.parse(text + more, "test")


@pytest.mark.parametrize(
    "line, expected",
    [
        ('port = "auto"', LineSettings(baud=19_200, parity="O")),
        ('port = "auto"\nbaud = 4800\nparity = "N"', LineSettings(baud=4_800)),
        ('port = ["/dev/a"]\nbaud = 115200\nparity = "N"', LineSettings(baud=115_200)),
    ],
)
def test_a_line_is_set_as_the_site_says_else_as_the_driver_has_it(
    line: str, expected: LineSettings, tmp_path: Path
) -> None:
    """CMS50 without a word, the OEM module and Berry's cable by theirs."""
    read = settings(tmp_path, ("bci-1", "bci", line))
    devices = {one.id: one for one in devices_of(read)}
    (seeker,) = seekers_of(read.serial, devices)
    assert seeker.line == expected
    assert seeker.ports == (("/dev/a",) if "[" in line else ())


@pytest.mark.parametrize(
    "line, key",
    [
        ("port = []", "serial[0].port"),
        ("port = 5", "serial[0].port"),
        ('port = "auto"\nparity = "M"', "serial[0].parity"),
        ('port = "auto"\nstop_bits = 3', "serial[0].stop_bits"),
        ('port = "auto"\nbaud = 50', "serial[0].baud"),
    ],
)
def test_a_line_that_cannot_be_is_refused_by_its_key(line: str, key: str, tmp_path: Path) -> None:
    """With the mend, as everything in the file."""
    with pytest.raises(ConfigError) as refused:
        settings(tmp_path, ("bci-1", "bci", line))
    (fault,) = refused.value.faults
    assert fault.key == key
    assert fault.mend


def test_the_settings_alone_tell_the_installer_of_twins(tmp_path: Path) -> None:
    """Several lines may be looked for; two of one kind without a number are a doubt."""
    read = settings(
        tmp_path,
        ("hers", "nonin", 'port = "auto"'),
        ("his", "nonin", 'port = ["/dev/a", "/dev/b"]'),
        ("cuff", "and_ua767", 'port = "auto"'),
        ("named", "nonin", 'port = "/dev/c"'),
    )
    devices = {one.id: one for one in devices_of(read)}
    assert doubtful_ports(read, devices) == (Doubt("nonin", ("hers", "his")),)
    assert doubtful_ports(read, {}) == ()


async def test_a_line_is_found_and_read_while_another_one_is_left_alone(
    tmp_path: Path, clock: FakeClock
) -> None:
    """From the file to the lane: the named port is its owner's, the other one answers."""
    mine, other = Plug(tmp_path / "a"), Plug(tmp_path / "b")
    choice = f'port = ["{mine.name}", "{other.name}"]'
    read = settings(
        tmp_path,
        ("nonin-1", "nonin", choice),
        ("nonin-2", "nonin", f'port = "{other.name}"'),
    )
    queue, faults = LaneQueue(), Faults()
    async with open_house(read, clock, SeqIds()) as house:
        lines = Lines(house, queue, on_fault=faults, beat=Beats())
        assert lines.finder is not None
        tasks = [asyncio.create_task(line.run()) for line in lines.by_device.values()]
        tasks.append(asyncio.create_task(lines.finder.run()))
        heard: dict[str, int] = {}
        async with asyncio.timeout(PATIENCE_S):
            while set(heard) != {"nonin-1", "nonin-2"}:
                mine.chat(SECOND)
                other.chat(SECOND)
                await clock.advance(250)
                await asyncio.sleep(0.002)
                for one in await queue.get_batch(100) if len(queue) else []:
                    assert one.frame == SerialFrame(data=SECOND)
                    heard[one.device] = heard.get(one.device, 0) + 1
        assert lines.finder.port_of("nonin-1") == str(mine.name)
        assert lines.finder.doubtful == ()
        assert faults.told == []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for plug in (mine, other):
        plug.unplug()


async def test_a_port_of_contacts_or_of_a_bus_is_never_probed(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A probe locks its port and asserts its lines: an alarm's contact would be deaf for it."""
    contact, bus, free = (Plug(tmp_path / name) for name in ("contact", "bus", "free"))
    choice = ", ".join(f'"{plug.name}"' for plug in (contact, bus, free))
    more = (
        '[[device]]\nid = "cord"\ndriver = "contact"\nrole = "help_button"\naddress = "c"\n'
        f'[[contact]]\ndevice = "cord"\nline = "{contact.name}:cts"\n'
        '[[device]]\nid = "plate"\ndriver = "modbus_inputs"\nrole = "climate"\naddress = "m"\n'
        f'[[modbus]]\ndevice = "plate"\nport = "{bus.name}"\nunit = 1\n'
        'inputs = { 0 = "smoke" }\n'
    )
    probed: list[str] = []

    async def no_answer(port: str, *_: object) -> None:
        probed.append(port)
        raise OSError("nothing answers")

    monkeypatch.setattr(handshake, "open_link", no_answer)
    read = settings(tmp_path, ("nonin-1", "nonin", f"port = [{choice}]"), more=more)
    async with open_house(read, clock, SeqIds()) as house:
        lines = Lines(house, LaneQueue(), on_fault=Faults(), beat=Beats())
        assert lines.finder is not None
        looking = asyncio.create_task(lines.finder.round())
        while not looking.done():
            await clock.advance(1000)
        await looking
    assert set(probed) == {str(free.name)}
    for plug in (contact, bus, free):
        plug.unplug()


async def test_a_home_of_named_ports_has_no_finder(tmp_path: Path, clock: FakeClock) -> None:
    """Nobody's port is looked at when nobody asked for it."""
    read = settings(tmp_path, ("nonin-1", "nonin", 'port = "/dev/c"'))
    async with open_house(read, clock, SeqIds()) as house:
        lines = Lines(house, LaneQueue(), on_fault=Faults(), beat=Beats())
        assert lines.finder is None
        assert list(lines.by_device) == ["nonin-1"]
