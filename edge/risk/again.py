"""An assessment made again from what is stored, and what of it comes out otherwise. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from edge.domain import Answer, Checklist, Record, RiskAssessment
from edge.events import ConfigLoaded, Trigger
from edge.home.reassess import Anew
from edge.home.state import Home
from edge.ports import ModelAnswer
from edge.risk import home_risk, profile
from edge.risk.features import INDICES
from edge.risk.grounds import RULES, answers_then, list_hash
from edge.risk.levels import with_model
from edge.risk.routine.reasons import routine_reasons
from edge.risk.said import said

# What of an assessment a model makes, beside its reasons.
OF_THE_MODEL = (
    *("index", "model", "model_manifest", "abstained", "features", "day", "feature_hash"),
    *("outputs", "contributions"),
)


class Again(Record, frozen=True, kw_only=True):
    """The same assessment from its grounds, or what is no longer there to make it from."""

    assessment: RiskAssessment | None = None
    features: dict[str, float | None] | None = None  # what the model would be told
    missing: tuple[str, ...] = ()


class _NoIds:
    """Nothing that is made again gets an identity of its own."""

    def uuid7(self, _at: object) -> str:
        return ""


def score_again(
    one: RiskAssessment, told: Iterable[Answer], lists: Mapping[str, Checklist]
) -> Again:
    """Score the answers that were in force then by the lists of then.

    `told`: every stored answer in its order. The model's part is taken from `one` as it is.
    """
    grounds = one.grounds
    if grounds is None:
        return Again(missing=("grounds",))
    known = {f"{name}/{each.version}": each for name, each in lists.items()}
    gone = [
        f"list {name}"
        for name, digest in grounds.lists.items()
        if name not in known or list_hash(known[name]) != digest
    ]
    answers = answers_then(told, grounds)
    gone += ["answers"] if answers is None else []
    gone += [f"rules {grounds.rules}"] if grounds.rules != RULES else []
    if gone or answers is None:
        return Again(missing=tuple(gone))
    then = {each.id: each for name, each in known.items() if name in grounds.lists}
    home = Home(
        answers={name: dict(items) for name, items in answers.items()},
        anew={
            key: Anew(trigger=Trigger(h.trigger), at=h.at) for key, h in grounds.happened.items()
        },
        settings=ConfigLoaded(checklists=then),
    )
    mine = profile.answered(home).get(one.hazard)
    if not mine:
        return Again(missing=("answers",))
    found = profile.assess_all(
        mine, home, one.at, grounds.judged_ms, _NoIds(), repeated=grounds.repeated
    )
    judged = msgspec.structs.replace(one.at, wall_ms=grounds.judged_ms)
    theirs = tuple(reason for reason in one.reasons if reason.source.startswith("model:"))
    return Again(
        assessment=msgspec.structs.replace(
            found,
            grounds=grounds,
            reasons=found.reasons + theirs,
            **{name: getattr(one, name) for name in OF_THE_MODEL},
        ),
        features=home_risk.features(one.hazard, then, home.answers, judged)
        if one.hazard in INDICES
        else None,
    )


def asked_again(one: RiskAssessment, answer: ModelAnswer) -> RiskAssessment:
    """The assessment with what the model says to the stored vector now."""
    base = msgspec.structs.replace(one, reasons=profile.of_the_list(one))
    assessed = said(one.hazard, one.features or {}, answer, day=one.day)
    if one.routine is not None:  # no model made it; its reasons follow from it
        reasons = assessed.reasons + routine_reasons(one.routine)
        assessed = msgspec.structs.replace(assessed, routine=one.routine, reasons=reasons)
    assessed = msgspec.structs.replace(assessed, entry=one.entry)
    # An extractor of another release has another hash; the vector is the stored one.
    return msgspec.structs.replace(with_model(base, assessed), feature_hash=one.feature_hash)


def differences(one: RiskAssessment, other: RiskAssessment) -> tuple[str, ...]:
    """The parts that are not the same, by name; floats bit for bit. An id is no part."""
    names = (name for name in one.__struct_fields__ if name != "id")
    return tuple(name for name in names if getattr(one, name) != getattr(other, name))
