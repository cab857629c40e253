"""A month replayed equals a month lived: every alert and level, bit for bit, from stored rows."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edge.app.house import House
from edge.app.opening import open_house
from edge.config import parse
from edge.domain import (
    Actor,
    Alert,
    Device,
    Instant,
    Observation,
    Person,
    PersonKind,
    RiskAssessment,
    Role,
    Stay,
    StayKind,
    Sync,
    Visit,
    VisitKind,
)
from edge.events import (
    Acknowledgement,
    Answered,
    Assessed,
    Enrolled,
    Fault,
    FaultKind,
    Reassess,
    Tick,
    Trigger,
)
from edge.home.state import Home, decode
from edge.kinds import observation
from edge.ports import Batch, Told
from edge.replay.relive import Relived, Reliving, Stored, compare, name_of, settings_of
from edge.store import journal, reads
from edge.store.bounds import Bounds
from edge.store.database import Database
from tests.risk import lists
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds

pytestmark = pytest.mark.timeout(120)

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START_MS = 1_774_310_400_000  # 24 March 2026: the clock goes forward in this month
NURSE = Actor(account="nurse.one", role="nurse")
ON, OFF = True, False
DEVICES = (
    Device(id="button", driver="bthome", role=Role.HELP_BUTTON, address="A", person="maija"),
    Device(id="smoke", driver="bthome", role=Role.SMOKE_ALARM, address="B", room="hall"),
    Device(id="hall", driver="bthome", role=Role.MOTION, address="C", room="hall"),
    Device(id="bath", driver="bthome", role=Role.MOTION, address="D", room="bath"),
    Device(id="door", driver="bthome", role=Role.DOOR, address="E", silent_after_s=6 * 3600),
    Device(id="stove", driver="bthome", role=Role.STOVE_GUARD, address="F", room="kitchen"),
)
TEXT = """[gateway]
id = "gw-1"
site = "s"
customer = "c"
[mqtt]
host = "127.0.0.1"
tls = false
[store]
path = "{folder}/home.db"
"""


class Life:
    """A home through a month: what is random is drawn from one seed."""

    def __init__(self, folder: Path, seed: int, days: int) -> None:
        self.config = parse(TEXT.format(folder=folder), "test")
        self.draw = random.Random(seed)
        self.end_ms = START_MS + days * DAY
        self.boot = 0
        self.wall_ms = START_MS
        self.alerts: list[Alert] = []
        self.assessments: list[RiskAssessment] = []
        self.ids = SeqIds()
        self.starts = 0

    async def live(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = self._booted(Sync.NTP)
        while self.wall_ms < self.end_ms:
            monkeypatch.setenv("TZ", self.draw.choice(["UTC", "Asia/Tokyo", "America/Lima"]))
            time.tzset()
            self.starts += 1
            async with open_house(self.config, clock, self.ids) as house:
                house.after_commit.append(self._stored)
                if self.starts == 1:
                    self._begin(house)
                await self._run(house, clock)
            if self.draw.random() < 0.5:  # the process alone, or the whole box
                clock.pass_time(self.draw.choice([0, 700, 3 * MINUTE, 5 * HOUR]))
            else:
                self.wall_ms += self.draw.choice([40_000, 2 * HOUR])
                clock = self._booted(self.draw.choice([Sync.NTP, Sync.NTP, Sync.NONE]))

    def _booted(self, sync: Sync) -> FakeClock:
        self.boot += 1
        up_ms = 30_000
        wall_ms = self.wall_ms if sync is not Sync.NONE else 1_600_000_000_000
        clock = FakeClock(
            Instant(
                boot=f"00000000-0000-4000-8000-{self.boot:012}",
                boottime_ms=up_ms,
                wall_ms=wall_ms,
                offset_min=self._offset_min(),
                sync=sync,
            )
        )
        self._unset_ms = self.wall_ms - wall_ms
        return clock

    def _offset_min(self) -> int:
        """Summer time begins five days into it."""
        return 180 if self.wall_ms > START_MS + 5 * DAY + HOUR else 120

    def _stored(self, batch: Batch) -> None:
        self.alerts += batch.alerts
        self.assessments += batch.assessments

    def _begin(self, house: House) -> None:
        house.tell(Person(id="maija", kind=PersonKind.RESIDENT, label="Maija", by="anna"))
        for device in DEVICES:
            house.tell(Enrolled(device=device))

    async def _run(self, house: House, clock: FakeClock) -> None:
        """Until the next restart, at any moment of any hour."""
        stop_ms = clock.now().boottime_ms + self.draw.randrange(6 * HOUR, 5 * DAY)
        while clock.now().boottime_ms < stop_ms and self.wall_ms < self.end_ms:
            step = self.draw.choice([7_000, MINUTE, 11 * MINUTE, 50 * MINUTE])
            await self._pass(house, clock, step)
            if clock.sync is Sync.NONE and self.draw.random() < 0.05:
                clock.step_wall(self._unset_ms, sync=Sync.NTP)
                house.tell(Tick())
            self._happen(house)
            if house.keeper.urgent or self.draw.random() < 0.1:
                await house.keep()

    async def _pass(self, house: House, clock: FakeClock, ms: int) -> None:
        """Time, with the rules woken as the ticker wakes them: up to a second late."""
        end_ms = clock.now().boottime_ms + ms
        while (now_ms := clock.now().boottime_ms) < end_ms:
            wake_ms = house.keeper.wake_at_ms
            late_ms = self.draw.randrange(0, 1000)
            until_ms = end_ms if wake_ms is None else max(wake_ms, now_ms) + late_ms
            clock.pass_time(max(1, min(until_ms, end_ms) - now_ms))
            clock.offset_min = self._offset_min()
            self.wall_ms += clock.now().boottime_ms - now_ms
            if wake_ms is not None and clock.now().boottime_ms >= wake_ms:
                house.tell(Tick())
                if house.keeper.urgent:
                    await house.keep()

    def _happen(self, house: House) -> None:
        chance, at = self.draw.random(), house.clock.now()
        local_hour = (self.wall_ms // HOUR + 2) % 24
        if 6 <= local_hour < 23 and chance < 0.8:
            device = self.draw.choice(["hall", "bath"])
            house.hear(observation(device, "motion", self.draw.choice([ON, OFF]), at))
        if chance < 0.06:
            house.hear(observation("door", "door", self.draw.choice([ON, OFF]), at))
        if chance < 0.02:
            house.hear(observation("smoke", "battery", float(self.draw.choice([3, 90])), at))
            house.hear(observation("stove", "heat", ON, at))
        if 0.10 < chance < 0.104:
            house.hear(observation("button", "button", "press", at))
        if 0.11 < chance < 0.113:
            house.hear(observation("smoke", "smoke", self.draw.choice([ON, OFF]), at))
        if 0.20 < chance < 0.23:
            self._answer(house, at)
        if 0.30 < chance < 0.33:
            self._decide(house)
        if 0.40 < chance < 0.405:
            self._people(house)
        if 0.50 < chance < 0.51:
            gone = self.draw.choice([ON, OFF])
            house.tell(Fault(kind=FaultKind.RADIO, subject="hci0", gone=gone))

    def _answer(self, house: House, at: Instant) -> None:
        """A visit: some answers, and the model's word after them."""
        said = []
        for item in self.draw.sample(sorted(lists.ITEMS), 9):
            _, asked = lists.ITEMS[item]
            code = self.draw.choice([*(a.code for a in asked.answers), "unknown"])
            said.append(lists.given(item, code, at))
        house.tell(Answered(answers=tuple(said)))
        for hazard in list(house.keeper.consults):
            consult = house.keeper.consults.pop(hazard)
            index = self.draw.random() * 100
            house.tell(
                Assessed(
                    hazard=hazard,
                    index=index,
                    reasons=(),
                    model="home-risk/1.0.0",
                    manifest="0" * 64,
                    features=consult.features,
                    outputs={"index": index},
                )
            )

    def _decide(self, house: House) -> None:
        alerts = list(house.keeper.home.alerts.values())
        if alerts:
            alert = self.draw.choice(alerts)
            kind = self.draw.choice(["accepted", "declined", "closed"])
            outcome = self.draw.choice(["helped", "false_alarm"]) if kind == "closed" else None
            house.tell(Acknowledgement(alert=alert.id, kind=kind, actor=NURSE, outcome=outcome))

    def _people(self, house: House) -> None:
        start = self.wall_ms
        kind = self.draw.choice([StayKind.HOSPITAL, StayKind.HOME])
        house.tell(Stay(kind=kind, by="anna", from_ms=start))
        visit = Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=start, until_ms=start + HOUR)
        house.tell(visit)
        house.tell(Reassess(trigger=self.draw.choice(list(Trigger)), by="anna"))


