"""A satellite: hears what is said on the air of the virtual home and publishes it.

Written from docs/satellites.md alone.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Iterator

from edge.sim import encode
from edge.sim.air import Air
from edge.sim.post import Post

HEARTBEAT_S = 30.0
# The same bytes of one address are not said again within this.
AGAIN_AFTER_S = 1.0
# Addresses remembered for that; a walk through a block of flats.
ADDRESSES_KEPT = 256
RSSI_DBM = (-82, -48)


class Satellite:
    """Off until it is switched on; every switching on is a new boot."""

    def __init__(
        self, name: str, air: Air, post: Post, rng: random.Random, heartbeat_s: float = HEARTBEAT_S
    ) -> None:
        self.on = False
        self.name = name
        self.heard = 0
        self._air = air
        self._base = f"kotivahti/v1/satellite/{name}"
        self._post = post
        self._rng = rng
        self._heartbeat_s = heartbeat_s
        # Unix time is a boot count that grows over a restart without being remembered.
        self._boot = int(time.time())
        self._seq = 0
        self._started = time.monotonic()
        self._last: dict[str, tuple[bytes, float]] = {}
        self._wake = asyncio.Event()
        air.ears.append(self.hear)

    def switch(self, *, on: bool) -> None:
        if on and not self.on:
            self._boot += 1
            self._seq = self.heard = 0
            self._started = time.monotonic()
        self.on = on
        self._wake.set()

    def hear(self, address: str, data: bytes) -> None:
        """One advertisement of anybody."""
        level_dbm = self._air.level_at(self.name)
        if not self.on or level_dbm is None:
            return
        self.heard += 1
        now = time.monotonic()
        last, at = self._last.pop(address, (b"", 0.0))
        if data == last and now - at < AGAIN_AFTER_S:
            self._last[address] = (last, at)
            return
        self._last[address] = (data, now)
        if len(self._last) > ADDRESSES_KEPT:
            del self._last[next(iter(self._last))]
        rssi = self._rng.randint(*RSSI_DBM) if self._air.levels is None else level_dbm
        self._say("adv", address=address, rssi=rssi, **_parts(data))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._post.run(), name=f"sim:post-{self.name}")
            tasks.create_task(self._beat(), name=f"sim:beat-{self.name}")

    async def _beat(self) -> None:
        while True:
            if self.on:
                self._say("hb", heard=self.heard)
            self._wake.clear()
            try:
                async with asyncio.timeout(self._heartbeat_s if self.on else None):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _say(self, what: str, **fields: object) -> None:
        self._seq += 1
        t = round((time.monotonic() - self._started) * 1000)
        body = {"boot": self._boot, "seq": self._seq, "t": t, **fields}
        self._post.send(f"{self._base}/{what}", json.dumps(body).encode())


def _parts(data: bytes) -> dict[str, object]:
    """What of an advertisement is published: name, service data, manufacturer data."""
    parts: dict[str, object] = {}
    service: dict[str, str] = {}
    manufacturer: dict[str, str] = {}
    for kind, value in _structures(data):
        number = f"{int.from_bytes(value[:2], 'little'):04x}"
        if kind == encode.AD_SERVICE_DATA_16:
            service[number] = value[2:].hex()
        elif kind == encode.AD_MANUFACTURER:
            manufacturer[number] = value[2:].hex()
        elif kind == encode.AD_NAME:
            parts["name"] = value.decode("utf-8", "replace")
    return {**parts, "service": service, "manufacturer": manufacturer}


def _structures(data: bytes) -> Iterator[tuple[int, bytes]]:
    while data and data[0]:
        yield data[1], data[2 : data[0] + 1]
        data = data[data[0] + 1 :]
