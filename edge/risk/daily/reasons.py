"""The contributions of `daily-change` as reasons: features of one sort together, heaviest first."""

from __future__ import annotations

from collections import defaultdict

from edge.domain import Reason
from edge.ports import ModelAnswer
from edge.risk.daily.table import DAILY_CHANGE, FEATURES

# Less than this many log odds is not worth a person's reading time.
CONTRIBUTION_MIN = 0.02
# Five reasons are read; the rest stands in the feature vector.
REASONS_MAX = 5


def daily_reasons(answer: ModelAnswer) -> tuple[Reason, ...]:
    """Reasons "daily-change:hallway", weight: log odds of all features of that sort together.

    What was not known weighs in the index and is no reason: nobody saw a fridge that has no sensor.
    """
    missing = frozenset(answer.missing)
    weights: dict[str, float] = defaultdict(float)
    for feature in FEATURES:
        if feature.name not in missing:
            weights[feature.reason] += answer.contributions.get(feature.name, 0.0)
    told = [
        Reason(code=f"{DAILY_CHANGE}:{sort}", weight=weight, source=f"model:{answer.model}")
        for sort, weight in weights.items()
        if weight >= CONTRIBUTION_MIN
    ]
    return tuple(sorted(told, key=lambda reason: (-reason.weight, reason.code))[:REASONS_MAX])
