"""With a pet in the home movement alone is no sign of a person, and no reason to call hourly."""

from __future__ import annotations

import pytest

from edge.domain import PersonKind, PersonLeft, Role, Scalar
from tests.support.living import DAY, HOUR, MINUTE, Living


def living(pet: bool = True) -> Living:
    """A home at 14:00 with eyes, a refrigerator door, a robot and a worn tag."""
    home = Living()
    home.person("anna")
    if pet:
        home.person("cat", PersonKind.PET)
    home.enrol("motion", Role.MOTION, silent_after_s=86_400)
    home.enrol("fridge", Role.DOOR, silent_after_s=86_400, room="kitchen")
    home.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=86_400)
    home.enrol("tag", Role.TAG, person="anna", silent_after_s=86_400)
    home.enrol("button", Role.HELP_BUTTON, silent_after_s=86_400)
    home.observe("fridge", "door", value=False)
    home.observe("tag", "movement_counter", 1)
    home.observe("button", "button", "press")
    home.close(home.open("help_button"))
    return home


def prowl(home: Living, hours: int) -> None:
    """A cat that crosses the room twice an hour."""
    for _ in range(2 * hours):
        home.wait(20 * MINUTE)
        home.observe("motion", "motion", value=True)
        home.wait(10 * MINUTE)
        home.observe("motion", "motion", value=False)


def raised(home: Living) -> list[tuple[str, ...]]:
    return [alert.flags for alert in home.raised() if alert.code == "no_activity"]


def test_a_cat_alone_does_not_keep_the_home_quiet() -> None:
    """Nobody but the cat has moved for a day of day: told, with what may have moved."""
    home = living()
    prowl(home, 24 + 4)  # 14 hours by day: until 22:00 today, from 08:00 to 14:00 tomorrow
    ((flags),) = raised(home)
    assert "pet_may_move" in flags


def test_without_a_pet_the_same_movement_is_somebody() -> None:
    """It is the pet that makes it doubtful."""
    home = living(pet=False)
    prowl(home, 48)
    assert raised(home) == []


def test_a_cat_household_is_asked_after_once_a_day_at_most() -> None:
    """Movement puts it off: nothing is told at the span that holds without any movement."""
    home = living()
    prowl(home, 20)
    assert raised(home) == []
    prowl(home, 3 * 24)
    home_alerts = [a for a in home.alerts() if a.code == "no_activity"]
    assert 1 <= len(home_alerts) <= 4


def test_stillness_of_both_is_told_as_soon_as_without_a_pet() -> None:
    """No movement at all for the span by day: the cat is no reason to wait longer."""
    home = living()
    home.beacon("motion", "motion", value=False, every=30 * MINUTE, until=18 * HOUR)
    assert raised(home) == []
    home.beacon("motion", "motion", value=False, every=30 * MINUTE, until=HOUR)
    assert raised(home) == [()]


@pytest.mark.parametrize(
    "device, kind, value",
    [
        ("fridge", "door", True),
        ("robot", "dose", "taken"),
        ("tag", "movement_counter", 2),
        ("tag", "button", "press"),
        ("button", "button", "press"),
    ],
)
def test_what_only_a_person_does_ends_the_stillness(device: str, kind: str, value: Scalar) -> None:
    """A door, a dose, what a resident wears, a press: one of them a day is enough."""
    home = living()
    prowl(home, 20)
    home.observe(device, kind, value)
    assert home.home.still.ms == 0
    prowl(home, 20)
    assert raised(home) == []


def test_a_tag_that_is_not_a_residents_says_nothing_of_one() -> None:
    """The carer's tag in a drawer, or the cat's own."""
    home = living()
    home.enrol("cats", Role.TAG, person="cat", silent_after_s=86_400)
    home.observe("cats", "movement_counter", 1)
    prowl(home, 6)
    counted = home.home.still.ms
    home.observe("cats", "movement_counter", 2)
    assert home.home.still.ms == counted > 0


def test_a_sign_of_a_person_is_noted_beside_the_alert() -> None:
    """As movement is, where no pet lives."""
    home = living()
    prowl(home, 30)
    home.observe("fridge", "door", value=True)
    assert "activity_seen" in home.open("no_activity").flags


def test_a_pet_that_is_gone_changes_everything_back() -> None:
    """From then on movement is somebody's again."""
    home = living()
    prowl(home, 4)
    home.tell(PersonLeft(person="cat", by="installer.one"))
    home.observe("motion", "motion", value=True)
    assert home.home.still.ms == 0
    prowl(home, 48)
    assert raised(home) == []


def test_what_else_movement_means_is_as_before() -> None:
    """Somebody in the kitchen is still beside the cooker: only stillness is judged otherwise."""
    home = living()
    home.enrol("stove", Role.STOVE_GUARD, room="kitchen", silent_after_s=DAY)
    home.enrol("kitchen", Role.MOTION, room="kitchen", silent_after_s=DAY)
    home.observe("kitchen", "motion", value=True)
    home.observe("stove", "stove_on", value=True)
    home.wait(20 * MINUTE)
    home.observe("kitchen", "motion", value=True)
    home.wait(20 * MINUTE)
    home.observe("motion", "motion", value=True)
    assert not home.is_open("stove_unattended")
