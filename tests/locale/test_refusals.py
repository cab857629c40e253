"""Every refusal that is worded in the source has its sentence, with the same places."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from edge.errors import ControlError
from edge.locale import LANGUAGES, catalogue, places
from edge.locale.refusing import worded

EDGE = Path(__file__).resolve().parents[2] / "edge"


def raised() -> list[tuple[str, str, frozenset[str]]]:
    """Where, which text, and the parameters of every `worded(Kind, "name", ...)`."""
    found = []
    for file in sorted(EDGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            where, given = (
                f"{file.name}:{node.lineno}",
                {str(k.arg): k.value for k in node.keywords},
            )
            if node.func.id == "worded" and isinstance(node.args[1], ast.Constant):
                found.append((where, str(node.args[1].value), frozenset(given)))
            elif isinstance(missing := given.get("missing"), ast.Constant):  # of `text_of`
                found.append((where, str(missing.value), frozenset({"key"})))
    assert len(found) > 40
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_source_refuses_with_has_words(lang: str) -> None:
    """A text for each name, and every place of it filled by whoever raises it."""
    words = catalogue(lang)
    gaps = {
        (where, name)
        for where, name, given in raised()
        if f"refused.{name}" not in words
        or frozenset(place for place, _ in places(words[f"refused.{name}"])) != given
    }
    assert gaps == set()


def test_no_refusal_stands_in_the_catalogue_for_nothing() -> None:
    """A text that nobody raises any more is taken out."""
    texts = {key.removeprefix("refused.") for key in catalogue("en") if key.startswith("refused.")}
    assert texts == {name for _, name, _ in raised()}


def test_a_worded_error_is_english_by_itself() -> None:
    """For logs, scripts and whoever has no catalogue."""
    error = worded(ControlError, "person_ended", person="r-1")
    assert str(error).startswith("the residence of r-1 has ended")
    assert error.words == ("refused.person_ended", {"person": "r-1"})
