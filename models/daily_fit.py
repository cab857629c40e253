"""Fits an additive model by boosted stumps: one table of scores a feature, and one for "not known".

The same rows give the same tables on any machine. Gradients are whole numbers, so that sums do not
depend on their order; features and rows are drawn by an own generator; scores are rounded to a
65,536th. Needs numpy, which no gateway's own process has.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# A gradient is counted in parts of so many.
GRADIENT_PARTS = float(2**24)
SCORE_PARTS = float(2**16)
MASK = 2**64 - 1


@dataclass(frozen=True)
class Settings:
    """How a model is fitted; `seeds` fits are averaged, which again is one table a feature."""

    rounds: int = 400
    rate: float = 0.05
    bins: int = 63  # cuts a feature at most
    leaf_min: int = 20  # rows on each side of a cut
    ridge: float = 5.0
    feature_share: float = 0.3
    row_share: float = 0.8
    seeds: int = 3


@dataclass(frozen=True)
class Table:
    """One feature: `scores` (log odds) below, between and above the `cuts`; `unknown` for NaN."""

    cuts: tuple[float, ...]
    scores: tuple[float, ...]
    unknown: float

    def of(self, value: float | None) -> float:
        if value is None or math.isnan(value):
            return self.unknown
        return self.scores[sum(value >= cut for cut in self.cuts)]


@dataclass(frozen=True)
class Additive:
    """The sum of the tables and the intercept is the logit."""

    tables: tuple[Table, ...]
    intercept: float

    def logits(self, matrix: Floats) -> Floats:
        found = np.full(len(matrix), self.intercept)
        for column, table in enumerate(self.tables):
            values = matrix[:, column]
            place = np.searchsorted(np.array(table.cuts), values, side="right")
            scores = np.array(table.scores)[np.minimum(place, len(table.cuts))]
            found = found + np.where(np.isnan(values), table.unknown, scores)
        return found


def fit(
    matrix: Floats,
    positive: Bools,
    settings: Settings,
    weights: Sequence[float] = (),
    rising: Sequence[bool] = (),
) -> Additive:
    """Fit `positive` on the rows of `matrix` (NaN: not known).

    A feature of weight below 1 must gain so much more to be taken; a `rising` one never scores
    lower for more.
    """
    binned, cuts = _binned(matrix, settings.bins)
    gains = np.array(weights or [1.0] * matrix.shape[1])
    ways = np.array(rising or [False] * matrix.shape[1])
    summed = np.zeros((matrix.shape[1], settings.bins + 2))
    share = float(np.count_nonzero(positive)) / len(positive)
    start = math.log(share / (1.0 - share))
    for seed in range(settings.seeds):
        summed = summed + _boost(binned, positive, start, settings, seed, gains, ways)
    mean = np.rint(summed / settings.seeds * SCORE_PARTS) / SCORE_PARTS
    tables = [_table(mean[i], of_feature) for i, of_feature in enumerate(cuts)]
    return Additive(tables=tuple(tables), intercept=round(start * SCORE_PARTS) / SCORE_PARTS)


def _table(scores: Floats, cuts: Floats) -> Table:
    """The table without the cuts at which nothing changes."""
    known = [float(score) for score in scores[: len(cuts) + 1]]
    kept = [i for i in range(len(cuts)) if known[i] != known[i + 1]]
    return Table(
        cuts=tuple(float(cuts[i]) for i in kept),
        scores=(known[0], *(known[i + 1] for i in kept)),
        unknown=float(scores[-1]),
    )


def _binned(matrix: Floats, most: int) -> tuple[Ints, list[Floats]]:
    """Each value's bin, the last for NaN; and the cuts, float32, half way between two values."""
    binned = np.full(matrix.shape, most + 1, dtype=np.int64)
    cuts = []
    for column in range(matrix.shape[1]):
        values = np.sort(matrix[~np.isnan(matrix[:, column]), column])
        distinct = np.unique(values)
        if len(distinct) > most + 1:
            places = np.arange(1, most + 1) * len(values) // (most + 1)
            upper = np.unique(values[places])
            upper = upper[upper > distinct[0]]
        else:
            upper = distinct[1:]
        lower = distinct[np.searchsorted(distinct, upper) - 1] if len(upper) else upper
        middle = ((lower + upper) / 2).astype(np.float32).astype(np.float64)
        cuts.append(np.maximum(middle, np.nextafter(lower.astype(np.float32), np.float32(np.inf))))
        known = ~np.isnan(matrix[:, column])
        binned[known, column] = np.searchsorted(cuts[-1], matrix[known, column], side="right")
    return binned, cuts


