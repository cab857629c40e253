"""Who is elsewhere: one resident's stay pauses what is theirs, and no stay ever an alarm."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain import PersonKind, PersonLeft, Priority, Role, Stay, StayKind, Sync
from edge.home.staying import in_force, is_elsewhere, is_ended, is_paused
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living

ALARMS = ("smoke", "carbon_monoxide", "heat", "gas", "moisture")
PERSONS = ("anna", "bert")


def couple() -> Living:
    """Two residents, each with a robot, a tag and a band; one robot is nobody's."""
    home = Living()
    for name in PERSONS:
        home.person(name)
        home.enrol(f"robot-{name}", Role.MEDICATION_ROBOT, person=name, silent_after_s=DAY)
        home.enrol(f"band-{name}", Role.FALL_DETECTOR, person=name)
        home.enrol(f"tag-{name}", Role.TAG, person=name)
    home.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=DAY)
    home.enrol("alarm", Role.SMOKE_ALARM)
    home.enrol("button", Role.HELP_BUTTON, person="anna")
    home.enrol("air", Role.CLIMATE)
    for device in home.home.devices:
        home.observe(device, "battery", 90)
    return home


def live(home: Living, ms: int) -> None:
    """Time passes, and something of the home is heard all the while."""
    home.beacon("air", "temperature", 21.0, every=2 * MINUTE, until=ms)


def stay(home: Living, kind: StayKind, person: str | None = None, hours: int = 0) -> None:
    until = home.now.wall_ms + hours * HOUR if hours else None
    start = home.now.wall_ms
    home.tell(Stay(kind=kind, by="nurse.one", from_ms=start, until_ms=until, person=person))


def test_a_stay_of_one_pauses_their_doses_alone() -> None:
    """The other's robot, and one that is nobody's, are waited for as before."""
    home = couple()
    stay(home, StayKind.HOSPITAL, "anna")
    for robot in ("robot-anna", "robot-bert", "robot"):
        home.observe(robot, "dose", "due")
    live(home, 2 * HOUR)
    missed = sorted(a.subject for a in home.raised() if a.code == "missed_dose")
    assert missed == ["robot", "robot-bert"]
    home.observe("robot-anna", "dose", "missed")
    assert not any(a.subject == "robot-anna" for a in home.raised())


@pytest.mark.parametrize(
    "away, paused",
    [((), False), (("anna",), False), (("bert",), False), (PERSONS, True), ((None,), True)],
)
def test_the_home_is_paused_when_every_resident_is_elsewhere(
    away: tuple[str | None, ...], paused: bool
) -> None:
    """One at home is enough to go on; what is told of everybody holds for both."""
    home = couple()
    for person in away:
        stay(home, StayKind.AWAY, person)
    assert is_paused(home.home) is paused


def test_whoever_is_not_a_resident_pauses_nothing() -> None:
    """A relative's or a cat's absence is no reason to look away."""
    home = couple()
    home.person("son", PersonKind.RELATIVE)
    home.person("cat", PersonKind.PET)
    stay(home, StayKind.AWAY, "anna")
    stay(home, StayKind.AWAY, "son")
    assert not is_paused(home.home)
    stay(home, StayKind.AWAY, "bert")
    assert is_paused(home.home)


def test_where_nobody_is_told_everything_is_as_it_was() -> None:
    """The home's own stay is everybody's."""
    home = Living()
    stay(home, StayKind.AWAY)
    assert is_paused(home.home)
    assert is_elsewhere(home.home, "somebody")


def test_one_is_home_again_while_the_others_are_away() -> None:
    """What was told of one person later counts for that person."""
    home = couple()
    stay(home, StayKind.AWAY)
    stay(home, StayKind.HOME, "bert")
    assert not is_paused(home.home)
    assert is_elsewhere(home.home, "anna")
    assert not is_elsewhere(home.home, "bert")


def test_a_stay_of_one_ends_aloud_and_they_are_home_whatever_the_others_do() -> None:
    """Nobody is taken to be elsewhere because somebody else is."""
    home = couple()
    stay(home, StayKind.AWAY, hours=72)
    stay(home, StayKind.HOSPITAL, "anna", hours=24)
    home.wait(DAY)
    alert = home.open("stay_expired", "anna")
    assert (alert.person, alert.params["stay"]) == ("anna", "hospital")
    assert not is_elsewhere(home.home, "anna")
    assert is_elsewhere(home.home, "bert")
    home.wait(2 * DAY)
    assert home.open("stay_expired", "home").params["stay"] == "away"
    assert not is_elsewhere(home.home, "bert")


