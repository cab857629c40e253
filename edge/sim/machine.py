"""An appliance with its power switch and its cable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

from edge.sim.appliance import Appliance
from edge.sim.line import Cable

# The appliance link's heartbeat.
HEARTBEAT_S = 30.0
# What is not acknowledged is said again three times in a heartbeat.
AGAIN_IN_HEARTBEAT = 3


class Machine:
    """An appliance with its cable: says hello when plugged, then heartbeats."""

    def __init__(
        self,
        appliance: Appliance,
        cable: Cable,
        booted: Callable[[int], None],
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self.appliance = appliance
        self.cable = cable
        self.on = False
        self._booted = booted
        self._heartbeat_s = heartbeat_s
        self._wake = asyncio.Event()

    def switch(self, *, on: bool) -> None:
        """Power, not cable: a new boot with every switching on."""
        if on and not self.on:
            self.appliance.power_cycle()
            self._booted(self.appliance.boot)
        self.on = on
        self._wake.set()

    def report(self, word: str, number: int) -> None:
        line = self.appliance.event(word, number)
        if self.on:
            self.cable.say(line)

    def heard(self, data: bytes) -> None:
        if self.on:
            for line in self.appliance.hear(data):
                self.cable.say(line)

    def plug(self) -> None:
        self.cable.plug()
        self._wake.set()

    def unplug(self) -> None:
        self.cable.pull()
        self._wake.set()

    async def run(self) -> None:
        try:
            while True:
                if self.on and self.cable.plugged:
                    self._say_again()
                    self.cable.say(self.appliance.hello())
                    await self._beat()
                else:
                    await self._wake.wait()
                self._wake.clear()
        finally:
            self.cable.pull()

    async def _beat(self) -> None:
        """Until something is switched or plugged. A wire that nobody reads is left alone: what
        waits in it would be heard late, and a heartbeat that is late tells a wrong time.
        """
        for turn in count(1):
            try:
                async with asyncio.timeout(self._heartbeat_s / AGAIN_IN_HEARTBEAT):
                    await self._wake.wait()
            except TimeoutError:
                if self.cable.quiet:
                    self._say_again()
                    if turn % AGAIN_IN_HEARTBEAT == 0:
                        self.cable.say(self.appliance.heartbeat())
            else:
                return

    def _say_again(self) -> None:
        for line in self.appliance.again():
            self.cable.say(line)
