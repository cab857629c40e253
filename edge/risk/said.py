"""What a model was told and what it said, whole: the one way in which every assessment keeps it.

Numbers are those of the model's own float32, so that whoever asks it again can compare them bit
for bit. A vector belongs to its extractor, which `feature_hash` names.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from edge.domain import Hazard, Reason
from edge.events import Assessed
from edge.ports import ModelAnswer
from edge.risk import home_risk
from edge.risk.daily.extract import OUT_OF_RANGE, OUTSIDE_MAX_SHARE
from edge.risk.daily.reasons import daily_reasons
from edge.risk.daily.table import DAILY_CHANGE
from edge.risk.features import INDICES, feature_hash
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
    kept = outputs(hazard, answer)
    ranking = home_risk.ranking(hazard) if answer.indices else INDEX
    return Assessed(
        hazard=hazard,
        index=None if abstained else kept[ranking],
        reasons=() if abstained else _reasons(ranking, answer),
        model=answer.model,
        manifest=answer.manifest,
        abstained=abstained,
        features=as_float32(features),
        day=day,
        feature_hash=feature_hash(model),
        outputs=kept,
        contributions=heaviest(hazard, answer),
        alert_from=answer.alert_from,
        calm_below=answer.calm_below,
    )


def _reasons(ranking: str, answer: ModelAnswer) -> tuple[Reason, ...]:
    if not answer.indices:
        return daily_reasons(answer)
    weights = home_risk.contributions(ranking, answer)
    return model_reasons(answer.model, weights, answer.missing)


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


def outputs(hazard: Hazard, answer: ModelAnswer) -> dict[str, float]:
    """The numbers of an answer that speak of this hazard, by their names."""
    return home_risk.outputs(hazard, answer) if answer.indices else {INDEX: answer.index}


def heaviest(hazard: Hazard, answer: ModelAnswer) -> dict[str, dict[str, float]]:
    """The contributions that are kept, by output, the heaviest first."""
    told = {INDEX: answer.contributions}
    if answer.indices:
        told = {name: home_risk.contributions(name, answer) for name in INDICES[hazard]}
    return {name: _first(weights) for name, weights in told.items()}


def _first(weights: Mapping[str, float]) -> dict[str, float]:
    ordered = sorted(weights.items(), key=lambda one: (-abs(one[1]), one[0]))
    return dict(ordered[:CONTRIBUTIONS_KEPT])


def as_float32(features: Features) -> dict[str, float | None]:
    """The vector as a model holds it; what is not known stays None."""
    return {
        name: None if value is None else float(struct.unpack("<f", struct.pack("<f", value))[0])
        for name, value in features.items()
    }
