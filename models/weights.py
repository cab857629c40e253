"""Published weights become scores: one log odds per feature and level, and one for "not known".

Shared by the builder, the cohort and their tests. Reads a weights file, computes in double
precision and rounds once to float32, which is what the model holds.

A weight bears on one part of an index, and an index is a product of parts: the odds of harm by
fire are ignition x detection x escape, so their log odds are the sum of the three.
"""

from __future__ import annotations

import math
import struct
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A level without a study of its own lies half way, in log odds, between its neighbours.
HALF = 0.5

# One point of a checklist stands for this much log odds.
POINT = 0.25

# Where no study gives a value, points are taken at half of that: what nobody has measured must not
# move an index as much as what somebody has.
UNMEASURED = 0.5

# A published value whose interval was not read is moved by this share of its log odds.
UNREAD = 0.5

PARTS = ("ignition", "detection", "escape", "fall")

# The indices, in the order of the model's outputs, and the parts whose product they are.
INDICES: dict[str, tuple[str, ...]] = {
    "fire_start": ("ignition",),
    "fire_harm": ("ignition", "detection", "escape"),
    "fall": ("fall",),
}

Weights = dict[str, Any]


def f32(value: float) -> float:
    """The nearest float32."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


@dataclass(frozen=True)
class Score:
    """One feature in one index: log odds by level (the first is 0), and on average."""

    name: str
    levels: tuple[str, ...]
    log_odds: tuple[float, ...]
    mean: float

    @property
    def unknown(self) -> float:
        """Not known weighs as the worst it could be: no refusal may rank a home lower."""
        return self.log_odds[-1]

    @property
    def bears(self) -> bool:
        return self.log_odds[-1] > 0.0

    def of(self, value: float | None) -> float:
        return self.unknown if value is None else self.log_odds[int(value)]


def read(path: Path) -> Weights:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def scores(weights: Weights, index: str, shrink: float) -> tuple[Score, ...]:
    """Every feature in one index, with each published log odds times `shrink` (1.0: as published).

    Raises ValueError for shares that are no whole, and for a level below a better one.
    """
    return tuple(_score(feature, INDICES[index], shrink) for feature in weights["feature"])


def intercept(all_scores: tuple[Score, ...]) -> float:
    """Puts the average home at log odds 0, which is index 50."""
    return f32(-sum(score.mean for score in all_scores))


def index(logit: float) -> float:
    """The index 0-100 of a sum of log odds."""
    return 100.0 / (1.0 + math.exp(-logit))


def rows(feature: dict[str, Any], part: str) -> list[dict[str, Any]]:
    """What the file says of each level above the first."""
    told: list[dict[str, Any]] = feature.get(part, [])
    if told and [row["level"] for row in told] != feature["levels"][1:]:
        message = f"{feature['name']}: {part} does not name the levels {feature['levels'][1:]}"
        raise ValueError(message)
    return told


def published(feature: dict[str, Any], part: str) -> list[float]:
    """The ratio of each level before shrinking; 1.0 for the first, and for a part it has not."""
    told = rows(feature, part)
    if not told:
        return [1.0] * len(feature["levels"])
    ratios = [1.0]
    for i, level in enumerate(told):
        if level["fit"] == "interpolated":
            above, below = math.log(_value(told[i + 1])), math.log(ratios[-1])
            ratios.append(math.exp(below + HALF * (above - below)))
        else:
            ratios.append(_value(level))
    return ratios


def told(feature: dict[str, Any], part: str) -> list[tuple[dict[str, Any], float]]:
    """What the file says of each level above the first, with its ratio before shrinking."""
    levels = rows(feature, part)
    return list(zip(levels, published(feature, part)[1:], strict=True)) if levels else []


def interval(level: dict[str, Any]) -> tuple[float, float]:
    """The ratios between which a level may lie: as read, as assumed, or half of it either way."""
    if "low" in level:
        return float(level["low"]), float(level["high"])
    value = math.log(_value(level))
    return math.exp(value * (1 - UNREAD)), math.exp(value * (1 + UNREAD))


def _value(level: dict[str, Any]) -> float:
    if level["fit"] == "points":
        return math.exp(UNMEASURED * POINT * level["points"])
    return float(level["value"])


def _score(feature: dict[str, Any], parts: tuple[str, ...], shrink: float) -> Score:
    by_part = [published(feature, part) for part in parts]
    log_odds = tuple(
        f32(shrink * sum(math.log(ratio) for ratio in of_level))
        for of_level in zip(*by_part, strict=True)
    )
    shares = feature["share"]
    if not math.isclose(sum(shares), 1.0, abs_tol=1e-9):
        message = f"{feature['name']}: the shares add up to {sum(shares)}, not to 1"
        raise ValueError(message)
    if list(log_odds) != sorted(log_odds) or len(shares) != len(log_odds):
        message = f"{feature['name']}: a worse level weighs less, or has no share"
        raise ValueError(message)
    return Score(
        name=feature["name"],
        levels=tuple(feature["levels"]),
        log_odds=log_odds,
        mean=sum(share * value for share, value in zip(shares, log_odds, strict=True)),
    )
