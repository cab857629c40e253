"""Reads a worked home: who lives there, what was answered, what must follow, and why."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from edge.domain import Answer, Hazard, Instant
from edge.risk.together import shared_copies
from tests.risk.lists import LISTS, given

FOLDER = Path(__file__).parent


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The level of one hazard, what it stands on and why it is right."""

    level: str
    because: str
    open_critical: tuple[str, ...] = ()
    grades: dict[str, int] = {}  # by gate, 0-2
    points: int | None = None  # of all items


class Due(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A corrective action that must follow, and by whom."""

    item: str
    responsible: str
    due_days: int


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether red asks a person to decide, and what a draft of all that was found is about."""

    prompted: bool
    concerns: tuple[str, ...]


class Worked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One home of `tests/homes/*.toml`."""

    title: str
    story: str
    tenure: str
    lists: tuple[str, ...]
    answers: dict[str, str]  # item -> code, "code:fixed"; the others are in order
    notification: Told
    fire: Expected | None = None
    fall: Expected | None = None
    task: tuple[Due, ...] = ()
    unanswered: str = ""  # what the others are instead of in order: "declined" or "unknown"
    happened: str = ""  # what happened after the answers

    def hazards(self) -> dict[Hazard, Expected]:
        named = {Hazard.FIRE: self.fire, Hazard.FALL: self.fall}
        return {hazard: one for hazard, one in named.items() if one is not None}

    def given(self, at: Instant) -> tuple[Answer, ...]:
        """All answers of its lists, given at one visit, and what they answer in the other lists."""
        said = (
            given(item.id, self.answers.get(item.id, self.unanswered or item.answers[0].code), at)
            for name in self.lists
            for item in LISTS[name].items
        )
        return shared_copies(LISTS, said)


def read_all() -> dict[str, Worked]:
    """Every home, by the name of its file."""
    homes: dict[str, Any] = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.toml"))
    }
    return {name: msgspec.convert(home, Worked) for name, home in homes.items()}
