"""The virtual home: its devices, and the commands that make things happen to them."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from edge.errors import ControlError
from edge.sim import beacons
from edge.sim.air import Air
from edge.sim.appliance import DISPENSER, ROBOT, Appliance
from edge.sim.beacons import Beacon, BthomeBeacon, RuuviBeacon, Stranger
from edge.sim.cuff import Cuff
from edge.sim.instruments import PARTS, Instrument, LineCuff, Oximeter
from edge.sim.line import Cable
from edge.sim.machine import HEARTBEAT_S, Machine
from edge.sim.module import Module, WiredModule
from edge.sim.post import Post
from edge.sim.satellite import HEARTBEAT_S as SATELLITE_HEARTBEAT_S
from edge.sim.satellite import Satellite
from edge.sim.script import Dwelling, Gadget
from edge.sim.tags import AirBeacon, EddystoneTag, IbeaconTag
from edge.sim.wifi_smoke import WAKES_EVERY_S, WifiSmoke

# A motion sensor falls back to "clear" after that long.
MOTION_CLEAR_S = 3.0

MODELS = {"robot": ROBOT, "dispenser": DISPENSER}
SWITCHES = {"on": 1, "off": 0, "open": 1, "closed": 0}

# What a BTHome device of each kind says while nothing happens.
IDLE = {
    "help_button": {beacons.BUTTON: b"\x00"},
    "remote": {},  # its buttons, as many as they are
    "smoke_alarm": {beacons.SMOKE: b"\x00"},
    "co_alarm": {beacons.CARBON_MONOXIDE: b"\x00"},
    "heat_alarm": {beacons.HEAT: b"\x00"},
    "gas_alarm": {beacons.GAS: b"\x00"},
    "water_alarm": {beacons.MOISTURE: b"\x00"},
    "motion": {beacons.MOTION: b"\x00"},
    "door": {beacons.DOOR: b"\x00"},
    "thermometer": {beacons.HUMIDITY: b"\x26", beacons.TEMPERATURE: b"\xd7\x00"},
}
REMOTE_BUTTONS = 4
# They tell of themselves at a regular interval; the others when something happens.
REGULAR = frozenset(kind for kind in IDLE if kind.endswith("_alarm")) | {"thermometer"}

# A module's address on its bus; each has a cable of its own here.
MODULE_UNIT = 1

OnALine = Machine | Instrument | WiredModule
Thing = Beacon | Cuff | OnALine | Satellite | WifiSmoke
T = TypeVar("T", bound=Thing)


class VirtualHome:
    """Builds the devices of a dwelling in a folder and does what it is told to them.

    `say(subject, text)` gets one line for each thing that happens.
    """

    def __init__(
        self,
        dwelling: Dwelling,
        folder: Path,
        *,
        seed: int,
        speed: float,
        say: Callable[[str, str], None],
        broker: tuple[str, int] | None = None,
    ) -> None:
        self.air = Air()
        self.dwelling = dwelling
        self._folder = folder
        self._rng = random.Random(seed)
        self._speed = speed
        self._say = say
        self._broker = broker
        self._started = time.monotonic()
        self._things: dict[str, Thing] = {g.id: self._make(g) for g in dwelling.device}
        self._verbs: dict[str, Callable[[list[str]], Awaitable[str]]] = {
            "on": self._on,
            "off": self._off,
            "press": self._press,
            "replay": self._replay,
            "forge": self._forge,
            "battery": self._battery,
            "call": self._call,
            "smoke": self._smoke,
            "co": self._switcher("carbon monoxide", beacons.CARBON_MONOXIDE),
            "heat": self._switcher("heat", beacons.HEAT),
            "gas": self._switcher("gas", beacons.GAS),
            "water": self._switcher("water", beacons.MOISTURE),
            "test": self._test,
            "motion": self._motion,
            "door": self._switcher("door", beacons.DOOR),
            "climate": self._climate,
            "co2": self._co2,
            "measure": self._measure,
            "oximeter": self._oximeter,
            "finger": self._finger,
            "drop": self._drop,
            "event": self._event,
            "input": self._input,
            "register": self._register,
            "plug": self._plug,
            "unplug": self._unplug,
            "mute": self._mute,
            "unmute": self._unmute,
            "status": self._status,
        }

    def port_of(self, gadget: Gadget) -> Path:
        """The stable name of an appliance's serial port."""
        return self._folder / "dev" / gadget.id

    def key_file_of(self, gadget: Gadget) -> Path:
        """Where the bind key of an encrypting device stands, in hex."""
        return self._folder / "keys" / f"{gadget.id}.key"

    def plug_all(self) -> None:
        """Connect every cable, so that the ports are there before anybody looks for them."""
        for thing in self._things.values():
            if isinstance(thing, OnALine):
                thing.plug()

    async def run(self) -> None:
        """Live until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for name, thing in self._things.items():
                tasks.create_task(thing.run(), name=f"sim:{name}")
            for number in range(self.dwelling.strangers):
                stranger = Stranger(self.air, self._rng, time.monotonic)
                tasks.create_task(stranger.run(), name=f"sim:stranger-{number}")

    async def do(self, command: str) -> str:
        """Carry out "verb device arguments"; returns what happened, raises ControlError."""
        verb, *words = command.split() or [""]
        if verb not in self._verbs:
            raise ControlError(f"{verb!r} is not known; try one of: {', '.join(self._verbs)}")
        try:
            return await self._verbs[verb](words)
        except (ValueError, KeyError, IndexError) as error:
            raise ControlError(f"{command!r} cannot be done: {error!r}") from error

    # -- making ---------------------------------------------------------------------------------

    def _make(self, gadget: Gadget) -> Thing:  # noqa: PLR0911 (one kind, one line)
        period_s = gadget.period_s / self._speed
        match gadget.kind:
            case "cuff":
                told = self._say
                return Cuff(
                    self.air, gadget.address, gadget.label, lambda text: told(gadget.id, text)
                )
            case "climate":
                return RuuviBeacon(self.air, gadget.address, period_s, self._rng)
            case "air":
                return AirBeacon(self.air, gadget.address, period_s, self._rng)
            case "ibeacon":
                return IbeaconTag(self.air, gadget.address, period_s)
            case "eddystone":
                return EddystoneTag(self.air, gadget.address, period_s)
            case "robot" | "dispenser":
                return self._machine(gadget)
            case "nonin" | "bci":
                return self._streamer(gadget)
            case "ua767pc":
                return self._line_cuff(gadget)
            case "module":
                return self._module(gadget)
            case "satellite":
                beat_s = SATELLITE_HEARTBEAT_S / self._speed
                return Satellite(gadget.id, self.air, self._post(gadget), self._rng, beat_s)
            case "wifi_smoke":
                wakes_s = WAKES_EVERY_S / self._speed
                return WifiSmoke(gadget.address, self._post(gadget), wakes_s)
            case _:
                return self._bthome(gadget, period_s)

    def _post(self, gadget: Gadget) -> Post:
        if self._broker is None:
            raise ControlError(f"{gadget.id!r} publishes to a broker; give one: --broker HOST:PORT")
        return Post(*self._broker, gadget.id)

    def _bthome(self, gadget: Gadget, period_s: float) -> BthomeBeacon:
        return BthomeBeacon(
            self.air,
            gadget.address,
            period_s,
            IDLE[gadget.kind],
            triggered=gadget.kind not in REGULAR,
            key=self._key(gadget) if gadget.encrypted else None,
            name=gadget.model,
            buttons=REMOTE_BUTTONS if gadget.kind == "remote" else 1,
        )

    def _machine(self, gadget: Gadget) -> Machine:
        boots = self._folder / "dev" / f".{gadget.id}.boot"
        boots.parent.mkdir(parents=True, exist_ok=True)
        boot = int(boots.read_text(encoding="ascii")) if boots.is_file() else 0

        def booted(number: int) -> None:
            boots.write_text(str(number), encoding="ascii")

        def uptime_ms() -> int:
            return round((time.monotonic() - self._started) * 1000)

        def heard(data: bytes) -> None:
            machine.heard(data)

        appliance = Appliance(gadget.address, MODELS[gadget.kind], boot, uptime_ms)
        cable = Cable(self.port_of(gadget), heard)
        machine = Machine(appliance, cable, booted, HEARTBEAT_S / self._speed)
        return machine

    def _streamer(self, gadget: Gadget) -> Oximeter:
        wire = f"nonin-{gadget.wire or 2}" if gadget.kind == "nonin" else gadget.kind
        if wire not in PARTS:
            text = f"{gadget.id}: wire {gadget.wire!r} is not known; a Nonin has 1, 2, 7 and text"
            raise ControlError(text)
        return Oximeter(Cable(self.port_of(gadget), lambda _: None), wire)

    def _line_cuff(self, gadget: Gadget) -> LineCuff:
        def heard(data: bytes) -> None:
            cuff.heard(data)

        cuff = LineCuff(Cable(self.port_of(gadget), heard))
        return cuff

    def _module(self, gadget: Gadget) -> WiredModule:
        def heard(data: bytes) -> None:
            module.heard(data)

        cable = Cable(self.port_of(gadget), heard)
        module = Module(MODULE_UNIT, cable.say)
        return WiredModule(cable, module)

    def _key(self, gadget: Gadget) -> bytes:
        path = self.key_file_of(gadget)
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(16) + "\n", encoding="ascii")
        return bytes.fromhex(path.read_text(encoding="ascii"))

    # -- commands -------------------------------------------------------------------------------

    def _thing(self, name: str, kind: type[T]) -> T:
        thing = self._things.get(name)
        if not isinstance(thing, kind):
            fitting = [n for n, thing in self._things.items() if isinstance(thing, kind)]
            raise ControlError(f"{name!r} cannot do that; these can: {', '.join(fitting)}")
        return thing

    def _wired(self, name: str) -> OnALine:
        thing = self._things.get(name)
        return thing if isinstance(thing, Instrument | WiredModule) else self._thing(name, Machine)

    async def _on(self, words: list[str]) -> str:
        return self._switch(words[0], on=True)

    async def _off(self, words: list[str]) -> str:
        return self._switch(words[0], on=False)

    def _switch(self, name: str, *, on: bool) -> str:
        for one in self._things if name == "all" else [name]:
            thing = self._things.get(one)
            if thing is None:
                raise ControlError(f"{one!r} is not here; these are: {', '.join(self._things)}")
            if not isinstance(thing, Cuff):  # a cuff sleeps between measurements anyway
                thing.switch(on=on)
        return "switched on" if on else "switched off"

    async def _press(self, words: list[str]) -> str:
        how = words[1] if len(words) > 1 else "press"
        which = int(words[2]) if len(words) > 2 else 1  # noqa: PLR2004 (device, how, which)
        self._thing(words[0], BthomeBeacon).press(how, which)
        return f"button: {how}" if which == 1 else f"button {which}: {how}"

    async def _replay(self, words: list[str]) -> str:
        self._thing(words[0], BthomeBeacon).replay()
        return "a stranger sends the last press again"

    async def _forge(self, words: list[str]) -> str:
        self._thing(words[0], BthomeBeacon).forge()
        return "a stranger sends a press without the key"

    async def _battery(self, words: list[str]) -> str:
        self._thing(words[0], BthomeBeacon).forget()
        return "new battery: it counts from the beginning"

    async def _call(self, words: list[str]) -> str:
        self._thing(words[0], IbeaconTag).call()
        return "the tag's button is pressed"

    def _switcher(self, name: str, number: int) -> Callable[[list[str]], Awaitable[str]]:
        """The command that puts object `number` of a device on or off (open or closed)."""

        async def switch(words: list[str]) -> str:
            self._thing(words[0], BthomeBeacon).become(number, SWITCHES[words[1]])
            return f"{name} {words[1]}"

        return switch

    async def _smoke(self, words: list[str]) -> str:
        thing = self._things.get(words[0])
        if isinstance(thing, WifiSmoke):
            thing.smoke(on=bool(SWITCHES[words[1]]))
        else:
            self._thing(words[0], BthomeBeacon).become(beacons.SMOKE, SWITCHES[words[1]])
        return f"smoke {words[1]}"

    async def _test(self, words: list[str]) -> str:
        self._thing(words[0], WifiSmoke).test()
        return "test button"

    async def _motion(self, words: list[str]) -> str:
        sensor = self._thing(words[0], BthomeBeacon)
        sensor.become(beacons.MOTION, 1)
        clear_s = MOTION_CLEAR_S / self._speed
        asyncio.get_running_loop().call_later(clear_s, sensor.become, beacons.MOTION, 0)
        return "motion"

    async def _climate(self, words: list[str]) -> str:
        self._thing(words[0], RuuviBeacon).temperature_c = float(words[1])
        return f"temperature now {words[1]} Cel"

    async def _co2(self, words: list[str]) -> str:
        self._thing(words[0], AirBeacon).room.co2_ppm = int(words[1])
        return f"carbon dioxide now {words[1]} ppm"

    async def _measure(self, words: list[str]) -> str:
        systolic, diastolic, pulse = map(int, words[1:4])
        cuff = self._things.get(words[0])
        if not isinstance(cuff, LineCuff):
            cuff = self._thing(words[0], Cuff)
        cuff.measure(systolic, diastolic, pulse)
        return f"measured {systolic}/{diastolic} mmHg, pulse {pulse}"

    async def _oximeter(self, words: list[str]) -> str:
        name, saturation, pulse = words
        self._thing(name, Oximeter).show(int(saturation), int(pulse))
        return f"shows {saturation} %, pulse {pulse}"

    async def _finger(self, words: list[str]) -> str:
        name, how = words
        self._thing(name, Oximeter).wear(on=bool(SWITCHES[how]))
        return f"finger {how}"

    async def _drop(self, words: list[str]) -> str:
        await self._thing(words[0], Cuff).drop_link()
        return "link dropped"

    async def _event(self, words: list[str]) -> str:
        name, word, number = words
        self._thing(name, Machine).report(word, int(number))
        return f"event {word} ({number})"

    async def _input(self, words: list[str]) -> str:
        name, channel, level = words
        self._thing(name, WiredModule).module.inputs[int(channel)] = bool(SWITCHES[level])
        return f"input {channel} {level}"

    async def _register(self, words: list[str]) -> str:
        name, channel, word = words
        self._thing(name, WiredModule).module.registers[int(channel)] = int(word) & 0xFFFF
        return f"register {channel} is {word}"

    async def _plug(self, words: list[str]) -> str:
        self._wired(words[0]).plug()
        return "plugged in"

    async def _unplug(self, words: list[str]) -> str:
        self._wired(words[0]).unplug()
        return "unplugged"

    async def _mute(self, _: list[str]) -> str:
        self.air.mute = True
        return "the gateway's radio hears nothing"

    async def _unmute(self, _: list[str]) -> str:
        self.air.mute = False
        return "the gateway's radio hears again"

    async def _status(self, _: list[str]) -> str:
        return "; ".join(f"{name}: {_state(thing)}" for name, thing in self._things.items())


def _state(thing: Thing) -> str:
    match thing:
        case Cuff():
            return f"{thing.stored} stored, {thing.sent} sent"
        case WiredModule():
            return "on" if thing.on and thing.cable.plugged else "off"
        case Machine():
            plugged = "plugged" if thing.cable.plugged else "unplugged"
            owed = thing.appliance.unacknowledged
            return f"boot {thing.appliance.boot}, {owed} unacknowledged, {plugged}"
        case Instrument():
            return thing.state()
        case _:
            return "on" if thing.on else "off"
