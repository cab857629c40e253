"""The indices in words: each with its floor, the number last, none where too little is known."""

from __future__ import annotations

from typing import Any

import pytest

from edge.app.times import Times
from edge.app.view import assessment_row, shown_indices
from edge.cli.checklist_words import print_score
from edge.domain import Hazard, Level, Reason, RiskAssessment
from tests.support.clock import instant

MODEL = "home-risk/2.0.0"
LACKING = ("alcohol", "electrical", "exits", "goods")


def assessed(level: Level = Level.ORANGE, unknown: tuple[str, ...] = ()) -> RiskAssessment:
    codes = ["home-risk:smoking", *(f"home-risk:{name}:unknown" for name in unknown)]
    floor = 40.0 if unknown else 61.2
    return RiskAssessment(
        id="a",
        hazard=Hazard.FIRE,
        level=level,
        at=instant(),
        reasons=tuple(Reason(code=code, weight=0.5, source=f"model:{MODEL}") for code in codes),
        share_unknown=0.0,
        index=61.2,
        model=MODEL,
        outputs={"fire_start": 33.3, "fire_start:floor": 33.3, "fire_harm": 61.2}
        | {"fire_harm:floor": floor},
    )


def printed(one: RiskAssessment, capsys: pytest.CaptureFixture[str], lang: str = "en") -> str:
    row: dict[str, Any] = assessment_row(one, Times()) | {"asked": 26}
    listed = {"id": "fire", "title": {"en": "Fire", "fi": "Palo", "sv": "Brand"}, "items": []}
    found = {
        "questions": [],
        "hazards": {"fire": row | {"checklist": "fire/2026.1"}},
        "labels": {},
        "answered": {"known": 26, "of": 26},
        "reassess": [],
        "opened": {},
        "conflicts": [],
        "suggested": [],
    }
    print_score(found, listed, lang)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "lang,words",
    [
        ("en", "index, that a fire harms somebody: 61 of 100, for ranking only"),
        ("fi", "vertailuluku, palosta koituva vahinko ihmiselle: 61/100, vain"),
        ("sv", "jämförelsetal, att en brand skadar någon: 61 av 100, endast"),
    ],
)
def test_both_indices_are_told_last(
    capsys: pytest.CaptureFixture[str], lang: str, words: str
) -> None:
    """Reasons first, then the start of a fire, then harm, in each language."""
    lines = printed(assessed(), capsys, lang).splitlines()
    assert words in lines[-1]
    assert "33" in lines[-2]
    assert MODEL in lines[-1]


def test_what_is_not_known_is_told_with_the_number(capsys: pytest.CaptureFixture[str]) -> None:
    """Many gaps: counted in one line, and the index with its floor."""
    out = printed(assessed(unknown=LACKING), capsys)
    assert "the index counts 4 things that are not known at their worst" in out
    assert "61 of 100, and 40 if all that is not known were in order" in out
    assert "alcohol" not in out


def test_a_few_gaps_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Up to three are worth a line each."""
    out = printed(assessed(unknown=LACKING[:2]), capsys)
    assert "alcohol or sedating medicines: not known (model)" in out


def test_a_grey_home_has_no_index(capsys: pytest.CaptureFixture[str]) -> None:
    """Of which too little is known: it would rank above a known danger."""
    out = printed(assessed(Level.GREY), capsys)
    assert "no index" in out
    assert "61" not in out
    assert shown_indices([assessed(Level.GREY)]) == {}
    assert shown_indices([assessed()]) == {"fire": 61.2}
