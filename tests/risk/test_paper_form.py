"""A list on paper: every question and answer, in three languages, critical only for workers."""

from __future__ import annotations

from html import escape

import pytest

from edge.domain import ChecklistItem
from edge.paper.form import form
from tests.risk.lists import LISTS


@pytest.mark.parametrize("name", sorted(LISTS))
@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
def test_everything_that_is_asked_stands_on_the_paper(name: str, lang: str) -> None:
    """Each question once, with a box for each answer and for "not known", and for "mended on the
    visit" where that can be said and is no answer by itself.
    """
    page = form(LISTS[name], lang, at_home=False)
    for item in LISTS[name].items:
        assert escape(item.ask[lang]) in page
        assert item.id in page
    boxes = sum(len(item.answers) + 1 + can_be_mended(item) for item in LISTS[name].items)
    assert page.count('class="box"') == boxes
    criticals = sum(a.critical for item in LISTS[name].items for a in item.answers)
    assert page.count(" !</span>") == criticals


def can_be_mended(item: ChecklistItem) -> bool:
    codes = [answer.code for answer in item.answers]
    return "fixed" not in codes and any(answer.fixable_on_visit for answer in item.answers)


def test_the_home_s_form_has_no_criticals_and_says_whom_to_turn_to() -> None:
    """No marks, no ids, no notification: contact and 112."""
    page = form(LISTS["fire"], "fi", at_home=True)
    assert " !</span>" not in page
    assert "FS-01" not in page
    assert "ottakaa yhteyttä kotihoitoon" in page
    assert "112" in page


def test_an_unknown_language_is_english_and_text_is_escaped() -> None:
    """A list of a region may lack a language, and may hold any sign."""
    page = form(LISTS["fall"], "de", at_home=False)
    assert '<html lang="en">' in page
    assert "20/10 mmHg" in page
    assert "<script" not in page
