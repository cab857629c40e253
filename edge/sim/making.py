"""Makes the devices of a virtual home from what a dwelling says of them."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from edge.errors import ControlError
from edge.sim import beacons
from edge.sim.air import Air
from edge.sim.appliance import DISPENSER, ROBOT, Appliance
from edge.sim.beacons import Beacon, BthomeBeacon, RuuviBeacon
from edge.sim.cloud import HEARTBEAT_S as CLOUD_HEARTBEAT_S
from edge.sim.cloud import CloudBridge
from edge.sim.instruments import INSTRUMENTS
from edge.sim.line import Cable
from edge.sim.line_instruments import PARTS, Instrument, LineCuff, Oximeter
from edge.sim.machine import HEARTBEAT_S, Machine
from edge.sim.modem import Modem, ModemOnALine
from edge.sim.module import Module, WiredModule
from edge.sim.peripheral import Peripheral
from edge.sim.post import Post
from edge.sim.satellite import HEARTBEAT_S as SATELLITE_HEARTBEAT_S
from edge.sim.satellite import Satellite
from edge.sim.script import Gadget
from edge.sim.tags import AirBeacon, EddystoneTag, IbeaconTag
from edge.sim.wifi_smoke import WAKES_EVERY_S, WifiSmoke

MODELS = {"robot": ROBOT, "dispenser": DISPENSER}

# What a BTHome device of each kind says while nothing happens.
IDLE = {
    "help_button": {beacons.BUTTON: b"\x00"},
    "ok_button": {beacons.BUTTON: b"\x00"},
    "remote": {},  # its buttons, as many as they are
    "smoke_alarm": {beacons.SMOKE: b"\x00"},
    "co_alarm": {beacons.CARBON_MONOXIDE: b"\x00"},
    "heat_alarm": {beacons.HEAT: b"\x00"},
    "gas_alarm": {beacons.GAS: b"\x00"},
    "water_alarm": {beacons.MOISTURE: b"\x00"},
    "motion": {beacons.MOTION: b"\x00"},
    "door": {beacons.DOOR: b"\x00"},
    "room_thermometer": {beacons.HUMIDITY: b"\x26", beacons.TEMPERATURE: b"\xd7\x00"},
}
REMOTE_BUTTONS = 4
# They tell of themselves at a regular interval; the others when something happens.
REGULAR = frozenset(kind for kind in IDLE if kind.endswith("_alarm")) | {"room_thermometer"}

# A module's address on its bus; each has a cable of its own here.
MODULE_UNIT = 1

OnALine = Machine | Instrument | WiredModule | ModemOnALine
Thing = Beacon | Peripheral | OnALine | Satellite | WifiSmoke | CloudBridge


class Workshop:
    """Makes one device after the other; what they need of the world is given once."""

    def __init__(
        self,
        air: Air,
        folder: Path,
        *,
        rng: random.Random,
        speed: float,
        say: Callable[[str, str], None],
        broker: tuple[str, int] | None,
    ) -> None:
        self._air = air
        self._folder = folder
        self._rng = rng
        self._speed = speed
        self._say = say
        self._broker = broker
        self._started = time.monotonic()
        self._makers: dict[str, Callable[[Gadget], Thing]] = {
            **dict.fromkeys(IDLE, self._bthome),
            **dict.fromkeys(INSTRUMENTS, self._instrument),
            "climate": self._climate,
            "air": self._air_monitor,
            "ibeacon": self._ibeacon,
            "eddystone": self._eddystone,
            "robot": self._machine,
            "dispenser": self._machine,
            "nonin": self._streamer,
            "bci": self._streamer,
            "ua767pc": self._line_cuff,
            "module": self._module,
            "modem": self._modem,
            "satellite": self._satellite,
            "wifi_smoke": self._wifi_smoke,
            "cloud_dispenser": self._cloud,
        }

    def make(self, gadget: Gadget) -> Thing:
        return self._makers[gadget.kind](gadget)

    def port_of(self, gadget: Gadget) -> Path:
        """The stable name of an appliance's serial port."""
        return self._folder / "dev" / gadget.id

    def key_file_of(self, gadget: Gadget) -> Path:
        """Where the bind key of an encrypting device stands, in hex."""
        return self._folder / "keys" / f"{gadget.id}.key"

    def _period_s(self, gadget: Gadget) -> float:
        return gadget.period_s / self._speed

    def _climate(self, gadget: Gadget) -> RuuviBeacon:
        return RuuviBeacon(self._air, gadget.address, self._period_s(gadget), self._rng)

    def _air_monitor(self, gadget: Gadget) -> AirBeacon:
        return AirBeacon(self._air, gadget.address, self._period_s(gadget), self._rng)

    def _ibeacon(self, gadget: Gadget) -> IbeaconTag:
        return IbeaconTag(self._air, gadget.address, self._period_s(gadget))

    def _eddystone(self, gadget: Gadget) -> EddystoneTag:
        return EddystoneTag(self._air, gadget.address, self._period_s(gadget))

    def _satellite(self, gadget: Gadget) -> Satellite:
        beat_s = SATELLITE_HEARTBEAT_S / self._speed
        return Satellite(gadget.id, self._air, self._post(gadget), self._rng, beat_s)

    def _wifi_smoke(self, gadget: Gadget) -> WifiSmoke:
        return WifiSmoke(gadget.address, self._post(gadget), WAKES_EVERY_S / self._speed)

    def _cloud(self, gadget: Gadget) -> CloudBridge:
        return CloudBridge(gadget.address, self._post(gadget), CLOUD_HEARTBEAT_S / self._speed)

    def _post(self, gadget: Gadget) -> Post:
        if self._broker is None:
            raise ControlError(f"{gadget.id!r} publishes to a broker; give one: --broker HOST:PORT")
        return Post(*self._broker, gadget.id)

    def _bthome(self, gadget: Gadget) -> BthomeBeacon:
        return BthomeBeacon(
            self._air,
            gadget.address,
            self._period_s(gadget),
            IDLE[gadget.kind],
            triggered=gadget.kind not in REGULAR,
            key=self._key(gadget) if gadget.encrypted else None,
            name=gadget.model,
            buttons=REMOTE_BUTTONS if gadget.kind == "remote" else 1,
        )

    def _instrument(self, gadget: Gadget) -> Peripheral:
        told = self._say
        made = INSTRUMENTS[gadget.kind](
            self._air, gadget.address, gadget.label, lambda text: told(gadget.id, text)
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

    def _modem(self, gadget: Gadget) -> ModemOnALine:
        def heard(data: bytes) -> None:
            modem.heard(data)

        cable = Cable(self.port_of(gadget), heard)
        modem = Modem(cable.say, lambda text: self._say(gadget.id, text))
        return ModemOnALine(cable, modem)

    def _key(self, gadget: Gadget) -> bytes:
        path = self.key_file_of(gadget)
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(16) + "\n", encoding="ascii")
        return bytes.fromhex(path.read_text(encoding="ascii"))
