"""A home against its own usual days, out of a real store: once, in budget, and only if decided."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from edge.app.daily import DailyChange
from edge.app.house import House
from edge.domain import (
    Alert,
    Device,
    Hazard,
    Person,
    PersonKind,
    Priority,
    Question,
    RiskAssessment,
    Role,
    Stay,
    StayKind,
)
from edge.events import Acknowledgement, Enrolled
from edge.home.budget import Entry
from edge.kinds import observation
from edge.locale import titles
from tests.app.homes import house_in
from tests.support.clock import FakeClock, instant
from tests.support.living import NURSE, decision

pytestmark = pytest.mark.timeout(60)

# A sensor sees somebody, or nobody.
ON, OFF = True, False
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
ROOMS = ("bathroom", "bedroom", "hallway", "kitchen", "lounge")
PLACED = "".join(f'[[day_place]]\ndevice = "pir-{p}"\nplace = "{p}"\n' for p in ROOMS)
# No model: what is told here is of the home's own days alone.
PLACED += '[models]\ndir = "/nonexistent"\n'
# Noon of a FakeClock is 14 o'clock in its home: back to a quarter past midnight.
QUARTER_S = 900
BEGIN_MS = -14 * HOUR_MS + QUARTER_S * 1000


class Lived:
    """A home that lives whole days, each of its sensors heard every hour."""

    def __init__(self, house: House, clock: FakeClock) -> None:
        self.house, self.clock = house, clock
        self.draw = random.Random(6)
        self.routine = DailyChange(house)
        self.guest = False

    async def begin(self, *, decided: bool = True) -> None:
        for room in ROOMS:
            device = Device(
                id=f"pir-{room}", driver="bthome", role=Role.MOTION, address=room, room=room
            )
            self.house.tell(Enrolled(device=device))
        if decided:
            self.house.tell(decision(Question.BEHAVIOUR, "2026-12-31"))
        await self.house.commit()

    async def day(self, *, visits: int = 1, seen: bool = True) -> RiskAssessment | None:
        """From a quarter past midnight to the next one; then what is said of the day."""
        happens: list[tuple[int, str]] = [(h * 3600 + 1000, "") for h in range(24)]
        happens += [
            (second, self.draw.choice(ROOMS))
            for second in self.draw.sample(range(7 * 3600 + 900, 22 * 3600, 7), 60)
        ]
        happens += [(1800 + n * 1200, "bathroom") for n in range(visits)]
        happens += [(1860 + n * 1200, room) for n in range(visits - 1) for room in ROOMS[1:]]
        before = QUARTER_S
        for second, room in sorted(happens) if seen else ():
            self.clock.pass_time((second - before) * 1000)
            before = second
            at = self.clock.now()
            if self.guest and not room:
                self.house.hear(observation("guest-tag", "movement_counter", second % 250, at))
            for name in [room] if room else ROOMS:
                if room:
                    self.house.hear(observation(f"pir-{name}", "motion", ON, at))
                self.house.hear(observation(f"pir-{name}", "motion", OFF, at))
        self.clock.pass_time(DAY_MS - (before - QUARTER_S) * 1000)
        await self.house.commit()
        await self.routine.turn()
        return self.word

    @property
    def word(self) -> RiskAssessment | None:
        return self.house.keeper.home.assessments.get(Hazard.WELLBEING)

    @property
    def entries(self) -> list[Alert]:
        alerts = self.house.keeper.home.alerts.values()
        return [alert for alert in alerts if alert.code == "behaviour_changed"]


async def test_a_restless_night_is_one_entry_on_the_list(tmp_path: Path) -> None:
    """From rows to an alert with its own figures; the same again tells nobody anew."""
    clock = FakeClock(instant(BEGIN_MS))
    async with house_in(tmp_path, clock, PLACED) as house:
        home = Lived(house, clock)
        await home.begin()
        for n in range(16):
            found = await home.day()
            assert found is not None
            assert found.routine is not None
            assert found.routine.abstained == ("short_baseline" if n < 7 else None)
            assert found.entry == Entry.QUIET
        found = await home.day(visits=15)
        assert found is not None
        assert found.entry == Entry.TOLD
        (alert,) = home.entries
        assert alert.priority is Priority.NORMAL
        assert "(usually 1)" in titles(alert.code, alert.params)["en"]
        assert any(r.code.startswith("routine:") for r in found.reasons)
        assert (await home.day(visits=15) or found).entry == Entry.OPEN
        house.tell(Acknowledgement(alert=alert.id, kind="closed", actor=NURSE, outcome="other"))
        assert (await home.day(visits=15) or found).entry == Entry.SAME
        assert home.entries == []
    async with house_in(tmp_path, clock, PLACED) as house:  # a restart gives no second budget
        home = Lived(house, clock)
        assert home.word is not None
        for _ in range(3):
            found = await home.day()
        found = await home.day(visits=15)
        assert found is not None
        assert found.entry == Entry.NO_BUDGET
        (waits,) = house.keeper.home.behaviour.waiting
        assert waits.reasons[0].startswith("routine:")
        (stored,) = [a for a in await house.store.last_assessments() if a.hazard == "wellbeing"]
        assert stored == found


@pytest.mark.parametrize("why", ["stay", "visitor", "silent", "explained"])
async def test_what_explains_the_day_makes_no_entry(tmp_path: Path, why: str) -> None:
    """Somebody elsewhere, a second tag, silent sensors, or a rule's own alert of that day."""
    clock = FakeClock(instant(BEGIN_MS))
    async with house_in(tmp_path, clock, PLACED) as house:
        home = Lived(house, clock)
        await home.begin()
        for _ in range(15):
            await home.day()
        if why == "stay":
            now = clock.now().wall_ms
            house.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=now, until_ms=now + HOUR_MS))
        if why == "visitor":
            house.tell(Person(id="v-1", kind=PersonKind.VISITOR, by="installer.one"))
            tag = Device(id="guest-tag", driver="x", role=Role.TAG, address="g", person="v-1")
            house.tell(Enrolled(device=tag))
            home.guest = True
        if why == "explained":
            button = Device(id="b", driver="bthome", role=Role.HELP_BUTTON, address="b")
            house.tell(Enrolled(device=button))
            house.hear(observation("b", "button", "press", clock.now()))
        found = await home.day(visits=15, seen=why != "silent")
        assert found is not None
        assert found.routine is not None
        told: Mapping[str, tuple[str | None, Entry]] = {
            "stay": ("stay", Entry.QUIET),
            "visitor": ("visitor", Entry.QUIET),
            "silent": ("silent", Entry.QUIET),
            "explained": (None, Entry.EXPLAINED),
        }
        assert (found.routine.abstained, found.entry) == told[why]
        assert home.entries == []


async def test_nobodys_days_are_counted_before_it_is_decided(tmp_path: Path) -> None:
    clock = FakeClock(instant(BEGIN_MS))
    async with house_in(tmp_path, clock, PLACED) as house:
        home = Lived(house, clock)
        await home.begin(decided=False)
        for _ in range(15):
            await home.day()
        found = await home.day(visits=15)
        assert (found, home.entries) == (None, [])
