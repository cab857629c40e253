from __future__ import annotations

import pytest

from edge.domain import AlertState, Priority, Quality, Role, Scalar, Stay, StayKind
from edge.home.hearing import DOUBTED
from tests.support.living import HOUR, MINUTE, SECOND, Living


@pytest.fixture
def home() -> Living:
    living = Living()
    living.enrol("button", Role.HELP_BUTTON, label="wrist button")
    return living


@pytest.mark.parametrize(
    "press",
    ["press", "double_press", "triple_press", "long_press", "hold", "other", "press 2", None],
)
def test_every_kind_of_press_raises(home: Living, press: Scalar) -> None:
    """Also one that the driver has no name for: somebody pressed."""
    home.observe("button", "button", press)
    alert = home.open("help_button", "button")
    assert alert.priority is Priority.CRITICAL
    assert alert.params["device"] == "wrist button"
    assert alert.room == "hallway"
    assert alert.evidence[0].value == press


def test_not_pressed_is_no_call(home: Living) -> None:
    """A beacon that says "none" raises nothing."""
    assert home.observe("button", "button", "none") == ()


def test_a_button_in_another_role_is_no_call(home: Living) -> None:
    """A doorbell enrolled as a door sensor does not call for help."""
    home.enrol("bell", Role.DOOR)
    assert home.observe("bell", "button", "press") == ()


def test_pressing_again_revises_the_same_alert(home: Living) -> None:
    """Each press while it is open is a repeat with a revision, never a second alert."""
    home.observe("button", "button", "press")
    for _ in range(12):
        home.wait(SECOND)
        home.observe("button", "button", "press")
    alert = home.open("help_button")
    assert (alert.repeats, alert.rev) == (12, 13)
    assert len(home.raised()) == 1
    assert len(alert.evidence) == 8
    assert alert.evidence[0].at == home.now


def test_pressing_after_acknowledgement_reopens(home: Living) -> None:
    """Who presses again is still waiting: whoever had it must look again."""
    home.observe("button", "button", "press")
    home.accept(home.open("help_button"))
    assert home.open("help_button").state is AlertState.ACKNOWLEDGED
    home.observe("button", "button", "press")
    alert = home.open("help_button")
    assert alert.state is AlertState.RAISED
    assert alert.actor is None
    assert alert.next_by is None
    assert "reopened" in alert.flags
    assert home.home.holds == {}


def test_pressing_after_closing_is_a_new_alert(home: Living) -> None:
    """A closed call is over; the next press is another call, at once."""
    home.observe("button", "button", "press")
    home.close(home.open("help_button"))
    home.wait(SECOND)
    home.observe("button", "button", "press")
    assert len({alert.id for alert in home.raised()}) == 2


@pytest.mark.parametrize("doubt", sorted(DOUBTED))
def test_a_doubtful_press_raises_with_a_flag_once_in_ten_minutes(
    home: Living, doubt: Quality
) -> None:
    """Doubt adds a flag and a rate cap; it never silences, and never holds back a good press."""
    home.observe("button", "button", "press", doubt)
    first = home.open("help_button")
    assert first.flags == (doubt.value,)
    for _ in range(9):
        home.wait(MINUTE)
        assert home.observe("button", "button", "press", doubt) == ()
    home.observe("button", "button", "press")
    assert home.open("help_button").repeats == 1
    home.wait(MINUTE)
    home.observe("button", "button", "press", doubt)
    assert home.open("help_button").repeats == 2


@pytest.mark.parametrize("first", ["moisture", "fall", "stove_cut", "smoke"])
def test_another_doubtful_alarm_of_the_same_device_hides_no_press(home: Living, first: str) -> None:
    """Whoever forges water every ten minutes must not keep a real call under a broken key away."""
    home.observe("button", first, value=True, quality=Quality.UNAUTHENTICATED)
    home.wait(SECOND)
    home.observe("button", "button", "press", Quality.COUNTER_RESTARTED)
    assert home.open("help_button").priority is Priority.CRITICAL


@pytest.mark.parametrize("doubt", sorted(DOUBTED))
def test_a_doubtful_frame_does_not_prove_life(home: Living, doubt: Quality) -> None:
    """Played-back frames of a button that is gone do not keep it alive."""
    home.observe("button", "button", "press")
    for _ in range(25):
        home.wait(HOUR)
        home.observe("button", "button", "press", doubt)
    assert home.is_open("device_silent")


def test_a_stay_pauses_nothing_of_it(home: Living) -> None:
    """Somebody may be there all the same."""
    home.tell(Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=0))
    home.observe("button", "button", "press")
    assert home.is_open("help_button")


def test_a_press_of_a_stranger_is_refused_aloud(home: Living) -> None:
    """A device that is not enrolled changes nothing, and the step says so."""
    assert home.observe("stranger", "button", "press") == ()
    assert home.refused == ("unknown_device",)


@pytest.mark.parametrize("role", [Role.TAG, Role.FALL_DETECTOR])
def test_a_press_on_what_is_worn_is_a_call(role: Role) -> None:
    """A tag's button is a help button, whatever else the tag does; in any stay, in any visit."""
    home = Living()
    home.enrol("worn", role, person="resident")
    home.tell(Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=0))
    home.observe("worn", "button", "long_press")
    alert = home.open("help_button", "worn")
    assert alert.priority is Priority.CRITICAL
    assert alert.person == "resident"


@pytest.mark.parametrize("role", [Role.DOOR, Role.VITALS, Role.MOTION])
def test_a_press_on_a_thing_is_none(role: Role) -> None:
    """The test key of a door sensor calls nobody."""
    home = Living()
    home.enrol("thing", role)
    home.observe("thing", "button", "press")
    assert home.codes() == []
