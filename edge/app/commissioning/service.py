"""What `kotivahti commission` asks of a gateway: how it stands, and each step to its end.

Every check is committed before its row goes to the terminal, so that a terminal, a process or
the power may go at any moment and the next one goes on behind it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from edge.app.commissioning import box, mains, persons, roundtrip, supply
from edge.app.commissioning.certify import Certifier
from edge.app.commissioning.completion import Completion
from edge.app.commissioning.conduct import Conduct
from edge.app.commissioning.firing import Firing
from edge.app.commissioning.ledger import Ledger
from edge.app.commissioning.others import Others
from edge.app.commissioning.rows import check_row, run_row
from edge.app.commissioning.words import choice, line
from edge.app.installing.device_trial import RECEIPT_WITHIN_S, DeviceTrial, Ears
from edge.app.installing.devices import RAISES, Devices
from edge.app.installing.listening import seconds
from edge.commissioning import course
from edge.commissioning.record import Check, Run, StepName, Verdict
from edge.control.protocol import Peer
from edge.control.server import Handler, Stream
from edge.domain import Role
from edge.errors import ControlError
from edge.locale.refusing import worded

Row = dict[str, Any]

# A person walks through a flat to a device in less; who needs longer asks again.
WINDOW_S = 120.0
# A broker that answers and a desk that has never done so: long enough for one that is there.
UNPROVED_RECEIPT_S = 10.0
# A coordinator who was told to look takes an alert within a minute or two.
TAKEN_WITHIN_S = 300.0


class Commissioning:
    """Handlers and streams over one house; `ports` is filled by a running gateway."""

    def __init__(self, devices: Devices, trial: DeviceTrial) -> None:
        self.house = devices.house
        self.ports = box.Ports()
        self.ledger = Ledger(self.house)
        self.others = Others()
        self.completion = Completion(self.house, self.ledger, self.ports, self.others)
        self.certifier = Certifier(self.house, self.ledger, self.others)
        self._devices = devices
        self._firing = Firing(devices, trial)
        self._persons = persons.Persons(devices)
        self.conduct = Conduct(devices, self.ledger, self.others, self._persons, self._told)

    @property
    def supplies(self) -> Path:
        return Path(self.house.config.gateway.power_supplies)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "commission_state": self.state,
            **self.conduct.handlers(),
            "commission_tag": self.tag,
            "commission_recovery": self.recovery,
            "commission_handed_over": self.handed_over,
            "commission_certificate": self.certifier.certificate,
        }

    def streams(self) -> Mapping[str, Stream]:
        return {
            "commission_box": self.look_at_box,
            "commission_device": self.fire,
            "commission_worn": self.worn,
            "commission_room": self.walk,
            "commission_fit": self.fit,
            "commission_alarm": self.alarm,
            "commission_mains": self.pull,
        }

    async def _told(self, peer: Peer) -> Row:
        return await self.state({}, peer)

    # -- how it stands ---------------------------------------------------------------------

    async def state(self, _: Row, __: Peer) -> Row:
        """The run, the next step, and what this home has for each step."""
        run = await self.ledger.newest()
        house = self.house
        path = None if self.ports.path is None else self.ports.path()
        best = roundtrip.best(house.devices.values())
        return {
            "standing": await self.certifier.standing_row(),
            "running": self.ports.path is not None,
            "run": None if run is None else run_row(run),
            "path_up": path is not None and bool(path["up"]),
            "devices": [] if run is None else self._device_rows(run),
            "wearers": self._persons.rows(),
            "persons": self._persons.known(),
            "rooms": self.conduct.rooms(),
            "best": None if best is None else best.id,
            "location": persons.is_decided(house),
            "battery": supply.look(self.supplies).battery,
            "offers": self.others.offers(),
        }

    def _device_rows(self, run: Run) -> list[Row]:
        since = run.step(StepName.DEVICES).begun or run.begun
        done = {c.subject: c for c in run.step(StepName.DEVICES).checks}
        return [
            {
                "id": d.id,
                "label": d.label,
                "role": d.role.value,
                "room": d.room,
                "raises": d.role in RAISES,
                "how": self._firing.how(d, since),
                "verdict": done[d.id].verdict.value if d.id in done else None,
                "why": done[d.id].why if d.id in done else "",
            }
            for d in sorted(self.house.devices.values(), key=lambda d: (d.room or "", d.id))
        ]

    # -- the steps -------------------------------------------------------------------------

    async def look_at_box(self, _: Row, __: Peer) -> AsyncGenerator[Row, None]:
        """Each check as it is done; the step ends by itself."""
        await self.conduct.enter(StepName.BOX)
        folder = Path(self.house.config.store.path).parent
        alone: list[Callable[[], Check]] = [
            partial(box.clock, self.house),
            partial(box.broker, self.ports),
            partial(box.desk, self.ports),
            partial(box.power, self.supplies),
        ]
        checks = [await box.radio(self.ports), await box.disk(folder)]
        checks = [alone[0](), *checks, await box.database(self.house), *[c() for c in alone[1:]]]
        checks += box.satellites(self.house, self.ports)
        checks += box.serial_lines(self.house, self.ports)
        for check in checks:
            await self.conduct.note(StepName.BOX, check, {})
            yield check_row(check)
        now = self.house.clock.now()
        await self.ledger.change(lambda run: course.finish(run, StepName.BOX, at=now))

    async def fire(self, args: Row, _: Peer) -> AsyncGenerator[Row, None]:
        """One device's trial, and its check at the end."""
        device = self._devices.named(args)
        await self.conduct.enter(StepName.DEVICES)
        run = await self.ledger.newest()
        since = self.house.clock.now() if run is None else run.step(StepName.DEVICES).begun
        rows = self._firing.stream(
            device,
            since or self.house.clock.now(),
            seconds(args, default_s=WINDOW_S),
            self._receipt_s(),
        )
        async for row in self._checked(rows, StepName.DEVICES):
            yield row

    async def worn(self, args: Row, _: Peer) -> AsyncGenerator[Row, None]:
        """Until the wearer has moved or pressed this tag: "heard", or "result" when not."""
        device = self._devices.named(args)
        await self.conduct.enter(StepName.TAGS)
        with Ears(self._devices, device.id).open() as ears:
            async for row in self._persons.proof(device, ears, seconds(args, default_s=WINDOW_S)):
                yield row

    async def tag(self, args: Row, peer: Peer) -> Row:
        """Whose it is, said twice: `{"device", "person", "again", "proven", "hands_on_ms"}`."""
        device = self._devices.named(args)
        check = await self._persons.bind(device, args, peer)
        await self.conduct.note(StepName.TAGS, check, args)
        return check_row(check)

    async def walk(self, args: Row, peer: Peer) -> AsyncGenerator[Row, None]:
        """One room for the locator."""
        room = choice(args, "room", self.conduct.rooms())
        await self.conduct.enter(StepName.ROOMS)
        window_s = seconds(args, default_s=WINDOW_S)
        by = await self._by()
        # The locator would ask which: a tag before anything else that is worn.
        worn = sorted(self._persons.rows(), key=lambda row: row["role"] != Role.TAG)
        tag = worn[0]["id"] if worn else None
        rows = self.others.walk(room, window_s, by, tag, peer)
        async for row in self._checked(rows, StepName.ROOMS):
            yield row

    async def fit(self, _: Row, peer: Peer) -> AsyncGenerator[Row, None]:
        """What the locator learns of the rooms that were walked."""
        rows = self.others.fit(await self._by(), peer)
        async for row in self._checked(rows, StepName.ROOMS):
            yield row

    async def alarm(self, args: Row, _: Peer) -> AsyncGenerator[Row, None]:
        """A real press, and both answers to it; what does not come now is waited for later."""
        device = self._devices.named(args)
        if device.role not in roundtrip.BEST:
            raise worded(ControlError, "calls_nobody", device=device.id)
        await self.conduct.enter(StepName.ALARM)
        window_s = seconds(args, default_s=WINDOW_S)
        check = Check(name=roundtrip.CHECK, subject=device.id, verdict=Verdict.OPEN, why="stopped")
        run = await self.ledger.newest()
        tried = () if run is None else run.step(StepName.DEVICES).checks
        earlier = next((c for c in tried if c.subject == device.id), None)
        async for row in self._firing.press(device, window_s, self._receipt_s(), earlier):
            if isinstance(row, Check):
                check = row
            else:
                yield row
        await self.conduct.note(StepName.ALARM, check, {})
        if check.verdict is not Verdict.FAILED:
            async for row in self._taken(check, TAKEN_WITHIN_S):
                yield row
        run = await self.ledger.newest()
        kept = next(iter(run.step(StepName.ALARM).checks)) if run is not None else check
        yield check_row(kept)

    async def _taken(self, check: Check, within_s: float) -> AsyncGenerator[Row, None]:
        """Until a named person has it; the gateway goes on waiting when nobody here does."""
        async for left_s in self.completion.window(within_s):
            check = await roundtrip.look(self.house, check)
            # What the desk does not have nobody can take; the gateway waits for both.
            nobody = check.measured("received_ms") is None
            if check.verdict is Verdict.PASSED or nobody or left_s <= 0:
                break
            yield {"step": "take", "alert": check.alert, "left_s": round(left_s, 1)}
        await self.conduct.note(StepName.ALARM, check, {})

    async def pull(self, args: Row, _: Peer) -> AsyncGenerator[Row, None]:
        """Mains off and on again."""
        run = await self.ledger.newest()
        now = self.house.clock.now()
        dead = None if run is None else mains.died(run.step(StepName.MAINS), now)
        if dead is not None:
            await self.conduct.enter(StepName.MAINS)
            await self.conduct.note(StepName.MAINS, dead, {})
            yield check_row(dead)
            return
        await self.conduct.enter(StepName.MAINS, mains.PULLED)
        rows = mains.stream(self.supplies, seconds(args, default_s=WINDOW_S))
        async for row in self._checked(rows, StepName.MAINS):
            yield row
        await self.conduct.enter(StepName.MAINS)

    async def recovery(self, args: Row, peer: Peer) -> Row:
        """Make the code: `{"by": name, "renew": bool}`. It is shown, and kept nowhere."""
        await self.conduct.enter(StepName.RECOVERY)
        return await self.others.make_code(line(args, "by"), args.get("renew") is True, peer)

    async def handed_over(self, args: Row, _: Peer) -> Row:
        """Whether the code was written down: `{"ok": bool, "hands_on_ms": ...}`."""
        ok = args.get("ok") is True
        verdict, why = (Verdict.PASSED, "") if ok else (Verdict.FAILED, "not_written")
        check = Check(name="recovery", verdict=verdict, why=why)
        await self.conduct.note(StepName.RECOVERY, check, args)
        return check_row(check)

    # -- inside ----------------------------------------------------------------------------

    async def _by(self) -> str:
        run = await self.ledger.newest()
        return "" if run is None else run.by

    def _receipt_s(self) -> float:
        """How long a person stands and waits for the desk's receipt; the gateway goes on."""
        path = None if self.ports.path is None else self.ports.path()
        if path is None or not path["up"]:
            return 0.0
        return RECEIPT_WITHIN_S if path["receipts"] else UNPROVED_RECEIPT_S

    async def _checked(
        self, rows: AsyncGenerator[Row | Check, None], name: StepName
    ) -> AsyncGenerator[Row, None]:
        async for row in rows:
            if isinstance(row, Check):
                await self.conduct.note(name, row, {})
                yield check_row(row)
            else:
                yield row
