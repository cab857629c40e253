"""The shared budget: a quarter of an entry a home-week in the long run, whatever the days say."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.home.budget import (
    AGAIN_DAYS,
    BUDGET_PER_HOME_WEEK,
    GAP_DAYS,
    TOKENS_MAX,
    TOKENS_START,
    WAITING_DAYS,
    WAITING_MAX,
    WEEK_DAYS,
    Budget,
    Entry,
    Spoken,
    spend,
    wait_for_visit,
)


def said(day: int, *, speaks: bool = True, calm: bool | None = None, **more: bool) -> Spoken:
    return Spoken(day=day, speaks=speaks, calm=not speaks if calm is None else calm, **more)


def live(days: list[Spoken], budget: Budget | None = None) -> tuple[Budget, list[Entry]]:
    budget, entries = budget or Budget(), []
    for one in days:
        budget, entry = spend(budget, one)
        entries.append(entry)
    return budget, entries


@pytest.mark.parametrize("share", [0.01, 0.04, 0.2, 0.5, 1.0])
def test_four_hundred_home_weeks_keep_the_budget(share: float) -> None:
    """Eight homes for fifty weeks, and one for four hundred: from rare days to nothing but such."""
    draw = random.Random(42)
    for homes, weeks in ((8, 50), (1, 400)):
        told = 0
        for _ in range(homes):
            days = [said(n, speaks=draw.random() < share) for n in range(weeks * WEEK_DAYS)]
            _, entries = live(days)
            told += entries.count(Entry.TOLD)
            assert entries.count(Entry.TOLD) <= TOKENS_START + BUDGET_PER_HOME_WEEK * weeks
            speaking = [n for n, one in enumerate(days) if one.speaks]
            assert all(entries[n] is not Entry.QUIET for n in speaking), "a day was lost"
        assert told <= homes * TOKENS_START + BUDGET_PER_HOME_WEEK * homes * weeks
        assert told > 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.booleans(), st.booleans()), max_size=80))
def test_any_span_of_any_home_keeps_it(steps: list[tuple[int, bool, bool]]) -> None:
    """Days never judged, days that say nothing: no span exceeds its weeks and the bucket."""
    day, budget, told = 0, Budget(), []
    for step, speaks, calm in steps:
        day += step
        restarted = msgspec.msgpack.decode(msgspec.msgpack.encode(budget), type=Budget)
        assert restarted == budget
        budget, entry = spend(restarted, said(day, speaks=speaks, calm=calm))
        assert 0.0 <= budget.tokens <= TOKENS_MAX
        told += [day] if entry is Entry.TOLD else []
    for i, first in enumerate(told):
        for n, last in enumerate(told[i:], start=1):
            weeks = (last - first) / WEEK_DAYS
            assert n <= TOKENS_MAX + BUDGET_PER_HOME_WEEK * weeks + 1e-6
        assert i == 0 or first - told[i - 1] >= GAP_DAYS


def test_the_same_day_is_never_told_twice() -> None:
    budget, entries = live([said(1), said(1), said(0)])
    assert entries == [Entry.TOLD, Entry.QUIET, Entry.QUIET]
    assert budget.day == 1


def test_a_change_that_goes_on_is_one_entry() -> None:
    """Until it was calm, or long enough ago that a plan has had its time."""
    days = [said(n) for n in range(60)]
    _, entries = live(days)
    assert entries[:AGAIN_DAYS] == [Entry.TOLD] + [Entry.SAME] * (AGAIN_DAYS - 1)
    assert entries[AGAIN_DAYS] is Entry.NO_BUDGET
    lull = [said(n, speaks=n not in {5, 6}) for n in range(10)]
    _, entries = live(lull, Budget(tokens=TOKENS_MAX))
    assert [n for n, entry in enumerate(entries) if entry is Entry.TOLD] == [0, 7]
    unsure = [said(n, speaks=n not in {5, 6}, calm=False) for n in range(10)]
    _, entries = live(unsure, Budget(tokens=TOKENS_MAX))
    assert entries.count(Entry.TOLD) == 1


def test_rules_and_open_entries_win() -> None:
    """What a rule said that day, and an entry that nobody has closed, cost nothing."""
    budget, entries = live([said(1, explained=True), said(2, open=True), said(3)])
    assert entries == [Entry.EXPLAINED, Entry.OPEN, Entry.TOLD]
    assert budget.told == 3


def test_what_waits_is_bounded_and_grows_old() -> None:
    budget = Budget(day=0)
    for day in range(20):
        budget = wait_for_visit(budget, day, (f"routine:moves day {day} 1",))
    assert [one.day for one in budget.waiting] == list(range(20 - WAITING_MAX, 20))
    later, _ = spend(budget, said(15 + WAITING_DAYS, speaks=False))
    assert [one.day for one in later.waiting] == [15, 16, 17, 18, 19]
