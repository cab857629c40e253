"""The virtual home as a process, heard by the real transports and decoded by the real drivers."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from edge.clock import SystemClock
from edge.domain import Device, Observation, Role, Secret
from edge.drivers import DRIVERS
from edge.drivers.base import Shape
from edge.errors import ControlError, DecodeError
from edge.sim.cli import sim
from edge.transports.ble.scanner import Listed
from edge.transports.lines.port_names import presence
from edge.transports.lines.serial import SerialLine, SerialSettings
from tests.sim.process import SimProcess, sim_process
from tests.transports.virtual import Receiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PATIENCE_S = 15.0

pytestmark = pytest.mark.timeout(60)


class Gateway:
    """Transports and drivers wired as the gateway does, without rules and store.

    `commit=False` is a gateway that never gets to its ACKs.
    """

    def __init__(self, report: dict[str, list[dict[str, str]]], *, commit: bool = True) -> None:
        self.seen: list[Observation] = []
        self.refused: list[tuple[str, DecodeError]] = []
        self.duplicates = 0
        self.commit = commit
        self.devices = {row["id"]: _device(row) for row in report["device"]}
        self.states: dict[str, bytes] = {}
        table = {
            device.address: Listed(device.id, connect=_shape(device) is Shape.GATT)
            for device in self.devices.values()
            if _shape(device) is not Shape.SERIAL
        }
        plans = {
            device.id: plan
            for device in self.devices.values()
            if (plan := DRIVERS[device.driver].plan) is not None
        }
        backend: str = report["ble"]["backend"]  # type: ignore[call-overload]
        self.receiver = Receiver(backend, table, plans)
        self.lines = {
            row["device"]: SerialLine(
                SerialSettings(**row),  # type: ignore[arg-type]
                DRIVERS[self.devices[row["device"]].driver],
                b"",
                self.receiver.queue,
                SystemClock("Europe/Helsinki", trusted=True),
                on_fault=self.receiver.faults,
                beat=self.receiver.beats,
            )
            for row in report["serial"]
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Gateway]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.receiver.running())
            tasks = [asyncio.create_task(line.run()) for line in self.lines.values()]
            tasks.append(asyncio.create_task(self._consume()))
            try:
                yield self
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def until(self, true: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not true():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            kinds = sorted({(o.device, o.kind, str(o.value)) for o in self.seen})
            raise AssertionError(f"no {what}; heard {kinds}, refused {self.refused}") from None

    def values(self, device: str, kind: str) -> list[object]:
        return [o.value for o in self.seen if (o.device, o.kind) == (device, kind)]

    async def _consume(self) -> None:
        while True:
            for heard in await self.receiver.queue.get_batch(500):
                device = self.devices[heard.device]
                state = self.states.get(device.id, b"")
                try:
                    decoded = DRIVERS[device.driver].decode(device, state, heard.frame, heard.at)
                except DecodeError as error:
                    self.refused.append((device.id, error))
                    continue
                self.duplicates += decoded.duplicate
                self.seen += decoded.observations
                if not self.commit:
                    continue
                if decoded.state is not None:
                    self.states[device.id] = decoded.state
                for reply in decoded.replies:
                    self.lines[device.id].state = self.states.get(device.id, b"")
                    self.lines[device.id].write(reply)


def _shape(device: Device) -> Shape:
    return DRIVERS[device.driver].shape


def _device(row: dict[str, str]) -> Device:
    key = bytes.fromhex(Path(row["key_file"]).read_text("ascii")) if "key_file" in row else None
    return Device(
        id=row["id"],
        driver=row["driver"],
        role=Role(row["role"]),
        address=row["address"],
        room=row["room"],
        key=Secret(key) if key is not None else None,
    )


async def unacknowledged(home: SimProcess, device: str) -> int:
    status = dict(part.split(": ", 1) for part in (await home.tell("status")).split("; "))
    return int(status[device].split(", ")[1].split()[0])


async def test_every_device_is_heard_and_decoded(tmp_path: Path) -> None:
    """Each device's bytes pass radio or line, transport and driver, and say what happened."""
    async with sim_process(tmp_path, "--script", "quiet") as home:
        async with Gateway(home.report).running() as gateway:
            await gateway.until(
                lambda: {"climate-1", "robot-1", "meal-1"} <= {o.device for o in gateway.seen},
                "first readings",
            )
            for command in (
                "press help-button",
                "smoke smoke-1 on",
                "motion motion-1",
                "door door-1 open",
                "climate climate-1 31.5",
                "event robot-1 missed 3",
                "event meal-1 taken 2",
                "measure bp-1 138 84 66",
            ):
                await home.tell(command)
            for device, kind, value in (
                ("help-button", "button", "press"),
                ("smoke-1", "smoke", True),
                ("motion-1", "motion", True),
                ("door-1", "door", True),
                ("robot-1", "dose", "missed"),
                ("meal-1", "meal", "taken"),
                ("bp-1", "blood_pressure_systolic", 138.0),
            ):
                await gateway.until(
                    lambda d=device, k=kind, v=value: v in gateway.values(d, k),  # type: ignore[misc]
                    f"{kind} {value} of {device}",
                )
            await gateway.until(
                lambda: any(
                    isinstance(t, float) and abs(t - 31.5) < 0.2
                    for t in gateway.values("climate-1", "temperature")
                ),
                "31.5 Cel",
            )
            assert gateway.refused == []
            assert gateway.receiver.scanner.strangers > 0
        assert await home.stop() == 0
    assert "stopped" in home.printed[-1]


