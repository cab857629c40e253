"""Forms: the files that ship, and every fault of one that is broken."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest

from desk.life import forms
from edge.errors import ConfigError
from edge.life.form import THEMES, form_of
from edge.resources import resource

FILES = sorted(resource("config/forms").glob("*.toml"))


def data(name: str = "3x10d-2") -> dict[str, Any]:
    return tomllib.loads((resource("config/forms") / f"{name}.toml").read_text(encoding="utf-8"))


def test_two_versions_ship_with_their_themes():
    """The present one and the first one, in their own orders; health is at 12 o'clock in both."""
    assert [form.id for form in forms.every()] == ["3x10d-2", "3x10d-1"]
    present, first = forms.every()
    assert [theme.code for theme in present.theme] == [
        *("health", "difficulties", "housing", "daily_coping", "family"),
        *("friends", "finances", "strengths", "self_esteem", "life"),
    ]
    assert [theme.code for theme in first.theme] == [
        *("studies_work", "family", "health", "friends", "development"),
        *("housing", "finances", "life", "self_esteem", "resilience"),
    ]
    for form in forms.every():
        order = form.clockwise()
        assert form.theme[order[0] - 1].code == "health"
        assert sorted(order) == list(range(1, THEMES + 1))
        assert sum(theme.alone for theme in form.theme) == 1
        assert form.needs_terms
    assert {theme.code for theme in present.theme if theme.watched} == {
        *("health", "housing", "daily_coping"),
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_form_holds_names_and_numbers_alone(file: Any):
    """No question, no guidance: nothing in the file but names of a few words."""
    form = form_of(tomllib.loads(file.read_text(encoding="utf-8")), str(file))
    assert file.stem == form.id
    for theme in form.theme:
        for lang in ("fi", "sv", "en"):
            assert len(theme.name.of(lang).split()) <= 4
            assert "?" not in theme.name.of(lang)


BROKEN: dict[str, tuple[str, Any]] = {
    "nine": ("theme", lambda d: d["theme"].pop()),
    "eleven": ("theme", lambda d: d["theme"].append(d["theme"][0] | {"code": "eleventh"})),
    "twice": ("theme", lambda d: d["theme"][1].update(code="health")),
    "top": ("top", lambda d: d.update(top="sauna")),
    "language": ("theme[0].name.sv", lambda d: d["theme"][0]["name"].pop("sv")),
    "question": ("theme[2].question", lambda d: d["theme"][2].update(question="?")),
    "code": ("theme[3].code", lambda d: d["theme"][3].update(code="Daily coping")),
    "total": ("total", lambda d: d.update(total=True)),
    "version": ("version", lambda d: d.pop("version")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_form_is_refused_by_file_key_and_mend(name: str):
    """Whatever is wrong, whoever wrote the file can find it."""
    key, damage = BROKEN[name]
    broken = copy.deepcopy(data())
    damage(broken)
    with pytest.raises(ConfigError) as caught:
        form_of(broken, "form.toml")
    assert key in {fault.key for fault in caught.value.faults}
    assert all(fault.file == "form.toml" and fault.mend for fault in caught.value.faults)


def test_every_fault_is_said_at_once():
    """Two wrong keys and a missing theme are three sentences."""
    broken = data()
    broken["theme"].pop()
    broken |= {"top": "sauna", "colour": "red"}
    with pytest.raises(ConfigError) as caught:
        form_of(broken, "form.toml")
    assert {fault.key for fault in caught.value.faults} == {"theme", "top", "colour"}
