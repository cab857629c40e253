"""The virtual Modbus module: as a process heard by the real transport, and as bytes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from edge.clock import SystemClock
from edge.demo.scene import gateway_settings
from edge.drivers.base import RegisterFrame
from edge.sim.module import REQUEST_BYTES, Module, crc
from edge.transports.inputs.modbus import BusSettings, ModbusBus, ModuleSettings
from edge.transports.lanes import LaneQueue
from tests.sim.process import sim_process
from tests.transports.fakes import Beats, Faults

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 20.0


def module() -> tuple[Module, list[bytes]]:
    said: list[bytes] = []
    return Module(17, said.append), said


def request(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + crc(body)


def test_it_answers_as_the_standard_says() -> None:
    """Function 04 of unit 17 with the value 10: the published answer, CRC and all."""
    one, said = module()
    one.registers[8] = 10
    one.inputs[1] = True
    one.heard(request("110400080001"))
    one.heard(request("110200000003"))
    assert said == [bytes.fromhex("110402000AF8F4"), request("11020102")]


@pytest.mark.parametrize(
    "asked, answer",
    [
        ("110200000009", "118202"),
        ("110400100001", "118402"),
        ("11050000FF00", "118501"),
        ("120200000001", None),
    ],
)
def test_what_is_not_there_is_refused_and_others_are_left_alone(
    asked: str, answer: str | None
) -> None:
    """Exceptions 02 and 01; a request for another unit gets no word."""
    one, said = module()
    one.heard(request(asked))
    assert said == ([] if answer is None else [request(answer)])
    assert one.writes == (asked[2:4] == "05")


def test_garbage_before_a_request_is_passed_over() -> None:
    """Split anywhere and behind any bytes, the request is found."""
    one, said = module()
    for byte in b"\x00\xff\x11" + request("110200000001"):
        one.heard(bytes([byte]))
    assert len(said) == 1
    assert len(request("110200000001")) == REQUEST_BYTES


@pytest.mark.timeout(60)
async def test_a_wired_home_is_heard_through_its_own_report(tmp_path: Path) -> None:
    """`sim.json` is enough for a gateway to hear `input module-1 0 on`, also after a replug."""
    async with sim_process(tmp_path, "--home", "wired", "--script", "quiet") as home:
        assert '[[modbus]]\ndevice = "module-1"' in gateway_settings(tmp_path, 1, home.report)
        (row,) = home.report["modbus"]
        queue, faults = LaneQueue(), Faults()
        bus = ModbusBus(
            BusSettings(port=row["port"]),
            [ModuleSettings(device=row["device"], unit=row["unit"], inputs=kinds(row), poll_ms=50)],
            queue,
            SystemClock("Europe/Helsinki", trusted=True),
            on_fault=faults,
            beat=Beats(),
        )
        task = asyncio.create_task(bus.run())
        try:
            await level(queue, active=False)
            assert await home.tell("input module-1 0 on") == "input 0 on"
            await level(queue, active=True)
            await home.tell("unplug module-1")
            await home.tell("input module-1 0 off")
            await home.tell("plug module-1")
            await level(queue, active=False)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        assert faults.gone == [True, False]


def kinds(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row["inputs"][channel] for channel in sorted(row["inputs"]))


async def level(queue: LaneQueue, *, active: bool) -> None:
    """Wait until input 0 is told so."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            for heard in await queue.get_batch(10):
                assert isinstance(heard.frame, RegisterFrame)
                if heard.frame.inputs[0] is active:
                    return
