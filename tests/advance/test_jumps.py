"""A wall clock that jumps by ten years, and back, changes nothing but wall times.

Two homes live the same life: one with a right clock, one whose clock jumps, judged by the very
class that the gateway's clock is judged by. What they raise, and when by boottime, is the same.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.clock import BELIEVED_AFTER_MS, Trust
from edge.domain import Instant, Question, Role, Stay, StayKind, Sync, Visit, VisitKind
from edge.events import ConfigLoaded, NightDoor, Raise, Revise, Tick
from edge.home.coverage import shares
from edge.home.localday import iso_date
from edge.kinds import observation
from edge.store.bounds import DAY_MS, Bounds
from edge.store.database import Database
from tests.store.samples import batch, telemetry
from tests.support.clock import NOON_WALL_MS
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living, decision

YEARS_10 = 3_652 * DAY
JUMPS = st.sampled_from([YEARS_10, -YEARS_10, YEARS_10 // 3, -40 * DAY, 25 * HOUR])
SETTINGS = ConfigLoaded(
    meal_by_min=17 * 60,
    night_door=NightDoor(devices=("door",), from_min=22 * 60, until_min=360, back_within_s=600),
)
DEVICES = {
    "button": (Role.HELP_BUTTON, "button", ("press",)),
    "smoke": (Role.SMOKE_ALARM, "smoke", (True, False)),
    "robot": (Role.MEDICATION_ROBOT, "dose", ("due", "taken", "missed")),
    "motion": (Role.MOTION, "motion", (True, False)),
    "stove": (Role.STOVE_GUARD, "stove_on", (True, False)),
    "door": (Role.DOOR, "door", (True, False)),
    "leak": (Role.WATER_ALARM, "moisture", (True, False)),
}
WIDENED = {"night_door", "no_activity"}
WORDS = [(d, kind, v) for d, (_, kind, values) in DEVICES.items() for v in values]
# (what is said or None, how long to wait then, whether the clock jumps first)
STEPS = st.lists(
    st.tuples(
        st.none() | st.sampled_from(WORDS),
        st.sampled_from([SECOND, 5 * MINUTE, 40 * MINUTE, 3 * HOUR, 7 * HOUR]),
        st.none() | JUMPS,
    ),
    min_size=1,
    max_size=14,
)


class Jumping(Living):
    """A home whose wall clock is `off_ms` wrong; the kernel calls it synchronised all the same."""

    def __init__(self) -> None:
        self.off_ms = 0
        self.trust = Trust()
        super().__init__(settings=SETTINGS)

    @property
    def now(self) -> Instant:
        at = super().now
        wall_ms = at.wall_ms + self.off_ms
        sync = self.trust.judge(at.boottime_ms, wall_ms, at.sync)
        return msgspec.structs.replace(at, wall_ms=wall_ms, sync=sync)

    def begin(self) -> None:
        for name, (role, _, _) in DEVICES.items():
            self.enrol(name, role, silent_after_s=86_400, room="kitchen")
        self.tell(decision(Question.NIGHT_DOORS))
        visit = Visit(
            kind=VisitKind.PHYSICAL,
            role="nurse",
            from_ms=NOON_WALL_MS + 20 * HOUR,
            until_ms=NOON_WALL_MS + 21 * HOUR,
        )
        stay = Stay(kind=StayKind.HOME, by="nurse.one", from_ms=NOON_WALL_MS, until_ms=None)
        for event in (visit, stay):
            self.tell(event)


def raised(home: Living) -> list[tuple[str, str, int]]:
    return [
        (e.alert.code, e.alert.subject, e.alert.raised.boottime_ms)
        for e in home.effects
        if isinstance(e, Raise) and e.alert.code not in WIDENED
    ]


def durations(home: Living) -> list[int]:
    """Everything in the state that is a count of time."""
    days = [d for day in shares(home.home.coverage) for d in (day.activity, *day.devices.values())]
    return [home.home.still.ms, home.home.coverage.activity_ms, *map(int, days)]


@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_a_clock_that_jumps_raises_and_hides_nothing(steps: list[Any]) -> None:
    """Alarms, doses, cookers, silence, holds: what is raised is raised at the same boottime.

    Two rules ask for the hour of the day, and are widened while nobody knows it: nobody moves by
    day, a door at night.
    """
    right, wrong = Jumping(), Jumping()
    right.begin()
    wrong.begin()
    for word, wait_ms, jump_ms in steps:
        if jump_ms is not None:
            wrong.off_ms = jump_ms
            wrong.tell(Tick())
        for home in (right, wrong):
            if word is not None:
                home.observe(*word)
            home.wait(wait_ms)
        wrong.off_ms = 0
        wrong.tell(Tick())
        assert raised(wrong) == raised(right)
    assert all(n >= 0 for n in durations(wrong))
    for home in (right, wrong):
        home.wait(2 * DAY)
    assert raised(wrong) == raised(right)
    today = iso_date((right.ms + right.home.frame.local_shift_ms) // DAY)
    assert all("2026-03-02" <= day.date <= today for day in shares(wrong.home.coverage))
    states = [
        {key: a.state for key, a in home.home.alerts.items() if a.code not in WIDENED}
        for home in (wrong, right)
    ]
    assert states[0] == states[1]


@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_revisions_under_a_jump_are_flagged_and_corrected(steps: list[Any]) -> None:
    """An alert of the time of doubt says so, and has the right time once the clock is back."""
    home = Jumping()
    home.begin()
    for word, wait_ms, jump_ms in steps:
        home.off_ms = jump_ms or 0
        home.tell(Tick())
        if word is not None:
            home.observe(*word)
        home.wait(wait_ms)
    for effect in home.effects:
        if isinstance(effect, Raise):
            doubted = effect.alert.raised.sync is Sync.NONE
            apart = effect.alert.raised.wall_ms - effect.alert.raised.boottime_ms
            assert doubted is (abs(apart - home.drift_ms) > DAY)
    home.off_ms = 0
    home.tell(Tick())
    for alert in home.home.alerts.values():
        at = alert.raised
        assert at.sync is not Sync.NONE
        assert at.wall_ms == at.boottime_ms + home.drift_ms
        revs = [
            e.alert.rev
            for e in home.effects
            if isinstance(e, Raise | Revise) and e.alert.id == alert.id
        ]
        assert revs == list(range(1, len(revs) + 1))


@settings(deadline=None, max_examples=40)
@given(
    spans=st.lists(
        st.tuples(st.integers(0, 3 * DAY_MS), st.none() | JUMPS), min_size=2, max_size=10
    )
)
def test_no_jump_deletes_what_is_young(spans: list[tuple[int, int | None]]) -> None:
    """The store is given each moment as the clock told it, believed or not; nothing young goes."""
    bounds = Bounds(observation_age_ms=10 * DAY_MS, raw_age_ms=5 * DAY_MS)
    database = Database.in_memory(Path("test"), bounds=bounds)
    boottime_ms, rows = 0, []
    for n, (passed_ms, jump_ms) in enumerate(spans):
        boottime_ms += passed_ms
        wall_ms = NOON_WALL_MS + boottime_ms + (jump_ms if n and jump_ms else 0)
        at = Instant(boot="a", boottime_ms=boottime_ms, wall_ms=wall_ms)
        seen = observation("robot", "dose", "due", at)
        owed = telemetry(n + 1)
        owed = msgspec.structs.replace(owed, created_ms=wall_ms)
        told = batch(database, at=at, observations=[seen], messages=[owed], home=b"home")
        database.record(told)
        rows.append(boottime_ms)
        database.prune(at)
        kept = {o.at.boottime_ms for _, o in database.observations(0, 1_000)}
        owed_n = {e.sequence for e in database.owed(1_000)}
        for number, row_ms in enumerate(rows, 1):
            if boottime_ms - row_ms < bounds.observation_age_ms:
                assert row_ms in kept
                assert number in owed_n


def test_a_clock_that_jumped_is_believed_after_a_day() -> None:
    """It may have been wrong before; two that disagree are in doubt until one of them stands."""
    trust, hour = Trust(), 3_600_000
    assert trust.judge(0, NOON_WALL_MS, Sync.NTP) is Sync.NTP
    wrong = NOON_WALL_MS + YEARS_10
    assert trust.judge(hour, wrong + hour, Sync.NTP) is Sync.NONE
    assert trust.judge(2 * hour, NOON_WALL_MS + 2 * hour, Sync.NTP) is Sync.NTP  # back: at once
    assert trust.judge(3 * hour, wrong + 3 * hour, Sync.NTP) is Sync.NONE
    late = 3 * hour + BELIEVED_AFTER_MS
    assert trust.judge(late - 1, wrong + late - 1, Sync.NTP) is Sync.NONE
    assert trust.judge(late, wrong + late, Sync.HOLDOVER) is Sync.NONE  # nobody vouches for it
    assert trust.judge(late, wrong + late, Sync.NTP) is Sync.NTP
    assert trust.judge(late + 1, NOON_WALL_MS + late + 1, Sync.NTP) is Sync.NONE


@pytest.mark.parametrize("step_ms", [400, HOUR, 23 * HOUR])
def test_a_clock_that_is_corrected_stays_believed(step_ms: int) -> None:
    """Summer time typed by hand, a time server after a week without one: hours are corrections."""
    trust = Trust()
    for n, sign in itertools.product(range(5), (1, -1)):
        assert trust.judge(n * HOUR, NOON_WALL_MS + sign * step_ms // 2, Sync.NTP) is Sync.NTP


def test_a_restart_forgets_no_jump() -> None:
    """What the process before believed, in the same boot, is told to the next one."""
    trust = Trust()
    trust.remember(NOON_WALL_MS)
    assert trust.judge(0, NOON_WALL_MS + YEARS_10, Sync.NTP) is Sync.NONE
