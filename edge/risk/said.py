"""What a model was told and what it said, whole: the one way in which every assessment keeps it.

Numbers are those of the model's own float32, so that whoever asks it again can compare them bit
for bit. A vector belongs to its extractor, which `feature_hash` names.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from edge.domain import Hazard
from edge.events import Assessed
from edge.ports import ModelAnswer
from edge.risk.daily.extract import OUT_OF_RANGE, OUTSIDE_MAX_SHARE
from edge.risk.daily.reasons import daily_reasons
from edge.risk.daily.table import DAILY_CHANGE
from edge.risk.features import feature_hash
from edge.risk.reasons import model_reasons

# The contributions that are kept of each output: twice as many as anybody is shown.
CONTRIBUTIONS_KEPT = 10

# The output whose number ranks a home; others stand beside it.
INDEX = "index"

Features = Mapping[str, float | None]


def said(
    hazard: Hazard, features: Features, answer: ModelAnswer, *, day: str | None = None
) -> Assessed:
    """A model's answer to `features`; one that abstains all the same ranks nothing."""
    model = answer.model.partition("/")[0]
    abstained = OUT_OF_RANGE if _is_elsewhere(model, answer) else None
    reasons = daily_reasons(answer) if model == DAILY_CHANGE else model_reasons(answer)
    return Assessed(
        hazard=hazard,
        index=None if abstained else answer.index,
        reasons=() if abstained else reasons,
        model=answer.model,
        manifest=answer.manifest,
        abstained=abstained,
        features=as_float32(features),
        day=day,
        feature_hash=feature_hash(model),
        outputs=outputs(answer),
        contributions=heaviest(answer),
    )


def unsaid(
    hazard: Hazard, model: str, features: Features | None, why: str, *, day: str | None = None
) -> Assessed:
    """No answer, and why; what the model would have been told is kept."""
    return Assessed(
        hazard=hazard,
        index=None,
        reasons=(),
        model=None,
        manifest=None,
        abstained=why,
        features=None if features is None else as_float32(features),
        day=day,
        feature_hash=None if features is None else feature_hash(model),
    )


def _is_elsewhere(model: str, answer: ModelAnswer) -> bool:
    """Whether a trained model was asked about what its training never saw."""
    return model == DAILY_CHANGE and answer.outside > OUTSIDE_MAX_SHARE


def outputs(answer: ModelAnswer) -> dict[str, float]:
    """All numbers of an answer by their names."""
    return {INDEX: answer.index}


def heaviest(answer: ModelAnswer) -> dict[str, dict[str, float]]:
    """The contributions that are kept, by output, the heaviest first."""
    ordered = sorted(answer.contributions.items(), key=lambda one: (-abs(one[1]), one[0]))
    return {INDEX: dict(ordered[:CONTRIBUTIONS_KEPT])}


def as_float32(features: Features) -> dict[str, float | None]:
    """The vector as a model holds it; what is not known stays None."""
    return {
        name: None if value is None else float(struct.unpack("<f", struct.pack("<f", value))[0])
        for name, value in features.items()
    }
