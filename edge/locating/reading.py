"""One slot against a fit: how well it goes with each room, and what it says of the tag's gain."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

from edge.domain.base import Record
from edge.locating import forest, histograms, normals
from edge.locating.records import Fit, Slot, Weights
from edge.locating.slots import features

# The least that a slot leaves to a room, against the best one: one odd slot convinces nobody.
LEAST = 0.005
# Slots that count as evidence for "as strong as in the walk", and the most that are remembered
# (a tag that is moved from neck to wrist is learned anew within half an hour).
GAIN_PRIOR_SLOTS = 20.0
GAIN_SLOTS_MAX = 600.0
# Tags and bodies differ by 6 dB; more is another cause, and a single slot may be off by more.
GAIN_MAX_DB = 9.0
RESIDUAL_MAX_DB = 12.0


class Belief(Record, frozen=True, kw_only=True):
    """How far each reading of a slot is believed, and a slot of somebody who sits."""

    weights: Weights
    rest_weight: float


# Measured in homes of two simulators (docs/decisions/0021). Where most slots have packets, a level
# that is missing tells a wall, and histograms add nothing beside trees and normal distributions.
DENSE = Belief(weights=Weights(trees=0.55, histograms=0.0, normals=0.5), rest_weight=0.06)
# Where most packets are lost, a missing level tells little, and each packet is news: histograms
# know how often one is missing, normal distributions take it for the floor.
SPARSE = Belief(weights=Weights(trees=0.3, histograms=0.15, normals=0.15), rest_weight=0.3)


def belief_of(slots: Iterable[Slot]) -> Belief:
    """SPARSE where in most of the slots that were heard no receiver had two packets."""
    most = sorted(top for slot in slots if (top := max(cell[0] for cell in slot)))
    return DENSE if not most or most[len(most) // 2] > 1 else SPARSE


# Nats of each room by trees, by histograms and by normal distributions.
Nats = tuple[list[float], list[float], list[float]]


def room_nats(
    fit: Fit, slot: Slot, levels: Sequence[float | None], down: Collection[int] = ()
) -> Nats:
    """The three readings of a slot. With a receiver down only histograms can leave it out, and
    speak for all.
    """
    count = len(fit.rooms)
    if down:
        by_level = histograms.log_likelihoods(fit.levels, fit.pairs, levels, down)
        return by_level, by_level, by_level
    by_tree = forest.log_shares(fit.trees, features(slot, levels), count)
    return (
        [one - math.log(p) for one, p in zip(by_tree, fit.prior, strict=True)],
        histograms.log_likelihoods(fit.levels, fit.pairs, levels)
        if fit.weights.histograms
        else [0.0] * count,
        normals.log_likelihoods(fit.normals, levels),
    )


def emission(weights: Weights, nats: Nats, weight: float) -> list[float]:
    """The chain's likelihoods, the best room 1."""
    a, b, c = weight * weights.trees, weight * weights.histograms, weight * weights.normals
    return scaled([a * x + b * y + c * z for x, y, z in zip(*nats, strict=True)])


def scaled(nats: Sequence[float]) -> list[float]:
    best = max(nats)
    return [max(LEAST, math.exp(one - best)) for one in nats]


def silence(fit: Fit) -> list[float]:
    """What it says of the room that nobody heard the tag: as often as in the walk, halved,
    because a tag is also unheard when somebody lies on it.
    """
    best = max(fit.silent)
    return [max(LEAST, math.sqrt(one / best)) for one in fit.silent]


def residual_db(fit: Fit, levels: Sequence[float | None], shares: Sequence[float]) -> float | None:
    """How much stronger a slot is than its rooms usually are; None when nothing can be compared."""
    total = weight = 0.0
    for share, means in zip(shares, fit.means, strict=True):
        both = [
            level - mean
            for level, mean in zip(levels, means, strict=True)
            if level is not None and mean is not None
        ]
        if both:
            total += share * sum(both) / len(both)
            weight += share
    if weight < 0.5:  # noqa: PLR2004 (half of the probability)
        return None
    return max(-RESIDUAL_MAX_DB, min(RESIDUAL_MAX_DB, total / weight))


def learned_gain(
    gain_db: float, slots: float, residual: float | None, fresh: float
) -> tuple[float, float]:
    """The gain and its weight after one more slot, of which `fresh` (0 to 1) is news: hours in
    one chair are one fact, and would teach the chair's shadow as the tag's gain.
    """
    if residual is None:
        return gain_db, slots
    gain_db += fresh * residual / (GAIN_PRIOR_SLOTS + slots)
    return max(-GAIN_MAX_DB, min(GAIN_MAX_DB, gain_db)), min(GAIN_SLOTS_MAX, slots + fresh)