async def test_one_press_is_one_observation_however_often_it_is_sent(tmp_path: Path) -> None:
    """The button's copies on the air are one press to the driver."""
    async with (
        sim_process(tmp_path, "--script", "quiet") as home,
        Gateway(home.report).running() as gateway,
    ):
        await gateway.until(lambda: len(gateway.seen) > 0, "radio")
        await home.tell("press help-button")
        await gateway.until(lambda: gateway.duplicates >= 3, "copies of the press")
        assert gateway.values("help-button", "button").count("press") == 1


async def test_a_burst_of_stored_measurements_is_collected(tmp_path: Path) -> None:
    """The cuff kept three while nobody listened; one session brings all of them."""
    async with sim_process(tmp_path, "--script", "quiet") as home:
        for systolic in (131, 132, 133):
            await home.tell(f"measure bp-1 {systolic} 80 60")
        async with Gateway(home.report).running() as gateway:
            await gateway.until(
                lambda: gateway.values("bp-1", "blood_pressure_systolic") == [131, 132, 133],
                "three measurements",
            )


async def test_the_appliance_repeats_until_it_is_acknowledged(tmp_path: Path) -> None:
    """No ACK from a gateway that never commits; the next gateway gets it all and empties it."""
    async with sim_process(tmp_path, "--script", "quiet") as home:
        await home.tell("event robot-1 due 1")
        await home.tell("event robot-1 missed 1")
        async with Gateway(home.report, commit=False).running() as forgetful:
            await forgetful.until(
                lambda: forgetful.values("robot-1", "dose") != [], "the unacknowledged event"
            )
        assert await unacknowledged(home, "robot-1") == 2
        async with Gateway(home.report).running() as gateway:
            gateway.states["robot-1"] = forgetful.states.get("robot-1", b"")
            await home.tell("unplug robot-1")
            await home.tell("plug robot-1")
            await gateway.until(
                lambda: gateway.values("robot-1", "dose")[-2:] == ["due", "missed"], "both events"
            )
            async with asyncio.timeout(PATIENCE_S):
                while await unacknowledged(home, "robot-1"):
                    await asyncio.sleep(0.05)


