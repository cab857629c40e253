"""Words with a place that nobody fills read "not known" to people: found here instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from edge.locale import LANGUAGES, catalogue

ROOT = Path(__file__).resolve().parents[2]


def rendered() -> Iterator[tuple[str, str, set[str]]]:
    """Place, key and given names of each `render(lang, "key", {"name": ...})` with all in sight."""
    for path in sorted([*(ROOT / "edge").rglob("*.py"), *(ROOT / "desk").rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="render"),
                    args=[_, ast.Constant(value=str(key)), ast.Dict(keys=keys)],
                ) if all(isinstance(one, ast.Constant) for one in keys):
                    given = {str(one.value) for one in keys if isinstance(one, ast.Constant)}
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", key, given


def wanted(text: str) -> set[str]:
    return {re.split(r"[:.\\[!]", name)[0] for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_words_ask_for_is_given(lang: str) -> None:
    words = catalogue(lang)
    found = [*rendered()]
    assert len(found) > 50
    wrong = [
        (place, key)
        for place, key, given in found
        if key not in words or wanted(words[key]) != given
    ]
    assert wrong == []
