from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge.home.coverage import DAYS_MAX, Coverage, clock_moved, heard, shares
from edge.home.localday import DAY_MS

HOUR = 3_600_000
NOON = 20_514 * DAY_MS + 12 * HOUR


def hear(
    coverage: Coverage, now: int, since: int | None, device: str = "a", *, sees: bool = True
) -> Coverage:
    return heard(coverage, device, since_ms=since, now_ms=now, local_shift_ms=0, sees=sees)


def test_a_gap_within_the_deadline_is_covered() -> None:
    """Two hearings six hours apart cover a quarter of the day."""
    coverage = hear(hear(Coverage(), NOON, None), NOON + 6 * HOUR, NOON)
    (day,) = shares(coverage)
    assert day.date == "2026-03-02"
    assert day.devices == {"a": 0.25}
    assert day.activity == 0.25
    assert day.observations == 2


def test_a_gap_beyond_the_deadline_is_not_covered_at_all() -> None:
    """The caller says None, and nothing of the gap is counted."""
    coverage = hear(hear(Coverage(), NOON, None), NOON + 6 * HOUR, None)
    assert shares(coverage)[0].devices == {}


def test_a_night_is_laid_on_both_its_days() -> None:
    """A gap across midnight counts on either side, per device and for movement."""
    coverage = hear(hear(Coverage(), NOON + 6 * HOUR, None), NOON + 18 * HOUR, NOON + 6 * HOUR)
    first, second = shares(coverage)
    assert (first.devices["a"], second.devices["a"]) == (0.25, 0.25)
    assert (first.activity, second.activity) == (0.25, 0.25)


def test_two_sensors_cover_an_hour_once() -> None:
    """The question "movement" is a union over sensors; a device that cannot see adds nothing."""
    coverage = hear(hear(Coverage(), NOON, None), NOON + 2 * HOUR, NOON)
    coverage = hear(coverage, NOON + 3 * HOUR, NOON + HOUR, "b")
    coverage = hear(coverage, NOON + 9 * HOUR, NOON, "c", sees=False)
    (day,) = shares(coverage)
    assert round(day.activity * 24, 6) == 3
    assert round(day.devices["b"] * 24, 6) == 2


def test_a_day_without_an_observation_is_silent() -> None:
    """Days between two hearings are silent, also when a long deadline covers them."""
    coverage = hear(hear(Coverage(), NOON, None), NOON + 3 * DAY_MS, NOON)
    days = shares(coverage)
    assert [day.silent for day in days] == [False, True, True, False]
    assert days[1].devices == {"a": 1.0}


def test_the_day_that_runs_is_never_silent() -> None:
    """Nothing heard yet today is no statement about today."""
    coverage = clock_moved(hear(Coverage(), NOON, None), 20_515)
    assert [day.silent for day in shares(coverage)] == [False, False]


def test_memory_is_bounded() -> None:
    """The oldest days go, and the listing has no more than the bound."""
    coverage = Coverage()
    for day in range(3 * DAYS_MAX):
        coverage = hear(coverage, NOON + day * DAY_MS, None)
    assert len(coverage.past) <= DAYS_MAX
    assert len(shares(coverage)) == DAYS_MAX


def test_ten_years_ahead_and_back_lose_no_day() -> None:
    """A clock that jumps far ahead and returns leaves the counted days as they were."""
    coverage = hear(hear(Coverage(), NOON, None), NOON + HOUR, NOON)
    before = shares(coverage)
    ahead = clock_moved(coverage, 20_514 + 3_650)
    ahead = heard(
        ahead, "a", since_ms=None, now_ms=NOON + 2 * HOUR, local_shift_ms=3_650 * DAY_MS, sees=True
    )
    ahead = clock_moved(ahead, 20_514 + 3_652)
    back = clock_moved(ahead, 20_514)
    assert shares(back) == before


def test_late_news_counts_on_its_own_day() -> None:
    """An observation of yesterday that comes after midnight is yesterday's."""
    coverage = hear(hear(Coverage(), NOON, None), NOON + DAY_MS, None)
    coverage = hear(coverage, NOON + HOUR, None)
    assert [day.observations for day in shares(coverage)] == [2, 1]


@given(st.lists(st.tuples(st.integers(0, 40 * HOUR), st.booleans(), st.booleans()), max_size=40))
def test_no_share_is_above_one(gaps: list[tuple[int, bool, bool]]) -> None:
    """Whatever is heard when, no day has more coverage than it has time."""
    coverage, now, last = Coverage(), NOON, dict.fromkeys("ab", NOON)
    for gap, first, covered in gaps:
        now += gap
        device = "a" if first else "b"
        coverage = hear(coverage, now, last[device] if covered else None, device)
        last[device] = now
    for day in clock_moved(coverage, now // DAY_MS + 1).past:
        assert 0 <= day.activity_ms <= DAY_MS
        assert all(0 <= ms <= DAY_MS for ms in day.devices.values())
        assert day.activity_ms <= sum(day.devices.values())
