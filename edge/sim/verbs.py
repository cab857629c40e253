"""What the virtual home can be told: the commands that make things happen to its devices."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from edge.errors import ControlError
from edge.sim import beacons
from edge.sim.air import Air
from edge.sim.beacons import BthomeBeacon, RuuviBeacon
from edge.sim.cloud import CloudBridge
from edge.sim.dwelling_radio import DwellingRadio
from edge.sim.instruments import deliver, measure, set_clock, stored, wear
from edge.sim.line_instruments import Instrument, LineCuff, Oximeter
from edge.sim.machine import Machine
from edge.sim.making import OnALine, Thing
from edge.sim.modem import ModemOnALine
from edge.sim.module import WiredModule
from edge.sim.peripheral import Peripheral
from edge.sim.tags import AirBeacon, IbeaconTag
from edge.sim.wifi_smoke import WifiSmoke

# A motion sensor falls back to "clear" after that long.
MOTION_CLEAR_S = 3.0

SWITCHES = {"on": 1, "off": 0, "open": 1, "closed": 0}

T = TypeVar("T", bound=Thing)


class Verbs:
    """The commands, over the devices of one home."""

    def __init__(
        self,
        things: Mapping[str, Thing],
        air: Air,
        *,
        speed: float,
        radio: DwellingRadio | None = None,
    ) -> None:
        self._air = air
        self._radio = radio
        self._things = things
        self._speed = speed
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
            "wear": self._wear,
            "deliver": self._deliver,
            "clock": self._clock,
            "power": self._power,
            "pairing": self._pairing,
            "drop": self._drop,
            "event": self._event,
            "input": self._input,
            "register": self._register,
            "modem": self._modem,
            "sms": self._sms,
            "plug": self._plug,
            "unplug": self._unplug,
            "walk": self._walk,
            "stand": self._stand,
            "where": self._where,
            "mute": self._mute,
            "unmute": self._unmute,
            "status": self._status,
        }

    async def do(self, command: str) -> str:
        """Carry out "verb device arguments"; returns what happened, raises ControlError."""
        verb, *words = command.split() or [""]
        if verb not in self._verbs:
            raise ControlError(f"{verb!r} is not known; try one of: {', '.join(self._verbs)}")
        try:
            return await self._verbs[verb](words)
        except (ValueError, KeyError, IndexError) as error:
            raise ControlError(f"{command!r} cannot be done: {error!r}") from error

    def _thing(self, name: str, kind: type[T]) -> T:
        thing = self._things.get(name)
        if not isinstance(thing, kind):
            fitting = [n for n, thing in self._things.items() if isinstance(thing, kind)]
            raise ControlError(f"{name!r} cannot do that; these can: {', '.join(fitting)}")
        return thing

    def _wired(self, name: str) -> OnALine:
        thing = self._things.get(name)
        return (
            thing
            if isinstance(thing, Instrument | WiredModule | ModemOnALine)
            else self._thing(name, Machine)
        )

    async def _on(self, words: list[str]) -> str:
        return await self._switch(words[0], on=True)

    async def _off(self, words: list[str]) -> str:
        return await self._switch(words[0], on=False)

    async def _switch(self, name: str, *, on: bool) -> str:
        for one in self._things if name == "all" else [name]:
            thing = self._things.get(one)
            if thing is None:
                raise ControlError(f"{one!r} is not here; these are: {', '.join(self._things)}")
            if not isinstance(thing, Peripheral):
                thing.switch(on=on)
            elif name != "all" and thing.on is not on:  # with all, they sleep by themselves
                await thing.power(on=on)
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
        thing = self._things.get(words[0])
        if isinstance(thing, LineCuff):
            systolic, diastolic, pulse = map(int, words[1:4])
            thing.measure(systolic, diastolic, pulse)
            return f"measured {systolic}/{diastolic} mmHg, pulse {pulse}"
        return measure(self._thing(words[0], Peripheral), words[1:])

    async def _wear(self, words: list[str]) -> str:
        return wear(self._thing(words[0], Peripheral), words[1:])

    async def _deliver(self, words: list[str]) -> str:
        return deliver(self._thing(words[0], Peripheral), words[1:])

    async def _clock(self, words: list[str]) -> str:
        return set_clock(self._thing(words[0], Peripheral), words[1])

    async def _power(self, words: list[str]) -> str:
        on = {"on": True, "off": False}[words[1]]
        await self._thing(words[0], Peripheral).power(on=on)
        return f"batteries {'in' if on else 'out'}"

    async def _pairing(self, words: list[str]) -> str:
        self._thing(words[0], Peripheral).pairing_mode()
        return "in its pairing mode"

    async def _oximeter(self, words: list[str]) -> str:
        name, saturation, pulse = words
        self._thing(name, Oximeter).show(int(saturation), int(pulse))
        return f"shows {saturation} %, pulse {pulse}"

    async def _finger(self, words: list[str]) -> str:
        name, how = words
        self._thing(name, Oximeter).wear(on=bool(SWITCHES[how]))
        return f"finger {how}"

    async def _drop(self, words: list[str]) -> str:
        await self._thing(words[0], Peripheral).drop_link()
        return "link dropped"

    async def _event(self, words: list[str]) -> str:
        bridge = self._things.get(words[0])
        if isinstance(bridge, CloudBridge):
            bridge.report(words[1])
            return f"event {words[1]}"
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

    async def _modem(self, words: list[str]) -> str:
        return self._thing(words[0], ModemOnALine).tell(words[1], words[2:])

    async def _sms(self, words: list[str]) -> str:
        name, number, *text = words
        kept = self._thing(name, ModemOnALine).modem.comes_in(number, " ".join(text))
        return f"a text message comes in: {kept}"

    async def _plug(self, words: list[str]) -> str:
        self._wired(words[0]).plug()
        return "plugged in"

    async def _unplug(self, words: list[str]) -> str:
        self._wired(words[0]).unplug()
        return "unplugged"

    async def _walk(self, words: list[str]) -> str:
        self._rooms().walk(words[0])
        return f"walks to {words[0]}"

    async def _stand(self, words: list[str]) -> str:
        self._rooms().stand(words[0])
        return f"is in {words[0]} now"

    async def _where(self, _: list[str]) -> str:
        return self._rooms().where()

    def _rooms(self) -> DwellingRadio:
        if self._radio is None:
            raise ControlError("this dwelling has no floor plan; --home rooms has one")
        return self._radio

    async def _mute(self, _: list[str]) -> str:
        self._air.mute = True
        return "the gateway's radio hears nothing"

    async def _unmute(self, _: list[str]) -> str:
        self._air.mute = False
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
        case Instrument() | ModemOnALine():
            return thing.state()
        case _:
            return "on" if thing.on else "off"
