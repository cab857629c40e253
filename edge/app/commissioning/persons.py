"""Tags and who wears them: asked, proved in the person's own hand, asked again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from edge.app.house import House
from edge.app.installing.device_trial import Ears
from edge.app.installing.devices import Devices
from edge.app.installing.listening import TELL_EVERY_S, Window
from edge.commissioning.record import Check, Measure, Verdict
from edge.control.protocol import Peer
from edge.domain import Device, Observation, Question, Role
from edge.errors import ControlError, MisaskedError
from edge.home.hearing import DOUBTED, is_press
from edge.home.localday import DAY_MS, day_of
from edge.locale.refusing import worded

CHECK = "tag"
# What somebody wears, so that it must be known who.
WORN = frozenset({Role.TAG, Role.FALL_DETECTOR})
# A tag that only beacons says nothing of a hand; held against a receiver it is heard like
# this, and from the next room 20 dB weaker.
NEAR_DBM = -50

Row = dict[str, Any]


def is_decided(house: House) -> bool:
    """Whether a decision that people are located is in force today, by the home's own date."""
    decision = house.keeper.home.decisions.get(Question.LOCATION)
    day = None if decision is None else day_of(decision.review_by)
    now = house.clock.now()
    return day is not None and (now.wall_ms + now.offset_min * 60_000) // DAY_MS <= day


class Persons:
    """The wearers of one home."""

    def __init__(self, devices: Devices) -> None:
        self._devices = devices
        self._house = devices.house

    def rows(self) -> list[Row]:
        """Each thing that is worn, and whose it is as far as is known."""
        return [
            {"id": d.id, "label": d.label, "role": d.role.value, "person": d.person}
            for d in sorted(self._house.devices.values(), key=lambda d: d.id)
            if d.role in WORN
        ]

    def known(self) -> list[Row]:
        """Who may wear one; an empty list where nobody was told yet."""
        persons = self._house.keeper.home.persons.values()
        return [{"id": p.id, "kind": p.kind.value, "label": p.label} for p in persons]

    async def proof(self, device: Device, ears: Ears, window_s: float) -> AsyncGenerator[Row, None]:
        """Until this tag was pressed, moved, or held against the box."""
        yield {"step": "ask", "device": device.id, "role": device.role.value, "near_dbm": NEAR_DBM}
        async for left_s in Window(window_s, every_s=0):
            seen = await ears.next(min(TELL_EVERY_S, left_s)) if left_s else None
            how = self._how(device, seen)
            if how:
                yield {"step": "heard", "how": how}
                return
            if left_s <= 0:
                break
            if seen is None:
                yield {"step": "wait", "left_s": round(left_s, 1)}
        yield {"step": "result", "ok": False, "why": "not_heard"}

    def _how(self, device: Device, seen: Observation | None) -> str:
        if seen is None or seen.quality in DOUBTED:
            return ""
        if is_press(seen):
            return "pressed"
        if seen.kind in ("moving", "motion", "fall") and seen.value is True:
            return "moved"
        ingest = self._devices.ingest
        received = None if ingest is None else ingest.reception.get(device.id)
        # Whichever receiver had this one: a satellite in the same room is as good as the box.
        dbm = None if received is None else received.rssi_dbm
        return "near" if dbm is not None and dbm >= NEAR_DBM else ""

    async def bind(self, device: Device, args: Row, peer: Peer) -> Check:
        """Put the person in force when both answers and the hand agree; else nobody's."""
        if device.role not in WORN:
            raise worded(ControlError, "not_worn", device=device.id)
        first, second = args.get("person"), args.get("again")
        if not isinstance(first, str) or not isinstance(second, str):
            raise MisaskedError("person and again are missing; ask whose it is, twice")
        agree = first == second
        row = {"id": device.id, "person": first} if agree else None
        if row is not None:
            found = await self._devices.enrol({"devices": [{"row": row}], "merge": True}, peer)
            if found["faults"]:
                fault = found["faults"][0]
                raise ControlError(f"{fault['key']}: {fault['wrong']}; {fault['mend']}")
        how = args.get("how")
        if not agree:
            return Check(name=CHECK, subject=device.id, verdict=Verdict.FAILED, why="two_answers")
        if how not in ("pressed", "moved", "near"):
            return Check(
                name=CHECK, subject=device.id, verdict=Verdict.OPEN, why="not_proved", by=first
            )
        measures = (Measure(name="how", value=how, unit=""),)
        return Check(
            name=CHECK, subject=device.id, verdict=Verdict.PASSED, by=first, measures=measures
        )
