from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.home.localday import (
    DAY_MS,
    MINUTE_MS,
    day_of,
    daytime_ms,
    is_within,
    iso_date,
    iso_minute,
    utc_ms,
)

HOUR = 60 * MINUTE_MS
FROM, UNTIL = 8 * 60, 22 * 60


def test_a_night_holds_no_day() -> None:
    """From 22 to 8 nothing counts."""
    assert daytime_ms(22 * HOUR, DAY_MS + 8 * HOUR, FROM, UNTIL) == 0


def test_an_evening_and_a_morning_count_apart() -> None:
    """One hour before 22 and two after 8 are three hours of day."""
    assert daytime_ms(21 * HOUR, DAY_MS + 10 * HOUR, FROM, UNTIL) == 3 * HOUR


def test_whole_days_between_count_whole() -> None:
    """Three days hold three windows of 14 hours."""
    assert daytime_ms(0, 3 * DAY_MS, FROM, UNTIL) == 42 * HOUR


def test_an_impossible_window_counts_the_whole_day() -> None:
    """A setting that is turned round must not switch the rule off."""
    assert daytime_ms(0, DAY_MS, UNTIL, FROM) == DAY_MS


@given(st.integers(-DAY_MS, 9 * DAY_MS), st.integers(0, 5 * DAY_MS), st.integers(0, 5 * DAY_MS))
def test_parts_add_up(start: int, first: int, second: int) -> None:
    """The daytime of two stretches is the daytime of the whole."""
    parts = daytime_ms(start, start + first, FROM, UNTIL)
    parts += daytime_ms(start + first, start + first + second, FROM, UNTIL)
    assert parts == daytime_ms(start, start + first + second, FROM, UNTIL)


@given(st.integers(0, 3 * DAY_MS), st.integers(0, 2 * DAY_MS))
def test_counts_like_a_clock_on_the_wall(start: int, length: int) -> None:
    """Minute by minute, the sum agrees to a minute at either end."""
    counted = sum(
        MINUTE_MS
        for minute in range(start // MINUTE_MS, (start + length) // MINUTE_MS)
        if FROM <= minute % 1440 < UNTIL
    )
    assert abs(daytime_ms(start, start + length, FROM, UNTIL) - counted) <= MINUTE_MS


def test_dates_are_iso() -> None:
    """Days and minutes are told as ISO 8601 without a zone; nonsense is clipped, never refused."""
    assert iso_date(20_514) == "2026-03-02"
    assert iso_minute(1_772_460_000_000) == "2026-03-02 14:00"
    assert iso_date(-5) == "1970-01-01"
    assert iso_date(10**9) == iso_date(2_900_000)


@pytest.mark.parametrize(
    "minute, from_min, until_min, inside",
    [
        (23 * 60, 22 * 60, 6 * 60, True),
        (5 * 60 + 59, 22 * 60, 6 * 60, True),
        (6 * 60, 22 * 60, 6 * 60, False),
        (22 * 60, 22 * 60, 6 * 60, True),
        (21 * 60 + 59, 22 * 60, 6 * 60, False),
        (60, 0, 6 * 60, True),
        (12 * 60, 0, 6 * 60, False),
        (60, 60, 60, False),
        (23 * 60 + 59, 22 * 60, 1440, True),
    ],
)
def test_hours_may_go_over_midnight(
    minute: int, from_min: int, until_min: int, *, inside: bool
) -> None:
    """Two equal ends are no hours: a rule with them never runs."""
    assert is_within(3 * DAY_MS + minute * MINUTE_MS, from_min, until_min) is inside


@pytest.mark.parametrize(
    "text, day",
    [("1970-01-01", 0), ("1970-01-02", 1), ("2026-03-02", 20514), ("2026-02-30", None), ("", None)],
)
def test_a_date_is_a_day(text: str, day: int | None) -> None:
    """And what is no date is none."""
    assert day_of(text) == day


@pytest.mark.parametrize(
    "text, ms",
    [
        ("1970-01-01T00:00:01.500Z", 1500),
        ("PT12.500S", None),
        ("2026-03-02T08:00:00", None),
        ("Z", None),
        (None, None),
    ],
)
def test_a_devices_time_is_utc_or_nothing(text: str | None, ms: int | None) -> None:
    """A time since its start, or one without a zone, is no moment of the day."""
    assert utc_ms(text) == ms
