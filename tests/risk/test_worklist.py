"""What waits for a visit: nothing that asks nobody before it is left out of its list."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edge.domain import Group, Question, Role, WorkLine
from edge.escalation.attention import AT_THE_VISIT
from edge.events import ConfigLoaded, Doubted
from edge.kinds import observation
from edge.locale import LANGUAGES
from edge.paper.work import line_text
from edge.risk.worklist import work_of
from tests.risk.lists import LISTS
from tests.support.living import HOUR, Living, decision

LONG_S = 40 * 86_400


def living() -> Living:
    home = Living(settings=ConfigLoaded(checklists=LISTS, meal_grace_s=3600))
    home.enrol("robot-1", Role.MEDICATION_ROBOT, silent_after_s=LONG_S)
    home.enrol("meal-1", Role.MEAL_DISPENSER, silent_after_s=LONG_S)
    home.enrol("door-1", Role.DOOR, silent_after_s=LONG_S)
    home.enrol("motion-1", Role.MOTION, silent_after_s=7200)
    return home


def low(home: Living) -> None:
    home.observe("motion-1", "battery_low", value=True)


def silent(home: Living) -> None:
    home.observe("motion-1", "heartbeat", value=True)
    for _ in range(4):
        home.wait(HOUR)
        home.observe("door-1", "heartbeat", value=True)


def doubtful(home: Living) -> None:
    home.tell(Doubted(device="motion-1", reason="moved"))


def refill(home: Living) -> None:
    home.observe("robot-1", "refill_low", value=True)


def wire(home: Living) -> None:
    home.observe("door-1", "wire_fault", value=True)


def meal(home: Living) -> None:
    home.tell(observation("meal-1", "meal", "selected", home.now))
    home.wait(HOUR)


def review(home: Living) -> None:
    home.tell(decision(Question.SLEEP, "2026-03-20"))
    home.wait(HOUR)


# What makes each alert that waits for the visit, and its line there.
CASES: dict[str, tuple[Callable[[Living], None], Group, str]] = {
    "battery_low": (low, Group.CHANGE, "battery"),
    "device_silent": (silent, Group.CHANGE, "silent"),
    "identity_doubtful": (doubtful, Group.CHANGE, "doubtful"),
    "appliance_refill": (refill, Group.CHANGE, "refill"),
    "wire_fault": (wire, Group.CHANGE, "wire"),
    "missed_meal": (meal, Group.ASK, "meal"),
    "decision_review": (review, Group.ASK, "review"),
}


def waiting(home: Living) -> list[WorkLine]:
    return [one for one in work_of(home.home, home.now).lines if one.code != "first"]


def test_every_alert_that_asks_nobody_before_the_visit_is_here() -> None:
    """`tag_not_worn` hangs on movement and has its tests in test_tag_not_worn and test_work."""
    assert {*CASES, "tag_not_worn"} == AT_THE_VISIT


@pytest.mark.parametrize("code", sorted(CASES))
def test_what_waits_for_the_visit_stands_on_its_list(code: str) -> None:
    """The alert is open, asks nobody, and the visit has a line of it, in words."""
    make, group, line = CASES[code]
    home = living()
    make(home)
    assert home.is_open(code)
    (found,) = waiting(home)
    assert (found.group, found.code) == (group, line)
    assert found.minutes
    for lang in LANGUAGES:
        told = {"group": found.group.value, "code": found.code, "params": found.params}
        said = line_text(told, {}, lang)
        assert not {"[", "{"} & set(said), said


@pytest.mark.parametrize(
    "code,device,kind",
    [("appliance_refill", "robot-1", "refill_low"), ("wire_fault", "door-1", "wire_fault")],
)
def test_what_was_mended_leaves_the_list(code: str, device: str, kind: str) -> None:
    """The alert is a person's to close; nobody is sent for what is filled or whole again."""
    home = living()
    CASES[code][0](home)
    home.observe(device, kind, value=False)
    assert home.is_open(code)
    assert waiting(home) == []


def test_an_alarms_wire_is_todays_and_no_line_of_the_next_visit() -> None:
    """High: somebody is asked at once."""
    home = living()
    home.enrol("smoke-1", Role.SMOKE_ALARM, silent_after_s=LONG_S)
    home.observe("smoke-1", "wire_fault", value=True)
    assert home.is_open("wire_fault")
    assert waiting(home) == []


def test_it_is_done_when_it_is_closed() -> None:
    """By the word of whoever was there."""
    home = living()
    meal(home)
    home.close(home.open("missed_meal"))
    assert waiting(home) == []
