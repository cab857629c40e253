"""A model's contributions as reasons: codes for the catalogues, heaviest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from edge.domain import Reason

# Below this many log odds a contribution is not worth a person's reading time: it moves the
# index by less than half a point of a hundred.
CONTRIBUTION_MIN = 0.02

# Five reasons are read; the rest stands in the contributions of the assessment.
REASONS_MAX = 5

UNKNOWN = "unknown"


def model_reasons(
    model: str, contributions: Mapping[str, float], missing: Collection[str]
) -> tuple[Reason, ...]:
    """Reasons "home-risk:smoking", weight: log odds against the best answer, the heaviest five.

    Behind them each feature that was not known, "home-risk:smoking:unknown", whatever it weighs.
    """
    name = model.partition("/")[0]
    known = {k: v for k, v in contributions.items() if k not in missing}
    told = [
        Reason(code=f"{name}:{feature}", weight=weight, source=f"model:{model}")
        for feature, weight in known.items()
        if weight >= CONTRIBUTION_MIN
    ]
    doubts = [
        Reason(code=f"{name}:{feature}:{UNKNOWN}", weight=weight, source=f"model:{model}")
        for feature, weight in contributions.items()
        if feature in missing
    ]
    return (*_heaviest(told)[:REASONS_MAX], *_heaviest(doubts))


def _heaviest(reasons: list[Reason]) -> list[Reason]:
    return sorted(reasons, key=lambda reason: (-reason.weight, reason.code))
