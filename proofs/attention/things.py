"""The devices of a virtual home: each makes the bytes that its kind sends.

By the simulator's encoders, which were written without a look at the gateway's decoders.
"""

from __future__ import annotations

import struct
import sys

from edge.domain import Device, Role, Secret
from edge.drivers import DRIVERS
from edge.drivers.advert.bthome import SERVICE
from edge.drivers.base import Advert, ContactFrame, SerialFrame
from edge.sim import encode
from edge.sim.appliance import ROBOT, Appliance
from edge.sim.beacons import (
    BATTERY,
    BUTTON,
    CARBON_MONOXIDE,
    DOOR,
    MOTION,
    PACKET_ID,
    PRESSES,
    SMOKE,
)
from proofs.attention.living import HOUR_MS, MINUTE_MS, LivingHome
from proofs.attention.story import Span

RESIDENT = "resident"
ROOMS = ("bedroom", "bathroom", "kitchen", "lounge", "hallway")
IDLE_EVERY_MS = HOUR_MS
# In a home it is 30 s and the deadline 120 s; so many lines would only make the proof slow.
ROBOT_BEATS_MS, ROBOT_SILENT_S = 5 * MINUTE_MS, 15 * 60
FULL, LOW = 97, 9  # percent of a battery


class Radio:
    """All wireless devices are heard by one adapter, until it is gone."""

    def __init__(self) -> None:
        self.is_up = True


class Beacon:
    """One BTHome device: an idle frame every hour, and what happens to it at once."""

    def __init__(
        self, home: LivingHome, radio: Radio, device: Device, state: dict[int, bytes]
    ) -> None:
        self.device = device
        self.battery = FULL
        self.deaths: list[Span] = []  # the last one may go on
        self._home, self._radio = home, radio
        self._state = state
        self._packet = 0
        home.enrol(device)

    def idle(self) -> None:
        self.say({})

    def become(self, number: int, *, on: bool) -> None:
        self._state[number] = bytes((on,))
        self.say({})

    @property
    def is_dead(self) -> bool:
        return bool(self.deaths) and self.deaths[-1].holds(self._home.now_ms)

    def die(self, *, dead: bool) -> None:
        now_ms = self._home.now_ms
        if dead:
            self.deaths.append(Span(now_ms, sys.maxsize))
        elif self.is_dead:
            self.deaths[-1] = Span(self.deaths[-1].begin, now_ms)

    def press(self) -> None:
        self.say({BUTTON: bytes((PRESSES["press"],))})

    def say(self, event: dict[int, bytes]) -> None:
        if self.is_dead:
            return
        self._packet = (self._packet + 1) & 0xFF
        objects = {PACKET_ID: bytes((self._packet,)), BATTERY: bytes((self.battery,))}
        data = self._sealed(objects | self._state | event)
        if self._radio.is_up:
            frame = Advert(address=self.device.address, service={SERVICE: data}, rssi_dbm=-70)
            self._home.frame(self.device.id, frame)

    def _sealed(self, objects: encode.Objects) -> bytes:
        if self.device.key is None:
            return encode.bthome_plain(objects)
        counter = self._home.now_ms // 1000
        return encode.bthome_encrypted(
            objects, key=self.device.key.reveal(), address=self.device.address, counter=counter
        )


class Robot:
    """A medication robot on its line; what is not acknowledged it sends again at its next beat."""

    def __init__(self, home: LivingHome, device: Device) -> None:
        self._home = home
        self._id = device.id
        self._dose = 0
        began_ms = home.now_ms
        self._appliance = Appliance(
            device.address, ROBOT, boot=1, uptime_ms=lambda: home.now_ms - began_ms
        )
        self._framer = DRIVERS["appliance"].framer
        home.enrol(device)

    def beat(self) -> None:
        self._send(self._appliance.heartbeat())
        for line in self._appliance.again():
            self._send(line)

    def say(self, word: str) -> None:
        if word == "due":
            self._dose += 1
        self._send(self._appliance.event(word, self._dose))

    def _send(self, line: bytes) -> None:
        assert self._framer is not None
        for data in self._framer().feed(line):
            for reply in self._home.frame(self._id, SerialFrame(data=data)):
                for again in self._appliance.hear(reply):
                    self._send(again)


class Band:
    """The receiver of a worn fall detector: its relay closes for a moment, and tells hourly."""

    def __init__(self, home: LivingHome, device: Device) -> None:
        self._home, self._id = home, device.id
        home.enrol(device)

    def idle(self) -> None:
        self._home.frame(self._id, ContactFrame(active=False))

    def falls(self) -> None:
        self._home.frame(self._id, ContactFrame(active=False, pulsed=True))


class Things:
    """A usual home: a button, alarms, a band, a robot, a sensor in each room and at the door.

    `has_ok`: and a button on the wall of the hallway that says "I am fine".
    """

    def __init__(self, home: LivingHome, *, has_ok: bool = True) -> None:
        self.radio = Radio()
        key = Secret(bytes(range(16)))
        self.button = self._beacon(home, "button", Role.HELP_BUTTON, {}, key=key)
        self.ok = self._beacon(home, "ok", Role.OK_BUTTON, {}, key=key) if has_ok else None
        self.smoke = self._beacon(home, "smoke", Role.SMOKE_ALARM, {SMOKE: b"\x00"})
        self.co = self._beacon(home, "co", Role.CO_ALARM, {CARBON_MONOXIDE: b"\x00"})
        self.door = self._beacon(home, "door", Role.DOOR, {DOOR: b"\x00"})
        self.motion = {
            room: self._beacon(home, f"motion-{room}", Role.MOTION, {MOTION: b"\x00"}, room=room)
            for room in ROOMS
        }
        band = Device(
            id="band",
            driver="contact",
            role=Role.FALL_DETECTOR,
            address="input:1",
            person=RESIDENT,
            silent_after_s=DRIVERS["contact"].silent_after_s,
            wired=True,
        )
        self.band = Band(home, band)
        robot = Device(
            id="robot",
            driver="appliance",
            role=Role.MEDICATION_ROBOT,
            address="KV-ROBOT-0001",
            room="kitchen",
            person=RESIDENT,
            silent_after_s=ROBOT_SILENT_S,
            wired=True,
        )
        self.robot = Robot(home, robot)

    @property
    def beacons(self) -> list[Beacon]:
        of_all = [self.button, self.smoke, self.co, self.door, *self.motion.values()]
        return of_all if self.ok is None else [*of_all, self.ok]

    def _beacon(
        self,
        home: LivingHome,
        name: str,
        role: Role,
        state: dict[int, bytes],
        *,
        room: str = "hallway",
        key: Secret | None = None,
    ) -> Beacon:
        tail = struct.pack(">H", sum(name.encode()))
        device = Device(
            id=name,
            driver="bthome",
            role=role,
            address="C4:4B:56:48:" + ":".join(f"{byte:02X}" for byte in tail),
            room=room,
            person=RESIDENT if role is Role.HELP_BUTTON else None,
            # The shorter of the driver's word and the role's: what an import would take.
            silent_after_s=0,
            key=key,
        )
        return Beacon(home, self.radio, device, state)
