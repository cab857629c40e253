"""Rounds: numbers of people's own, bands, falls between rounds, and no total anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.life import forms
from edge.life.form import THEMES
from edge.life.rounds import (
    FALL_MIN,
    Answer,
    AnswerError,
    Band,
    Round,
    answer_of,
    band,
    falls,
    rows,
)

PRESENT, FIRST = forms.every()
value = st.one_of(st.none(), st.integers(0, 10))
answers = st.builds(Answer, satisfaction=value, importance=value, goal=value)


def rounds_of(form: str = PRESENT.id) -> st.SearchStrategy[Round]:
    ten = st.tuples(*[answers] * THEMES)
    return st.builds(Round, form=st.just(form), day=st.just("2026-11-22"), answers=ten)


def told(values: str, form: str = PRESENT.id, day: str = "2026-11-22") -> Round:
    return Round(form=form, day=day, answers=tuple(answer_of(one) for one in values.split()))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("6/9/8", (6, 9, 8)),
        ("6 9 8", (6, 9, 8)),
        ("0", (0, None, None)),
        ("10/-/10", (10, None, 10)),
        ("/5/", (None, 5, None)),
        (" - ", (None, None, None)),
        ("", (None, None, None)),
        ("\N{EN DASH}/7", (None, 7, None)),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, expected: tuple[int | None, ...]):
    """Satisfaction, importance, goal; a dash or nothing is not answered, and never a zero."""
    found = answer_of(text)
    assert (found.satisfaction, found.importance, found.goal) == expected


@pytest.mark.parametrize(
    "text", ["11", "-1", "6.5", "6,5", "six", "1/2/3/4", "٣", "1e1", "+3", "²"]
)
def test_what_is_no_whole_number_of_the_scale_is_refused(text: str):
    """With what may stand there."""
    with pytest.raises(AnswerError, match=r"0 to 10|satisfaction/importance/goal"):
        answer_of(text)


@given(st.text(max_size=30))
def test_any_text_is_an_answer_or_refused(text: str):
    """Nothing else happens, and what is taken lies on the scale."""
    try:
        found = answer_of(text)
    except AnswerError:
        return
    views = (found.satisfaction, found.importance, found.goal)
    assert all(one is None or 0 <= one <= 10 for one in views)


@given(answers)
def test_an_answer_reads_back(answer: Answer):
    """Written as the command line writes it, it is the same."""
    views = (answer.satisfaction, answer.importance, answer.goal)
    text = "/".join("-" if one is None else str(one) for one in views)
    assert answer_of(text) == answer


def test_bands_are_the_instruments_own():
    """0 to 5, 6 and 7, 8 to 10; what was not answered has none."""
    assert [band(one) for one in range(11)] == [Band.LOW] * 6 + [Band.MIDDLE] * 2 + [Band.HIGH] * 3
    assert band(None) is None


@given(rounds_of(), st.lists(rounds_of(), max_size=3))
def test_a_table_has_ten_rows_that_know_nothing_of_each_other(now: Round, before: list[Round]):
    """Each row is what its own theme makes it: other themes may be anything."""
    table = rows(PRESENT, now, before)
    assert [row.number for row in table] == list(range(1, THEMES + 1))
    for n, row in enumerate(table):
        only = [Answer()] * THEMES
        only[n] = now.answers[n]
        lone = Round(form=now.form, day=now.day, answers=tuple(only))
        assert rows(PRESENT, lone, before)[n] == row
        assert row.band == band(row.answer.satisfaction)


@given(rounds_of(), rounds_of())
def test_a_fall_is_two_steps_in_a_watched_theme(now: Round, before: Round):
    """And in no other theme, and never out of what was not answered."""
    expected = [
        n
        for n, theme in enumerate(PRESENT.theme)
        if theme.watched
        and (a := now.answers[n].satisfaction) is not None
        and (b := before.answers[n].satisfaction) is not None
        and b - a >= FALL_MIN
    ]
    assert [row.number - 1 for row in falls(PRESENT, now, [before])] == expected


def test_a_round_that_left_a_theme_out_hides_no_fall():
    """What was told last counts, however long ago."""
    june = told("7 7 8 7 7 7 7 7 7 7", day="2026-06-01")
    august = told("7 7 - 7 7 7 7 7 7 7", day="2026-08-01")
    now = told("7 7 6 6 7 7 7 7 7 7")
    (fell,) = falls(PRESENT, now, [august, june])
    assert (fell.theme.code, fell.change) == ("housing", -2)
    assert fell.former is not None
    assert fell.former.day == "2026-06-01"


def test_rounds_of_another_version_are_not_compared():
    """The same name in another form was asked in other words."""
    before = told("9 9 9 9 9 9 9 9 9 9", form=FIRST.id)
    table = rows(PRESENT, told("1 1 1 1 1 1 1 1 1 1"), [before])
    assert all(row.former is None and row.change is None for row in table)


def test_a_round_has_ten_answers():
    """Nine would move every number after the one that is missing."""
    with pytest.raises(AnswerError, match="9 answers"):
        Round(form=PRESENT.id, day="2026-11-22", answers=(Answer(),) * 9)
