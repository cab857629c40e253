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
from edge.sim.instruments import INSTRUMENTS, measure, set_clock, stored, wear
from edge.sim.line import Cable
from edge.sim.machine import HEARTBEAT_S, Machine
from edge.sim.peripheral import Peripheral
from edge.sim.script import Dwelling, Gadget

# A motion sensor falls back to "clear" after that long.
MOTION_CLEAR_S = 3.0

MODELS = {"robot": ROBOT, "dispenser": DISPENSER}
SWITCHES = {"on": 1, "off": 0, "open": 1, "closed": 0}

Thing = Beacon | Peripheral | Machine
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
    ) -> None:
        self.air = Air()
        self.dwelling = dwelling
        self._folder = folder
        self._rng = random.Random(seed)
        self._speed = speed
        self._say = say
        self._started = time.monotonic()
        self._things: dict[str, Thing] = {g.id: self._make(g) for g in dwelling.device}
        self._verbs: dict[str, Callable[[list[str]], Awaitable[str]]] = {
            "on": self._on,
            "off": self._off,
            "press": self._press,
            "replay": self._replay,
            "forge": self._forge,
            "smoke": self._smoke,
            "motion": self._motion,
            "door": self._door,
            "climate": self._climate,
            "measure": self._measure,
            "wear": self._wear,
            "clock": self._clock,
            "power": self._power,
            "pairing": self._pairing,
            "drop": self._drop,
            "event": self._event,
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
            if isinstance(thing, Machine):
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

    def _make(self, gadget: Gadget) -> Thing:
        period_s = gadget.period_s / self._speed
        match gadget.kind:
            case kind if kind in INSTRUMENTS:
                return self._instrument(gadget)
            case "climate":
                return RuuviBeacon(self.air, gadget.address, period_s, self._rng)
            case "robot" | "dispenser":
                return self._machine(gadget)
            case _:
                return self._bthome(gadget, period_s)

    def _bthome(self, gadget: Gadget, period_s: float) -> BthomeBeacon:
        idle = {
            "help_button": {beacons.BUTTON: b"\x00"},
            "smoke_alarm": {beacons.SMOKE: b"\x00"},
            "motion": {beacons.MOTION: b"\x00"},
            "door": {beacons.DOOR: b"\x00"},
        }[gadget.kind]
        return BthomeBeacon(
            self.air,
            gadget.address,
            period_s,
            idle,
            triggered=gadget.kind != "smoke_alarm",
            key=self._key(gadget) if gadget.encrypted else None,
        )

    def _instrument(self, gadget: Gadget) -> Peripheral:
        told = self._say
        made = INSTRUMENTS[gadget.kind](
            self.air, gadget.address, gadget.label, lambda text: told(gadget.id, text)
        )
        made.bonded = gadget.bonded
        made.passkey = gadget.passkey
        return made

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

    async def _on(self, words: list[str]) -> str:
        return self._switch(words[0], on=True)

    async def _off(self, words: list[str]) -> str:
        return self._switch(words[0], on=False)

    def _switch(self, name: str, *, on: bool) -> str:
        for one in self._things if name == "all" else [name]:
            thing = self._things.get(one)
            if thing is None:
                raise ControlError(f"{one!r} is not here; these are: {', '.join(self._things)}")
            if not isinstance(thing, Peripheral):  # they sleep between measurements anyway
                thing.switch(on=on)
        return "switched on" if on else "switched off"

    async def _press(self, words: list[str]) -> str:
        how = words[1] if len(words) > 1 else "press"
        button = self._thing(words[0], BthomeBeacon)
        button.press(how)
        return f"button: {how}"

    async def _replay(self, words: list[str]) -> str:
        self._thing(words[0], BthomeBeacon).replay()
        return "a stranger sends the last press again"

    async def _forge(self, words: list[str]) -> str:
        self._thing(words[0], BthomeBeacon).forge()
        return "a stranger sends a press without the key"

    async def _smoke(self, words: list[str]) -> str:
        self._thing(words[0], BthomeBeacon).become(beacons.SMOKE, SWITCHES[words[1]])
        return f"smoke {words[1]}"

    async def _motion(self, words: list[str]) -> str:
        sensor = self._thing(words[0], BthomeBeacon)
        sensor.become(beacons.MOTION, 1)
        clear_s = MOTION_CLEAR_S / self._speed
        asyncio.get_running_loop().call_later(clear_s, sensor.become, beacons.MOTION, 0)
        return "motion"

    async def _door(self, words: list[str]) -> str:
        self._thing(words[0], BthomeBeacon).become(beacons.DOOR, SWITCHES[words[1]])
        return f"door {words[1]}"

    async def _climate(self, words: list[str]) -> str:
        self._thing(words[0], RuuviBeacon).temperature_c = float(words[1])
        return f"temperature now {words[1]} Cel"

    async def _measure(self, words: list[str]) -> str:
        return measure(self._thing(words[0], Peripheral), words[1:])

    async def _wear(self, words: list[str]) -> str:
        return wear(self._thing(words[0], Peripheral), words[1:])

    async def _clock(self, words: list[str]) -> str:
        return set_clock(self._thing(words[0], Peripheral), words[1])

    async def _power(self, words: list[str]) -> str:
        on = {"on": True, "off": False}[words[1]]
        await self._thing(words[0], Peripheral).power(on=on)
        return f"batteries {'in' if on else 'out'}"

    async def _pairing(self, words: list[str]) -> str:
        self._thing(words[0], Peripheral).pairing_mode()
        return "in its pairing mode"

    async def _drop(self, words: list[str]) -> str:
        await self._thing(words[0], Peripheral).drop_link()
        return "link dropped"

    async def _event(self, words: list[str]) -> str:
        name, word, number = words
        self._thing(name, Machine).report(word, int(number))
        return f"event {word} ({number})"

    async def _plug(self, words: list[str]) -> str:
        self._thing(words[0], Machine).plug()
        return "plugged in"

    async def _unplug(self, words: list[str]) -> str:
        self._thing(words[0], Machine).unplug()
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
        case Peripheral():
            return stored(thing)
        case Machine():
            plugged = "plugged" if thing.cable.plugged else "unplugged"
            owed = thing.appliance.unacknowledged
            return f"boot {thing.appliance.boot}, {owed} unacknowledged, {plugged}"
        case _:
            return "on" if thing.on else "off"
