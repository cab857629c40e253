"""One round of a form: what a customer answered to ten themes in three views. Pure.

The bands are the instrument's own: 0 to 5, 6 and 7, 8 to 10 (Diak, 3X10D). It has no total:
each theme stands for itself, and so does the one about life as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from edge.errors import EdgeError
from edge.life.form import THEMES, Form, Theme

VALUE_MAX = 10
LOW_MAX, MIDDLE_MAX = 5, 7
# A fall of this many steps in a watched theme is told to a person (a proposal of ours).
FALL_MIN = 2
# Around an intervention it is asked again after one to three months.
REPEAT_DAYS_MIN, REPEAT_DAYS_MAX = 28, 92

_NUMBER = re.compile(r"\d{1,2}")
# How people write "not answered".
_NOTHING = frozenset({"", "-", "\N{EN DASH}", "\N{MINUS SIGN}"})


class AnswerError(EdgeError):
    """An answer cannot be taken as it is; the text says which, and what may stand there.

    `code` is a key of the table `answer_refused` of the catalogues, `params` what its places take.
    """

    def __init__(self, text: str, code: str, **params: str | int) -> None:
        super().__init__(text)
        self.words = (f"answer_refused.{code}", params)


class View(StrEnum):
    """How satisfied somebody is, how much it matters to them, where they want to be."""

    SATISFACTION = "satisfaction"
    IMPORTANCE = "importance"
    GOAL = "goal"


class Band(StrEnum):
    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One theme in three views, each 0 to 10; None: not answered."""

    satisfaction: int | None = None
    importance: int | None = None
    goal: int | None = None

    @property
    def is_told(self) -> bool:
        return any(value is not None for value in (self.satisfaction, self.importance, self.goal))


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """`answers` stand in the order of the form's themes. `day`: ISO, of the talk."""

    form: str
    day: str
    answers: tuple[Answer, ...]

    def __post_init__(self) -> None:
        if len(self.answers) != THEMES:
            raise AnswerError(
                f"{len(self.answers)} answers; a round has {THEMES}",
                "count", n=len(self.answers), most=THEMES,
            )  # fmt: skip


class Former(msgspec.Struct, frozen=True, kw_only=True):
    """What was told last, before the round that is shown."""

    value: int
    day: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the table: one theme, and how its satisfaction changed since it was last told."""

    number: int
    theme: Theme
    answer: Answer
    band: Band | None
    former: Former | None

    @property
    def change(self) -> int | None:
        if self.former is None or self.answer.satisfaction is None:
            return None
        return self.answer.satisfaction - self.former.value

    @property
    def fell(self) -> bool:
        return self.theme.watched and self.change is not None and self.change <= -FALL_MIN


def band(value: int | None) -> Band | None:
    """Which band a satisfaction stands in; None of one that was not answered."""
    if value is None:
        return None
    if value <= LOW_MAX:
        return Band.LOW
    return Band.MIDDLE if value <= MIDDLE_MAX else Band.HIGH


def answer_of(text: str) -> Answer:
    """Read "6/9/8": satisfaction, importance, goal; "-" or nothing is not answered.

    Raises AnswerError. Whole numbers alone: somebody between 6 and 7 is asked which.
    """
    parts = [part.strip() for part in (text.split("/") if "/" in text else text.split() or [""])]
    if len(parts) > len(View):
        told = text[:20]
        wrong = f"'{told}': give satisfaction/importance/goal, such as 6/9/8"
        raise AnswerError(wrong, "form", name=told)
    values = [_value(part, text) for part in parts]
    return Answer(**{view.value: value for view, value in zip(View, values, strict=False)})


def _value(part: str, text: str) -> int | None:
    if part in _NOTHING:
        return None
    if not part.isascii() or _NUMBER.fullmatch(part) is None or int(part) > VALUE_MAX:
        told = text[:20]
        wrong = f"'{told}': a whole number from 0 to {VALUE_MAX}, or - where it was not answered"
        raise AnswerError(wrong, "value", name=told, most=VALUE_MAX)
    return int(part)


def rows(form: Form, told: Round, before: Sequence[Round] = ()) -> list[Row]:
    """The table of a round. `before`: earlier rounds, the newest first; other forms do not count.

    The former value of a theme is the last one told: a round that left it out hides no fall.
    """
    same = [one for one in before if one.form == form.id]
    return [
        Row(
            number=number,
            theme=theme,
            answer=answer,
            band=band(answer.satisfaction),
            former=_former(same, number),
        )
        for number, (theme, answer) in enumerate(zip(form.theme, told.answers, strict=True), 1)
    ]


def _former(before: Sequence[Round], number: int) -> Former | None:
    for one in before:
        value = one.answers[number - 1].satisfaction
        if value is not None:
            return Former(value=value, day=one.day)
    return None


def falls(form: Form, told: Round, before: Sequence[Round]) -> list[Row]:
    """The watched themes in which satisfaction fell by FALL_MIN or more."""
    return [row for row in rows(form, told, before) if row.fell]
