"""What a plan must be: every fault with its key and its mend, and none let through."""

from __future__ import annotations

from typing import Any

import pytest

from edge.domain import Sync
from edge.escalation.hours import WEEK_MIN, is_staffed, named, next_shift_ms, spans_of, uncovered
from edge.escalation.plan import decode, digest_of, encode, plan_of
from tests.escalation.plans import CARE, DAUGHTER, DUTY, THREE, made, row, tables
from tests.support.clock import instant

HOUR_MS = 3_600_000


def faults(data: object) -> list[tuple[str, str]]:
    plan, found = plan_of(data, "plan.toml")
    assert (plan is None) is bool(found)
    assert all(one.file == "plan.toml" and one.mend for one in found)
    return [(one.key, one.wrong) for one in found]


def test_a_good_plan_is_kept_as_it_is() -> None:
    """Stored and read again it is the same plan under the same name."""
    plan = made()
    assert decode(encode(plan)) == plan
    assert encode(decode(encode(plan))) == encode(plan)
    assert len(digest_of(encode(plan).decode())) == 32
    assert [one.id for one in plan.recipients] == ["duty", "care", "daughter"]


@pytest.mark.parametrize(
    "number",
    ["112", "+358112", "+358 112", "00358112", "911", "+1911", "0112", "+46 112", "+4600112"],
)
def test_an_emergency_number_is_refused_anywhere(number: str) -> None:
    """112 is never a level, however it is written and wherever it stands."""
    for level in range(3):
        data = tables([DUTY], [CARE], [DAUGHTER])
        data["level"][level]["recipient"] = [
            data["level"][level]["recipient"][0] | {"number": number}
        ]
        assert (f"level[{level}].recipient[0].number", f"'{number}' is an emergency number") in (
            faults(data)
        )


@pytest.mark.parametrize("key", ["id", "alias"])
def test_an_emergency_number_is_no_name_either(key: str) -> None:
    """Nor is it hidden under a name."""
    found = faults(tables([DUTY, row("x", "+358401234509") | {key: "112"}]))
    assert (f"level[0].recipient[1].{key}", "'112' is an emergency number") in found


@pytest.mark.parametrize("number", ["0401234567", "+358 40 1234567", "+3584", "+0401234567", "x"])
def test_a_number_has_its_country_code_and_nothing_else(number: str) -> None:
    assert [key for key, _ in faults(tables([row("duty", number)]))] == [
        "level[0].recipient[0].number"
    ]


def test_an_ordinary_number_is_no_emergency_number() -> None:
    """Numbers that only contain 112 are telephones."""
    assert faults(tables([row("duty", "+358112345678")])) == []
    assert faults(tables([row("duty", "+46112345678")])) == []


@pytest.mark.parametrize(
    "hours, gap",
    [
        (["mon-fri 00:00-24:00"], "sat 00:00 to sun 24:00"),
        (["mon-sun 07:00-21:00"], "mon 00:00 to mon 07:00"),
        (["mon-sun 00:00-23:59"], "mon 23:59 to tue 00:00"),
    ],
)
def test_level_1_is_staffed_round_the_clock(hours: list[str], gap: str) -> None:
    """A plan that nobody answers at night is refused, and says when."""
    found = faults(tables([row("duty", "+358401234501", staffed=hours)], [CARE]))
    assert found == [("level[0]", f"nobody answers from {gap}")]


def test_several_may_share_the_clock() -> None:
    """Day and night shift together are round the clock."""
    day = row("day", "+358401234501", staffed=["mon-sun 07:00-21:00"])
    night = row("night", "+358401234502", staffed=["mon-sun 21:00-07:00"])
    assert faults(tables([day, night])) == []
    assert [key for key, _ in faults(tables([day, night | {"address": False}]))] == ["level[0]"]


@pytest.mark.parametrize(
    "data, key",
    [
        ({}, "level"),
        ({"level": []}, "level"),
        (tables([]), "level[0].recipient"),
        (tables([DUTY], [CARE], [DAUGHTER], [row("x")]), "level"),
        (tables([row(f"r{n}") for n in range(9)]), "level[0].recipient"),
        (tables([DUTY], [DUTY | {"number": "+358401234599"}]), "level[1].recipient[0].id"),
        (tables([DUTY], [CARE | {"number": DUTY["number"]}]), "level[1].recipient[0].number"),
        (tables([DUTY | {"role": "rescue"}]), "level[0].recipient[0].role"),
        (tables([DUTY | {"language": "de"}]), "level[0].recipient[0].language"),
        (tables([DUTY, row("x", staffed=["always"])]), "level[0].recipient[1].staffed"),
        (tables([DUTY | {"color": "red"}]), "level[0].recipient[0].color"),
        (tables([DUTY | {"alias": "x" * 31}]), "level[0].recipient[0].alias"),
        (tables([DUTY | {"alias": "a\nb"}]), "level[0].recipient[0].alias"),
        ("not a table", "(file)"),
    ],
)
def test_each_fault_names_its_key(data: Any, key: str) -> None:
    assert key in [found for found, _ in faults(data)]


def test_all_faults_are_told_at_once() -> None:
    """An installer mends a plan in one go."""
    bad = row("duty", "112", staffed=["mon 08:00-16:00"], language="de")
    keys = [key for key, _ in faults(tables([bad], [row("duty", "12")]))]
    assert len(keys) >= 5


def test_hours_go_over_midnight_and_over_the_week() -> None:
    """Sunday night belongs to Monday morning too."""
    assert spans_of("sun 22:00-06:00") == ((6 * 1440 + 22 * 60, WEEK_MIN), (0, 360))
    assert spans_of("fri-mon 00:00-24:00")[-1] == (0, 1440)
    assert uncovered(["mon-sun 12:00-12:00"]) is None
    assert named(5 * 1440 + 61) == "sat 01:01"


def test_hours_are_those_of_the_home() -> None:
    """Noon in UTC on Monday is two o'clock in Helsinki; an unset clock asks everybody."""
    assert is_staffed(["mon 14:00-14:01"], instant())
    assert not is_staffed(["mon 12:00-14:00"], instant())
    assert is_staffed(["tue 12:00-14:00"], instant(sync=Sync.NONE))


def test_the_next_shift_begins_in_the_morning() -> None:
    """Within one nothing waits; on Friday evening it waits until Monday."""
    assert next_shift_ms(instant()) == 0
    assert next_shift_ms(instant(2 * HOUR_MS)) == 16 * HOUR_MS
    assert next_shift_ms(instant((4 * 24 + 2) * HOUR_MS + 500)) == (24 * 2 + 16) * HOUR_MS - 500
    assert next_shift_ms(instant(2 * HOUR_MS, sync=Sync.NONE)) == 0


def test_the_example_is_a_plan() -> None:
    assert len(made(THREE).level) == 3
