"""How a run goes on: begun, repeated, left out, finished; and what is said of a step at its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from edge.app.commissioning import persons, roundtrip
from edge.app.commissioning.ledger import Ledger
from edge.app.commissioning.others import Others
from edge.app.commissioning.words import hands_on, line, step_of
from edge.app.installing.devices import Devices
from edge.commissioning import course
from edge.commissioning.record import Check, Run, StepName, Verdict
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import Instant
from edge.errors import MisaskedError

Row = dict[str, Any]

# Steps whose checks belong to things that may be gone by now.
_OF_THINGS = frozenset({StepName.DEVICES, StepName.TAGS, StepName.ROOMS})


class Conduct:
    """Handlers that move the run; each answers with how it then stands (`tell`)."""

    def __init__(
        self,
        devices: Devices,
        ledger: Ledger,
        others: Others,
        wearers: persons.Persons,
        tell: Callable[[Peer], Awaitable[Row]],
    ) -> None:
        self._devices = devices
        self._house = devices.house
        self.ledger = ledger
        self._others = others
        self._persons = wearers
        self._tell = tell

    def handlers(self) -> dict[str, Handler]:
        return {
            "commission_begin": self.begin,
            "commission_again": self.again,
            "commission_skip": self.skip,
            "commission_finish": self.finish,
        }

    def rooms(self) -> list[str]:
        """Of the plan where there is one, of the devices otherwise."""
        planned = list(self._house.keeper.home.rooms)
        return planned or sorted({d.room for d in self._house.devices.values() if d.room})

    async def begin(self, args: Row, peer: Peer) -> Row:
        """Begin, or go on; `{"by": name, "new": bool}`."""
        now = self._house.clock.now()
        ident = self._house.ids.uuid7(now)
        new = args.get("new") is True
        await self.ledger.begin(ident, line(args, "by"), now, new=new)
        return await self._tell(peer)

    async def again(self, args: Row, peer: Peer) -> Row:
        """`{"steps": ["alarm", ...]}`: these once more; the rest of the run stays."""
        names = args.get("steps")
        if not isinstance(names, list) or not names:
            raise MisaskedError("steps is empty; name at least one")
        steps = [step_of(name) for name in names]
        await self.ledger.change(partial(course.again, names=steps, at=self._house.clock.now()))
        return await self._tell(peer)

    async def skip(self, args: Row, peer: Peer) -> Row:
        """`{"step": ..., "reason": ..., "by": ...}`; with `device` only that one is left out."""
        name, reason, by = step_of(args.get("step")), line(args, "reason"), line(args, "by")
        now = self._house.clock.now()
        if args.get("device") is None:
            await self.ledger.change(lambda run: course.skip(run, name, reason, at=now, by=by))
        else:
            device = self._devices.named(args)
            kind = "device" if name is StepName.DEVICES else "tag"
            check = Check(
                name=kind, subject=device.id, verdict=Verdict.SKIPPED, why="skipped", text=reason
            )
            await self.note(name, check, args)
        return await self._tell(peer)

    async def finish(self, args: Row, peer: Peer) -> Row:
        """`{"step": ..., "hands_on_ms": ...}`: the person is through with it."""
        name, spent_ms = step_of(args.get("step")), hands_on(args)
        for check in await self._last_checks(name):
            await self.note(name, check, {})
        now = self._house.clock.now()
        there = [*self._house.devices, *self.rooms()]
        await self.ledger.change(
            lambda run: course.finish(
                _kept(run, name, there, now), name, at=now, hands_on_ms=spent_ms
            )
        )
        return await self._tell(peer)

    async def _last_checks(self, name: StepName) -> list[Check]:
        """What is looked at when a step ends, and what says why it holds nothing."""
        nothing = self._nothing(name)
        if nothing is not None:
            return [nothing]
        match name:
            case StepName.CLAIM:
                return [await self._others.claim_check()]
            case StepName.ROOMS:
                return await self._undone(name, "room", self.rooms())
            case StepName.CERTIFICATE:
                return [Check(name="certificate", verdict=Verdict.PASSED)]
            case StepName.DEVICES:
                return await self._undone(name, "device", self._house.devices)
            case _:
                return []

    def _nothing(self, name: StepName) -> Check | None:
        """Why this home has nothing for the step; None when it has."""
        house = self._house
        found = {
            StepName.DEVICES: (house.devices, "device", Verdict.OPEN, "no_devices"),
            StepName.TAGS: (self._persons.rows(), "tag", Verdict.NOT_APPLICABLE, "no_tags"),
            StepName.ROOMS: (
                persons.is_decided(house), "room", Verdict.NOT_APPLICABLE, "not_decided",
            ),
            StepName.ALARM: (
                roundtrip.best(house.devices.values()), "alarm", Verdict.FAILED, "no_alarm_device",
            ),
            StepName.RECOVERY: (
                self._others.offers()["recovery"], "recovery", Verdict.OPEN, "not_here",
            ),
        }.get(name)  # fmt: skip
        if found is None or found[0]:
            return None
        _, kind, verdict, why = found
        return Check(name=kind, verdict=verdict, why=why)

    async def _undone(self, name: StepName, kind: str, subjects: Iterable[str]) -> list[Check]:
        """Open, and said so: what nobody came to."""
        run = await self.ledger.newest()
        done = set() if run is None else {c.subject for c in run.step(name).checks}
        return [
            Check(name=kind, subject=one, verdict=Verdict.OPEN, why="not_tested")
            for one in subjects
            if one not in done
        ]

    async def enter(self, name: StepName, stage: str = "") -> None:
        now = self._house.clock.now()
        await self.ledger.change(lambda run: course.enter(run, name, at=now, by="", stage=stage))

    async def note(self, name: StepName, check: Check, args: Row) -> None:
        now, spent_ms = self._house.clock.now(), hands_on(args)
        await self.ledger.change(
            lambda run: course.note(run, name, check, at=now, hands_on_ms=spent_ms)
        )


def _kept(run: Run, name: StepName, there: list[str], now: Instant) -> Run:
    if name not in _OF_THINGS:
        return run
    return course.drop(run, name, there, at=now)
