"""What a fire officer adds raises and never lowers, stays for ever, and counts as nothing known."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from edge.domain import Answer, AnswerState, Hazard, Level
from edge.home.reassess import Anew
from edge.risk.added import ADDED_MAX, code_of, next_id, with_added
from tests.risk.lists import LISTS, Answers, assess, in_order
from tests.risk.test_lists_laws import NOW, RANK, events, homes

FIRE = LISTS["fire"]


def found(number: int, gate: str = "I", *, critical: bool = False, name: str = "fire") -> Answer:
    return Answer(
        checklist=name,
        item=f"OF-{number:02}",
        code=code_of(gate, critical=critical),
        state=AnswerState.HAZARD,
        by="ville",
        role="rescue",
        source="human",
        at=NOW,
        note="Petrol is kept in the hall",
    )


def with_found(answers: Answers, *more: Answer) -> Answers:
    return answers | {one.item: one for one in more}


@pytest.mark.parametrize(
    "gate,critical,level",
    [("I", True, Level.ORANGE), ("E", True, Level.ORANGE), ("I", False, Level.GREEN)],
)
def test_a_finding_counts_as_one_of_the_list(gate: str, critical: bool, level: Level) -> None:
    """Two points in its gate, or four and at least orange."""
    one = found(1, gate, critical=critical)
    assessed = assess(with_found(in_order("fire", at=NOW), one), at=NOW)
    assert assessed.level is level
    assert assessed.points[gate] == (4 if critical else 2)
    assert [r.code for r in assessed.reasons] == [f"OF-01:{one.code}"]


def test_the_note_is_the_question_in_every_language() -> None:
    """Nobody translates an officer; the item stands after those of the list."""
    item = with_added(FIRE, {"OF-01": found(1)}).items[-1]
    assert item.ask == dict.fromkeys(("fi", "sv", "en"), "Petrol is kept in the hall")
    assert [a.code for a in item.answers] == ["ok_i", "open_i", "critical_i"]


def test_a_mended_one_stays_and_scores_nothing() -> None:
    """In order is an answer like any other: the item is still there."""
    one = msgspec.structs.replace(found(1, critical=True), code="ok_i", state=AnswerState.OK)
    assessed = assess(with_found(in_order("fire", at=NOW), one), at=NOW)
    assert (assessed.level, assessed.reasons) == (Level.GREEN, ())
    assert len(with_added(FIRE, {"OF-01": one}).items) == len(FIRE.items) + 1


def test_a_gate_that_is_gone_is_left_out() -> None:
    """An answer of a release whose list had another gate breaks nothing."""
    assert with_added(FIRE, {"OF-01": found(1, "X")}) == FIRE


def test_there_is_an_end_to_adding() -> None:
    """Ids follow on each other up to the bound."""
    held: dict[str, Answer] = {}
    for number in range(1, ADDED_MAX + 1):
        assert next_id(held) == f"OF-{number:02}"
        held[f"OF-{number:02}"] = found(number)
    assert next_id(held) is None


@examples(
    answers=homes(),
    anew=events(),
    gates=st.lists(st.sampled_from(["I", "D", "E", "R"]), min_size=1, max_size=8),
    critical=st.booleans(),
)
def test_what_is_added_never_lowers(
    answers: Answers, anew: dict[str, Anew], gates: list[str], critical: bool
) -> None:
    """Any number of findings, in any home: it becomes no calmer, and no better known."""
    more = [found(n, gate, critical=critical) for n, gate in enumerate(gates, 1)]
    before = assess(answers, Hazard.FIRE, NOW, anew)
    after = assess(with_found(answers, *more), Hazard.FIRE, NOW, anew)
    assert RANK[after.level] >= RANK[before.level]


def test_whose_it_is_is_for_the_coordinator_to_say() -> None:
    """No list says so: the building's owner is not asked about petrol in the hall."""
    whole = with_added(FIRE, {"OF-01": found(1)})
    assert set(whole.items[-1].responsible.values()) == {"coordinator"}
