"""One fact a boot: when rows were that no clock dated, and what no wrong clock may delete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain import Instant, Sync
from edge.home.moments import When, when
from edge.store import boots, commands
from edge.store.bounds import DAY_MS, HOUR_MS, MINUTE_MS
from edge.store.database import Database
from tests.store.samples import batch, message, reading
from tests.support.clock import NOON_WALL_MS

YEAR = 365 * DAY_MS


def moment(boot: str, boottime_ms: int, wall_ms: int | None = None) -> Instant:
    """A moment of a boot; without `wall_ms` its clock says 1970 and nobody vouches for it."""
    if wall_ms is None:
        return Instant(boot=boot, boottime_ms=boottime_ms, wall_ms=boottime_ms, sync=Sync.NONE)
    return Instant(boot=boot, boottime_ms=boottime_ms, wall_ms=wall_ms, offset_min=120)


def live(database: Database, *moments: Instant) -> None:
    """One commit at each moment, with a reading and the snapshot of the home."""
    for at in moments:
        seen = [reading(f"{at.boot} {at.boottime_ms}", at)]
        database.record(batch(database, at=at, observations=seen, home=b"home"))


def told(database: Database, at: Instant) -> When:
    return when(at, database.look(boots.facts)[at.boot])


def values(database: Database) -> list[Any]:
    return [o.value for _, o in database.observations(0, 10_000)]


def test_rows_of_before_the_first_sync_have_their_time_after_it(database: Database) -> None:
    """By the time since, to a second and what a free quartz is off in three hours."""
    early = moment("a", MINUTE_MS)
    live(database, early)
    assert told(database, early) == When()
    live(database, moment("a", 3 * HOUR_MS, NOON_WALL_MS))
    found = told(database, early)
    assert found.wall_ms == NOON_WALL_MS - 3 * HOUR_MS + MINUTE_MS
    assert (found.error_ms, found.offset_min) == (1_000 + 1_074, 120)
    assert [o.at for _, o in database.observations(0, 1)] == [early]  # as it was noted


def test_a_boot_that_never_knew_the_time_lies_between_its_neighbours(database: Database) -> None:
    """Narrowed by how long it ran: after the last trusted time, before the next."""
    live(database, moment("a", 0, NOON_WALL_MS), moment("a", HOUR_MS, NOON_WALL_MS + HOUR_MS))
    live(database, moment("u", MINUTE_MS), moment("u", 2 * HOUR_MS))
    after = NOON_WALL_MS + HOUR_MS
    assert told(database, moment("u", MINUTE_MS)) == When(after_ms=after + MINUTE_MS)
    live(database, moment("b", 5 * MINUTE_MS, NOON_WALL_MS + 10 * HOUR_MS))
    start = NOON_WALL_MS + 10 * HOUR_MS - 5 * MINUTE_MS
    found = told(database, moment("u", MINUTE_MS))
    assert found == When(after_ms=after + MINUTE_MS, before_ms=start - 2 * HOUR_MS + MINUTE_MS)
    last = told(database, moment("u", 2 * HOUR_MS))
    assert last == When(after_ms=after + 2 * HOUR_MS, before_ms=start)


def test_two_such_boots_keep_their_order(database: Database) -> None:
    """The first ended before the second began, and both know how long they ran."""
    live(database, moment("a", 0, NOON_WALL_MS))
    live(database, moment("u", 0), moment("u", HOUR_MS), moment("v", 0), moment("v", 2 * HOUR_MS))
    live(database, moment("b", 0, NOON_WALL_MS + 9 * HOUR_MS))
    first, second = told(database, moment("u", HOUR_MS)), told(database, moment("v", 0))
    assert first == When(after_ms=NOON_WALL_MS + HOUR_MS, before_ms=NOON_WALL_MS + 7 * HOUR_MS)
    assert second == When(after_ms=NOON_WALL_MS + HOUR_MS, before_ms=NOON_WALL_MS + 7 * HOUR_MS)
    assert told(database, moment("v", 2 * HOUR_MS)).before_ms == NOON_WALL_MS + 9 * HOUR_MS


def test_a_home_whose_first_boot_knew_nothing_has_no_earliest_time(database: Database) -> None:
    """Nothing is made up: it was before the first trusted time, and no more is known."""
    live(database, moment("u", MINUTE_MS), moment("b", 0, NOON_WALL_MS))
    assert told(database, moment("u", MINUTE_MS)) == When(before_ms=NOON_WALL_MS)


@settings(deadline=None, max_examples=40)
@given(
    plan=st.lists(
        st.tuples(
            st.integers(0, 30 * DAY_MS),  # off before it
            st.integers(0, 3 * DAY_MS),  # how long it ran
            st.booleans(),  # whether it ever knew the time
        ),
        min_size=1,
        max_size=6,
    )
)
def test_the_true_time_is_always_within_what_is_told(plan: list[tuple[int, int, bool]]) -> None:
    """Whatever the power does: the interval holds the truth, and the order of boots stands."""
    database = Database.in_memory(Path("test"))
    wall_ms, rows = NOON_WALL_MS, []
    for n, (off_ms, ran_ms, knows) in enumerate(plan):
        wall_ms += off_ms
        for up_ms in sorted({0, ran_ms // 2, ran_ms}):
            known = knows and up_ms == ran_ms
            at = moment(f"boot-{n}", up_ms, wall_ms + up_ms if known else None)
            rows.append((at, wall_ms + up_ms))
            live(database, at)
        wall_ms += ran_ms
    low = 0
    for at, truth in rows:
        found = told(database, at)
        if found.wall_ms is not None:
            assert abs(found.wall_ms - truth) <= found.error_ms
        assert found.after_ms is None or low <= found.after_ms <= truth
        assert found.before_ms is None or truth <= found.before_ms
        low = found.after_ms or low


@pytest.mark.parametrize("years", [-10, 10])
def test_rows_under_a_clock_that_jumped_are_not_old(database: Database, years: int) -> None:
    """An hour ten years away is judged by its boot: neither it nor what was before it goes."""
    jumped = NOON_WALL_MS + years * YEAR
    live(database, moment("a", 0, NOON_WALL_MS), moment("a", HOUR_MS, jumped + HOUR_MS))
    right = moment("a", 2 * HOUR_MS, NOON_WALL_MS + 2 * HOUR_MS)
    live(database, right)
    database.record(batch(messages=[message(1)]))
    database.mark_received(["message-000001"], moment("a", HOUR_MS, jumped + HOUR_MS))
    pruned = database.prune(right)
    assert (pruned.doubt, pruned.observations, pruned.messages) == (None, 0, 0)
    assert len(values(database)) == 3
    month = moment("a", 31 * DAY_MS, NOON_WALL_MS + 31 * DAY_MS)
    assert database.prune(month).observations == 3  # and then they all do


@pytest.mark.parametrize("years", [-10, 10])
def test_a_boot_whose_clock_contradicts_the_last_deletes_nothing(
    database: Database, years: int
) -> None:
    """A flat battery or a wrong year at the start: nothing goes, and the next boot mends it."""
    live(database, moment("a", 0, NOON_WALL_MS))
    wrong = moment("b", 0, NOON_WALL_MS + years * YEAR)
    live(database, wrong)
    assert database.prune(wrong).doubt == "clock_leapt"
    right = moment("c", MINUTE_MS, NOON_WALL_MS + HOUR_MS)
    live(database, right)
    database.prune(right)
    week = moment("c", 8 * DAY_MS, NOON_WALL_MS + 8 * DAY_MS)
    assert (database.prune(week).doubt, len(values(database))) == (None, 3)


def test_a_clock_that_leapt_is_believed_when_it_has_stood_for_a_week(database: Database) -> None:
    """A box from the shelf deletes what is old, only later."""
    live(database, moment("a", 0, NOON_WALL_MS))
    back = NOON_WALL_MS + 200 * DAY_MS
    live(database, moment("b", 0, back))
    assert database.prune(moment("b", DAY_MS, back + DAY_MS)).observations == 0
    assert database.prune(moment("b", 7 * DAY_MS, back + 7 * DAY_MS)).observations == 1


def test_a_jump_holds_up_no_judgement_of_certificates_for_years(database: Database) -> None:
    """The moment that has surely been is counted by boottime from the boot's first trusted one."""
    live(database, moment("a", 0, NOON_WALL_MS), moment("a", HOUR_MS, NOON_WALL_MS + 10 * YEAR))
    assert database.look(commands.clock_floor_ms) == NOON_WALL_MS + HOUR_MS
    live(database, moment("b", 0, NOON_WALL_MS + 10 * YEAR), moment("c", 0, NOON_WALL_MS + DAY_MS))
    assert database.look(commands.clock_floor_ms) == NOON_WALL_MS + DAY_MS