def stored_in(database: Database) -> Stored:
    connection = database._connection
    every = connection.execute("SELECT body FROM alert_history ORDER BY key").fetchall()
    alerts = [msgspec.json.decode(body, type=Alert) for (body,) in every]
    rows = connection.execute("SELECT body FROM assessment ORDER BY key").fetchall()
    found = [msgspec.json.decode(body, type=RiskAssessment) for (body,) in rows]
    return Stored(alerts=alerts, assessments=found)


def events_of(database: Database, after: int = 0) -> Iterator[Told]:
    while rows := journal.events(database._connection, database._names, after, 100):
        yield from (one for _, one in rows)
        after = rows[-1][0]


def observations_of(database: Database, after: int = 0) -> Iterator[tuple[int, Observation]]:
    while rows := reads.observations(database._connection, database._names, after, 500):
        yield from rows
        after = rows[-1][0]


def relived(database: Database, stored: Stored) -> Relived:
    run = Reliving(Home.new(), None, lists.LISTS, stored)
    return run.run(events_of(database), observations_of(database))


@pytest.mark.parametrize("seed", [1, 3])
async def test_a_month_replayed_equals_a_month_lived(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restarts at random moments, other time zones, an unset clock: no alert or level differs."""
    life = Life(tmp_path, seed, 31)
    try:
        await life.live(monkeypatch)
    finally:
        monkeypatch.undo()
        time.tzset()
    with Database.open(tmp_path / "home.db", bounds=Bounds()) as database:
        stored = stored_in(database)
        found = relived(database, stored)
    told = {(a.id, a.rev): a for a in stored.alerts}  # and what a start itself stored
    assert all(told[a.id, a.rev] == a for a in life.alerts)
    assert life.starts > 6
    assert len({a.code for a in stored.alerts}) > 4, {a.code for a in stored.alerts}
    assert len(stored.assessments) > 10
    assert found.told > 500
    assert compare(stored, found) == []


async def test_each_day_can_be_lived_again_from_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any state that was kept to the end: what was stored since, and nothing else."""
    await Life(tmp_path, 5, 9).live(monkeypatch)
    monkeypatch.undo()
    time.tzset()
    with Database.open(tmp_path / "home.db") as database:
        connection, names = database._connection, database._names
        stored = stored_in(database)
        keys = journal.checkpoints(connection, names)
        assert len(keys) >= 9
        for key in keys:
            point = journal.checkpoint(connection, names, key)
            assert point is not None
            told = journal.settings_at(connection, names, point.event)
            assert told is not None
            since = since_of(stored, point.at, connection)
            run = Reliving(decode(point.home), settings_of(told), lists.LISTS, since)
            found = run.run(
                events_of(database, point.event), observations_of(database, point.observation)
            )
            assert compare(since, found) == [], key


async def test_what_was_taken_away_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the presses of the button their alerts do not follow, and that is said."""
    await Life(tmp_path, 1, 12).live(monkeypatch)
    monkeypatch.undo()
    time.tzset()
    with Database.open(tmp_path / "home.db") as database:
        stored = stored_in(database)
        pressed = {name_of(a) for a in stored.alerts if a.code == "help_button"}
        assert pressed
        database._connection.execute(
            "DELETE FROM observation WHERE device = (SELECT key FROM device WHERE id = 'button')"
        )
        gone = {d.of.partition(" rev")[0] for d in compare(stored, relived(database, stored))}
        assert pressed <= gone


def since_of(stored: Stored, at: Instant, connection: sqlite3.Connection) -> Stored:
    boots = {ident: key for key, ident in connection.execute("SELECT key, id FROM boot")}

    def order(moment: Instant) -> tuple[int, int]:
        return boots[moment.boot], moment.boottime_ms

    return Stored(
        alerts=[a for a in stored.alerts if order(a.changed) > order(at)],
        assessments=[a for a in stored.assessments if order(a.at) > order(at)],
    )
