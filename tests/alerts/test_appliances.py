"""What appliances say of themselves: care tasks, apart from what they say of doses and meals."""

from __future__ import annotations

import pytest

from edge.domain import (
    AlertState,
    Priority,
    Quality,
    Role,
    Scalar,
    Stay,
    StayKind,
    Visit,
    VisitKind,
)
from edge.events import ConfigLoaded
from tests.support.living import DAY, HOUR, MINUTE, Living


@pytest.fixture
def home() -> Living:
    living = Living(settings=ConfigLoaded(dose_grace_s=1800, appliance_door_open_s=900))
    living.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=40 * 86_400)
    living.enrol("meals", Role.MEAL_DISPENSER, silent_after_s=40 * 86_400)
    return living


def visit(home: Living, minutes: int) -> None:
    now = home.now.wall_ms
    until = now + minutes * MINUTE
    home.tell(Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=now, until_ms=until))


@pytest.mark.parametrize(
    "device, kind, value, what, todo, priority",
    [
        ("robot", "jam", True, "jam", "give_dose", Priority.HIGH),
        ("robot", "tamper", True, "tamper", "give_dose", Priority.HIGH),
        ("robot", "mains_lost", True, "mains_lost", "give_dose", Priority.HIGH),
        ("robot", "mains", False, "mains_lost", "give_dose", Priority.HIGH),
        ("robot", "faults", 0x10, "faults", "look", Priority.NORMAL),
        ("meals", "jam", True, "jam", "give_meal", Priority.NORMAL),
        ("meals", "mains", False, "mains_lost", "give_meal", Priority.NORMAL),
        ("meals", "over_temperature", True, "over_temperature", "unplug", Priority.HIGH),
    ],
)
def test_each_fault_says_what_to_do(
    home: Living,
    device: str,
    kind: str,
    value: Scalar,
    what: str,
    todo: str,
    priority: Priority,
) -> None:
    """A robot that gives nothing needs somebody today; the rest waits for the next visit."""
    home.observe(device, kind, value)
    alert = home.open("appliance_fault", device)
    assert alert.priority is priority
    assert (alert.params["what"], alert.params["todo"]) == (what, todo)


def test_several_faults_of_one_appliance_are_one_call(home: Living) -> None:
    """A jam, the door, the tamper switch: whoever has it has all of it."""
    home.observe("robot", "jam", value=True)
    home.accept(home.open("appliance_fault"))
    home.observe("robot", "tamper", value=True)
    home.observe("robot", "faults", 3)
    alert = home.open("appliance_fault")
    assert alert.state is AlertState.ACKNOWLEDGED
    assert {e.kind for e in alert.evidence} == {"jam", "tamper", "faults"}


def test_a_worse_fault_takes_it_back(home: Living) -> None:
    """A fault code is for the next visit, a jam for today."""
    home.observe("robot", "faults", 1)
    home.accept(home.open("appliance_fault"))
    home.observe("robot", "jam", value=True)
    alert = home.open("appliance_fault")
    assert (alert.state, alert.priority) == (AlertState.RAISED, Priority.HIGH)


def test_a_state_that_goes_on_is_told_once_a_day(home: Living) -> None:
    """Every heartbeat says that the mains are gone."""
    home.observe("robot", "mains", value=False)
    home.beacon("robot", "mains", value=False, every=30 * MINUTE, until=DAY - HOUR)
    assert home.open("appliance_fault").rev == 1
    home.observe("robot", "mains", value=True)
    assert home.open("appliance_fault").flags == ("mains_back",)
    home.observe("robot", "mains", value=True)
    assert home.open("appliance_fault").rev == 2


def test_a_dose_that_comes_out_ends_a_jam(home: Living) -> None:
    """By the robot's own word, noted: a person closes; the next jam is news."""
    home.observe("robot", "jam", value=True)
    home.observe("robot", "dose", "taken")
    assert home.open("appliance_fault").flags == ("fault_cleared",)
    home.observe("robot", "jam", value=True)
    assert home.open("appliance_fault").flags == ()
    home.close(home.open("appliance_fault"))
    home.observe("robot", "jam", value=True)
    assert home.is_open("appliance_fault")


@pytest.mark.parametrize("ran_out", [True, False])
def test_a_dose_held_back_by_a_jam_is_no_second_interrupt(home: Living, *, ran_out: bool) -> None:
    """One cause, one call: the dose joins it, both say so, nothing is left untold."""
    home.observe("robot", "jam", value=True)
    if ran_out:
        home.observe("robot", "dose", "due")
        home.wait(30 * MINUTE)
    else:
        home.observe("robot", "dose", "missed")
    dose = home.open("missed_dose")
    assert dose.priority is Priority.NORMAL
    assert dose.flags == ("appliance_fault",)
    fault = home.open("appliance_fault")
    assert fault.priority is Priority.HIGH
    assert fault.flags == ("dose_not_taken",)


def test_a_jam_after_a_missed_dose_joins_it(home: Living) -> None:
    """The other way round: the missed dose is the call, and names the fault."""
    home.observe("robot", "dose", "missed")
    home.observe("robot", "jam", value=True)
    assert home.open("missed_dose").priority is Priority.HIGH
    assert home.open("missed_dose").flags == ("appliance_fault",)
    assert home.open("appliance_fault").priority is Priority.NORMAL


