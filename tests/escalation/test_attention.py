"""Whose attention an alert may take, and how it goes through the plan."""

from __future__ import annotations

import msgspec
import pytest

from edge.alerts.flags import Flag
from edge.alerts.rules import BY_CODE
from edge.domain import Alert, Priority
from edge.escalation import (
    Attention,
    EscalationPlan,
    Paths,
    Recipient,
    Side,
    attention_of,
    due,
    first_asking,
    next_step_ms,
)
from edge.escalation.attention import AT_THE_VISIT, RISING_FLAG
from tests.escalation.plans import CARE, DAUGHTER, DUTY, alert, made, row, tables
from tests.support.clock import instant

HOUR = 3_600_000
DESK = Paths()


def recipients(
    told: Alert, ms: int = 0, plan: EscalationPlan | None = None
) -> list[tuple[int, str]]:
    found = due(told, plan or made(), first_asking(told), instant(ms), DESK, Side.DESK)
    return [(page.level, page.recipient) for page in found.pages]


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_no_urgent_alert_waits(code: str) -> None:
    """Whatever its code: critical and high are asked about at once."""
    for priority in (Priority.CRITICAL, Priority.HIGH):
        assert attention_of(alert(code, priority)) is Attention.INTERRUPT


def test_only_rules_that_never_call_by_themselves_wait_for_the_visit() -> None:
    """A code that waits is normal by its rule; what nobody has named is today's."""
    assert all(BY_CODE[code].priority is Priority.NORMAL for code in AT_THE_VISIT)
    assert attention_of(alert("a_rule_of_tomorrow", Priority.NORMAL)) is Attention.TODAY


@pytest.mark.parametrize(
    "fault,expected",
    [("path", Attention.VISIT), ("line", Attention.TODAY), ("store", Attention.TODAY)],
)
def test_a_fault_is_todays_where_doses_or_alarms_hang_on_it(
    fault: str, expected: Attention
) -> None:
    told = alert("gateway_fault", Priority.NORMAL, params={"fault": fault})
    assert attention_of(told) is expected


@pytest.mark.parametrize("side", list(Side))
def test_what_waits_for_the_visit_asks_nobody_ever(side: Side) -> None:
    """No page, no level, no moment to look again: and no acknowledgement is asked for."""
    told = alert("battery_low", Priority.NORMAL)
    found = due(told, made(), first_asking(told), instant(90 * 24 * HOUR), Paths(sms=True), side)
    assert (found.pages, found.level, found.wake_at_ms) == ((), 1, None)
    assert next_step_ms(told, first_asking(told), instant(HOUR)) is None


def test_red_asks_coordinators_and_after_two_hours_nurses() -> None:
    """Never the relative of level 3, and on no ladder of minutes."""
    told = alert("level_changed", Priority.HIGH, params={"to": "red"})
    assert recipients(told) == [(1, "duty")]
    assert recipients(told, HOUR) == [(1, "duty")]
    assert sorted(recipients(told, 2 * HOUR)) == [(2, "care"), (2, "duty")]
    assert sorted(recipients(told, 48 * HOUR)) == [(2, "care"), (2, "duty")]


def test_orange_asks_coordinator_and_nurse_in_working_hours() -> None:
    told = alert("level_changed", Priority.NORMAL, params={"to": "orange"})
    assert sorted(recipients(told)) == [(1, "care"), (1, "duty")]
    night = 12 * HOUR  # the tests begin at noon
    assert recipients(alert("level_changed", Priority.NORMAL, at=instant(night)), night) == []


@pytest.mark.parametrize("priority", [Priority.NORMAL, Priority.HIGH])
def test_a_plan_without_those_roles_asks_the_others_but_no_relative(priority: Priority) -> None:
    helper = row("helper", "+358401234509", role="helper")
    told = alert("level_changed", priority)
    assert recipients(told, 0, made(tables([helper], [DAUGHTER]))) == [(1, "helper")]
    alone = row("son", "+358401234508", role="relative")
    assert recipients(told, 0, made(tables([alone]))) == []


def test_a_level_goes_to_its_roles_wherever_they_stand_in_the_plan() -> None:
    """A nurse at level 1 and the coordinator at 2: red is still the coordinator's first."""
    day_nurse = CARE | {"staffed": ["24/7"]}
    plan = made(tables([day_nurse], [DUTY]))
    assert recipients(alert("level_changed", Priority.HIGH), 0, plan) == [(1, "duty")]
    assert recipients(alert("help_button"), 0, plan) == [(1, "care")]


def asked_with_manager(
    told: Alert, ms: int = 0, plan: EscalationPlan | None = None, **more: object
) -> list[tuple[int, str]]:
    """As `recipients`, where sari is the home's case manager; `more`: of her as a recipient."""
    sari = msgspec.convert(row("sari", role="nurse") | more, Recipient)
    found = due(told, plan, first_asking(told), instant(ms), DESK, Side.DESK, sari)
    return [(page.level, page.recipient) for page in found.pages]


def test_the_case_manager_is_asked_first_and_the_others_when_time_is_up() -> None:
    """Red: two hours; orange: the next day. They are asked again with the others."""
    red, orange = alert("level_changed", Priority.HIGH), alert("level_changed", Priority.NORMAL)
    assert asked_with_manager(red, 0, made()) == [(1, "sari")]
    late = asked_with_manager(red, 2 * HOUR, made())
    assert sorted(late) == [(2, "care"), (2, "duty"), (2, "sari")]
    assert asked_with_manager(orange, 0, made()) == [(1, "sari")]
    late = asked_with_manager(orange, 24 * HOUR, made())
    assert sorted(late) == [(2, "care"), (2, "duty"), (2, "sari")]


def test_no_other_alert_goes_to_the_case_manager() -> None:
    assert asked_with_manager(alert("help_button"), 0, made()) == [(1, "duty")]


@pytest.mark.parametrize("priority", [Priority.NORMAL, Priority.HIGH])
def test_a_case_manager_who_is_not_there_holds_nothing_up(priority: Priority) -> None:
    """Out of their hours it goes as without one, and to them when they come."""
    told = alert("level_changed", priority)
    expected = recipients(told)
    assert asked_with_manager(told, 0, made(), staffed=["mon-sun 22:00-23:00"]) == expected


def test_a_home_without_a_plan_still_asks_its_case_manager() -> None:
    told = alert("level_changed", Priority.HIGH)
    assert asked_with_manager(told) == [(1, "sari")]
    assert asked_with_manager(alert("help_button")) == []


def test_a_level_that_rose_twice_asks_the_coordinator_with_the_case_manager() -> None:
    """A coordinator's case: at once, and the nurse when time is up as ever."""
    for priority in (Priority.NORMAL, Priority.HIGH):
        told = alert("level_changed", priority, flags=(RISING_FLAG,))
        assert asked_with_manager(told, 0, made()) == [(1, "sari"), (1, "duty")]
    assert RISING_FLAG == Flag.RISING
