"""Stored rows as a local day: rising edges, offsets of the clock, nobody else's day."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import get_args
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from edge.config.sections import Place
from edge.kinds import KINDS as ALL_KINDS
from edge.ports import ModelAnswer
from edge.risk.daily.extract import DayFacts, day_facts, features
from edge.risk.daily.observed import KINDS, Seen, facts
from edge.risk.daily.places import PLACES
from edge.risk.daily.reasons import REASONS_MAX, daily_reasons

# A sensor sees somebody, or nobody.
ON, OFF = True, False

HELSINKI = ZoneInfo("Europe/Helsinki")
WHERE = {"pir": "kitchen", "door": "front-door"}
KITCHEN, FRONT_DOOR = PLACES.index("kitchen"), PLACES.index("front-door")


def seen(text: str, value: bool, device: str = "pir", *, fold: int = 0) -> Seen:
    """A row as the gateway of a home in Helsinki stores it, by its local time."""
    local = datetime.fromisoformat(text).replace(tzinfo=HELSINKI, fold=fold)
    offset = local.utcoffset()
    assert offset is not None
    kind = "door" if device == "door" else "motion"
    wall_ms = int(local.timestamp() * 1000)
    return Seen(device, kind, value, wall_ms, int(offset.total_seconds()) // 60)


def test_only_the_moment_that_it_begins_is_an_activation() -> None:
    """What a sensor repeats while it sees somebody is none; what it saw at midnight is known."""
    rows = [
        seen("2026-03-01T23:59:50", ON),
        seen("2026-03-02T00:00:10", ON),  # still the one of yesterday
        seen("2026-03-02T00:01:00", OFF),
        seen("2026-03-02T08:00:00", ON),
        seen("2026-03-02T08:00:05", ON),
        seen("2026-03-02T08:01:00", OFF),
        seen("2026-03-02T08:02:00", ON, "door"),
        seen("2026-03-02T23:59:59", ON),
        seen("2026-03-03T00:00:00", ON, "door"),
    ]
    day = [(28_800, KITCHEN), (28_920, FRONT_DOOR), (86_399, KITCHEN)]
    assert facts(rows, date(2026, 3, 2), WHERE) == day_facts(day)
    assert facts(rows, date(2026, 3, 1), WHERE) == day_facts([(86_390, KITCHEN)])


def test_a_sensor_without_a_place_and_another_kind_count_for_nothing() -> None:
    """Only what the settings place counts."""
    rows = [seen("2026-03-02T08:00:00", ON, "stranger")]
    assert facts(rows, date(2026, 3, 2), WHERE).silent
    assert facts([Seen("pir", "battery", ON, 0, 0)], date(1970, 1, 1), WHERE).silent


def test_days_on_which_the_clock_is_changed() -> None:
    """In spring an hour is not there, in autumn one comes twice: by the local clock both times."""
    spring = [seen("2026-03-29T02:30:00", ON), seen("2026-03-29T04:30:00", ON, "door")]
    assert facts(spring, date(2026, 3, 29), WHERE) == day_facts(
        [(9000, KITCHEN), (16_200, FRONT_DOOR)]
    )
    autumn = [
        seen("2026-10-25T03:30:00", ON),
        seen("2026-10-25T03:31:00", OFF),
        seen("2026-10-25T03:30:00", ON, fold=1),
        seen("2026-10-25T23:30:00", ON, "door"),
    ]
    assert autumn[2].wall_ms - autumn[0].wall_ms == 3_600_000
    day = [(12_600, KITCHEN), (12_600, KITCHEN), (84_600, FRONT_DOOR)]
    assert facts(autumn, date(2026, 10, 25), WHERE) == day_facts(day)


@given(st.integers(-12 * 60, 14 * 60), st.lists(st.integers(0, 86_399), min_size=1, max_size=20))
def test_the_same_local_day_anywhere_has_the_same_features(offset: int, seconds: list[int]) -> None:
    """Time zones change nothing: what counts is the clock on the wall of the home."""
    start_ms = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * 1000)

    def day(offset_min: int) -> DayFacts:
        rows = []
        for second in sorted(set(seconds)):
            wall_ms = start_ms + second * 1000 - offset_min * 60_000
            rows.append(Seen("pir", "motion", ON, wall_ms, offset_min))
            rows.append(Seen("pir", "motion", OFF, wall_ms + 1, offset_min))
        return facts(rows, date(2026, 3, 2), WHERE)

    assert features(day(offset), [day(offset)] * 8) == features(day(0), [day(0)] * 8)


def test_vital_signs_come_from_their_kinds() -> None:
    """Both rates are one; a value of another sort than a number is none."""
    at = int(datetime(2026, 3, 2, 8, tzinfo=UTC).timestamp() * 1000)
    rows = [
        Seen("cuff", "pulse_rate", 60, at, 120),
        Seen("strap", "heart_rate", 70.0, at + 1, 120),
        Seen("cuff", "blood_pressure_systolic", "high", at + 2, 120),
    ]
    found = facts(rows, date(2026, 3, 2), WHERE)
    assert (found.vitals, found.readings) == ({"heart_rate": 65.0}, 2)


def test_names_here_are_those_of_the_house() -> None:
    """Kinds that exist, and the places of the settings."""
    assert set(ALL_KINDS) >= KINDS
    assert get_args(Place) == PLACES


def test_reasons_are_few_and_the_heaviest_first() -> None:
    """Features of one sort are told together; what speaks against it or was not known is not."""
    draw = random.Random(5)
    weights = {f"{place}.busiest_4h": draw.random() + 0.1 for place in PLACES}
    given_ = {**weights, "hallway": 3.0, "night.count": -2.0, "late.count": 0.5}
    answer = ModelAnswer(
        index=50.0,
        contributions={**given_, "vitals.count": 5.0},
        missing=("vitals.count",),
        model="daily-change/1.0.0",
        manifest="0" * 12,
    )
    found = daily_reasons(answer)
    assert len(found) == REASONS_MAX
    assert found[0].code == "daily-change:hallway"
    assert found[0].weight == 3.0 + weights["hallway.busiest_4h"]
    assert "daily-change:night" not in {reason.code for reason in found}
