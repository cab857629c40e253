"""Words that do not fit together: they take reassurance back, and raise nothing."""

from __future__ import annotations

import pytest

from edge.alerts.flags import OF_THE_MOMENT, SEEMS_OVER, Flag, seems_over
from edge.domain import Priority, Quality, Role, Stay, StayKind, Visit, VisitKind
from edge.events import ConfigLoaded
from edge.home.contradictions import REMEMBERED, TABLE, Against, Fact
from edge.home.watch import DOUBTS_MAX
from tests.support.living import DAY, HOUR, MINUTE, Living


@pytest.fixture
def home() -> Living:
    living = Living(settings=ConfigLoaded(dose_grace_s=1800))
    living.enrol("robot", Role.MEDICATION_ROBOT, person="resident", silent_after_s=40 * 86_400)
    living.enrol("meals", Role.MEAL_DISPENSER, silent_after_s=40 * 86_400)
    living.enrol("stove", Role.STOVE_GUARD, room="kitchen")
    living.enrol("button", Role.HELP_BUTTON)
    return living


def away(home: Living, hours: int | None = None) -> None:
    until = None if hours is None else home.now.wall_ms + hours * HOUR
    home.tell(Stay(kind=StayKind.AWAY, by="relative", from_ms=home.now.wall_ms, until_ms=until))


def visit(home: Living, kind: VisitKind = VisitKind.PHYSICAL) -> None:
    now = home.now.wall_ms
    home.tell(Visit(kind=kind, role="nurse", from_ms=now, until_ms=now + HOUR))


def missed(home: Living) -> None:
    home.observe("robot", "dose", "due")
    home.wait(30 * MINUTE)


def tag(home: Living, name: str = "tag", person: str | None = "resident") -> None:
    home.enrol(name, Role.TAG, person=person, silent_after_s=600)


def test_the_table_names_flags_and_every_fact() -> None:
    """What the state calls it the alerts call it too, and it goes with the moment."""
    assert set(TABLE) == set(Fact)
    assert {a.value for a in Against} <= {flag.value for flag in Flag}
    assert {Flag(a.value) for a in Against} <= OF_THE_MOMENT
    assert set(Fact) >= REMEMBERED


@pytest.mark.parametrize("flag", sorted(SEEMS_OVER))
def test_what_is_contradicted_does_not_seem_over(flag: Flag) -> None:
    """The flag stands, and reassures nobody."""
    assert seems_over((flag,))
    assert not seems_over((flag, Flag.CONTRADICTED))
    assert not seems_over(())


def test_a_dose_taken_while_its_owner_is_elsewhere(home: Living) -> None:
    """The alert says what the robot said, and what speaks against it; nothing new is raised."""
    missed(home)
    away(home)
    home.observe("robot", "dose", "taken")
    alert = home.open("missed_dose")
    assert alert.flags == ("dose_taken", "contradicted", "stay_elsewhere")
    assert not seems_over(alert.flags)
    assert home.codes() == ["missed_dose"]
    assert [d.fact for d in home.home.watch.doubts] == ["dose_taken"]


def test_a_dose_taken_at_home_seems_over(home: Living) -> None:
    """Nothing speaks against it, and nothing is remembered."""
    missed(home)
    home.observe("robot", "dose", "taken")
    assert seems_over(home.open("missed_dose").flags)
    assert home.home.watch.doubts == ()


@pytest.mark.parametrize("stay", [StayKind.HOME, None])
def test_being_home_speaks_against_nothing(home: Living, stay: StayKind | None) -> None:
    """Nor does a stay that is over."""
    missed(home)
    if stay is None:
        away(home, 1)
        home.wait(HOUR)
    else:
        home.tell(Stay(kind=stay, by="relative", from_ms=0))
    home.observe("robot", "dose", "taken")
    assert "contradicted" not in home.open("missed_dose").flags


def test_a_dose_taken_while_the_tag_is_not_heard(home: Living) -> None:
    """Whose hand was it? It ends the wait all the same: doubt raises no second alarm."""
    missed(home)
    tag(home)
    home.observe("tag", "heartbeat", value=True)
    home.wait(11 * MINUTE)
    home.observe("robot", "dose", "retrieved_late")
    assert home.open("missed_dose").flags == (
        "dose_retrieved_late",
        "contradicted",
        "tag_not_heard",
    )
    home.observe("robot", "dose", "due")
    home.observe("robot", "dose", "taken")
    home.wait(DAY)
    assert home.open("missed_dose").repeats == 0