async def test_unplug_and_replug_lose_no_event(tmp_path: Path) -> None:
    """What happens while the cable is out comes with the replug, from another pty; told once."""
    async with (
        sim_process(tmp_path, "--script", "quiet") as home,
        Gateway(home.report).running() as gateway,
    ):
        await home.tell("event robot-1 due 1")
        await gateway.until(lambda: gateway.values("robot-1", "dose") == ["due"], "the first dose")
        await home.tell("unplug robot-1")
        faults = gateway.receiver.faults
        await gateway.until(lambda: faults.gone == [True], "a fault")
        await home.tell("event robot-1 missed 1")
        await home.tell("plug robot-1")
        await gateway.until(lambda: faults.gone == [True, False], "the return")
        await gateway.until(
            lambda: gateway.values("robot-1", "dose") == ["due", "missed"], "the missed dose"
        )


async def test_a_mute_radio_is_silent_and_comes_back(tmp_path: Path) -> None:
    """`mute radio` is the silence without an error that BlueZ shows; `unmute` ends it."""
    async with (
        sim_process(tmp_path, "--script", "quiet") as home,
        Gateway(home.report).running() as gateway,
    ):
        await gateway.until(lambda: gateway.receiver.scanner.adverts > 0, "radio")
        await home.tell("mute radio")
        await asyncio.sleep(0.2)
        before = gateway.receiver.scanner.adverts
        await asyncio.sleep(1.5)
        assert gateway.receiver.scanner.adverts == before
        await home.tell("unmute radio")
        await gateway.until(lambda: gateway.receiver.scanner.adverts > before, "radio again")


async def test_a_second_run_keeps_keys_port_and_boots(tmp_path: Path) -> None:
    """The same folder is the same home: enrolled keys fit, appliances have booted once more."""
    async with sim_process(tmp_path, "--script", "quiet") as first:
        key = (tmp_path / "keys" / "help-button.key").read_text("ascii")
        await first.stop(signal.SIGINT)
    async with sim_process(tmp_path, "--script", "quiet") as second:
        assert second.report["ble"] == first.report["ble"]
        assert (tmp_path / "keys" / "help-button.key").read_text("ascii") == key
        assert "robot-1: boot 2," in await second.tell("status")
    assert (tmp_path / "keys" / "help-button.key").stat().st_mode & 0o077 == 0


async def test_the_demo_tells_its_story(tmp_path: Path) -> None:
    """Devices come alive, then missed dose, button, measurement, smoke, meal, in that order."""
    async with sim_process(tmp_path, "--script", "demo", "--speed", "15") as home:
        async with asyncio.timeout(PATIENCE_S):
            while "event taken" not in await home.line():
                pass
    story = "".join(home.printed)
    landmarks = (
        "climate-1    switched on",
        "event due",
        "event missed",
        "button: press",
        "measured 138/84",
        "smoke on",
        "smoke off",
        "event selected",
        "event taken",
    )
    places = [story.index(mark) for mark in landmarks]
    assert places == sorted(places)
    assert "error" not in story


