"""A level's reasons are told in the words of the checklist that gave them."""

from __future__ import annotations

import pytest

from edge.app.escalating.texts import page_text
from edge.app.reasons import REASON_MAX, reason_words
from edge.domain import Priority
from edge.locale import LANGUAGES, TITLE_MAX, catalogue, titles
from tests.escalation.plans import alert, made
from tests.risk import homes

LISTS = {"fire": homes.FIRE}


def told(reason: str) -> dict[str, str]:
    params = {"hazard": "fire", "from": "grey", "to": "red", "reason_1": reason}
    return titles("level_changed", params, reason_words(LISTS, params))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", ["bed", "unknown"])
def test_the_title_says_the_reason_first_and_the_level_after_it(lang: str, code: str) -> None:
    """Whatever the length: what is wrong, and the level, on one line of a list."""
    title = told(f"FS-05:{code}")[lang]
    item = next(i for i in homes.FIRE.items if i.id == "FS-05")
    assert title.startswith(item.label[lang])
    assert "FS-05" not in title
    assert len(title) <= TITLE_MAX
    level = {"fi": "punainen", "sv": "röd", "en": "red"}[lang]
    assert title.endswith(level)


def test_every_item_of_the_list_leaves_room_for_the_level() -> None:
    for item in homes.FIRE.items:
        for answer in item.answers:
            for lang, title in told(f"{item.id}:{answer.code}").items():
                assert not title.endswith("…"), (lang, title)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_an_officer_wrote_stays_in_the_home(lang: str) -> None:
    """The title says that it is an added item, and how it stands; never a bare code."""
    words = catalogue(lang)
    for code, how in (("critical_i", "critical"), ("ok_e", "ok"), ("fixed", "fixed")):
        title = told(f"OF-01:{code}")[lang]
        assert title.startswith(f"{words['added.title']} OF-01: {words[f'answer.{how}']} ")


def test_a_model_or_an_unknown_item_keeps_the_words_that_it_had() -> None:
    params = {"reason_1": "home-risk:smoking", "reason_2": "XX-1:y", "reason_3": None}
    assert reason_words(LISTS, params) == {lang: {} for lang in LANGUAGES}
    assert REASON_MAX < TITLE_MAX


def test_a_text_message_keeps_the_code() -> None:
    """A lock screen is no place for what was answered about somebody."""
    red = alert(
        "level_changed",
        Priority.HIGH,
        params={"hazard": "fire", "to": "red", "from": "grey", "reason_1": "FS-05:bed"},
    )
    text = page_text(red, made().recipients[0], "", "ABC234")
    assert "FS-05:bed" in text
