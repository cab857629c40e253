"""The virtual home: its devices, alive together."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path

from edge.sim.air import Air
from edge.sim.beacons import Stranger
from edge.sim.dwelling_radio import DwellingRadio
from edge.sim.making import OnALine, Thing, Workshop
from edge.sim.script import Dwelling
from edge.sim.verbs import Verbs


class VirtualHome:
    """Builds the devices of a dwelling in a folder; `do` makes things happen to them.

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
        self._rng = random.Random(seed)
        self.radio = DwellingRadio(dwelling, seed) if dwelling.plan else None
        if self.radio is not None:
            self.air.levels = self.radio.levels
        shop = Workshop(self.air, folder, rng=self._rng, speed=speed, say=say, broker=broker)
        self._things: dict[str, Thing] = {g.id: shop.make(g) for g in dwelling.device}
        self.port_of, self.key_file_of = shop.port_of, shop.key_file_of
        self.do = Verbs(self._things, self.air, speed=speed, radio=self.radio).do

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
