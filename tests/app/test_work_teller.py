"""The work list goes upstream when it has changed, once a day, and not when it is switched off."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge.app.house import House
from edge.app.working.gathered import gaps
from edge.app.working.tasks import Tasks
from edge.app.working.teller import LOOK_EVERY_MS, TELL_EVERY_MS, WorkTeller
from edge.domain import (
    SERVICE,
    Hazard,
    HourCoverage,
    Level,
    OutboxClass,
    Role,
    Sent,
    Switch,
    Tenancy,
    Tenure,
)
from edge.events import Assessed
from edge.store import coverage
from edge.uplink.envelope import WorkData, parse_work
from tests.app.homes import PEER, house_in
from tests.app.test_checking import DAY_MS, answer, enrol, observe
from tests.support.clock import FakeClock


async def told(house: House) -> list[WorkData]:
    rows = [one for one in await house.store.owed(99) if one.cls is OutboxClass.WORK]
    rows.sort(key=lambda one: one.sequence)
    return [parse_work(one.body, "gw-1").data for one in rows]


async def test_it_is_told_when_it_has_changed_and_once_a_day(tmp_path: Path, clock: FakeClock):
    """An answer is told at once; what changed nothing is not told again, also by a new process."""
    async with house_in(tmp_path, clock) as house:
        one = WorkTeller(house)
        assert not await one.turn(), "a home of which nothing is known has nothing to tell"
        await answer(house, "fire", {"FS-02": "dead"})
        assert await one.turn()
        clock.pass_time(LOOK_EVERY_MS)
        assert not await one.turn()
        house.tell(Tenancy(tenure=Tenure.APARTMENT, by="anna"))
        await house.commit()
        assert await one.turn()
        assert [data.tasks[0].responsible for data in await told(house)] == [
            *("relative", "building_owner"),
        ]
    async with house_in(tmp_path, clock) as house:
        one = WorkTeller(house)
        assert not await one.turn(), "the digest of the last one is kept"
        assert house.keeper.home.tenure is Tenure.APARTMENT
        clock.pass_time(TELL_EVERY_MS)
        assert await one.turn(), "a message that was lost is made good within a day"


async def test_what_the_customer_switched_off_is_not_made(tmp_path: Path, clock: FakeClock):
    """And what waited of it is taken back."""
    async with house_in(tmp_path, clock) as house:
        one = WorkTeller(house)
        await answer(house, "fire", {"FS-02": "dead"})
        assert await one.turn()
        off = Switch(recipient=SERVICE, cls=Sent.WORK, allowed=False, by="x", told=clock.now())
        house.sending.put(off)
        await house.store.switch(off, owed=True)
        await answer(house, "fire", {"FS-01": "none"})
        assert not await one.turn()
        assert await told(house) == []


async def test_a_disagreement_is_dated_from_when_it_was_seen(tmp_path: Path, clock: FakeClock):
    """A silent alarm against a person's word: asked on the visit, a nurse's after a week."""
    async with house_in(tmp_path, clock) as house:
        one = WorkTeller(house)
        await answer(house, "fire", {"FS-02": "ok"})
        clock.pass_time(30 * DAY_MS)
        enrol(house, "smoke-1", Role.SMOKE_ALARM)
        observe(house, "smoke-1", "battery_low", value=True)
        await house.commit()
        codes = []
        for _ in range(2):
            await one.turn()
            codes += [line.code for line in (await told(house))[-1].lines if line.group == "ask"][
                :1
            ]
            clock.pass_time(8 * DAY_MS)
            observe(house, "smoke-1", "battery_low", value=True)
            await house.commit()
        assert codes == ["conflict", "conflict_nurse"]


async def test_a_lost_snapshot_keeps_tasks_tenure_and_what_was_considered(
    tmp_path: Path, clock: FakeClock
):
    """Who has it, how often it was found and why no notification was made stand in tables."""
    async with house_in(tmp_path, clock) as house:
        await answer(house, "fire", {"FS-02": "dead"})
        tasks = Tasks(house)
        who = {"task": "FS-02", "by": "anna", "role": "home_care"}
        await tasks.hold({"tenure": "own_house", "by": "anna"}, PEER)
        await tasks.assign(who | {"to": "coordinator"}, PEER)
        await tasks.consider(who | {"notify": True, "why": "alone at night"}, PEER)
        before = house.keeper.home
    with closing(sqlite3.connect(tmp_path / "home.db")) as database, database:
        database.execute("UPDATE snapshot SET home = x'00'")
    async with house_in(tmp_path, clock) as house:
        home = house.keeper.home
        assert (home.tasks, home.tenure) == (before.tasks, before.tenure)
        assert home.considered == before.considered


async def test_a_red_level_says_by_which_list_and_model_and_no_other_does(
    tmp_path: Path, clock: FakeClock
):
    """As soon as the model has answered; for an orange level no index leaves the home."""
    async with house_in(tmp_path, clock) as house:
        one = WorkTeller(house)
        model = Assessed(
            hazard=Hazard.FIRE,
            index=78.24,
            reasons=(),
            model="home-risk/2.0.0",
            manifest="0" * 64,
        )
        for differs in ({"FS-05": "bed"}, {"FS-22": "no"}):
            await answer(house, "fire", differs)
            await one.turn()
            house.tell(model)
            await house.keep()
            await one.turn()
        parts = [p for data in await told(house) for p in data.levels if p.hazard is Hazard.FIRE]
    orange = [part for part in parts if part.level is Level.ORANGE]
    assert {(part.index, part.model, part.checklist) for part in orange} == {(None, None, None)}
    red = parts[-1]
    assert (red.level, red.index, red.model) == (Level.RED, 78, "home-risk/2.0.0")
    assert str(red.checklist).startswith("fire/")


@pytest.mark.parametrize(
    "question,known_s,found",
    [
        ("alarm_button", 3240, []),
        ("alarm_button", 3239, [("alarm_button", 89, "device_silent")]),
        ("tag_worn", 2160, []),
        ("tag_worn", 2159, [("tag_worn", 59, "device_silent")]),
        ("upstream", 0, []),
    ],
)
async def test_what_was_hardly_known_in_a_week_is_looked_at(
    tmp_path: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    question: str,
    known_s: int,
    found: list[tuple[str, int, str]],
):
    """Below 90 %, a band below 60 %; the line is ours to mend, and no nurse's."""
    row = HourCoverage(
        hour_ms=0, question=question, asked_s=3600, known_s=known_s, reason="device_silent"
    )
    monkeypatch.setattr(coverage, "hours", lambda *_args, **_more: [row])
    async with house_in(tmp_path, clock) as house:
        assert [(one.question, one.percent, one.reason) for one in await gaps(house)] == found
