"""A broken checklist tells every fault at once, with key, what is wrong and the mend."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ChecklistError, ConfigFault
from edge.risk.checklist import parse
from tests.risk.homes import fire_data

Data = dict[str, Any]


def faults_of(data: Data) -> list[ConfigFault]:
    with pytest.raises(ChecklistError) as caught:
        parse(data, "fire.toml")
    return list(caught.value.faults)


def test_ten_faults_are_told_at_once() -> None:
    """Ten different faults in one file: ten faults told, each at its key."""
    data = fire_data()
    items = data["item"]
    items[1]["id"] = "FS-01"
    items[2]["gates"] = ["X"]
    items[4]["answers"] = items[4]["answers"][1:]
    del items[5]["label"]["fi"]
    items[5]["answers"][2]["points"] = 0
    items[6]["refs"] = ["Nobody-2020"]
    items[8]["responsible"]["rented"] = "neighbour"
    del items[10]["answers"][1]["due_days"]
    data["levels"]["red"]["and_any_of"][0]["answer"] = "FS-22:maybe"
    data["unknown_share_max"] = 20
    found = {fault.key for fault in faults_of(data)}
    assert found >= {
        "item[1].id",
        "item[2].gates",
        "item[4].answers",
        "item[5].label.fi",
        "item[5].answers[2].points",
        "item[6].refs",
        "item[8].responsible.rented",
        "item[10].answers[1].due_days",
        "levels.red.and_any_of[0].answer",
        "unknown_share_max",
    }


def _set(*path: object, to: object) -> Callable[[Data], None]:
    def change(data: Data) -> None:
        place: Any = data
        for key in path[:-1]:
            place = place[key]
        if to is ...:
            del place[path[-1]]
        else:
            place[path[-1]] = to

    return change


SINGLE = [
    ("hazard", _set("hazard", to="flood"), "is 'flood'"),
    ("version", _set("version", to="one"), "is 'one'"),
    ("item", _set("item", to=...), "is missing"),
    ("item", _set("item", to=[]), "is not a list of tables"),
    ("item[0]", _set("item", 0, to="FS-01"), "is not a table"),
    ("item[0].colour", _set("item", 0, "colour", to="red"), "is not known"),
    ("item[0].answers", _set("item", 0, "answers", to=...), "is missing"),
    ("item[0].answers[1].points", _set("item", 0, "answers", 1, "points", to=-1), "is -1"),
    ("item[0].answers[1].points", _set("item", 0, "answers", 1, "points", to=True), "is True"),
    ("item[0].answers[1].code", _set("item", 0, "answers", 1, "code", to="ok"), "stands twice"),
    (
        "item[0].answers[1].code",
        _set("item", 0, "answers", 1, "code", to="unknown"),
        "not an answer",
    ),
    ("item[0].answers[0].critical", _set("item", 0, "answers", 0, "critical", to=1), "is 1"),
    ("item[0].answers[2].critical", None, "false after a critical answer"),
    ("item[0].label.de", _set("item", 0, "label", "de", to="x"), "is not a language"),
    ("item[0].validity", _set("item", 0, "validity", to="daily"), "is 'daily'"),
    ("item[0].responsible.rented", _set("item", 0, "responsible", "rented", to=...), "is missing"),
    ("item[3].answers[1].raised[0].points", None, "not above the answer's own"),
    ("item[3].answers[1].raised[0].when", None, "names item 'FS-99'"),
    ("item[7].answers", None, "nothing fixable"),
    ("gates.I.grade_2", _set("gates", "I", "grade_2", to=3), "not above grade_1"),
    ("levels.orange_from", _set("levels", "orange_from", to=2), "not above yellow_from"),
    ("levels.red.open_critical_in", _set("levels", "red", "open_critical_in", to="Z"), "'Z'"),
    ("validity.device", _set("validity", "device", to=...), "is missing"),
    ("words.maybe", _set("words", "maybe", to={"fi": "a", "sv": "c", "en": "b"}), "is not known"),
    ("references", _set("references", to=3), "is not a table"),
]


def _mild_critical(data: Data) -> None:
    answers = data["item"][0]["answers"]
    answers[1]["critical"], answers[2]["critical"] = True, False


SPECIAL = {
    "false after a critical answer": _mild_critical,
    "not above the answer's own": _set("item", 3, "answers", 1, "raised", 0, "points", to=1),
    "names item 'FS-99'": _set("item", 3, "answers", 1, "raised", 0, "when", to="FS-99:alone"),
    "nothing fixable": _set("item", 7, "answers", 2, "fixable_on_visit", to=False),
}


@pytest.mark.parametrize("key,change,wrong", SINGLE)
def test_each_fault_is_told_at_its_key(
    key: str, change: Callable[[Data], None] | None, wrong: str
) -> None:
    """One fault in the file: it is told at its key, in words, with a mend."""
    data = fire_data()
    (change or SPECIAL[wrong])(data)
    told = [fault for fault in faults_of(data) if fault.key == key]
    assert told, faults_of(data)
    assert any(wrong in fault.wrong for fault in told)
    assert all(fault.mend and fault.file == "fire.toml" for fault in told)


def test_a_rule_that_a_worse_answer_would_leave_is_refused() -> None:
    """A red case naming a milder answer would let a worse home fall out of red."""
    data = fire_data()
    data["levels"]["red"]["and_any_of"][0]["answer"] = "FS-22:maybe"
    assert "not the worst answer" in faults_of(data)[0].wrong


def test_answers_out_of_order_are_refused() -> None:
    """Answers stand from safe to worst; another order would mislead whoever fills it in."""
    data = fire_data()
    data["item"][0]["answers"].reverse()
    assert any(fault.key.startswith("item[0].answers[") for fault in faults_of(data))


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 12) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(junk=JUNK, key=st.sampled_from(sorted(fire_data())), deeper=st.integers(0, 25))
def test_any_junk_is_refused_in_words_or_accepted(junk: object, key: str, deeper: int) -> None:
    """Whatever stands where: a checklist, or a ChecklistError, nothing else."""
    data = fire_data()
    if key == "item":
        item = data["item"][deeper]
        item[sorted(item)[deeper % len(item)]] = junk
    else:
        data[key] = junk
    with contextlib.suppress(ChecklistError):
        assert parse(data, "fire.toml").items
