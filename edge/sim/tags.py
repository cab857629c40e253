"""Virtual tags that are worn or placed, and an air monitor."""

from __future__ import annotations

import random
import time

from edge.sim import encode, tag_frames
from edge.sim.air import Air
from edge.sim.beacons import Beacon

# One home's own identities; the UUID is random (version 4), the namespace half of it.
UUID = bytes.fromhex("5A3C1B7E90D24F6FA1B4D85E20C7394B")
NAMESPACE = bytes.fromhex("5A3C1B7EA1B4D85E20C7")
# A tag with a button says another minor while it calls.
CALLING = 1000


class AirBeacon(Beacon):
    """A Ruuvi Air on a radio that knows legacy advertising only: data format 6."""

    def __init__(self, air: Air, address: str, period_s: float, rng: random.Random) -> None:
        super().__init__(air, address, period_s)
        self.room = tag_frames.Room()
        self._rng = rng
        self._sequence = rng.randrange(256)

    def idle_frame(self) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFFFF
        self.room.co2_ppm += self._rng.randint(-3, 3)
        payload = tag_frames.ruuvi_df6(self.room, address=self.address, sequence=self._sequence)
        return encode.ruuvi_advert(payload)


class IbeaconTag(Beacon):
    """A wristband: its minor is its own, and another one while its button calls."""

    def __init__(self, air: Air, address: str, period_s: float) -> None:
        super().__init__(air, address, period_s)
        self.minor = encode.address_bytes(address)[-1]

    def idle_frame(self) -> bytes:
        return self._frame(self.minor)

    def call(self) -> None:
        """The button of the wristband: the same tag under another minor, for a moment."""
        self.tell(self._frame(CALLING + self.minor))

    def _frame(self, minor: int) -> bytes:
        return tag_frames.ibeacon(uuid=UUID, major=1, minor=minor)


class EddystoneTag(Beacon):
    """A tag that says who it is and how it is, in turn."""

    def __init__(self, air: Air, address: str, period_s: float) -> None:
        super().__init__(air, address, period_s)
        self._started = time.monotonic()
        self._frames = 0

    def idle_frame(self) -> bytes:
        self._frames += 1
        if self._frames % 2:
            instance = encode.address_bytes(self.address)
            return tag_frames.eddystone_uid(namespace=NAMESPACE, instance=instance)
        return tag_frames.eddystone_tlm(
            battery_mv=3000,
            temperature_c=23.5,
            frames=self._frames,
            uptime_s=time.monotonic() - self._started,
        )
