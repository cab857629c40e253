"""The day that ended, out of a real store, asked of the real model: once, and never of silence."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from edge.app.daily import DailyChange
from edge.app.house import House
from edge.domain import Device, Hazard, Level, Question, RiskAssessment, Role, Sync
from edge.events import Enrolled
from edge.kinds import observation
from edge.locale import catalogue
from edge.risk.daily.table import FEATURES
from edge.store import activity
from tests.app.homes import house_in
from tests.support.clock import FakeClock, instant
from tests.support.living import decision

pytestmark = pytest.mark.timeout(60)

# A sensor sees somebody, or nobody.
ON, OFF = True, False

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
ROOMS = ("bedroom", "hallway", "kitchen", "lounge")
PLACED = "".join(f'[[day_place]]\ndevice = "pir-{p}"\nplace = "{p}"\n' for p in ROOMS)
# Noon of a FakeClock is 14 o'clock in its home: back to two days before, at midnight.
MIDNIGHT_MS = -14 * HOUR_MS


async def lived(
    folder: Path, days: int, *, more: str = PLACED, restless: bool = False
) -> FakeClock:
    """A home with so many days of motion before the clock that comes back, just after midnight."""
    clock = FakeClock(instant(MIDNIGHT_MS))
    draw = random.Random(1)
    async with house_in(folder, clock, PLACED) as house:
        for room in ROOMS:
            device = Device(
                id=f"pir-{room}", driver="bthome", role=Role.MOTION, address=room, room=room
            )
            house.tell(Enrolled(device=device))
        house.tell(decision(Question.BEHAVIOUR, "2026-12-31"))
        for day in range(days):
            many = 900 if restless and day == days - 1 else 60
            seconds = sorted(draw.sample(range(7 * 3600, 22 * 3600, 2), many))
            before = 0
            for second in seconds:
                clock.pass_time((second - before) * 1000)
                before = second
                room = "hallway" if many > 60 and draw.random() < 0.6 else draw.choice(ROOMS)
                house.hear(observation(f"pir-{room}", "motion", ON, clock.now()))
                house.hear(observation(f"pir-{room}", "motion", OFF, clock.now()))
            clock.pass_time(DAY_MS - before * 1000)
            await house.commit()
    return clock


def word(house: House) -> RiskAssessment | None:
    return house.keeper.home.assessments.get(Hazard.WELLBEING)


async def look(house: House) -> RiskAssessment | None:
    await DailyChange(house).turn()
    return word(house)


async def test_a_day_that_ended_is_assessed_once_and_kept_whole(tmp_path: Path) -> None:
    """After ten past midnight: index, model, features, day; again only for the next day."""
    clock = await lived(tmp_path, 9, restless=True)
    async with house_in(tmp_path, clock, PLACED) as house:
        clock.pass_time(9 * 60_000)
        assert await look(house) is not None  # of the day before, which was never asked about
        clock.pass_time(2 * 60_000)
        found = await look(house)
        assert found is not None
        assert (found.day, found.abstained, found.level) == ("2026-03-10", None, Level.GREY)
        assert found.model == "daily-change/1.0.0"
        assert found.index is not None
        assert found.features is not None
        assert list(found.features) == [feature.name for feature in FEATURES]
        assert found.features["all"] == 900.0
        assert found.features["bathroom"] is None
        assert (await look(house)) == found
        # No word of the model is an alert; its sensors were silent at night, which is a fault.
        assert {a.code for a in house.keeper.home.alerts.values()} <= {"device_silent"}
    async with house_in(tmp_path, clock, PLACED) as house:
        assert word(house) == found
        assert await look(house) == found
        (stored,) = [a for a in await house.store.last_assessments() if a.hazard == "wellbeing"]
        assert stored == found
        (answer,) = await house.model.assess("daily-change", [found.features])
        assert answer.index == found.index
        words = catalogue("en")
        assert {f"reason.{reason.code}" for reason in found.reasons} <= set(words)


async def test_silence_and_a_short_baseline_are_no_behaviour(tmp_path: Path) -> None:
    """A day without a row, or a week not yet seen: a word why, and no index."""
    clock = await lived(tmp_path, 6)
    clock.pass_time(HOUR_MS)
    async with house_in(tmp_path, clock, PLACED) as house:
        found = await look(house)
        assert found is not None
        assert (found.day, found.abstained, found.index) == ("2026-03-07", "short_baseline", None)
        clock.pass_time(DAY_MS)
        found = await look(house)
        assert found is not None
        assert (found.day, found.abstained, found.features) == ("2026-03-08", "silent", None)


async def test_without_places_or_a_clock_nothing_is_asked(tmp_path: Path) -> None:
    """Off until the settings say where sensors look; no day is known before the clock is."""
    clock = await lived(tmp_path, 8)
    clock.pass_time(HOUR_MS)
    async with house_in(tmp_path, clock) as house:
        assert await look(house) is None
    async with house_in(tmp_path, clock, PLACED) as house:
        clock.sync = Sync.NONE
        assert await look(house) is None


async def test_a_model_that_is_refused_is_a_fault_and_the_day_says_why(tmp_path: Path) -> None:
    """No models: the code in the assessment, the features kept, a fault; rules go on."""
    clock = await lived(tmp_path, 9)
    clock.pass_time(HOUR_MS)
    more = f'{PLACED}[models]\ndir = "{tmp_path}/none"\n'
    async with house_in(tmp_path, clock, more) as house:
        found = await look(house)
        assert found is not None
        assert (found.abstained, found.index) == ("missing_file", None)
        assert found.features is not None
        assert "daily-change" in house.faults
        assert any("daily-change" in key for key in house.keeper.home.faults)


async def test_more_rows_than_a_day_can_have_are_no_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sensor gone wild: the day counts as not seen, and nothing is read without a bound."""
    clock = await lived(tmp_path, 9)
    clock.pass_time(HOUR_MS)
    monkeypatch.setattr(activity, "ROWS_MAX", 50)
    async with house_in(tmp_path, clock, PLACED) as house:
        found = await look(house)
        assert found is not None
        assert found.abstained == "silent"
