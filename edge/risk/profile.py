"""One hazard of the home by all its checklists: the level in force and when it must be redone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from edge.domain import (
    Answer,
    Checklist,
    ChecklistItem,
    Hazard,
    Instant,
    Level,
    Reason,
    RiskAssessment,
)
from edge.home.state import Home
from edge.ports import Ids
from edge.risk.features import fire
from edge.risk.levels import score
from edge.risk.standing import expires_ms

# Of two lists about one hazard the worse word counts; green never outweighs "not known".
_WORSE = (Level.GREEN, Level.GREY, Level.YELLOW, Level.ORANGE, Level.RED)

# Answers by checklist and item, as a home holds them.
Answers = Mapping[str, Mapping[str, Answer]]


def answered(home: Home) -> dict[Hazard, list[Checklist]]:
    """The loaded checklists that have answers, by hazard, in the order of their ids."""
    lists: dict[Hazard, list[Checklist]] = {}
    for name, checklist in sorted(home.settings.checklists.items()):
        if home.answers.get(name):
            lists.setdefault(checklist.hazard, []).append(checklist)
    return lists


def assess_all(
    lists: Sequence[Checklist], answers: Answers, now: Instant, wall_ms: int, ids: Ids
) -> RiskAssessment:
    """The assessment of one hazard, made `now`, by at least one list that has answers.

    Validity is judged by `wall_ms` (UTC): the wall clock of `now` may not be set.
    """
    judged = msgspec.structs.replace(now, wall_ms=wall_ms)
    scored = [score(one, answers[one.id], judged, ids.uuid7(now)) for one in lists]
    worst = max(scored, key=lambda assessment: _WORSE.index(assessment.level))
    return msgspec.structs.replace(worst, at=now)


def next_end_ms(lists: Sequence[Checklist], answers: Answers, wall_ms: int) -> int | None:
    """When the next answer runs out, UTC ms; None: none will."""
    ends = [expires_ms(*held) for one in lists for held in _held(one, answers)]
    return min((end for end in ends if end is not None and end > wall_ms), default=None)


def fire_features(
    lists: Sequence[Checklist], answers: Answers, wall_ms: int
) -> dict[str, float | None]:
    """What a model is told; validity is judged by `wall_ms` (UTC)."""
    held = {
        item.id: msgspec.structs.replace(answer, valid_until_ms=expires_ms(one, item, answer))
        for one in lists
        for _, item, answer in _held(one, answers)
    }
    return fire(held, wall_ms)


def of_the_list(assessment: RiskAssessment) -> tuple[Reason, ...]:
    """The reasons that the answers gave, without a model's."""
    return tuple(r for r in assessment.reasons if not r.source.startswith("model:"))


def says_the_same(old: RiskAssessment, new: RiskAssessment) -> bool:
    """Whether two assessments differ in nothing but when they were made and what a model said."""
    return (old.level, old.checklist, old.share_unknown, of_the_list(old)) == (
        new.level,
        new.checklist,
        new.share_unknown,
        of_the_list(new),
    )


def _held(one: Checklist, answers: Answers) -> list[tuple[Checklist, ChecklistItem, Answer]]:
    given = answers[one.id]
    return [(one, item, given[item.id]) for item in one.items if item.id in given]
