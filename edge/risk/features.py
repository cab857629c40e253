"""What the answers of a home say in a model's own names, order and units.

A feature that is not known is None and stays so: the model has a place of its
own for it, which is never better than an average home. A hazard that has grown
old still counts as the hazard it was; an answer in order that has grown old
counts as not known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from edge.domain import Answer, AnswerState, Record
from edge.risk.daily.table import DAILY_CHANGE, daily_hash

HOME_RISK = "home-risk"

# Changes whenever a feature would come out differently from the same answers.
EXTRACTOR_VERSION = "fire/1"


class Feature(Record, frozen=True, kw_only=True):
    """One column of the model: whole levels, 0 the best."""

    name: str
    levels: tuple[str, ...]

    @property
    def unit(self) -> str:
        return "level:" + "/".join(self.levels)

    @property
    def worst(self) -> int:
        return len(self.levels) - 1


FIRE = (
    Feature(name="smoking", levels=("none", "outside", "inside", "bed")),
    Feature(name="alcohol", levels=("no", "weekly", "daily")),
    Feature(name="smoke_alarm", levels=("working", "doubtful", "none")),
    Feature(name="escape", levels=("able", "maybe", "unable")),
    Feature(name="night", levels=("able_adult", "other_frail", "alone")),
)

# The level that each answer of the fire checklist means, by feature and item. A feature with
# two items takes the worse: an alarm that is there and dead is no alarm.
_FIRE_ITEMS: dict[str, dict[str, dict[str, int]]] = {
    "smoking": {"FS-05": {"no": 0, "outside": 1, "inside": 2, "bed": 3}},
    "alcohol": {"FS-07": {"no": 0, "weekly": 1, "daily": 2}},
    "smoke_alarm": {
        "FS-01": {"ok": 0, "short": 1, "none": 2},
        "FS-02": {"ok": 0, "old_or_untested": 1, "dead": 2},
    },
    "escape": {"FS-22": {"yes": 0, "maybe": 1, "no": 2}},
    "night": {"FS-24": {"able_adult": 0, "other_frail": 1, "alone": 2}},
}

# Items of which a hazard can be mended on the visit; it then counts as doubtful, since what
# was dead once may be so again.
_MENDABLE = frozenset({"FS-01", "FS-02"})
_MENDED_LEVEL = 1

# States that an answer in order cannot have: state and code contradict each other.
_CLAIM_HAZARD = frozenset({AnswerState.HAZARD, AnswerState.FIXED_ON_VISIT})


def fire(answers: Mapping[str, Answer], at_ms: int | None = None) -> dict[str, float | None]:
    """The features of `home-risk` from the answers of the fire checklist, keyed by item.

    `at_ms` (UTC) judges `valid_until_ms`; without it every answer holds.
    """
    features: dict[str, float | None] = {}
    for feature in FIRE:
        levels = [
            _level(answers.get(item), codes, at_ms)
            for item, codes in _FIRE_ITEMS[feature.name].items()
        ]
        features[feature.name] = _worse(levels, feature.worst)
    return features


def feature_hash(model: str = HOME_RISK) -> str:
    """SHA-256 over names, order, units and extractor; "" for a model without an extractor."""
    if model == DAILY_CHANGE:
        return daily_hash()
    if model != HOME_RISK:
        return ""
    lines = [EXTRACTOR_VERSION, *(f"{feature.name} {feature.unit}" for feature in FIRE)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _worse(levels: list[int | None], worst: int) -> float | None:
    """The worst level, as far as a level that is not known could not be worse still."""
    known = [level for level in levels if level is not None]
    if worst in known or len(known) == len(levels):
        return float(max(known))
    return None


def _level(answer: Answer | None, codes: Mapping[str, int], at_ms: int | None) -> int | None:
    if answer is None or answer.state in {AnswerState.UNKNOWN, AnswerState.DECLINED}:
        return None
    level = codes.get(answer.code)
    if level == 0 and answer.state in _CLAIM_HAZARD:
        return None
    if level and answer.item in _MENDABLE and answer.state == AnswerState.FIXED_ON_VISIT:
        return min(level, _MENDED_LEVEL)
    until = answer.valid_until_ms
    if not level and at_ms is not None and until is not None and at_ms >= until:
        return None
    return level