def test_an_unset_clock_ends_no_stay_of_one() -> None:
    """It goes on pausing, and runs out aloud when the time is known."""
    home = couple()
    home.observe("alarm", "battery", 90)
    until = home.now.wall_ms + DAY
    stay(home, StayKind.RESPITE, "anna", hours=24)
    home.reboot(2 * DAY, sync=Sync.NONE)
    home.wait(HOUR)
    assert is_elsewhere(home.home, "anna")
    assert not home.is_open("stay_expired")
    home.sync, home.drift_ms = Sync.NTP, until + DAY - home.ms
    home.observe("alarm", "battery", 90)
    assert home.is_open("stay_expired")


def test_home_from_hospital_asks_for_an_assessment() -> None:
    """For the next visit, of that person; from a journey nobody comes back weaker."""
    home = couple()
    stay(home, StayKind.AWAY, "bert")
    stay(home, StayKind.HOME, "bert")
    assert not home.is_open("assessment_due")
    stay(home, StayKind.HOSPITAL, "anna")
    home.wait(DAY)
    stay(home, StayKind.HOME)
    alert = home.open("assessment_due", "anna")
    assert (alert.priority, alert.person) == (Priority.NORMAL, "anna")


def test_a_band_out_with_its_wearer_is_a_fault_that_can_wait() -> None:
    """The other's band is missed today."""
    home = couple()
    stay(home, StayKind.HOSPITAL, "anna")
    live(home, 7 * HOUR)
    assert home.open("device_silent", "band-anna").priority is Priority.NORMAL
    assert home.open("device_silent", "band-bert").priority is Priority.HIGH


def test_a_fall_is_told_although_its_wearer_should_be_elsewhere() -> None:
    """The stay may be wrong; that it is told speaks beside the alert."""
    home = couple()
    stay(home, StayKind.HOSPITAL, "anna")
    home.observe("band-anna", "fall", value=True)
    assert "stay_elsewhere" in home.open("possible_fall").flags
    home.observe("band-bert", "fall", value=True)
    assert "stay_elsewhere" not in home.open("possible_fall", "band-bert").flags


def test_who_may_have_pressed_is_known_by_who_lives_here() -> None:
    """A carer's tag makes no second resident; a second resident makes a button doubtful."""
    home = Living()
    home.person("anna")
    home.enrol("tag", Role.TAG, person="anna")
    home.enrol("carers", Role.TAG, person="carer")
    home.enrol("button", Role.HELP_BUTTON)
    home.observe("button", "button", "press")
    assert home.open("help_button", "button").flags == ()
    home.person("bert")
    home.observe("button", "button", "press")
    assert home.open("help_button", "button").flags == ("who_unknown",)


@pytest.mark.parametrize("where", [StayKind.HOME, StayKind.HOSPITAL])
def test_a_cooker_is_left_alone_only_when_each_resident_is_known_to_be_out(
    where: StayKind,
) -> None:
    """Anna's tag is not heard; Bert wears none: he may stand in the kitchen, unless he is away."""
    home = Living()
    home.person("anna")
    home.person("bert")
    home.enrol("tag", Role.TAG, person="anna")
    home.enrol("stove", Role.STOVE_GUARD, room="kitchen", silent_after_s=DAY)
    home.enrol("kitchen", Role.MOTION, room="kitchen", silent_after_s=DAY)
    for device, kind in (("tag", "battery"), ("kitchen", "motion"), ("stove", "stove_on")):
        home.observe(device, kind, 90 if kind == "battery" else True)
    stay(home, where, "bert")
    home.beacon("stove", "battery", 90, every=5 * MINUTE, until=HOUR)
    assert home.is_open("stove_unattended") is (where is StayKind.HOSPITAL)


def test_an_end_silences_what_was_worn_and_nothing_that_warns() -> None:
    """The alarm's silence is still told, and everything is marked as not for relatives."""
    home = couple()
    stay(home, StayKind.ENDED)
    live(home, 2 * DAY)
    silent = {a.subject: a for a in home.raised() if a.code == "device_silent"}
    assert "alarm" in silent
    assert silent["alarm"].priority is Priority.HIGH
    assert silent["button"].priority is Priority.NORMAL
    assert not any(name.startswith(("band", "tag")) for name in silent)
    home.observe("alarm", "smoke", value=True)
    home.observe("button", "button", "press")
    assert all("residence_ended" in a.flags for a in home.raised())
    for code in ("smoke", "help_button"):
        assert home.open(code).priority is Priority.CRITICAL


def test_what_was_open_at_the_end_is_marked_at_once() -> None:
    """A revision of each alert says it, of those that are the person's alone when another lives."""
    home = couple()
    home.observe("robot-anna", "dose", "missed")
    home.observe("robot-bert", "dose", "missed")
    stay(home, StayKind.ENDED, "anna")
    flags = {a.subject: a.flags for a in home.home.alerts.values()}
    assert flags == {"robot-anna": ("residence_ended",), "robot-bert": ()}
    stay(home, StayKind.ENDED)
    assert {a.flags for a in home.home.alerts.values()} == {("residence_ended",)}


