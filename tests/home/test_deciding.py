"""A question is on only under a decision that somebody made, and only until its last day."""

from __future__ import annotations

import pytest

from edge.domain import Priority, Question, Sync, Withdrawn
from edge.home.deciding import is_decided, lapses_ms
from tests.support.living import DAY, HOUR, MINUTE, Living, decision

QUESTIONS = list(Question)


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_is_off_until_it_is_decided(question: Question) -> None:
    """One decision answers one question."""
    home = Living()
    assert not is_decided(home.home, question)
    assert lapses_ms(home.home, question) is None
    home.tell(decision(question))
    assert [q for q in QUESTIONS if is_decided(home.home, q)] == [question]
    home.tell(Withdrawn(question=question, by="coordinator.one"))
    assert not is_decided(home.home, question)
    assert home.codes() == []


@pytest.mark.parametrize("more", [{"basis": " "}, {"decided_by": ""}, {"review_by": "soon"}])
def test_half_a_decision_decides_nothing(more: dict[str, str]) -> None:
    """Without basis, decider or a day it never holds, and says so."""
    home = Living()
    home.tell(decision(Question.SLEEP, **more))
    assert not is_decided(home.home, Question.SLEEP)
    assert home.is_open("decision_expired")


def test_the_last_day_holds_to_its_end_in_the_homes_own_time() -> None:
    """Midnight of the home, not of Greenwich."""
    home = Living()  # 14:00 at UTC+2 on 2 March
    home.tell(decision(Question.LOCATION, "2026-03-02"))
    home.wait(10 * HOUR - 1)
    assert is_decided(home.home, Question.LOCATION)
    home.wait(1)
    assert not is_decided(home.home, Question.LOCATION)
    assert lapses_ms(home.home, Question.LOCATION) == home.now.wall_ms


def test_without_the_date_nothing_is_on_and_nothing_runs_out() -> None:
    """The clock is not set: off, without an alert; set again it goes on."""
    home = Living()
    home.tell(decision(Question.WANDERING, "2026-05-03"))
    home.reboot(MINUTE, sync=Sync.NONE)
    home.wait(HOUR)
    assert not is_decided(home.home, Question.WANDERING)
    assert home.codes() == []
    home.sync, home.drift_ms = Sync.NTP, 1_772_500_000_000 - home.ms
    home.wait(HOUR, tick_ms=MINUTE)
    assert is_decided(home.home, Question.WANDERING)


def test_a_month_before_the_end_somebody_is_asked_and_at_the_end_told() -> None:
    """The warning goes when the decision does; a new one ends both by itself."""
    home = Living()
    home.tell(decision(Question.SLEEP, "2026-04-20"))
    home.wait(20 * DAY - 14 * HOUR - 1)
    assert home.codes() == []
    home.wait(1)
    alert = home.open("decision_review", "sleep")
    assert alert.priority is Priority.NORMAL
    assert alert.params["review_by"] == "2026-04-20"
    home.wait(30 * DAY)
    assert not home.is_open("decision_review")
    assert home.open("decision_expired", "sleep").params["decided_by"] == "coordinator.one"
    home.tell(decision(Question.SLEEP, "2026-09-01"))
    assert not home.is_open("decision_expired")
    assert home.codes() == ["decision_review", "decision_expired"]


def test_each_question_runs_out_by_itself() -> None:
    """Two decisions, two alerts."""
    home = Living()
    home.tell(decision(Question.SLEEP, "2026-03-02"))
    home.tell(decision(Question.LOCATION, "2026-03-03"))
    home.wait(DAY)
    assert {a.subject for a in home.raised() if a.code == "decision_expired"} == {"sleep"}
    home.wait(DAY)
    assert home.is_open("decision_expired")
    assert {a.subject for a in home.raised() if a.code == "decision_expired"} == {
        "sleep",
        "location",
    }
