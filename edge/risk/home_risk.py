"""What the answers of a home say to the features of `home-risk`, and what its indices say of it.

Pure. Every list that the home has is read, whatever hazard it is about: who forgets things may
leave the cooker on, and may fall. What stands, what is in doubt and what has been mended is judged
as for the level (`edge.risk.standing`): a hazard that has grown old stays a hazard, an answer in
order that has grown old is not known, an item out of season is in order.

The ten observations fill in what nobody has been asked yet, and count beside the full lists until
these have gone into a finding. They never stand in for an answer that was refused or has run out.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping

from edge.domain import Answer, Checklist, Hazard, Instant
from edge.ports import ModelAnswer
from edge.risk.features import FEATURES, INDICES, Feature
from edge.risk.rules import FIXED, UNANSWERED
from edge.risk.standing import Standing, known
from edge.risk.together import Answers, is_short, without_settled

Codes = Mapping[str, int]

# "fire_harm:floor": the index if all that is not known were in order.
FLOOR = ":floor"

# A hazard that was mended on the visit may come back: it counts as the mildest one.
_MENDED_LEVEL = 1

# The level that each answer of the full lists means, by feature and item. A feature of several
# items takes the worst: an alarm that is there and dead, or that nobody hears, is no alarm.
ITEMS: dict[str, dict[str, Codes]] = {
    "smoking": {"FS-05": {"no": 0, "outside": 1, "inside": 2, "bed": 3}},
    "burn_marks": {"FS-06": {"none": 0, "old": 1, "new": 2}},
    "alcohol": {"FS-07": {"no": 0, "weekly": 1, "daily": 2}},
    "cooker_goods": {"FS-08": {"no": 0, "fixed": 1, "remains": 2}},
    "cooking": {"FS-09": {"none": 0, "once": 1, "repeated": 2}},
    "cooker_guard": {"FS-10": {"ok": 0, "na": 0, "missing": 1, "bypassed": 2}},
    "memory": {"FA-11": {"ok": 0, "mild": 1, "marked": 2}},
    "electrical": {"FS-11": {"ok": 0, "minor": 1, "dangerous": 2}},
    "heat_sources": {
        "FS-13": {"no": 0, "fixed": 1, "remains": 2},
        "FS-14": {"no": 0, "fixed": 1, "remains": 2},
        "FS-15": {"ok": 0, "na": 0, "lacking": 1},
    },
    "open_flame": {"FS-16": {"none": 0, "watched": 1, "unattended": 2}},
    "care_supplies": {"FS-17": {"none": 0, "present": 1, "with_flame": 2}},
    "previous_fires": {"FS-20": {"none": 0, "once": 1, "repeated": 2}},
    "goods": {"FS-18": {"clear": 0, "crowded": 1, "blocked": 2}},
    "smoke_alarm": {
        "FS-01": {"ok": 0, "short": 1, "none": 2},
        "FS-02": {"ok": 0, "old_or_untested": 1, "dead": 2},
        "FS-03": {"yes": 0, "unsure": 1, "no": 2},
    },
    "alarm_link": {"FS-04": {"yes": 0, "no": 1}},
    "escape": {"FS-22": {"yes": 0, "maybe": 1, "no": 2}},
    "acting": {"FS-23": {"yes": 0, "partly": 1, "no": 2}},
    "night": {"FS-24": {"able_adult": 0, "other_frail": 1, "alone": 2}},
    "exits": {"FS-21": {"ok": 0, "fault": 1, "blocked": 2}},
    "falls": {"FA-01": {"none": 0, "once": 1, "repeated": 2, "repeated_month": 2}},
    "gait": {"FA-03": {"no": 0, "yes": 1}},
    "walking_aid": {"FA-04": {"none": 0, "fits": 1, "wrong": 2}},
    "rising": {"FA-05": {"yes": 0, "slow": 1, "cannot": 2}},
    "dizziness": {"FA-06": {"no": 0, "yes": 1}},
    "medicines": {"FA-07": {"below_5": 0, "from_5": 1, "from_8": 2}},
    "fall_medicines": {"FA-08": {"none": 0, "one": 1, "several": 2}},
    "doses": {"FA-09": {"most": 0, "some_missed": 1, "many_missed": 2}},
    "night_toilet": {"FA-10": {"rare": 0, "twice": 1, "often": 2}},
    "neurological": {"FA-12": {"no": 0, "yes": 1}},
    "help_needed": {"FA-13": {"no": 0, "yes": 1}},
    "fear": {"FA-14": {"no": 0, "yes": 1}},
    "sight": {"FA-15": {"yes": 0, "no": 1}},
    "feet": {"FA-16": {"no": 0, "yes": 1}},
    "mood": {"FA-17": {"no": 0, "yes": 1}},
    "nutrition": {"FA-18": {"ok": 0, "missed_meals": 1, "weight_loss": 2}},
    "floors": {"FA-19": {"no": 0, "fixed": 1, "remains": 2}},
    "lighting": {"FA-20": {"yes": 0, "no": 1}},
    "bathroom": {"FA-21": {"ok": 0, "lacking": 1}},
    "thresholds": {"FA-22": {"ok": 0, "na": 0, "fault": 1}},
    "climbing": {"FA-23": {"no": 0, "yes": 1}},
    "yard": {"FA-24": {"ok": 0, "lacking": 1}},
}

# The same for the ten observations. One that leaves open which of two things it is means the worse
# of both; one that does not tell at all is left out.
SHORT_ITEMS: dict[str, dict[str, Codes]] = {
    "smoking": {"TE-03": {"no": 1, "some": 2, "marks": 3}},
    "burn_marks": {"TE-03": {"no": 0, "some": 0, "marks": 2}},
    "open_flame": {"TE-03": {"no": 0, "some": 1, "marks": 1}},
    "alcohol": {"TE-08": {"no": 0, "weekly": 1, "daily": 2}},
    "cooker_goods": {"TE-02": {"no": 0, "once": 1, "open": 2}},
    "cooking": {"TE-02": {"no": 0, "once": 1, "open": 2}},
    "memory": {"TE-09": {"ok": 0, "mild": 1, "marked": 2}},
    "electrical": {"TE-04": {"ok": 0, "minor": 1, "dangerous": 2}},
    "heat_sources": {"TE-04": {"ok": 0, "minor": 1, "dangerous": 2}},
    "goods": {"TE-05": {"clear": 0, "crowded": 1, "blocked": 2}},
    "smoke_alarm": {"TE-01": {"ok": 0, "doubt": 1, "dead": 2}},
    "escape": {"TE-07": {"yes": 0, "maybe": 1, "no": 2}},
    "exits": {"TE-06": {"ok": 0, "fault": 1, "blocked": 2}},
    "falls": {"TE-10": {"no": 0, "grave": 2}},
    "gait": {"TE-10": {"no": 0, "yes": 1, "grave": 1}},
}


def features(
    hazard: Hazard, lists: Mapping[str, Checklist], answers: Answers, at: Instant
) -> dict[str, float | None]:
    """What the model is told of one hazard: its features only, judged by the wall clock of `at`."""
    stands: dict[str, Standing] = {}
    for one in lists.values():
        if not answers.get(one.id):
            continue  # nobody was asked: nothing in it is in order, not even out of season
        stands |= known(one, _counted(one, lists, answers, at), at)
    return {
        feature.name: _level(feature, stands)
        for feature in FEATURES
        if any(index in INDICES[hazard] for index in feature.indices)
    }


def ranking(hazard: Hazard) -> str:
    """The index of this hazard that homes are ranked by."""
    return INDICES[hazard][-1]


def contributions(index: str, answer: ModelAnswer) -> dict[str, float]:
    """What weighs in one index, by feature: log odds against the best answer."""
    bears = {feature.name for feature in FEATURES if index in feature.indices}
    told = answer.indices[index].contributions
    return {name: weight for name, weight in told.items() if name in bears}


def outputs(hazard: Hazard, answer: ModelAnswer) -> dict[str, float]:
    """The indices of one hazard by name, and each with all that is not known in order.

    An index takes what is not known at its worst; its floor says how much of it is that.
    """
    told: dict[str, float] = {}
    for name in INDICES[hazard]:
        one = answer.indices[name]
        weights = contributions(name, answer)
        unknown = math.fsum(weights[key] for key in answer.missing if key in weights)
        told[name] = one.index
        told[name + FLOOR] = _share(one.logit - unknown) if unknown else one.index
    return told


def _share(logit: float) -> float:
    """As float32, like all that a model gives."""
    share = 100.0 / (1.0 + math.exp(-logit))
    return float(struct.unpack("<f", struct.pack("<f", share))[0])


def _counted(
    one: Checklist, lists: Mapping[str, Checklist], answers: Answers, at: Instant
) -> Mapping[str, Answer]:
    """The answers that count: a finding of the ten that was gone into is the full list's to tell.

    Not so an answer that the lists share: it is the full list's own.
    """
    given = answers.get(one.id, {})
    if not is_short(one) or not given:
        return given
    full = {name: other for name, other in lists.items() if not is_short(other)}
    settled = without_settled(one, full, answers, at.wall_ms)
    shared = {item.id for item in one.items if item.shared}
    return {item: given[item] if item in shared else held for item, held in settled.items()}


def _level(feature: Feature, stands: Mapping[str, Standing]) -> float | None:
    """The worst level that is known, as far as what is not known could not be worse still."""
    # No feature has two of the ten.
    observed, finding = None, None
    for item, codes in SHORT_ITEMS.get(feature.name, {}).items():
        observed = _of(stands.get(item), codes)
        finding = observed if _is_finding(stands.get(item)) else None
    levels = []
    for item, codes in ITEMS[feature.name].items():
        level = _of(stands.get(item), codes)
        levels.append(observed if level is None and _never_asked(stands.get(item)) else level)
    found = [level for level in (*levels, finding) if level is not None]
    if feature.worst in found or None not in levels:
        return float(max(found))
    return None


def _is_finding(standing: Standing | None) -> bool:
    return standing is not None and standing.points > 0 and standing.code != FIXED


def _never_asked(standing: Standing | None) -> bool:
    return standing is None or standing.doubt == UNANSWERED


def _of(standing: Standing | None, codes: Codes) -> int | None:
    if standing is None or (standing.doubt and not standing.code):
        return None
    if not standing.code:
        return 0  # out of season
    if standing.code == FIXED and FIXED not in codes:
        return _MENDED_LEVEL
    return codes.get(standing.code)
