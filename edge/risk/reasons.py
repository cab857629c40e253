"""A model's contributions as reasons: codes for the catalogues, heaviest first."""

from __future__ import annotations

from edge.domain import Reason
from edge.ports import ModelAnswer

# Below this many log odds a contribution is not worth a person's reading time: it moves the
# index by less than half a point of a hundred.
CONTRIBUTION_MIN = 0.02

UNKNOWN = "unknown"


def model_reasons(answer: ModelAnswer) -> tuple[Reason, ...]:
    """Reasons "home-risk:smoking", weight: log odds against the best answer.

    A feature that was not known reads "home-risk:smoking:unknown", and is told
    whatever it weighs.
    """
    name = answer.model.partition("/")[0]
    told = [
        Reason(
            code=f"{name}:{feature}:{UNKNOWN}"
            if feature in answer.missing
            else f"{name}:{feature}",
            weight=weight,
            source=f"model:{answer.model}",
        )
        for feature, weight in answer.contributions.items()
        if weight >= CONTRIBUTION_MIN or feature in answer.missing
    ]
    return tuple(sorted(told, key=lambda reason: (-reason.weight, reason.code)))
