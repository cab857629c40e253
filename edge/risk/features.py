"""A home in a model's own names, order and units.

A feature that is not known is None and stays so: the model has a place of its own for it, which
is as bad as the feature can be. What the answers say to each feature is `edge.risk.home_risk`.
"""

from __future__ import annotations

import hashlib

from edge.domain import Hazard, Record
from edge.risk.daily.table import DAILY_CHANGE, daily_hash

HOME_RISK = "home-risk"

# Changes whenever a feature would come out differently from the same answers.
EXTRACTOR_VERSION = "home/2"

START, HARM, FALL = "fire_start", "fire_harm", "fall"

# The indices of each hazard; the last one is what ranks: harm, not a fire that hurts nobody.
INDICES: dict[Hazard, tuple[str, ...]] = {Hazard.FIRE: (START, HARM), Hazard.FALL: (FALL,)}

# What a feature bears on.
_IGNITES = (START, HARM)
_HARMS = (HARM,)
_FALLS = (FALL,)


class Feature(Record, frozen=True, kw_only=True):
    """One column of the model: whole levels, 0 the best."""

    name: str
    levels: tuple[str, ...]
    indices: tuple[str, ...]

    @property
    def unit(self) -> str:
        return "level:" + "/".join(self.levels)

    @property
    def worst(self) -> int:
        return len(self.levels) - 1


def _feature(indices: tuple[str, ...], name: str, levels: str) -> Feature:
    return Feature(name=name, levels=tuple(levels.split("/")), indices=indices)


FEATURES = (
    _feature(_IGNITES, "smoking", "none/outside/inside/bed"),
    _feature(_IGNITES, "burn_marks", "none/old/new"),
    _feature(_IGNITES, "alcohol", "no/weekly/daily"),
    _feature(_IGNITES, "cooker_goods", "no/fixed/remains"),
    _feature(_IGNITES, "cooking", "none/once/repeated"),
    _feature(_IGNITES, "cooker_guard", "in_order/missing/bypassed"),
    _feature((*_IGNITES, FALL), "memory", "ok/mild/marked"),
    _feature(_IGNITES, "electrical", "ok/minor/dangerous"),
    _feature(_IGNITES, "heat_sources", "ok/lesser/dangerous"),
    _feature(_IGNITES, "open_flame", "none/watched/unattended"),
    _feature(_IGNITES, "care_supplies", "none/present/with_flame"),
    _feature(_IGNITES, "previous_fires", "none/once/repeated"),
    _feature(_IGNITES, "goods", "clear/crowded/blocked"),
    _feature(_HARMS, "smoke_alarm", "working/doubtful/none"),
    _feature(_HARMS, "alarm_link", "linked/not_linked"),
    _feature(_HARMS, "escape", "able/maybe/unable"),
    _feature(_HARMS, "acting", "able/partly/unable"),
    _feature(_HARMS, "night", "able_adult/other_frail/alone"),
    _feature(_HARMS, "exits", "ok/fault/blocked"),
    _feature(_FALLS, "falls", "none/once/repeated"),
    _feature(_FALLS, "gait", "steady/unsteady"),
    _feature(_FALLS, "walking_aid", "none/fits/wrong"),
    _feature(_FALLS, "rising", "able/slow/cannot"),
    _feature(_FALLS, "dizziness", "no/yes"),
    _feature(_FALLS, "medicines", "below_5/from_5/from_8"),
    _feature(_FALLS, "fall_medicines", "none/one/several"),
    _feature(_FALLS, "doses", "most/some_missed/many_missed"),
    _feature(_FALLS, "night_toilet", "rare/twice/often"),
    _feature(_FALLS, "neurological", "no/yes"),
    _feature(_FALLS, "help_needed", "no/yes"),
    _feature(_FALLS, "fear", "no/yes"),
    _feature(_FALLS, "sight", "checked/not_checked"),
    _feature(_FALLS, "feet", "ok/trouble"),
    _feature(_FALLS, "mood", "ok/low"),
    _feature(_FALLS, "nutrition", "ok/missed_meals/weight_loss"),
    _feature(_FALLS, "floors", "clear/fixed/hazard"),
    _feature(_FALLS, "lighting", "ok/lacking"),
    _feature(_FALLS, "bathroom", "ok/lacking"),
    _feature(_FALLS, "thresholds", "ok/fault"),
    _feature(_FALLS, "climbing", "no/yes"),
    _feature(_FALLS, "yard", "ok/lacking"),
)


def index_names(model: str) -> tuple[str, ...]:
    """The indices that a model must have, in the order of its outputs; (): one without a name."""
    return (START, HARM, FALL) if model == HOME_RISK else ()


def feature_hash(model: str = HOME_RISK) -> str:
    """SHA-256 over names, order, units and extractor; "" for a model without an extractor."""
    if model == DAILY_CHANGE:
        return daily_hash()
    if model != HOME_RISK:
        return ""
    lines = [f"{feature.name} {feature.unit} {'/'.join(feature.indices)}" for feature in FEATURES]
    return hashlib.sha256("\n".join([EXTRACTOR_VERSION, *lines]).encode()).hexdigest()