async def test_instruments_on_cables_are_heard_and_decoded(tmp_path: Path) -> None:
    """Each wire of the oximeters and the cuff's answers pass pty, line and driver."""
    options = ("--home", "instruments", "--script", "quiet")
    async with sim_process(tmp_path, *options) as home:
        async with Gateway(home.report).running() as gateway:
            for device in ("nonin-1", "nonin-7", "nonin-text", "bci-1"):
                await gateway.until(
                    lambda d=device: 97 in gateway.values(d, "oxygen_saturation"),  # type: ignore[misc]
                    f"the first reading of {device}",
                )
            await home.tell("oximeter nonin-7 88 131")
            await home.tell("oximeter bci-1 91 140")
            await home.tell("finger nonin-1 off")
            await home.tell("finger nonin-text off")
            for device, kind, value in (
                ("nonin-7", "pulse_rate", 131),
                ("bci-1", "oxygen_saturation", 91),
                ("nonin-1", "measurement_status", "sensor_alarm,out_of_track"),
                ("nonin-1", "oxygen_saturation", None),
                ("nonin-text", "pulse_rate", None),
            ):
                await gateway.until(
                    lambda d=device, k=kind, v=value: v in gateway.values(d, k),  # type: ignore[misc]
                    f"{kind} {value} of {device}",
                )
            await home.tell("measure cuff-2 131 79 66")
            await gateway.until(
                lambda: gateway.values("cuff-2", "blood_pressure_systolic") == [131],
                "a measurement",
            )
            assert gateway.refused == []
        for command, hint in (
            ("oximeter nonin-1 300 60", "100 %"),
            ("finger cuff-2 off", "nonin-1"),
            ("finger nonin-1 maybe", "maybe"),
        ):
            with pytest.raises(ControlError, match=hint):
                await home.tell(command)
        while "asked 1 times" not in await home.tell("status"):
            await asyncio.sleep(0.1)  # the request follows the line's waking by a second


async def test_an_oximeter_pulled_and_plugged_is_heard_again(tmp_path: Path) -> None:
    """The cable comes back on another pty in the middle of a packet; nothing is misread."""
    async with (
        sim_process(tmp_path, "--home", "instruments", "--script", "quiet") as home,
        Gateway(home.report).running() as gateway,
    ):
        await gateway.until(lambda: bool(gateway.values("nonin-1", "pulse_rate")), "a reading")
        await home.tell("unplug nonin-1")
        faults = gateway.receiver.faults
        await gateway.until(lambda: [f.subject for f in faults.told] == ["nonin-1"], "a fault")
        await home.tell("oximeter nonin-1 94 80")
        await home.tell("plug nonin-1")
        await gateway.until(lambda: 94 in gateway.values("nonin-1", "oxygen_saturation"), "94 %")
        assert set(gateway.values("nonin-1", "oxygen_saturation")) == {97, 94}
        assert gateway.refused == []


async def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    """A trainer's typing error is answered with what is possible, and harms nothing."""
    async with sim_process(tmp_path, "--script", "quiet") as home:
        for command, hint in (
            ("explode robot-1", "press"),
            ("press robot-1", "help-button"),
            ("event robot-1 dance 1", "dance"),
            ("smoke smoke-1 maybe", "maybe"),
            ("measure bp-1 138", "measure"),
            ("on nobody", "climate-1"),
        ):
            with pytest.raises(ControlError, match=hint):
                await home.tell(command)
        assert (await home.tell("press help-button")) == "button: press"
    with pytest.raises(ControlError, match="no virtual home"):
        await home.tell("status")


@pytest.mark.parametrize("text", ["title = 1", "not toml", 'title = "x"\nsurprise = 1'])
def test_a_broken_script_is_refused_by_name(tmp_path: Path, text: str) -> None:
    """A scenario file with a fault is named, and nothing is started."""
    script = tmp_path / "mine.toml"
    script.write_text(text, encoding="utf-8")
    ended = CliRunner().invoke(sim, ["home", "--dir", str(tmp_path / "x"), "--script", str(script)])
    assert ended.exit_code == 1
    assert "mine.toml" in ended.output
    assert not (tmp_path / "x").exists()


async def test_sim_json_is_the_gateway_s_configuration(tmp_path: Path) -> None:
    """Rows use the very keys of `[[device]]` and `[[serial]]`, and name files that exist."""
    async with sim_process(tmp_path, "--script", "quiet") as home:
        report = json.loads((tmp_path / "sim.json").read_text(encoding="utf-8"))
        for row in report["device"]:
            assert row["driver"] in DRIVERS
            assert Role(row["role"]) in DRIVERS[row["driver"]].roles
        assert [row["device"] for row in report["serial"]] == ["robot-1", "meal-1"]
        assert all(presence(row["port"]) is not None for row in report["serial"])
        assert report["pid"] == home.process.pid