def test_a_jam_after_a_dose_that_was_taken_is_a_call(home: Living) -> None:
    """That dose is out; who gives the next one?"""
    home.observe("robot", "dose", "missed")
    home.observe("robot", "dose", "retrieved_late")
    home.observe("robot", "jam", value=True)
    assert home.open("appliance_fault").priority is Priority.HIGH


def test_a_fault_that_is_over_or_closed_hides_no_dose(home: Living) -> None:
    """The next dose that is missed is high again."""
    home.observe("robot", "jam", value=True)
    home.observe("robot", "dose", "taken")
    home.observe("robot", "dose", "missed")
    assert home.open("missed_dose").priority is Priority.HIGH
    home.close(home.open("missed_dose"))
    home.observe("robot", "jam", value=True)
    home.close(home.open("appliance_fault"))
    home.observe("robot", "dose", "missed")
    assert home.open("missed_dose").priority is Priority.HIGH


def test_a_normal_fault_hides_no_dose(home: Living) -> None:
    """Nobody is called today for a fault code."""
    home.observe("robot", "faults", 1)
    home.observe("robot", "dose", "missed")
    assert home.open("missed_dose").priority is Priority.HIGH


@pytest.mark.parametrize("kind", ["refill_low", "stock_low"])
def test_nearly_empty_waits_for_the_next_visit(home: Living, kind: str) -> None:
    """Also in a stay: somebody fills it before the resident is back."""
    home.tell(Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=0))
    visit(home, 60)
    home.observe("robot", kind, value=True)
    alert = home.open("appliance_refill", "robot")
    assert alert.priority is Priority.NORMAL
    home.observe("robot", kind, value=True)
    assert home.open("appliance_refill").rev == 1
    home.observe("robot", kind, value=False)
    assert home.open("appliance_refill").flags == ("refilled",)


def test_a_stay_asks_for_no_dose_today(home: Living) -> None:
    """The robot is broken all the same, and that waits; too hot does not."""
    home.tell(Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=0))
    home.observe("robot", "jam", value=True)
    assert home.open("appliance_fault", "robot").priority is Priority.NORMAL
    home.observe("meals", "over_temperature", value=True)
    assert home.open("appliance_fault", "meals").priority is Priority.HIGH


@pytest.mark.parametrize(
    "kind, priority",
    [
        ("tamper", Priority.NORMAL),
        ("mains_lost", Priority.NORMAL),
        ("jam", Priority.HIGH),
    ],
)
def test_a_visit_explains_what_visitors_do(home: Living, kind: str, priority: Priority) -> None:
    """Who fills the robot opens and unplugs it; a jam is a jam."""
    visit(home, 60)
    home.observe("robot", kind, value=True)
    alert = home.open("appliance_fault")
    assert alert.priority is priority
    assert alert.flags == ("visitor_present",)


def test_a_door_left_open(home: Living) -> None:
    """After a quarter of an hour, once the robot has shown that it tells of closing too."""
    home.observe("robot", "appliance_door", value=True)
    home.wait(DAY)
    assert home.codes() == []
    home.observe("robot", "appliance_door", value=False)
    home.observe("robot", "appliance_door", value=True)
    home.wait(15 * MINUTE - 1)
    assert home.codes() == []
    home.wait(1)
    alert = home.open("appliance_fault")
    assert (alert.priority, alert.params["what"]) == (Priority.NORMAL, "appliance_door")
    home.observe("robot", "appliance_door", value=False)
    assert home.open("appliance_fault").flags == ("fault_cleared",)


def test_a_door_that_is_shut_in_time_is_no_news(home: Living) -> None:
    """And a visit explains it until it is over."""
    home.observe("robot", "appliance_door", value=False)
    home.observe("robot", "appliance_door", value=True)
    home.wait(10 * MINUTE)
    home.observe("robot", "appliance_door", value=False)
    home.wait(HOUR)
    visit(home, 60)
    home.observe("robot", "appliance_door", value=True)
    home.wait(HOUR - 1)
    assert home.codes() == []
    home.wait(1)
    assert home.is_open("appliance_fault")


def test_a_door_is_waited_for_over_a_power_cut(home: Living) -> None:
    """It stands open while the gateway is off, too."""
    home.observe("robot", "appliance_door", value=False)
    home.observe("robot", "appliance_door", value=True)
    home.reboot(HOUR)
    assert home.is_open("appliance_fault")


@pytest.mark.parametrize("kind", ["jam", "tamper", "refill_low", "mains_lost"])
def test_other_devices_and_doubtful_words_are_left_alone(home: Living, kind: str) -> None:
    """A tampered motion sensor is no care task, and a forged word is none either."""
    home.enrol("motion", Role.MOTION)
    home.observe("motion", kind, value=True)
    home.observe("robot", kind, value=True, quality=Quality.UNAUTHENTICATED)
    assert home.codes() == []


@pytest.mark.parametrize("value", [None, "", 0])
def test_no_value_is_no_fault(home: Living, value: Scalar) -> None:
    """A heartbeat without its fields."""
    home.observe("robot", "faults", value)
    home.observe("robot", "mains", None)
    assert home.codes() == []
