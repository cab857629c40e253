"""A snapshot that cannot be read: what the tables hold is the home again."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from edge.app.house import House
from edge.app.opening import open_house
from edge.clock import RandomIds, SystemClock
from edge.config import Config, parse
from edge.domain import (
    Actor,
    Alert,
    AlertState,
    Device,
    Question,
    Role,
    Stay,
    StayKind,
    Sync,
    Visit,
    VisitKind,
    Withdrawn,
)
from edge.events import Acknowledgement, Enrolled, Tick
from edge.home.state import VISITS_MAX
from edge.home.waiting import is_watched_at_night
from edge.kinds import observation
from tests.support.clock import NOON_WALL_MS, FakeClock, instant
from tests.support.ids import SeqIds

MINUTE_MS = 60_000
DAY_MS = 86_400_000
KEY = "help_button/button"
BUTTON = Device(id="button", driver="bthome", role=Role.HELP_BUTTON, address="A")
NEXT_BOOT = "00000000-0000-4000-8000-000000000002"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return parse(
        '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        f'[store]\npath = "{tmp_path}/home.db"\n',
        "test",
    )


def damage(config: Config) -> None:
    with closing(sqlite3.connect(config.store.path)) as database, database:
        assert database.execute("UPDATE snapshot SET home = x'c1'").rowcount == 1


def press(house: House) -> Alert:
    house.hear(observation("button", "button", "press", house.clock.now()))
    return house.keeper.home.alerts[KEY]


def accept(house: House, alert: Alert) -> None:
    actor = Actor(account="nurse.one", role="nurse")
    house.tell(Acknowledgement(alert=alert.id, kind="accepted", actor=actor, eta_s=1800))


async def taken(config: Config, clock: FakeClock) -> Alert:
    """A home whose one alert somebody takes for half an hour; then its snapshot breaks."""
    async with open_house(config, clock, SeqIds()) as house:
        house.tell(Enrolled(device=BUTTON))
        accept(house, press(house))
        alert = house.keeper.home.alerts[KEY]
    assert alert.state is AlertState.ACKNOWLEDGED
    damage(config)
    return alert


async def test_a_taken_alert_reopens_when_its_time_has_run_out(
    config: Config, clock: FakeClock
) -> None:
    """In the same boot its hold is known to the millisecond, and the reopening is stored."""
    alert = await taken(config, clock)
    clock.pass_time(10 * MINUTE_MS)
    async with open_house(config, clock, SeqIds(100)) as house:
        assert house.keeper.home.alerts[KEY] == alert
        assert house.keeper.wake_at_ms is not None
        clock.pass_time(20 * MINUTE_MS - 1)
        house.tell(Tick())
        assert house.keeper.home.alerts[KEY] == alert
        clock.pass_time(1)
        house.tell(Tick())
        await house.commit()
        (stored,) = await house.store.alerts(open_only=True)
        assert (stored.id, stored.state) == (alert.id, AlertState.RAISED)
        assert stored.rev == alert.rev + 1


@pytest.mark.parametrize("sync", [Sync.NTP, Sync.NONE])
async def test_a_taken_alert_of_another_boot_is_nobodys_at_once(
    config: Config, clock: FakeClock, sync: Sync
) -> None:
    """How much of its time is left nobody knows: asking again is the safe side."""
    alert = await taken(config, clock)
    clock.boot, clock.sync = NEXT_BOOT, sync
    async with open_house(config, clock, SeqIds(100)) as house:
        (stored,) = await house.store.alerts(open_only=True)
        assert (stored.id, stored.state) == (alert.id, AlertState.RAISED)


async def test_an_alert_that_nobody_took_is_left_as_it_is(config: Config, clock: FakeClock) -> None:
    """A raised alert has no hold that could run out."""
    async with open_house(config, clock, SeqIds()) as house:
        house.tell(Enrolled(device=BUTTON))
        alert = press(house)
    damage(config)
    clock.boot = NEXT_BOOT
    async with open_house(config, clock, SeqIds(100)) as house:
        assert house.keeper.home.alerts == {KEY: alert}
        assert house.keeper.home.holds == {}


async def test_the_stay_in_force_and_visits_ahead_are_back(
    config: Config, clock: FakeClock
) -> None:
    """The last word on where the resident is holds; a visit that is over says nothing more."""
    wall_ms = clock.now().wall_ms
    stays = [
        Stay(kind=kind, by="anna", from_ms=wall_ms, until_ms=None)
        for kind in (StayKind.AWAY, StayKind.HOSPITAL)
    ]
    visits = [
        Visit(
            kind=VisitKind.PHYSICAL,
            role="nurse",
            from_ms=wall_ms + n * DAY_MS,
            until_ms=wall_ms + n * DAY_MS + MINUTE_MS,
        )
        for n in range(VISITS_MAX)
    ]
    async with open_house(config, clock, SeqIds()) as house:
        for stay in stays:
            house.tell(stay)
        for visit in visits:
            house.tell(visit)
    damage(config)
    clock.pass_time(DAY_MS + 2 * MINUTE_MS)
    async with open_house(config, clock, SeqIds(100)) as house:
        assert house.keeper.home.stay == stays[-1]
        assert house.keeper.home.visits == tuple(visits[2:])


async def test_a_stay_that_is_over_does_not_pause_again(config: Config, clock: FakeClock) -> None:
    """It ended while nobody looked: the resident is at home."""
    wall_ms = clock.now().wall_ms
    async with open_house(config, clock, SeqIds()) as house:
        house.tell(Stay(kind=StayKind.AWAY, by="anna", from_ms=wall_ms, until_ms=wall_ms + DAY_MS))
    damage(config)
    clock.pass_time(2 * DAY_MS)
    async with open_house(config, clock, SeqIds(100)) as house:
        assert house.keeper.home.stay is None


async def test_the_latest_trusted_time_is_read_from_the_tables(config: Config) -> None:
    """A rebuilt home under an unset clock still knows how late it was at least."""
    await taken(config, FakeClock())
    clock = FakeClock(instant(sync=Sync.NONE))
    clock.boot = NEXT_BOOT
    clock.step_wall(-NOON_WALL_MS)
    async with open_house(config, clock, SeqIds(100)) as house:
        assert house.keeper.home.trusted_wall_ms == NOON_WALL_MS


async def test_a_restart_in_doubt_goes_on_doubting(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock jumps by ten years; two processes of the same boot begin after that."""
    real = time.time_ns

    async def process() -> Sync:
        clock = SystemClock("UTC", trusted=True)
        async with open_house(config, clock, RandomIds()) as house:
            house.tell(Tick())
            await house.commit()
            return clock.now().sync

    assert await process() is Sync.NTP
    monkeypatch.setattr(time, "time_ns", lambda: real() + 3_650 * DAY_MS * 1_000_000)
    assert [await process() for _ in range(2)] == [Sync.NONE, Sync.NONE]
    monkeypatch.setattr(time, "time_ns", real)
    assert await process() is Sync.NTP


