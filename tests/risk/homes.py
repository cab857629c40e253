"""The fire checklist as shipped, and homes made of its answers."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from edge.domain import Answer, AnswerState, ChecklistItem, Instant, RiskAssessment
from edge.risk.checklist import parse
from edge.risk.levels import score
from tests.support.clock import instant

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "config" / "checklists" / "fire.toml"
DAY_MS = 86_400_000

# (state, code) of an answer
Given = tuple[AnswerState, str]


def fire_data() -> dict[str, Any]:
    """The file as parsed TOML, anew for every caller."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


FIRE = parse(fire_data(), FILE.name)
ITEMS = {item.id: item for item in FIRE.items}


def ok_code(item: ChecklistItem) -> str:
    return item.answers[0].code


def answer(item: str, code: str, state: AnswerState | None = None, **more: object) -> Answer:
    """An answer as the gateway would store it: the state follows from the code."""
    given = Answer(
        checklist="fire",
        item=item,
        code=code,
        state=state_of(item, code) if state is None else state,
        by="anna",
        role="home_care",
        source="human",
        at=instant(),
    )
    return msgspec.structs.replace(given, **more) if more else given


def state_of(item: str, code: str) -> AnswerState:
    if code in {"unknown", "declined"}:
        return AnswerState(code)
    if code == "na":
        return AnswerState.NOT_APPLICABLE
    if code == "fixed":
        return AnswerState.FIXED_ON_VISIT
    points = {a.code: a.points for a in ITEMS[item].answers}[code]
    return AnswerState.HAZARD if points else AnswerState.OK


def home(**differs: str) -> dict[str, Answer]:
    """A home in which all is in order, but for `FS_05="bed"` and the like."""
    codes = {item.id: ok_code(item) for item in FIRE.items}
    codes |= {key.replace("_", "-"): code for key, code in differs.items()}
    return {item: answer(item, code) for item, code in codes.items()}


def assess(answers: dict[str, Answer], at: Instant | None = None) -> RiskAssessment:
    return score(FIRE, answers, at or instant(), "id-1")
