"""Homes that all three shipped lists were asked in, and what a whole home is assessed as."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from edge.domain import (
    Answer,
    AnswerState,
    Checklist,
    ChecklistItem,
    Hazard,
    Instant,
    RiskAssessment,
)
from edge.events import ConfigLoaded
from edge.home.reassess import Anew
from edge.home.state import Home
from edge.risk import home_risk
from edge.risk.checklist import parse
from edge.risk.profile import answered, assess_all
from tests.support.clock import instant
from tests.support.ids import SeqIds

FOLDER = Path(__file__).resolve().parents[2] / "config" / "checklists"


def read(name: str) -> Checklist:
    path = FOLDER / f"{name}.toml"
    return parse(tomllib.loads(path.read_text(encoding="utf-8")), path.name)


LISTS = {name: read(name) for name in ("fall", "fire", "ten")}
SETTINGS = ConfigLoaded(checklists=LISTS)
ITEMS: dict[str, tuple[str, ChecklistItem]] = {
    item.id: (name, item) for name, one in LISTS.items() for item in one.items
}

Answers = dict[str, Answer]  # by item; the item names its list


def given(item: str, code: str, at: Instant | None = None, **more: object) -> Answer:
    """A person's answer; ":fixed" says that it was mended on the visit."""
    name, asked = ITEMS[item]
    code, _, how = code.partition(":")
    state = AnswerState(code) if code in ("unknown", "declined") else None
    if state is None:
        points = {a.code: a.points for a in asked.answers}[code]
        state = AnswerState.HAZARD if points else AnswerState.OK
        state = AnswerState.NOT_APPLICABLE if code == "na" else state
        state = AnswerState.FIXED_ON_VISIT if how or code == "fixed" else state
    one = Answer(
        checklist=name,
        item=item,
        code="" if code in ("unknown", "declined") else code,
        state=state,
        by="anna",
        role="home_care",
        source="human",
        at=at or instant(),
    )
    return msgspec.structs.replace(one, **more) if more else one


def in_order(*names: str, at: Instant | None = None) -> Answers:
    """Every item of these lists answered with its first answer, the one in order."""
    return {
        item.id: given(item.id, item.answers[0].code, at)
        for name in names
        for item in LISTS[name].items
    }


def differs(answers: Answers, at: Instant | None = None, **codes: str) -> Answers:
    """`answers`, but for `FS_05="bed"` and the like."""
    more = {key.replace("_", "-"): code for key, code in codes.items()}
    return answers | {item: given(item, code, at) for item, code in more.items()}


def by_list(answers: Answers) -> dict[str, dict[str, Answer]]:
    """As a home holds them."""
    held: dict[str, dict[str, Answer]] = {}
    for one in answers.values():
        held.setdefault(one.checklist, {})[one.item] = one
    return held


def features(
    hazard: Hazard, answers: Answers, at: Instant | None = None
) -> dict[str, float | None]:
    """What the model is told of such a home."""
    return home_risk.features(hazard, LISTS, by_list(answers), at or instant())


def assess(
    answers: Answers,
    hazard: Hazard = Hazard.FIRE,
    at: Instant | None = None,
    anew: Mapping[str, Anew] | None = None,
    repeated: Collection[str] | None = None,
) -> RiskAssessment:
    """The home as it is assessed by all its lists at `at`."""
    home = msgspec.structs.replace(
        Home.new(), settings=SETTINGS, answers=by_list(answers), anew=dict(anew or {})
    )
    now = at or instant()
    return assess_all(answered(home)[hazard], home, now, now.wall_ms, SeqIds(), repeated=repeated)
