"""One run of the virtual home: opens the radio, writes `sim.json`, plays the script."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from edge.sim.air import HciPort
from edge.sim.control import CommandSocket, answer, follow_stdin
from edge.sim.home import VirtualHome
from edge.sim.making import MODULE_UNIT
from edge.sim.script import Dwelling, Gadget, Scenario

# What a gateway's configuration calls each kind of virtual device: driver, role.
CONFIGURED = {
    "help_button": ("bthome", "help_button"),
    "ok_button": ("bthome", "ok_button"),
    "remote": ("bthome", "help_button"),
    "smoke_alarm": ("bthome", "smoke_alarm"),
    "co_alarm": ("bthome", "co_alarm"),
    "heat_alarm": ("bthome", "heat_alarm"),
    "gas_alarm": ("bthome", "gas_alarm"),
    "water_alarm": ("bthome", "water_alarm"),
    "motion": ("bthome", "motion"),
    "door": ("bthome", "door"),
    "room_thermometer": ("bthome", "climate"),
    "climate": ("ruuvitag", "climate"),
    "air": ("ruuvitag", "climate"),
    "ibeacon": ("ibeacon", "tag"),
    "eddystone": ("eddystone", "tag"),
    "cuff": ("blood_pressure", "vitals"),
    "thermometer": ("health_thermometer", "vitals"),
    "scale": ("weight_scale", "vitals"),
    "oximeter": ("pulse_oximeter", "vitals"),
    "heart_rate": ("heart_rate", "vitals"),
    "glucose_meter": ("glucose", "vitals"),
    "cgm": ("cgm", "vitals"),
    "insulin_pump": ("insulin", "vitals"),
    "cloud_dispenser": ("dispenser_cloud", "medication_robot"),
    "robot": ("appliance", "medication_robot"),
    "dispenser": ("appliance", "meal_dispenser"),
    "nonin": ("nonin", "vitals"),
    "bci": ("bci", "vitals"),
    "ua767pc": ("and_ua767", "vitals"),
    "wifi_smoke": ("shelly_smoke", "smoke_alarm"),
    "module": ("modbus_inputs", "smoke_alarm"),
}
# How a gateway has to set each line, where its driver does not know by itself: the virtual
# finger oximeter is the 4800 baud module, since a pty has no parity.
LINES: dict[str, dict[str, int | str]] = {
    "robot": {"baud": 115_200},
    "dispenser": {"baud": 115_200},
    "nonin": {},
    "bci": {"baud": 4_800, "parity": "N"},
    "ua767pc": {},
}
# How the virtual module is wired.
MODULE = {
    "unit": MODULE_UNIT,
    "inputs": {"0": "smoke", "1": "door"},
    "registers": {"0": {"kind": "temperature", "scale": 0.1, "signed": True}},
}


class Options(msgspec.Struct, frozen=True):
    """What the command line says."""

    folder: Path
    dwelling: Dwelling
    scenario: Scenario
    seed: int = 1
    speed: float = 1.0
    stdin: bool = False
    broker: tuple[str, int] | None = None  # the home's own: satellites and Wi-Fi alarms need it


class Run:
    """The home, its radio port and its command socket, from start to SIGTERM."""

    def __init__(self, options: Options, show: Callable[[str], None]) -> None:
        self._options = options
        self._show = show
        self._start = time.monotonic()
        self._home = VirtualHome(
            options.dwelling,
            options.folder,
            seed=options.seed,
            speed=options.speed,
            say=self._say,
            broker=options.broker,
        )
        self._socket_path = options.folder / "sim.sock"
        self._socket = CommandSocket(self._socket_path, self._do)
        self._radio = HciPort(self._home.air)

    async def until_stopped(self) -> None:
        """Return on SIGINT or SIGTERM, with everything closed."""
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        port = await self._radio.open(self._last_port())
        await self._socket.open()
        try:
            await self._live_until(stop, port)
        finally:
            await self._radio.close()
            await self._socket.close()
        self._say("home", "stopped")

    async def _live_until(self, stop: asyncio.Event, port: int) -> None:
        living = asyncio.create_task(self._live(port), name="sim:live")
        stopping = asyncio.create_task(stop.wait(), name="sim:stop")
        try:
            await asyncio.wait([living, stopping], return_when=asyncio.FIRST_COMPLETED)
            if living.done():
                living.result()  # it never ends by itself: raises what went wrong
        finally:
            for task in (living, stopping):
                task.cancel()
            await asyncio.gather(living, stopping, return_exceptions=True)

    async def _live(self, port: int) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._home.plug_all()
            tasks.create_task(self._home.run(), name="sim:home")
            self._write_report(port)
            self._say("home", f"ready, the gateway's radio is bumble:tcp-client:127.0.0.1:{port}")
            tasks.create_task(self._play(), name="sim:script")
            for number, _ in enumerate(self._options.scenario.every):
                tasks.create_task(self._repeat(number), name=f"sim:every-{number}")
            if self._options.stdin:
                tasks.create_task(follow_stdin(self._do, self._show), name="sim:stdin")

    async def _play(self) -> None:
        self._say("home", self._options.scenario.title)
        for step in sorted(self._options.scenario.step, key=lambda step: step.at_s):
            await self._until(step.at_s)
            await self._do_scripted(step.do)

    async def _repeat(self, number: int) -> None:
        every = self._options.scenario.every[number]
        rng = random.Random(self._options.seed * 1000 + number)
        next_s = every.from_s
        while True:
            await self._until(next_s)
            await self._do_scripted(every.do)
            next_s += every.every_s + rng.uniform(-every.jitter_s, every.jitter_s)

    async def _until(self, at_s: float) -> None:
        due = self._start + at_s / self._options.speed
        await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _do(self, command: str) -> str:
        text = await self._home.do(command)
        words = command.split()
        if words[0] != "status":
            self._say(words[1] if len(words) > 1 else "home", text)
        return text

    async def _do_scripted(self, command: str) -> None:
        said = await answer(self._do, command)
        if said.startswith("error"):
            self._say("script", said)

    def _say(self, subject: str, text: str) -> None:
        self._show(f"{time.monotonic() - self._start:8.1f} s  {subject:<12} {text}")

    def _last_port(self) -> int:
        """The port of the run before, so that a gateway finds a restarted home again."""
        try:
            report = json.loads((self._options.folder / "sim.json").read_text(encoding="utf-8"))
            return int(report["radio_port"])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def _write_report(self, port: int) -> None:
        """`sim.json`: what a gateway's configuration needs to know, in its own words."""
        gadgets = self._options.dwelling.device
        report = {
            "version": 1,
            "pid": os.getpid(),
            "radio_port": port,
            "command_socket": str(self._socket_path),
            "ble": {"backend": f"bumble:tcp-client:127.0.0.1:{port}"},
            "serial": [
                {"device": g.id, "port": str(self._home.port_of(g)), **LINES[g.kind]}
                for g in gadgets
                if g.kind in LINES
            ],
            "modbus": [
                {"device": g.id, "port": str(self._home.port_of(g)), **MODULE}
                for g in gadgets
                if g.kind == "module"
            ],
            "device": [self._configured(g) for g in gadgets if g.kind in CONFIGURED],
        }
        modem = next((g for g in gadgets if g.kind == "modem"), None)
        if modem is not None:
            report["pager"] = {"port": str(self._home.port_of(modem))}
        if self._options.broker is not None:
            host, port = self._options.broker
            satellites = [{"id": g.id, "room": g.room} for g in gadgets if g.kind == "satellite"]
            report["ingest"] = {"host": host, "port": port, "satellite": satellites}
        if self._home.radio is not None:
            near = self._home.radio.plan.neighbours()
            report["room"] = [
                {"id": name, "next_to": sorted(beside)} for name, beside in near.items()
            ]
        path = self._options.folder / "sim.json"
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)

    def _configured(self, gadget: Gadget) -> dict[str, Any]:
        driver, role = CONFIGURED[gadget.kind]
        row = {
            "id": gadget.id,
            "driver": driver,
            "role": role,
            "address": gadget.address,
            "room": gadget.room,
            "label": gadget.label,
        }
        if gadget.person:
            row["person"] = gadget.person
        if gadget.encrypted:
            row["key_file"] = str(self._home.key_file_of(gadget))
        return row
