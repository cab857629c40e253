"""A clock that nobody has set makes nothing better, and throws nothing away."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Hazard, Level, Sync
from edge.events import Answered, ConfigLoaded, Consult, KeepAssessment, Tick
from edge.home.state import decode, encode
from tests.risk import homes
from tests.support.clock import NOON_BOOTTIME_MS, NOON_WALL_MS
from tests.support.living import DAY, HOUR, MINUTE, Living

SETTINGS = ConfigLoaded(checklists={"fire": homes.FIRE})
SHORTEST = min(item.valid_days for item in homes.FIRE.items) * DAY


@pytest.fixture
def home() -> Living:
    return Living(settings=SETTINGS)


def answers(home: Living, *items: str, valid: int | None = None) -> None:
    """All in order, or only these items; `valid` ms, told by the clock as it is."""
    until = None if valid is None else home.now.wall_ms + valid
    said = [
        msgspec.structs.replace(a, at=home.now, valid_until_ms=until)
        for a in homes.home().values()
        if not items or a.item in items
    ]
    home.tell(Answered(answers=tuple(said)))


def level(home: Living) -> Level:
    return home.home.assessments[Hazard.FIRE].level


def start_unset(home: Living, wall_ms: int) -> None:
    """The power was gone; the new boot's clock says `wall_ms` and nobody vouches for it."""
    home.reboot(HOUR, sync=Sync.NONE)
    home.drift_ms = wall_ms - home.ms
    home.tell(Tick())


def set_clock(home: Living, wall_ms: int) -> None:
    home.sync = Sync.NTP
    home.drift_ms = wall_ms - home.ms
    home.tell(Tick())


@pytest.mark.parametrize("wall_ms", [0, NOON_WALL_MS + 10 * DAY, NOON_WALL_MS + 4_000 * DAY])
def test_a_start_with_an_unset_clock_keeps_the_level(home: Living, wall_ms: int) -> None:
    """What had run out by the last trusted time has run out, whatever an unset clock says."""
    answers(home)
    home.wait(400 * DAY)
    assert level(home) is Level.GREY
    kept = home.home.assessments
    home.boot += "1"
    home.ms, home.sync, home.drift_ms = MINUTE, Sync.NONE, wall_ms - MINUTE
    home.home = decode(encode(home.home))
    home.tell(home.settings)
    assert home.home.assessments == kept


def test_a_level_in_force_outlives_a_start_with_a_clock_ahead(home: Living) -> None:
    """Nor does an unset clock that runs ahead grey a home out."""
    answers(home)
    home.boot += "1"
    home.sync, home.drift_ms = Sync.NONE, home.drift_ms + 4_000 * DAY
    home.tell(home.settings)
    assert level(home) is Level.GREEN


def test_one_answer_under_an_unset_clock_revives_no_other(home: Living) -> None:
    """The others are judged by the latest trusted time, and so is what a model is told."""
    answers(home)
    home.wait(400 * DAY)
    start_unset(home, NOON_WALL_MS + 10 * DAY)
    told = len(home.effects)
    answers(home, "FS-02")
    kept, asked = home.effects[told:]
    assert isinstance(kept, KeepAssessment)
    assert isinstance(asked, Consult)
    assert kept.assessment.level is Level.GREY
    assert kept.assessment.at == home.now
    assert asked.features["smoking"] is None


def test_the_latest_trusted_time_outlives_boots_without_one(home: Living) -> None:
    """Two boots later it is still known how late it was at least."""
    answers(home)
    home.wait(400 * DAY)
    start_unset(home, 0)
    start_unset(home, 0)
    assert home.home.trusted_wall_ms >= NOON_WALL_MS + 400 * DAY - HOUR
    answers(home, "FS-02")
    assert level(home) is Level.GREY


def test_a_hazard_without_an_assessment_is_assessed_at_any_start(home: Living) -> None:
    """There is nothing in force that could be kept."""
    home.settings = ConfigLoaded()
    home.restart()
    answers(home)
    assert home.home.assessments == {}
    home.settings = SETTINGS
    start_unset(home, 0)
    assert level(home) is Level.GREEN


@pytest.mark.parametrize("valid", [None, SHORTEST])
def test_answers_under_an_unset_clock_outlive_its_being_set(
    home: Living, valid: int | None
) -> None:
    """They are dated when the clock is: by the time since, exactly, and run out from there."""
    start_unset(home, 0)
    answers(home, valid=valid)
    assert level(home) is Level.GREEN
    home.wait(3 * HOUR, tick_ms=HOUR)
    set_clock(home, NOON_WALL_MS + DAY)
    assert level(home) is Level.GREEN
    assert home.home.answers["fire"]["FS-02"].at.wall_ms == NOON_WALL_MS + DAY - 3 * HOUR
    home.wait(SHORTEST - 3 * HOUR - 1)
    assert level(home) is Level.GREEN
    home.wait(1)
    assert level(home) is not Level.GREEN
    assert home.ticks < 100


def test_answers_of_a_boot_that_never_knew_the_time_count_from_the_next_that_does(
    home: Living,
) -> None:
    """How long ago they were given is lost with the boot: they hold, and still run out."""
    start_unset(home, 0)
    answers(home)
    home.reboot(HOUR, sync=Sync.NONE)
    assert level(home) is Level.GREEN
    set_clock(home, NOON_WALL_MS + 30 * DAY)
    assert level(home) is Level.GREEN
    assert home.home.answers["fire"]["FS-02"].at.wall_ms == NOON_WALL_MS + 30 * DAY
    home.wait(SHORTEST)
    assert level(home) is not Level.GREEN


def test_an_answer_on_its_way_while_the_clock_is_set_is_dated_too(home: Living) -> None:
    """Said a moment before, told a moment after."""
    start_unset(home, 0)
    said = home.now
    set_clock(home, NOON_WALL_MS + DAY)
    late = (msgspec.structs.replace(a, at=said) for a in homes.home().values())
    home.tell(Answered(answers=tuple(late)))
    assert level(home) is Level.GREEN
    home.wait(SHORTEST)
    assert level(home) is not Level.GREEN


ORDER = (Level.GREEN, Level.GREY)


@given(
    days=st.lists(st.integers(1, 300), max_size=4),
    clocks=st.lists(st.integers(0, 4_000), min_size=1, max_size=4),
    refreshed=st.sampled_from(["", "FS-02", "FS-05"]),
)
def test_no_unset_clock_ever_betters_a_level(
    days: list[int], clocks: list[int], refreshed: str
) -> None:
    """Any life in order, then any starts with any unset clock: never greener than before."""
    home = Living(settings=SETTINGS)
    answers(home)
    for more in days:
        home.wait(more * DAY)
        answers(home, "FS-01")
    before = level(home)
    for day in clocks:
        start_unset(home, NOON_BOOTTIME_MS + day * 5 * DAY)
        if refreshed:
            answers(home, refreshed)
        assert ORDER.index(level(home)) >= ORDER.index(before)