def test_minutes_are_made_of_no_row_whose_clock_jumped(database: Database) -> None:
    """It would stand in another decade; it stays whole until it goes by its age."""
    rows = [
        reading(20.0, moment("a", 0, NOON_WALL_MS)),
        reading(21.0, moment("a", MINUTE_MS, NOON_WALL_MS - 10 * YEAR)),
        reading(22.0, moment("a", DAY_MS, NOON_WALL_MS + DAY_MS)),
        reading(23.0, moment("a", 2 * DAY_MS, NOON_WALL_MS + 2 * DAY_MS)),
    ]
    for row in rows:
        database.record(batch(database, at=row.at, observations=[row]))
    database.prune(moment("a", 9 * DAY_MS, NOON_WALL_MS + 9 * DAY_MS))
    assert values(database) == [21.0, 23.0]
    found = database._connection.execute("SELECT mean FROM thinned ORDER BY from_ms").fetchall()
    assert found == [(20.0,), (22.0,)]


def test_what_is_not_trusted_is_no_fact_of_a_boot(database: Database) -> None:
    """A set clock is anchored once, at its first trusted moment; an unset one moves nothing."""
    live(database, moment("a", 0), moment("a", 10, NOON_WALL_MS), moment("a", 20))
    before = database.look(boots.facts)
    live(database, msgspec.structs.replace(moment("a", 30, NOON_WALL_MS + 5), sync=Sync.HOLDOVER))
    assert database.look(boots.facts) == before
