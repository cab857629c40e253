"""A house whose escalator runs under virtual time, with a modem and a sounder of paper."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from edge.app.escalating.escalator import Escalator
from edge.app.escalating.sounding import Hook
from edge.app.house import House
from edge.domain import Alert, Device, Instant, Role
from edge.errors import EdgeError, TransportError
from edge.escalation import EscalationPlan
from edge.events import Enrolled, Fault, FaultKind
from edge.kinds import observation
from edge.ports import Reply
from edge.store import pages, plans
from edge.store.pages import PageRow
from tests.app.homes import house_in
from tests.escalation.plans import made
from tests.support.clock import FakeClock

PATIENCE_S = 10.0
# Turns of the loop between two looks at what a thread does: the store answers in a few of them.
PAUSE_S = 0.004
ADDRESS = "Mallikatu 5 A 12, Espoo"
CODE = re.compile(r"\b[A-Z][2-9][0-9A-Z]{4}\b")


class PaperPager:
    """`edge.ports.Pager`: what was handed over, when; `trouble` is raised instead."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.sent: list[tuple[int, str, str]] = []
        self.trouble: EdgeError | None = None
        self.tried = 0
        self.came: asyncio.Queue[Reply] = asyncio.Queue()

    async def send(self, number: str, text: str) -> None:
        self.tried += 1
        if self.trouble is not None:
            raise self.trouble
        self.sent.append((self.clock.now().boottime_ms, number, text))

    async def reply(self) -> Reply:
        return await self.came.get()

    def code_to(self, number: str) -> str:
        """The code in the newest message to this number."""
        text = next(text for _, to, text in reversed(self.sent) if to == number)
        found = CODE.search(text)
        assert found is not None, text
        return found[0]


class PaperSounder:
    """`edge.ports.Sounder`: whether it sounds; `broken` refuses."""

    def __init__(self) -> None:
        self.on = False
        self.broken = False

    def loud(self) -> bool:
        return self.on

    def sound(self, *, on: bool) -> None:
        if self.broken:
            raise TransportError("no adapter")
        self.on = on


class Bench:
    def __init__(
        self, house: House, clock: FakeClock, *, has_pager: bool, hook: Hook | None
    ) -> None:
        self.house = house
        self.clock = clock
        self.pager = PaperPager(clock)
        self.sounder = PaperSounder()
        self.escalator = Escalator(
            house,
            address=self.address,
            pager=self.pager if has_pager else None,
            sounder=self.sounder,
            hook=hook,
        )
        self.began = clock.now()
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def address(self) -> str:
        if self.meanwhile is not None:
            await self.meanwhile()
        return ADDRESS

    @property
    def ms(self) -> int:
        return self.clock.now().boottime_ms - self.began.boottime_ms

    @property
    def sent(self) -> list[tuple[int, str]]:
        """When, and to the last digit of whose number."""
        return [(ms - self.began.boottime_ms, number[-1]) for ms, number, _ in self.pager.sent]

    @property
    def alert(self) -> Alert:
        (one,) = self.house.keeper.home.alerts.values()
        return one

    async def settle(self) -> None:
        """Let the threads answer, and those who wait for them go on."""
        for _ in range(6):
            await self.house.store.heads()
            await asyncio.sleep(PAUSE_S)

    async def pass_ms(self, ms: int) -> None:
        """Virtual time, no faster than the store keeps up with."""
        while ms > 0:
            step = min(ms, 5_000)
            await self.clock.advance(step)
            await asyncio.sleep(PAUSE_S)
            ms -= step
        await self.settle()

    async def press(self, device: str = "button") -> None:
        kind = {"button": "button", "smoke": "smoke"}[device]
        value = "press" if device == "button" else True
        assert self.house.hear(observation(device, kind, value, self.clock.now()))
        await self.house.commit()
        await self.settle()

    async def received(self) -> None:
        """A system upstream has what was sent until now."""
        for listener in self.house.when_receipted:
            listener(self.alert.id, self.alert.rev)
        await self.settle()

    async def uplink(self, *, down: bool) -> None:
        self.house.tell(Fault(kind=FaultKind.PATH, subject="mqtt", gone=down))
        await self.house.commit()
        # The alert about the path itself is nobody's concern here.
        self.escalator.book.look.set()
        await self.settle()

    async def answer(self, text: str, number: str = "+358409999999") -> str:
        assert self.escalator.replies is not None
        verdict = await self.escalator.replies.take(Reply(number=number, text=text))
        await self.settle()
        return verdict

    async def rows(self) -> list[PageRow]:
        return await self.house.store.look(pages.of_alert, self.alert.id)


@asynccontextmanager
async def bench(
    folder: Path,
    clock: FakeClock,
    plan: EscalationPlan | None = None,
    *,
    has_pager: bool = True,
    hook: Hook | None = None,
    keep_plan: bool = True,
) -> AsyncIterator[Bench]:
    """The running escalator of a home with a button and a smoke alarm."""
    async with house_in(folder, clock) as house:
        for name, role in (("button", Role.HELP_BUTTON), ("smoke", Role.SMOKE_ALARM)):
            if name not in house.devices:
                told = Device(
                    id=name, driver="bthome", role=role, address=f"A4:C1:38:00:00:{len(name):02X}"
                )
                house.tell(Enrolled(device=told))
        await house.commit()
        if keep_plan:
            at: Instant = clock.now()
            await house.store.change(plans.keep, plan or made(), "test", at)
        one = Bench(house, clock, has_pager=has_pager, hook=hook)
        running = asyncio.create_task(one.escalator.run())
        try:
            await one.settle()
            yield one
            assert not running.done(), running.exception()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(PAUSE_S)
