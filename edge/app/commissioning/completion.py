"""What the gateway completes by itself: time, line, receipts, the desk's answers.

A home is often fitted before its line is there. Whatever a machine can find out later is found
out later, and the certificate says so by a higher revision.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from functools import partial

import structlog
from msgspec.structs import replace

from edge.app.commissioning import box, roundtrip
from edge.app.commissioning.ledger import Ledger
from edge.app.commissioning.others import Others
from edge.app.house import House
from edge.app.installing.listening import Window
from edge.commissioning import course
from edge.commissioning.record import Check, StepName, Verdict
from edge.errors import StoreError

log = structlog.get_logger()

# What is open is looked at this often while there is something; each look reads a few rows.
LOOK_EVERY_MS = 2_000
LOOK_EVERY_S = 0.5


class Completion:
    """One loop of the gateway."""

    def __init__(self, house: House, ledger: Ledger, ports: box.Ports, others: Others) -> None:
        self._house = house
        self._ledger = ledger
        self._ports = ports
        self._others = others
        self._told = False

    async def run(self, beat: Callable[[], None]) -> None:
        while True:
            beat()
            now_ms = self._house.clock.now().boottime_ms
            await self._house.clock.sleep_until(now_ms + LOOK_EVERY_MS)
            try:
                await self.look()
                self._told = False
            except StoreError as error:
                # A full disk ends no gateway for the sake of a certificate; the next look tries.
                if not self._told:
                    log.warning("commissioning_not_stored", reason=str(error))
                self._told = True

    async def look(self) -> None:
        """Everything open once."""
        run = await self._ledger.newest()
        if run is None:
            return
        for name, check in course.checks_open(run):
            found = await self._now(name, check)
            if found is not None and found != check:
                at = self._house.clock.now()
                await self._ledger.change(partial(course.complete, name=name, check=found, at=at))
                log.info("commissioning_completed", kind=f"{name}/{check.name}")

    async def _now(self, name: StepName, check: Check) -> Check | None:
        """How an open check stands now; None for what only a person can complete."""
        match name, check.name:
            case StepName.BOX, "clock":
                return _if_passed(box.clock(self._house))
            case StepName.BOX, "broker":
                return _if_passed(box.broker(self._ports))
            case StepName.BOX, "desk":
                return _if_passed(box.desk(self._ports))
            case StepName.CLAIM, "claim":
                found = await self._others.claim_check()
                return found if found.why != "not_here" else None
            case StepName.DEVICES, _ if check.messages:
                found = await roundtrip.received(self._house, check)
                if found is check:
                    return None
                return replace(found, verdict=Verdict.PASSED, why="")
            case StepName.ALARM, _ if check.messages:
                return await roundtrip.look(self._house, check)
            case _:
                return None

    async def window(self, within_s: float) -> AsyncGenerator[float, None]:
        """The seconds left, for whoever waits at a terminal."""
        async for left_s in Window(within_s, LOOK_EVERY_S):
            yield left_s


def _if_passed(check: Check) -> Check | None:
    return check if check.verdict is Verdict.PASSED else None