def test_the_end_of_one_is_not_the_end_of_the_home() -> None:
    """What is the other's goes on as before, for everybody."""
    home = couple()
    stay(home, StayKind.ENDED, "anna")
    assert is_ended(home.home, "anna")
    assert not is_ended(home.home, None)
    home.observe("robot-anna", "dose", "missed")
    home.observe("robot-bert", "dose", "missed")
    assert [(a.subject, a.flags) for a in home.raised()] == [("robot-bert", ())]


def test_who_left_is_waited_for_no_more() -> None:
    """With the second resident gone from the list, the first one's stay is the home's."""
    home = couple()
    stay(home, StayKind.HOSPITAL, "anna")
    home.tell(PersonLeft(person="bert", by="installer.one"))
    assert is_paused(home.home)
    assert home.home.devices["robot-bert"].person is None


def test_stillness_begins_anew_only_when_the_home_itself_does() -> None:
    """A word about one of two takes nothing from what was counted of the other."""
    home = couple()
    home.enrol("motion", Role.MOTION, silent_after_s=DAY)
    home.observe("motion", "motion", value=True)
    home.beacon("motion", "motion", value=False, every=HOUR, until=3 * HOUR)
    counted = home.home.still.ms
    assert counted == 3 * HOUR
    stay(home, StayKind.HOSPITAL, "anna")
    assert home.home.still.ms == counted
    stay(home, StayKind.AWAY, "bert", hours=1)
    assert home.home.still.ms == 0
    home.beacon("motion", "motion", value=False, every=30 * MINUTE, until=HOUR - SECOND)
    assert home.home.still.ms == 0


def test_stillness_begins_anew_when_the_only_residents_stay_runs_out() -> None:
    """What was counted before they left says nothing of the day on which they are back."""
    home = Living()
    home.person("anna")
    home.enrol("motion", Role.MOTION, silent_after_s=DAY)
    home.observe("motion", "motion", value=True)
    begins = home.now.wall_ms + 3 * HOUR + MINUTE
    planned = Stay(
        kind=StayKind.AWAY, by="n", from_ms=begins, until_ms=begins + HOUR, person="anna"
    )
    home.tell(planned)
    home.beacon("motion", "motion", value=False, every=HOUR, until=3 * HOUR)
    assert home.home.still.ms == 3 * HOUR
    home.wait(HOUR + MINUTE)
    assert (home.home.still.since, home.home.still.ms) == (None, 0)


def test_one_of_two_back_changes_nothing_of_the_others_stillness() -> None:
    """Somebody was home, and was followed, all the while."""
    home = couple()
    home.enrol("motion", Role.MOTION, silent_after_s=DAY)
    home.observe("motion", "motion", value=True)
    stay(home, StayKind.AWAY, "anna", hours=2)
    home.beacon("motion", "motion", value=False, every=HOUR, until=3 * HOUR)
    assert home.home.still.ms == 3 * HOUR


def test_of_what_was_told_the_last_word_counts() -> None:
    """A word about everybody ends what was said of each before it."""
    told = [
        Stay(kind=StayKind.HOSPITAL, by="n", from_ms=1, person="anna"),
        Stay(kind=StayKind.AWAY, by="n", from_ms=2),
        Stay(kind=StayKind.HOME, by="n", from_ms=3, person="bert"),
    ]
    assert in_force(told) == (told[1], {"bert": told[2]})


STAYS = st.tuples(
    st.sampled_from(StayKind), st.sampled_from([None, *PERSONS]), st.sampled_from([0, 1, 30])
)


@settings(max_examples=60, deadline=None)
@given(told=st.lists(STAYS, max_size=5), set_clock=st.booleans(), pet=st.booleans())
def test_no_sequence_of_stays_pauses_an_alarm_or_a_press(
    told: list[tuple[StayKind, str | None, int]], *, set_clock: bool, pet: bool
) -> None:
    """Smoke, carbon monoxide, heat, gas, water, a press and a fall are raised in every state."""
    home = couple()
    if pet:
        home.person("cat", PersonKind.PET)
    for kind, person, hours in told:
        stay(home, kind, person, hours)
        home.wait(2 * HOUR)
    if not set_clock:
        home.reboot(MINUTE, sync=Sync.NONE)
    before = len(home.effects)
    for alarm in ALARMS:
        home.observe("alarm", alarm, value=True)
    home.observe("button", "button", "press")
    home.observe("tag-bert", "button", "press")
    home.observe("band-anna", "fall", value=True)
    codes = [e.alert.code for e in home.effects[before:]]  # type: ignore[union-attr]
    assert {"smoke", "carbon_monoxide", "heat", "gas", "water_leak", "possible_fall"} <= set(codes)
    assert codes.count("help_button") == 2