OLD_RULE = """
[rules.night_door]
basis = "service decision, agreed with the resident"
decided_by = "coordinator.one"
review_by = "{review}"
devices = ["front"]
"""


def older(config: Config, review: str = "2027-01-31") -> Config:
    """The same site with the settings file of the release before."""
    rule = parse(OLD_FILE + OLD_RULE.format(review=review), "test").rules
    return msgspec.structs.replace(config, rules=rule)


OLD_FILE = (
    '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
)


async def test_an_update_keeps_the_night_doors_that_somebody_decided(
    config: Config, clock: FakeClock
) -> None:
    """The decision in the old file is taken once, by its own words, and told in the status."""
    async with open_house(older(config), clock, SeqIds()) as house:
        assert is_watched_at_night(house.keeper.home)
        assert "rules.night_door" in house.faults
        house.tell(Withdrawn(question=Question.NIGHT_DOORS, by="nurse.one"))
        await house.commit()
    async with open_house(older(config), clock, SeqIds()) as house:
        assert house.keeper.home.decisions == {}
        assert "rules.night_door" in house.faults


async def test_an_update_makes_no_decision_out_of_half_of_one(
    config: Config, clock: FakeClock
) -> None:
    """A day that does not exist: doors are not watched, and that is told."""
    async with open_house(older(config, "2027-02-31"), clock, SeqIds()) as house:
        assert house.keeper.home.decisions == {}
        assert "not watched" in house.faults["rules.night_door"]
