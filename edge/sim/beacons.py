"""Devices that only broadcast: button, smoke alarm, motion, door, climate, and strangers."""

from __future__ import annotations

import asyncio
import random
import struct
import time
from collections.abc import Callable

from edge.sim import encode
from edge.sim.air import Air

# A real button sends five to ten copies of a press: some are lost on the air.
COPIES = 6
COPY_EVERY_S = 0.1

# BTHome v2 object ids (bthome.io, "Format").
PACKET_ID = 0x00
BATTERY = 0x01
CARBON_MONOXIDE = 0x17
GAS = 0x1C
HEAT = 0x1D
MOISTURE = 0x20
HUMIDITY = 0x2E
TEMPERATURE = 0x45
DOOR = 0x1A
MOTION = 0x21
SMOKE = 0x29
BUTTON = 0x3A

PRESSES = {"press": 1, "double_press": 2, "triple_press": 3, "long_press": 4}

# A stranger's telephone in the manner of the Find My network: company 0x004C, type 0x12.
_STRANGER_COMPANY = struct.pack("<HB", 0x004C, 0x12)
STRANGER_ADDRESS_CHANGE_S = 900.0


class Beacon:
    """A battery device: silent until switched on, then heard every `period_s` and at events."""

    def __init__(self, air: Air, address: str, period_s: float, name: str = "") -> None:
        self.on = False
        self.address = address
        self.name = name  # said beside the data, as in a scan response
        self._air = air
        self._period_s = period_s
        self._waiting: list[bytes] = []  # events to tell, oldest first
        self._wake = asyncio.Event()

    def idle_frame(self) -> bytes:
        """The advertisement that says: I am here, and this is how it stands."""
        raise AssertionError(type(self))  # each kind has its own

    def switch(self, *, on: bool) -> None:
        self.on = on
        self._wake.set()

    def tell(self, frame: bytes) -> None:
        """Send copies of `frame` now; a device without a battery says nothing."""
        if self.on:
            self.imitate(frame)

    def imitate(self, frame: bytes) -> None:
        """Somebody outside sends `frame` with this address, whatever the device itself does."""
        self._waiting.append(frame)
        self._wake.set()

    async def run(self) -> None:
        while True:
            if self._waiting:
                await self._copies(self._waiting.pop(0))
                continue
            if self.on:
                if self.name:
                    self._air.say(self.address, encode.name_advert(self.name))
                self._air.say(self.address, self.idle_frame())
            self._wake.clear()
            try:
                async with asyncio.timeout(self._period_s if self.on else None):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _copies(self, frame: bytes) -> None:
        for _ in range(COPIES):
            self._air.say(self.address, frame)
            await asyncio.sleep(COPY_EVERY_S)


class BthomeBeacon(Beacon):
    """A BTHome v2 device, plain, or encrypted when it has a key.

    The encryption counter is the Unix time, as in Shelly's devices: it grows over a restart
    without being remembered. With a new battery (`forget`) it counts from 0, as others do.
    """

    def __init__(
        self,
        air: Air,
        address: str,
        period_s: float,
        idle: dict[int, bytes],
        *,
        triggered: bool,
        key: bytes | None = None,
        name: str = "",
        buttons: int = 1,
    ) -> None:
        super().__init__(air, address, period_s, name)
        self._buttons = buttons
        if buttons > 1:
            idle = {**idle, BUTTON: b"\x00"}
        self.state = {BATTERY: bytes((97,)), **idle}
        self._triggered = triggered
        self._key = key
        self._packet = 0
        self._counter = 0
        self._clocked = True
        self._pressed = b""

    def idle_frame(self) -> bytes:
        return self.frame({})

    def frame(self, event: encode.Objects) -> bytes:
        """A new packet: the state, with `event` in place of what it changes."""
        self._packet = (self._packet + 1) & 0xFF
        self._counter = max(self._counter + 1, int(time.time()) if self._clocked else 0)
        objects = {PACKET_ID: bytes((self._packet,)), **self.state, **event}
        if self._buttons > 1 and BUTTON not in event:
            objects[BUTTON] = (b"\x00",) * self._buttons
        if self._key is None:
            return encode.bthome_advert(encode.bthome_plain(objects, triggered=self._triggered))
        sealed = encode.bthome_encrypted(
            objects,
            key=self._key,
            address=self.address,
            counter=self._counter,
            triggered=self._triggered,
        )
        return encode.bthome_advert(sealed)

    def press(self, how: str, button: int = 1) -> None:
        """Press `button`, counted from 1; the others of the packet say that they were not."""
        if not 1 <= button <= self._buttons:
            raise ValueError(f"this device has {self._buttons} buttons")
        presses = [b"\x00"] * self._buttons
        presses[button - 1] = bytes((PRESSES[how],))
        self._pressed = self.frame({BUTTON: tuple(presses)})
        self.tell(self._pressed)

    def forget(self) -> None:
        """A new battery: packets and counter begin again, and no clock is set."""
        self._packet = 0
        self._counter = -1
        self._clocked = False
        self.state[BATTERY] = bytes((100,))
        self.tell(self.frame({}))

    def replay(self) -> None:
        """What somebody outside recorded of the last press, sent again with this address."""
        self.imitate(self._pressed or self.idle_frame())

    def forge(self) -> None:
        """A press in plain text with this address, by somebody who has not the key."""
        self._packet = (self._packet + 1) & 0xFF
        objects = {PACKET_ID: bytes((self._packet,)), BUTTON: b"\x01"}
        self.imitate(encode.bthome_advert(encode.bthome_plain(objects, triggered=self._triggered)))

    def become(self, object_id: int, value: int) -> None:
        """A new state, told at once and with every later packet."""
        self.state[object_id] = bytes((value,))
        self.tell(self.frame({}))


class RuuviBeacon(Beacon):
    """A RuuviTag: a new measurement in every advertisement."""

    def __init__(self, air: Air, address: str, period_s: float, rng: random.Random) -> None:
        super().__init__(air, address, period_s)
        self.temperature_c = 21.5
        self.humidity_pct = 38.0
        self._rng = rng
        self._sequence = rng.randrange(60_000)

    def idle_frame(self) -> bytes:
        self._sequence = (self._sequence + 1) % 65_535  # 65535 means "not available"
        payload = encode.ruuvi_df5(
            address=self.address,
            sequence=self._sequence,
            temperature_c=self.temperature_c + self._rng.uniform(-0.05, 0.05),
            humidity_pct=self.humidity_pct + self._rng.uniform(-0.2, 0.2),
        )
        return encode.ruuvi_advert(payload)


class Stranger:
    """Somebody who walks by with a telephone; the address changes as telephones' do."""

    def __init__(self, air: Air, rng: random.Random, clock: Callable[[], float]) -> None:
        self._air = air
        self._rng = rng
        self._clock = clock
        self._until = 0.0
        self._address = ""

    async def run(self) -> None:
        while True:
            if self._clock() >= self._until:
                self._address = _private_address(self._rng)
                self._until = self._clock() + STRANGER_ADDRESS_CHANGE_S
            data = _STRANGER_COMPANY + self._rng.randbytes(10)
            self._air.say(self._address, encode.FLAGS + encode.ad(encode.AD_MANUFACTURER, data))
            await asyncio.sleep(self._rng.uniform(0.7, 1.6))


def _private_address(rng: random.Random) -> str:
    """A resolvable private address (Core Specification, Vol 6 Part B 1.3.2.2): top bits 01."""
    first = 0x40 | rng.randrange(0x40)
    return ":".join(f"{byte:02X}" for byte in (first, *rng.randbytes(5)))