def test_a_tag_that_is_heard_or_is_anothers_speaks_against_nothing(home: Living) -> None:
    """The spouse's tag is out shopping; the resident's is here."""
    missed(home)
    tag(home)
    tag(home, "spouse", "spouse")
    tag(home, "thing", None)
    for _ in range(5):
        home.wait(5 * MINUTE)
        home.observe("tag", "heartbeat", value=True)
    home.observe("robot", "dose", "taken")
    assert home.open("missed_dose").flags == ("dose_taken",)


def test_our_own_deafness_speaks_against_nothing(home: Living) -> None:
    """A tag that went silent with the whole home says nothing of its wearer."""
    home.enrol("motion", Role.MOTION, silent_after_s=600)
    tag(home)
    missed(home)
    home.observe("robot", "dose", "taken")
    assert home.home.quiet
    assert "contradicted" not in home.open("missed_dose").flags


def test_a_new_missed_dose_leaves_the_old_doubt_behind(home: Living) -> None:
    """It is about another dose."""
    missed(home)
    away(home, 1)
    home.observe("robot", "dose", "taken")
    home.wait(HOUR)
    home.observe("robot", "dose", "missed")
    assert home.open("missed_dose").flags == ()


def test_a_second_word_that_is_contradicted_adds_its_doubt(home: Living) -> None:
    """The first was fine, the second was not: the alert knows the worse."""
    missed(home)
    home.observe("robot", "dose", "taken")
    away(home)
    home.observe("robot", "dose", "taken")
    assert not seems_over(home.open("missed_dose").flags)


def test_a_meal_taken_while_nobody_is_there(home: Living) -> None:
    """As with a dose."""
    home.observe("meals", "meal", "heat_done")
    home.wait(HOUR)
    away(home)
    home.observe("meals", "meal", "taken")
    assert home.open("missed_meal").flags == ("meal_taken", "contradicted", "stay_elsewhere")


@pytest.mark.parametrize(
    "device, kind, value", [("stove", "stove_on", True), ("robot", "dose", "taken")]
)
def test_what_happened_in_a_stay_is_told_at_its_end(
    home: Living, device: str, kind: str, value: str | bool
) -> None:
    """No alarm meanwhile; who hears that the stay is over hears that somebody was there."""
    away(home, 6)
    home.wait(HOUR)
    home.observe(device, kind, value)
    home.observe(device, kind, value)
    assert home.codes() == []
    home.wait(5 * HOUR)
    assert home.open("stay_expired").flags == ("contradicted", "stay_elsewhere")


def test_a_quiet_stay_ends_without_a_doubt(home: Living) -> None:
    """Also when an earlier one had some."""
    away(home, 1)
    home.observe("stove", "stove_on", value=True)
    home.observe("stove", "stove_on", value=False)
    home.wait(HOUR)
    home.close(home.open("stay_expired"))
    home.wait(HOUR)
    away(home, 1)
    home.wait(HOUR)
    assert home.open("stay_expired").flags == ()


def test_a_press_while_the_resident_is_elsewhere(home: Living) -> None:
    """Critical like any other, and who answers knows that it may be somebody else."""
    away(home)
    visit(home)
    home.observe("button", "button", "press")
    alert = home.open("help_button")
    assert alert.priority is Priority.CRITICAL
    assert alert.flags == ("stay_elsewhere", "visitor_present")


def test_a_press_after_the_visit_is_plain_again(home: Living) -> None:
    """What was said of the moment goes with it."""
    visit(home)
    home.observe("button", "button", "press")
    home.wait(HOUR)
    home.observe("button", "button", "press")
    assert home.open("help_button").flags == ()


def test_a_remote_visit_presses_no_button(home: Living) -> None:
    """A voice has no hand."""
    visit(home, VisitKind.REMOTE)
    home.observe("button", "button", "press")
    assert home.open("help_button").flags == ()


def test_where_two_live_a_button_of_nobody_is_anybodys(home: Living) -> None:
    """A button that is a person's is theirs."""
    tag(home, "tag", "spouse")
    home.observe("button", "button", "press")
    assert home.open("help_button", "button").flags == ("who_unknown",)
    home.observe("tag", "button", "press")
    assert home.open("help_button", "tag").flags == ()


def test_doubts_are_bounded_and_survive_a_restart(home: Living) -> None:
    """The newest are kept."""
    away(home)
    for _ in range(DOUBTS_MAX + 5):
        home.wait(MINUTE)
        home.observe("robot", "dose", "taken")
    last = home.now
    home.restart()
    assert len(home.home.watch.doubts) == DOUBTS_MAX
    assert home.home.watch.doubts[-1].at == last


def test_a_forged_taken_is_not_even_a_doubt(home: Living) -> None:
    """It reassures nobody to begin with."""
    away(home)
    home.observe("robot", "dose", "taken", Quality.UNAUTHENTICATED)
    assert home.home.watch.doubts == ()