def _boost(
    binned: Ints,
    positive: Bools,
    start: float,
    settings: Settings,
    seed: int,
    gains: Floats,
    ways: Bools,
) -> Floats:
    rows, columns = binned.shape
    size = settings.bins + 2
    summed = np.zeros((columns, size))
    logits = np.full(rows, start)
    draw = Draw(seed)
    taken = max(1, round(columns * settings.feature_share))
    for _ in range(settings.rounds):
        chosen = np.sort(np.argsort(draw.numbers(columns), kind="stable")[:taken])
        inside = draw.numbers(rows) < np.uint64(int(settings.row_share * MASK))
        share = 1.0 / (1.0 + np.exp(-logits))
        slope = np.rint((share - positive) * GRADIENT_PARTS)
        curve = np.rint(share * (1.0 - share) * GRADIENT_PARTS)
        places = (binned[inside][:, chosen] + np.arange(taken) * size).ravel()
        length = taken * size
        sums = [
            np.bincount(places, np.repeat(of_row, taken), length)
            .reshape(taken, size)
            .astype(np.float64)
            for of_row in (slope[inside], curve[inside], np.ones(np.count_nonzero(inside)))
        ]
        step = _stump(sums[0], sums[1], sums[2], settings, gains[chosen], ways[chosen])
        if step is None:
            continue
        column = chosen[step.feature]
        added = np.full(size, step.right)
        added[: step.cut + 1] = step.left
        added[-1] = step.left if step.unknown_left else step.right
        summed[column] = summed[column] + added
        logits = logits + added[binned[:, column]]
    return summed


@dataclass(frozen=True)
class _Stump:
    feature: int
    cut: int  # bins up to this one go left
    left: float
    right: float
    unknown_left: bool


def _stump(
    slopes: Floats, curves: Floats, counts: Floats, settings: Settings, gains: Floats, ways: Bools
) -> _Stump | None:
    """The cut that gains most; None when none leaves enough rows on both sides."""
    ridge = settings.ridge * GRADIENT_PARTS
    best: tuple[float, _Stump] | None = None
    whole = [array.sum(axis=1)[:, None] for array in (slopes, curves, counts)]
    for unknown_left in (False, True):
        left = [
            np.cumsum(array[:, :-1], axis=1)[:, :-1] + (array[:, -1:] if unknown_left else 0.0)
            for array in (slopes, curves, counts)
        ]
        right = [all_of - of_left for all_of, of_left in zip(whole, left, strict=True)]
        low, high = -left[0] / (left[1] + ridge), -right[0] / (right[1] + ridge)
        gain = -low * left[0] - high * right[0] - whole[0] ** 2 / (whole[1] + ridge)
        allowed = (left[2] >= settings.leaf_min) & (right[2] >= settings.leaf_min)
        allowed = allowed & (~ways[:, None] | (high >= low))
        gain = np.where(allowed, gain * gains[:, None], 0.0)
        place = int(np.argmax(gain))
        feature, cut = divmod(place, gain.shape[1])
        if gain[feature, cut] > (best[0] if best else 0.0):
            rate = settings.rate
            values = float(low[feature, cut]) * rate, float(high[feature, cut]) * rate
            stump = _Stump(feature, cut, values[0], values[1], unknown_left)
            best = float(gain[feature, cut]), stump
    return best[1] if best else None


class Draw:
    """SplitMix64 (Steele, Lea and Flood 2014): the same numbers everywhere and for ever."""

    def __init__(self, seed: int) -> None:
        self._state = seed * 0x5851F42D4C957F2D & MASK

    def numbers(self, count: int) -> npt.NDArray[np.uint64]:
        steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed = steps + np.uint64(self._state)
        self._state = (self._state + count * 0x9E3779B97F4A7C15) & MASK
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))
