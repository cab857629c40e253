"""The virtual satellites and Wi-Fi alarm, over a real broker, into the gateway's own ingest."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from edge.app.local import Local
from edge.clock import SystemClock
from edge.config import Ingest, Satellite
from edge.domain import Device, Observation, Role, Secret
from edge.drivers import DRIVERS
from edge.drivers.base import Advert
from edge.sim.cli import sim
from edge.transports.lanes import LaneQueue
from edge.transports.local.echoes import Echoes
from tests.sim.process import sim_process
from tests.support.mosquitto import Mosquitto
from tests.transports.fakes import Beats, Faults

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PATIENCE_S = 20.0

pytestmark = pytest.mark.timeout(90)


class Gateway:
    """The ingest of the local broker and the drivers, wired to what `sim.json` says."""

    def __init__(self, report: dict[str, list[dict[str, str]]]) -> None:
        settings = report["ingest"]
        self.seen: list[Observation] = []
        self.sources: set[str] = set()
        self.faults = Faults()
        self.devices = {row["id"]: _device(row) for row in report["device"]}
        self._queue = LaneQueue()
        self._echoes = Echoes()
        self.local = Local(
            Ingest(
                port=settings["port"],  # type: ignore[call-overload]
                satellite=tuple(Satellite(**row) for row in settings["satellite"]),  # type: ignore[call-overload]
            ),
            "gw-0001",
            self._queue,
            SystemClock("Europe/Helsinki", trusted=True),
            on_fault=self.faults,
            beat=Beats(),
        )
        self.local.enrol(self.devices.values())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(self.local.broker.run()),
            asyncio.create_task(self._consume()),
        ]
        try:
            await self.until(lambda: self.local.broker.up)
            yield
            assert not any(task.done() for task in tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _consume(self) -> None:
        states: dict[str, bytes] = {}
        while True:
            for heard in await self._queue.get_batch(100):
                device = self.devices[heard.device]
                if isinstance(heard.frame, Advert):
                    self.sources.add(heard.frame.source)
                    if self._echoes.is_echo(device.id, heard.frame, heard.at.boottime_ms):
                        continue
                state = states.get(device.id, b"")
                decoded = DRIVERS[device.driver].decode(device, state, heard.frame, heard.at)
                states[device.id] = state if decoded.state is None else decoded.state
                self.seen += decoded.observations

    def told(self, device: str, kind: str) -> list[object]:
        return [one.value for one in self.seen if (one.device, one.kind) == (device, kind)]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                await asyncio.sleep(0.01)


def _device(row: dict[str, str]) -> Device:
    key = row.get("key_file")
    return Device(
        id=row["id"],
        driver=row["driver"],
        role=Role(row["role"]),
        address=row["address"],
        key=None if key is None else Secret(bytes.fromhex(Path(key).read_text())),
    )


async def test_a_wide_home_is_heard_over_its_broker(mosquitto: Mosquitto, tmp_path: Path):
    """A press by two satellites is one event; smoke on the Wi-Fi; strangers are only counted."""
    place = f"{mosquitto.host}:{mosquitto.port}"
    options = ["--home", "wide", "--script", "quiet", "--broker", place]
    async with sim_process(tmp_path, *options) as home:
        gateway = Gateway(home.report)
        async with gateway.running():
            status = gateway.local.broker.satellites.counts
            await gateway.until(lambda: all(one.strangers for one in status.values()))
            await home.tell("press help-button")
            await gateway.until(lambda: gateway.sources == {"sat-kitchen", "sat-bedroom"})
            await gateway.until(lambda: gateway.told("climate-1", "temperature") != [])
            await home.tell("test wifi-smoke")
            await home.tell("smoke wifi-smoke on")
            await gateway.until(lambda: True in gateway.told("wifi-smoke", "smoke"))
            await home.tell("event cloud-robot DOSE_TAKEN")
            await gateway.until(lambda: "taken" in gateway.told("cloud-robot", "dose"))
            await home.tell("off sat-kitchen")
            before = status["sat-bedroom"].records
            await home.tell("press help-button")
            await gateway.until(lambda: len(gateway.told("help-button", "button")) >= 2)
            await gateway.until(lambda: status["sat-bedroom"].records > before)
        assert [v for v in gateway.told("help-button", "button") if v == "press"] == ["press"] * 2
        assert gateway.told("wifi-smoke", "alarm_test") == [True]
        assert gateway.told("cloud-robot", "dose") == ["taken"]  # though it was told twice
        assert {one.malformed for one in status.values()} == {0}
        assert gateway.faults.told == []


@pytest.mark.parametrize(
    "options, said",
    [
        (["--home", "wide"], "give one: --broker HOST:PORT"),
        (["--broker", "nowhere"], "write HOST:PORT"),
        (["--home", "palace"], "name one of"),
    ],
)
def test_what_a_home_lacks_is_said(options: list[str], said: str, tmp_path: Path):
    """A broker for those who publish, a place that can be reached, a dwelling that is there."""
    result = CliRunner().invoke(sim, ["home", "--dir", str(tmp_path), *options])
    assert result.exit_code != 0
    assert said in result.output
