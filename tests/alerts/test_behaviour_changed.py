"""A day's word from either source through `advance`: one entry, never urgent, off if undecided."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain import (
    Deviation,
    Hazard,
    Priority,
    Question,
    Reason,
    Routine,
    Sync,
    Visit,
    VisitKind,
    Withdrawn,
)
from edge.events import Assessed
from edge.home.behaving import reasons_told
from edge.home.budget import BUDGET_PER_HOME_WEEK, TOKENS_START, Entry
from edge.home.localday import iso_date
from tests.support.living import DAY, HOUR, MINUTE, Living, decision

FIRST = 20_514  # 2 March 2026, in local days since 1970
MODEL = Assessed(
    hazard=Hazard.WELLBEING,
    index=60.0,
    reasons=(Reason(code="daily-change:hallway", weight=2.0, source="model:daily-change/1.0.0"),),
    model="daily-change/1.0.0",
    manifest="0" * 12,
    alert_from=37.8,
    calm_below=34.1,
    routine=Routine(score=1.0),
)
STRANGE = Routine(
    score=7.0,
    speaks=True,
    deviations=(
        Deviation(measure="night.bathroom", value=4.0, usual=1.0, z=3.0),
        Deviation(measure="first", value=4.5, usual=7.25, z=-5.0, unit="h"),
        Deviation(measure="moves", value=20.25, usual=40.0, z=-2.0, drift=True),
    ),
)
CALM = msgspec.structs.replace(MODEL, index=3.0, reasons=())
NIGHT = msgspec.structs.replace(CALM, routine=STRANGE)


def living(*, decided: bool = True) -> Living:
    home = Living()
    if decided:
        home.tell(decision(Question.BEHAVIOUR, "2027-02-01"))
    return home


def say(home: Living, word: Assessed, n: int) -> str | None:
    home.tell(msgspec.structs.replace(word, day=iso_date(FIRST + n)))
    return home.home.assessments[Hazard.WELLBEING].entry


def test_either_source_makes_the_entry_with_its_reasons() -> None:
    model = living()
    assert say(model, MODEL, 0) == Entry.TOLD
    alert = model.open("behaviour_changed")
    assert alert.priority is Priority.NORMAL
    assert (alert.params["reason_1"], alert.params["reason_2"]) == ("daily-change:hallway", None)
    own = living()
    assert say(own, NIGHT, 0) == Entry.TOLD
    assert own.open("behaviour_changed").params["reason_1"] == "routine:night.bathroom day 4 1"
    both = living()
    say(both, msgspec.structs.replace(MODEL, routine=STRANGE), 0)
    assert both.open("behaviour_changed").params["reason_3"] == "daily-change:hallway"


def test_figures_are_told_as_people_read_them() -> None:
    assert reasons_told((), STRANGE) == [
        "routine:night.bathroom day 4 1",
        "routine:first day 04:30 07:15",
        "routine:moves drift 20.2 40",
    ]
    assert reasons_told(MODEL.reasons, None) == ["daily-change:hallway"]


@pytest.mark.parametrize(
    "word",
    [
        CALM,
        msgspec.structs.replace(MODEL, index=37.0),
        msgspec.structs.replace(MODEL, alert_from=None),
        msgspec.structs.replace(MODEL, index=None),
        msgspec.structs.replace(CALM, routine=Routine(abstained="silent")),
        # Somebody is elsewhere, or has company: what the model ranks high is not the day of one.
        msgspec.structs.replace(MODEL, routine=Routine(abstained="stay")),
        msgspec.structs.replace(MODEL, routine=Routine(abstained="visitor")),
    ],
)
def test_what_does_not_speak_makes_none(word: Assessed) -> None:
    home = living()
    assert say(home, word, 0) == Entry.QUIET
    assert not home.is_open("behaviour_changed")


@pytest.mark.parametrize("why", ["poor_coverage", "short_baseline"])
def test_what_the_usual_days_lack_is_not_the_models_lack(why: str) -> None:
    """Of a young home, or one day with a sensor down, the model may speak."""
    home = living()
    assert say(home, msgspec.structs.replace(MODEL, routine=Routine(abstained=why)), 0) == (
        Entry.TOLD
    )


def test_a_day_is_judged_once_and_one_of_before_changes_nothing() -> None:
    """Both words of one day are one entry; a day told again, or an older one, is none."""
    home = living()
    assert say(home, MODEL, 5) == Entry.TOLD
    assert say(home, NIGHT, 5) == Entry.QUIET
    assert say(home, NIGHT, 3) == Entry.QUIET
    assert home.open("behaviour_changed").rev == 1


def test_off_without_a_decision_or_after_it() -> None:
    home = living(decided=False)
    assert say(home, MODEL, 0) is None
    taken_back = living()
    taken_back.tell(Withdrawn(question=Question.BEHAVIOUR, by="coordinator.one"))
    assert say(taken_back, MODEL, 0) is None
    assert not (home.is_open("behaviour_changed"))
    assert not (taken_back.is_open("behaviour_changed"))


def test_two_hundred_days_of_nothing_but_strange_days_keeps_the_budget() -> None:
    """Each entry closed at once, restarts and new boots between: the bucket is in the snapshot."""
    home = living()
    days, entries = 200, set()
    for n in range(days):
        entries.add(say(home, MODEL if n % 2 else NIGHT, n))
        if home.is_open("behaviour_changed"):
            home.close(home.open("behaviour_changed"))
        if n % 20 == 10:
            home.restart(60_000)
        if n % 50 == 30:
            home.reboot(60_000)
        home.wait(DAY)
    told = [alert for alert in home.raised() if alert.code == "behaviour_changed"]
    assert 5 < len(told) <= TOKENS_START + BUDGET_PER_HOME_WEEK * days / 7
    assert Entry.NO_BUDGET in entries


def test_what_waits_keeps_its_reasons_for_the_visit() -> None:
    home = living()
    say(home, MODEL, 0)
    home.close(home.open("behaviour_changed"))
    say(home, CALM, 5)
    assert say(home, NIGHT, 6) == Entry.NO_BUDGET
    (waits,) = home.home.behaviour.waiting
    assert waits.day == FIRST + 6
    assert waits.reasons[0] == "routine:night.bathroom day 4 1"


def test_a_word_about_now_is_no_day() -> None:
    home = living()
    home.tell(MODEL)
    assert home.home.assessments[Hazard.WELLBEING].entry is None


def waiting(home: Living) -> list[int]:
    return [one.day - FIRST for one in home.home.behaviour.waiting]


def waits(days: int = 6) -> Living:
    """A home in which a day found no room in the budget and waits for a visit."""
    home = living()
    say(home, MODEL, 0)
    home.close(home.open("behaviour_changed"))
    say(home, CALM, days - 1)
    assert say(home, NIGHT, days) == Entry.NO_BUDGET
    return home


def visit(
    home: Living, from_min: int, until_min: int, kind: VisitKind = VisitKind.PHYSICAL
) -> Visit:
    at_ms = home.now.wall_ms
    return Visit(
        kind=kind,
        role="nurse",
        from_ms=at_ms + from_min * MINUTE,
        until_ms=at_ms + until_min * MINUTE,
    )


def test_a_visit_ends_the_wait_when_it_is_over() -> None:
    """Not before, however often the gateway restarts meanwhile; the next day waits for the next."""
    home = waits()
    home.tell(visit(home, 60, 90))
    home.wait(89 * MINUTE)
    home.restart()
    assert waiting(home) == [6]
    home.wait(MINUTE)
    assert waiting(home) == []
    assert say(home, NIGHT, 9) == Entry.NO_BUDGET
    home.wait(DAY)
    assert waiting(home) == [9]


def test_a_visit_that_is_told_afterwards_ends_it_too() -> None:
    home = waits()
    home.wait(3 * HOUR)
    home.tell(visit(home, -90, -60))
    assert waiting(home) == []


@pytest.mark.parametrize(
    "told",
    [
        {"from_min": -90, "until_min": -60},  # before the day was judged
        {"from_min": 10, "until_min": 20, "kind": VisitKind.REMOTE},
        {"from_min": 10, "until_min": 20, "kind": VisitKind.APPLIANCE},
        {"from_min": 10, "until_min": 600},  # goes on
    ],
)
def test_no_other_visit_does(told: dict[str, object]) -> None:
    home = waits()
    home.tell(visit(home, **told))  # type: ignore[arg-type]
    home.wait(HOUR)
    assert waiting(home) == [6]


def test_who_closes_the_next_entry_has_asked_about_the_days_that_waited() -> None:
    """A person's word; nothing else about the alert does."""
    home = waits()
    home.wait(20 * DAY)
    say(home, CALM, 28)
    assert say(home, MODEL, 30) == Entry.TOLD
    assert waiting(home) == [6]
    home.accept(home.open("behaviour_changed"), eta_s=3600)
    assert waiting(home) == [6]
    home.close(home.open("behaviour_changed"))
    assert waiting(home) == []


def test_under_an_unset_clock_nothing_that_waits_is_forgotten() -> None:
    home = waits()
    home.tell(visit(home, 10, 20))
    home.reboot(60_000, sync=Sync.NONE)
    home.wait(HOUR)
    assert waiting(home) == [6]
