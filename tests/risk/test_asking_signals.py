"""A signal that only asks: it never answers, and a person's late answer settles it."""

from __future__ import annotations

from edge.risk.signals import ASKED_DAYS, conflicts, prefills, questions, suggested
from tests.risk.lists import ITEMS, LISTS, Answers, given
from tests.support.clock import NOON_WALL_MS, instant

FALL = LISTS["fall"]
STILL = {"no_activity.events_30d": 1.0}
DAY_MS = 86_400_000


def asked(answers: Answers, signals: dict[str, float], days: float = 0) -> list[str]:
    found = questions(FALL, answers, signals, NOON_WALL_MS + int(days * DAY_MS))
    assert all(one.code == "" for one in found)
    return [one.item for one in found]


def test_a_question_is_no_answer() -> None:
    """It fills in nothing and contradicts nobody."""
    signals = STILL | {"activity.down_percent_7d": 45.0}
    assert asked({}, signals) == ["FA-02", "FA-17"]
    assert not prefills(FALL, {}, signals)
    assert not conflicts(FALL, {"FA-02": given("FA-02", "no")}, signals)
    assert suggested(ITEMS["FA-02"][1], signals) is None
    assert asked({}, {"activity.down_percent_7d": 29.0, "no_activity.events_30d": 0.0}) == []


def test_only_danger_against_no_danger_is_a_conflict() -> None:
    """How bad it is is no dispute; what a person did not know contradicts nothing."""
    twice = {"falls.count_365d": 2.0}
    against = {"none": ["FA-01"], "once": [], "repeated": [], "unknown": []}
    for said, items in against.items():
        found = conflicts(FALL, {"FA-01": given("FA-01", said)}, twice)
        assert [one.item for one in found] == items, said


def test_what_a_person_said_settles_it_for_a_while() -> None:
    """A "no" holds as long as the signal looks back; a "yes" says it already."""
    no = {"FA-02": given("FA-02", "no", instant())}
    assert asked(no, STILL) == []
    assert asked(no, STILL, ASKED_DAYS - 0.5) == []
    assert asked(no, STILL, ASKED_DAYS) == ["FA-02"]
    assert asked({"FA-02": given("FA-02", "yes", instant())}, STILL, 400) == []
    assert asked({"FA-02": given("FA-02", "unknown", instant())}, STILL) == ["FA-02"]


def test_the_lists_say_what_the_numbers_mean() -> None:
    """Each new signal at its border: what it suggests, and what stays unsaid below it."""
    borders = [
        ("FA-10", "toilet.night_visits_7d", {1.0: "", 2.0: "twice", 3.0: "often"}),
        ("FA-18", "weight.down_percent_90d", {4.9: "", 5.0: "weight_loss"}),
        ("FA-25", "tag.worn_percent_7d", {60.0: "", 59.9: "not_worn"}),
        ("FS-15", "co_alarm.events_365d", {0.0: "", 1.0: "lacking"}),
    ]
    for item, signal, means in borders:
        for value, code in means.items():
            one = suggested(ITEMS[item][1], {signal: value})
            assert ("" if one is None else one.suggests) == code, (item, value)
