"""What an authority may hear of, held against the checklists as they ship."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from edge.domain.notification import ConcernCategory, NotificationKind
from edge.locale import LANGUAGES, catalogue, render
from edge.notification.bounds import OBSERVATION_CHARS_MAX
from edge.notification.findings import NEUTRAL, TELLABLE, is_left_out, item_of, of_kind

FOLDER = Path(__file__).resolve().parents[2] / "config" / "checklists"
# In order as it is, or mended while the worker was there: nothing for an authority to come for.
NOTHING_TO_TELL = {"FS-05:outside", "FS-08:fixed", "FS-13:fixed", "FS-14:fixed", "FA-19:fixed",
                   "FA-23:yes"}  # fmt: skip
# Words of a body: no sentence to an authority has one, whatever the item asked about.
OF_A_BODY = ("lääk", "sairau", "muisti", "läkemed", " minne", "sjukdom", "medicin", "memory",
             "disease", "diagno", "paino", "vikt", "weight", "alko", "päih", "rusmed")  # fmt: skip


def items() -> dict[str, dict[str, Any]]:
    """Every item of the three lists by its id."""
    found: dict[str, dict[str, Any]] = {}
    for path in FOLDER.glob("*.toml"):
        found |= {item["id"]: item for item in tomllib.loads(path.read_text("utf-8"))["item"]}
    return found


def test_every_answer_with_points_is_told_or_left_out_on_purpose() -> None:
    """A new answer of a list fails here until somebody decides about it."""
    undecided = [
        code
        for id_, item in items().items()
        for answer in item["answers"]
        if answer["points"] > 0
        and (code := f"{id_}:{answer['code']}") not in TELLABLE
        and not is_left_out(code)
        and code not in NOTHING_TO_TELL
    ]
    assert undecided == []


def test_gates_and_criticals_are_those_of_the_lists() -> None:
    """What is judged as worse is what the list calls critical, in the gate that it names."""
    known = items()
    for code, told in TELLABLE.items():
        id_, _, answer = code.partition(":")
        (row,) = [one for one in known[id_]["answers"] if one["code"] == answer]
        assert told.critical == row.get("critical", False), code
        assert set(told.gates) == set(known[id_]["gates"]), code


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_finding_has_a_plain_sentence_without_a_word_of_a_body(lang: str) -> None:
    """Also the items about memory, medicines and substances."""
    for code in TELLABLE:
        text = render(lang, f"notify_finding.{code}", {})
        assert text.endswith(".")
        assert len(text) <= OBSERVATION_CHARS_MAX
        assert not [word for word in OF_A_BODY if word in text.lower()], (code, text)
    told = {key for key in catalogue(lang) if key.startswith("notify_finding.")}
    assert told == {f"notify_finding.{code}" for code in TELLABLE}


def test_an_item_whose_name_tells_of_a_body_is_not_named() -> None:
    """The sentence says that somebody reacts slowly, the item's id would say why."""
    assert {item_of(f"{item}:x") for item in NEUTRAL} == {""}
    assert item_of("FS-02:dead") == "FS-02"


def test_a_danger_tells_of_fire_and_criticals_stand_first() -> None:
    """What is of falling alone is for social welfare; an unknown code is dropped."""
    told = of_kind(
        NotificationKind.DANGER,
        ["FS-03:no", "FA-01:repeated_month", "FS-05:bed", "FA-07:from_8", "FS-99:x", "FS-05:bed"],
    )
    assert told == ("FS-05:bed", "FS-03:no")
    concern = of_kind(
        NotificationKind.CONCERN, ["FA-13:yes", "FA-02:yes", "FA-12:yes", "FS-02:dead", "FS-22:no"]
    )
    assert concern == ("FA-02:yes", "FA-13:yes", "FS-22:no")
    assert {one.concern for one in TELLABLE.values()} <= set(ConcernCategory)
