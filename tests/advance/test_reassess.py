"""What happened makes a home be assessed anew: until then a calm level is not known."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain import AnswerState, Hazard, Level, Role, Stay, StayKind, Sync
from edge.events import Answered, Reassess, Trigger
from edge.home.reassess import ANEW_MAX
from tests.risk.lists import SETTINGS, given, in_order
from tests.support.living import DAY, HOUR, MINUTE, Living


@pytest.fixture
def home() -> Living:
    """Both full lists answered and in order; a worn fall detector and a smoke alarm."""
    living = Living(settings=SETTINGS)
    living.enrol("band", Role.FALL_DETECTOR, person="resident")
    living.enrol("alarm", Role.SMOKE_ALARM)
    ask(living)
    return living


def ask(home: Living) -> None:
    home.tell(Answered(answers=tuple(in_order("fire", "fall", at=home.now).values())))


def level(home: Living, hazard: Hazard) -> Level:
    return home.home.assessments[hazard].level


def why(home: Living, hazard: Hazard) -> list[str]:
    reasons = home.home.assessments[hazard].reasons
    return [r.code for r in reasons if r.code.startswith("reassess:")]


def test_a_fall_asks_for_the_fall_list_again(home: Living) -> None:
    """Grey at once, and nobody is called for that; fire is not touched; the answers end it."""
    home.wait(HOUR)
    home.observe("band", "fall", value=True)
    assert level(home, Hazard.FALL) is Level.GREY
    assert why(home, Hazard.FALL) == ["reassess:fall"]
    assert level(home, Hazard.FIRE) is Level.GREEN
    assert not home.is_open("level_changed")
    home.wait(HOUR)
    ask(home)
    assert (level(home, Hazard.FALL), why(home, Hazard.FALL)) == (Level.GREEN, [])


@pytest.mark.parametrize("outcome,expected", [("false_alarm", "green"), ("helped", "grey")])
def test_a_fall_that_was_none_is_forgotten(home: Living, outcome: str, expected: str) -> None:
    """A person closed it as a false alarm: nothing happened. As helped: it did."""
    home.wait(HOUR)
    home.observe("band", "fall", value=True)
    home.close(home.open("possible_fall"), outcome)
    assert level(home, Hazard.FALL).value == expected


def test_smoke_asks_for_the_fire_list_again(home: Living) -> None:
    """A smoke alarm is a fire event, and says nothing of falls."""
    home.wait(HOUR)
    home.observe("alarm", "smoke", value=True)
    assert why(home, Hazard.FIRE) == ["reassess:fire_event"]
    assert level(home, Hazard.FALL) is Level.GREEN


def test_coming_home_from_hospital_asks_for_both(home: Living) -> None:
    """What people come home from changed them, and how they manage."""
    now = home.now.wall_ms
    home.tell(Stay(kind=StayKind.HOSPITAL, by="nurse", from_ms=now))
    home.wait(2 * DAY)
    home.tell(Stay(kind=StayKind.HOME, by="nurse", from_ms=home.now.wall_ms))
    for hazard in (Hazard.FIRE, Hazard.FALL):
        assert why(home, hazard) == ["reassess:discharge"]


def test_a_person_says_that_the_home_moved(home: Living) -> None:
    """No device knows it; the word survives a restart and a reboot."""
    home.wait(HOUR)
    home.tell(Reassess(trigger=Trigger.MOVE, by="anna"))
    assert level(home, Hazard.FIRE) is Level.GREY
    home.restart()
    home.reboot(HOUR)
    assert why(home, Hazard.FIRE) == ["reassess:move"]
    ask(home)
    assert why(home, Hazard.FIRE) == []


def test_a_red_home_stays_red(home: Living) -> None:
    """An event makes no known danger unknown."""
    red = (given("FS-05", "bed", home.now), given("FS-22", "no", home.now))
    home.tell(Answered(answers=red))
    home.wait(HOUR)
    home.tell(Reassess(trigger=Trigger.MOVE, by="anna"))
    assert level(home, Hazard.FIRE) is Level.RED
    assert why(home, Hazard.FIRE) == ["reassess:move"]


def test_half_a_year_is_told(home: Living) -> None:
    """Nobody asked for six months: grey, and why."""
    home.wait(183 * DAY)
    assert level(home, Hazard.FIRE) is Level.GREY
    assert why(home, Hazard.FIRE) == ["reassess:six_months"]


def set_clock(home: Living, wall_ms: int) -> None:
    """A reboot after which the time of day is known again."""
    home.drift_ms = wall_ms - home.ms
    home.reboot(HOUR)


def test_under_an_unset_clock_the_order_still_counts(home: Living) -> None:
    """Fall, then answers, both before anybody knew the time: it was followed up."""
    wall_ms = home.now.wall_ms
    home.reboot(HOUR, sync=Sync.NONE)
    home.observe("band", "fall", value=True)
    home.wait(MINUTE)
    ask(home)
    set_clock(home, wall_ms + DAY)
    assert why(home, Hazard.FALL) == []


def test_an_undated_event_is_later_than_what_was_said_before(home: Living) -> None:
    """Told while nobody knew the time: the answers of the boot before do not count."""
    wall_ms = home.now.wall_ms
    home.reboot(HOUR, sync=Sync.NONE)
    home.tell(Reassess(trigger=Trigger.FALL, by="anna"))
    assert why(home, Hazard.FALL) == ["reassess:fall"]
    set_clock(home, wall_ms + DAY)
    assert why(home, Hazard.FALL) == ["reassess:fall"]
    home.wait(HOUR)
    ask(home)
    assert why(home, Hazard.FALL) == []


def test_a_season_turns_by_itself(home: Living) -> None:
    """In March the yard is icy; on the first of May that counts no more, and nobody had to ask."""
    home.tell(Answered(answers=(given("FA-24", "lacking", home.now),)))
    assert [r.code for r in home.home.assessments[Hazard.FALL].reasons] == ["FA-24:lacking"]
    home.wait(60 * DAY)
    assert home.home.assessments[Hazard.FALL].reasons == ()


def test_what_is_remembered_has_an_end(home: Living) -> None:
    """Any number of falls keep the newest few."""
    for _ in range(2 * ANEW_MAX):
        home.observe("band", "fall", value=True)
        home.close(home.open("possible_fall"))
        home.wait(10 * MINUTE)
    assert len(home.home.anew) == ANEW_MAX


# -- who may replace whose word --------------------------------------------------


def code_of(home: Living, item: str) -> str:
    return home.home.answers["fire"][item].code


def say(home: Living, item: str, code: str, **more: object) -> None:
    home.wait(MINUTE)
    home.tell(Answered(answers=(given(item, code, home.now, **more),)))


def test_a_device_never_replaces_a_person(home: Living) -> None:
    """Neither what is in order nor what is not; a person replaces a device."""
    say(home, "FS-02", "old_or_untested", source="device", role="device")
    assert code_of(home, "FS-02") == "ok"
    home = Living(settings=SETTINGS)
    say(home, "FS-02", "old_or_untested", source="device", role="device")
    say(home, "FS-02", "ok", source="device", role="device")
    assert code_of(home, "FS-02") == "ok"
    say(home, "FS-02", "dead")
    say(home, "FS-02", "ok", source="device", role="device")
    assert code_of(home, "FS-02") == "dead"


@pytest.mark.parametrize("role", ["self", "relative"])
def test_the_home_s_own_word_puts_no_finding_away(home: Living, role: str) -> None:
    """A worker found it, a worker sees it mended; a relative may say that it is worse."""
    say(home, "FS-01", "short")
    say(home, "FS-01", "ok", role=role)
    assert code_of(home, "FS-01") == "short"
    say(home, "FS-01", "none", role=role)
    assert code_of(home, "FS-01") == "none"
    say(home, "FS-01", "ok", role=role)
    assert code_of(home, "FS-01") == "ok"  # it was their own word
    say(home, "FS-05", "inside", role=role)
    say(home, "FS-05", "no")
    assert code_of(home, "FS-05") == "no"


def test_a_relative_cannot_call_a_finding_fixed(home: Living) -> None:
    """The word "fixed" calms: of a worker's finding it is a worker's."""
    say(home, "FS-01", "none")
    fixed = msgspec.structs.replace(
        given("FS-01", "none", home.now, role="relative"), state=AnswerState.FIXED_ON_VISIT
    )
    home.tell(Answered(answers=(fixed,)))
    assert home.home.answers["fire"]["FS-01"].state is AnswerState.HAZARD
