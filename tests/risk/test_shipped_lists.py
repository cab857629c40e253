"""The three lists as shipped: languages, schema, points, bands, and what they say to each other."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from edge.domain import Checklist, ChecklistItem, Hazard
from edge.locale import LANGUAGES, catalogue
from edge.risk.checklist import parse
from edge.risk.signals import SIGNALS
from edge.risk.together import check_together, is_short, views

FOLDER = Path(__file__).resolve().parents[2] / "config" / "checklists"
NURSE = Path(__file__).resolve().parents[2] / "docs" / "nurse.md"
FILES = ("fire.toml", "fall.toml", "ten.toml")


def read(name: str) -> Checklist:
    return parse(tomllib.loads((FOLDER / name).read_text(encoding="utf-8")), name)


LISTS = {name: read(name) for name in FILES}
FALL, TEN = LISTS["fall.toml"], LISTS["ten.toml"]

# Words that are the same in two languages.
SAME = {"Sauna", "5\u20137", "80\u201389 %"}

# Item: points by answer in order; "C" marks a critical answer.
FALL_POINTS = {
    "FA-01": "none 0, once 3, repeated 4, repeated_month 4 C",
    "FA-02": "no 0, yes 3 C",
    "FA-03": "no 0, yes 3",
    "FA-04": "none 0, fits 2, wrong 3",
    "FA-05": "yes 0, slow 2, cannot 3",
    "FA-06": "no 0, yes 2",
    "FA-07": "below_5 0, from_5 1, from_8 2",
    "FA-08": "none 0, one 2, several 3",
    "FA-09": "most 0, some_missed 1, many_missed 2",
    "FA-10": "rare 0, twice 1, often 2",
    "FA-11": "ok 0, mild 1, marked 2",
    "FA-12": "no 0, yes 3",
    "FA-13": "no 0, yes 2",
    "FA-14": "no 0, yes 2",
    "FA-15": "yes 0, no 1",
    "FA-16": "no 0, yes 1",
    "FA-17": "no 0, yes 2",
    "FA-18": "ok 0, missed_meals 1, weight_loss 2",
    "FA-19": "no 0, fixed 1, remains 2",
    "FA-20": "yes 0, no 1",
    "FA-21": "ok 0, lacking 1",
    "FA-22": "ok 0, na 0, fault 1",
    "FA-23": "no 0, yes 1",
    "FA-24": "ok 0, lacking 1",
    "FA-25": "yes 0, not_worn 1, none 2",
}


def points(item: ChecklistItem) -> str:
    return ", ".join(f"{a.code} {a.points}{' C' if a.critical else ''}" for a in item.answers)


@pytest.mark.parametrize("name", FILES)
def test_the_file_keeps_to_the_schema(name: str) -> None:
    """Each shipped list is valid under the schema that lies beside it."""
    schema = json.loads((FOLDER / "checklist.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    data = tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(data)


def test_the_schema_names_the_signals_that_there_are() -> None:
    """An editor offers exactly the signals that a device can give."""
    schema = json.loads((FOLDER / "checklist.schema.json").read_bytes())
    signal = schema["$defs"]["item"]["properties"]["signals"]["items"]["properties"]["signal"]
    assert signal["enum"] == sorted(SIGNALS)


def test_the_nurses_table_has_every_item_that_devices_speak_to() -> None:
    """Each such item stands in docs/nurse.md, and no other."""
    told = re.findall(r"^\| (F[AS]-\d\d) \|", NURSE.read_text(encoding="utf-8"), re.MULTILINE)
    spoken = {item.id for one in LISTS.values() for item in one.items if item.signals}
    assert set(told) == spoken


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_signal_has_words(lang: str) -> None:
    """A nurse reads what a device says, and no name of ours."""
    words = {key.removeprefix("signal.") for key in catalogue(lang) if key.startswith("signal.")}
    assert words == set(SIGNALS)


@pytest.mark.parametrize("name", FILES)
def test_every_text_is_there_in_every_language(name: str) -> None:
    """Labels, questions, answers, actions and titles are in all three languages, and differ."""
    one = LISTS[name]
    texts = [one.title, *one.gate_labels.values(), *one.parties.values()]
    for item in one.items:
        texts += [item.label, item.ask, item.action, *item.answer_labels.values()]
    assert all(set(text) == {"fi", "sv", "en"} for text in texts)
    alike = {text["fi"] for text in texts if text["fi"] in (text["en"], text["sv"])}
    assert alike <= SAME


def test_the_fall_list_is_that_of_its_sources() -> None:
    """Every item has its answer codes, points and critical marks; the worst home has 51."""
    assert {item.id: points(item) for item in FALL.items} == FALL_POINTS
    assert sum(item.answers[-1].points for item in FALL.items) == 51
    assert FALL.levels is not None
    found = (FALL.levels.yellow_from, FALL.levels.orange_from, FALL.levels.red_from)
    assert found == (12, 20, 28)


def test_the_ten_are_ten_and_open_what_there_is() -> None:
    """Ten items, each opening items of full lists; a full list is none of that kind."""
    assert len(TEN.items) == 10
    assert is_short(TEN)
    assert not is_short(FALL)
    assert all(item.opens for item in TEN.items)


def test_the_lists_agree_with_each_other() -> None:
    """No id twice, every opened item there, every shared question with the same answers."""
    assert check_together(list(LISTS.items())) == []
    shared: dict[str, set[str]] = {}
    for name, one in LISTS.items():
        for item in one.items:
            if item.shared:
                shared.setdefault(item.shared, set()).add(name)
    twice = {name for name, files in shared.items() if len(files) == 2}
    assert twice == {"alcohol", "goods", "memory", "escape"}


def test_the_ten_bear_on_both_hazards() -> None:
    """Each hazard sees its own of the ten, and each item is seen by somebody."""
    seen = {hazard: [i.id for i in view.items] for hazard, view in views(TEN).items()}
    assert set(seen) == {Hazard.FIRE, Hazard.FALL}
    assert seen[Hazard.FALL] == ["TE-05", "TE-08", "TE-09", "TE-10"]
    assert set(seen[Hazard.FIRE]) | set(seen[Hazard.FALL]) == {i.id for i in TEN.items}


@pytest.mark.parametrize("name", FILES)
def test_every_critical_is_dealt_with_in_days(name: str) -> None:
    """No hazard without a due date, and no critical with more than three days."""
    for item in LISTS[name].items:
        for given in item.answers:
            assert (given.code in item.due_days) == (given.points > 0 and given.code != "fixed")
            assert not given.critical or item.due_days[given.code] <= 3
