"""Published weights become scores: one log odds per feature and level, and one for "not known".

Shared by the builder and its tests. Reads a weights file, computes in double
precision and rounds once to float32, which is what the model holds.
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


def f32(value: float) -> float:
    """The nearest float32."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def f32_up(value: float) -> float:
    """The smallest float32 that is not below `value`."""
    near = f32(value)
    if near >= value:
        return near
    bits = struct.unpack("<i", struct.pack("<f", near))[0]
    return float(struct.unpack("<f", struct.pack("<i", bits + 1))[0])


@dataclass(frozen=True)
class Score:
    """One feature: log odds by level (the first is 0), for an unknown one, and on average."""

    name: str
    reason_code: str
    levels: tuple[str, ...]
    log_odds: tuple[float, ...]
    unknown: float
    mean: float

    def of(self, value: float | None) -> float:
        return self.unknown if value is None else self.log_odds[int(value)]


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def scores(weights: dict[str, Any], shrink: float) -> tuple[Score, ...]:
    """The scores with every published log odds times `shrink` (1.0: as published)."""
    return tuple(_score(feature, shrink) for feature in weights["feature"])


def intercept(all_scores: tuple[Score, ...]) -> float:
    """Puts the average home at log odds 0, which is index 50."""
    return f32(-sum(score.mean for score in all_scores))


def index(logit: float) -> float:
    """The index 0-100 of a sum of log odds."""
    return 100.0 / (1.0 + math.exp(-logit))


def published(feature: dict[str, Any]) -> list[float]:
    """The odds ratio of each level as published; 1.0 for the first."""
    ratios = [1.0]
    for i, level in enumerate(feature["levels"][1:], 1):
        if level.get("fit") == "interpolated":
            above = math.log(feature["levels"][i + 1]["value"])
            below = math.log(ratios[-1])
            ratios.append(math.exp(below + HALF * (above - below)))
        else:
            ratios.append(float(level["value"]))
    return ratios


def _score(feature: dict[str, Any], shrink: float) -> Score:
    log_odds = tuple(f32(shrink * math.log(ratio)) for ratio in published(feature))
    shares = [float(level["share"]) for level in feature["levels"]]
    if not math.isclose(sum(shares), 1.0, abs_tol=1e-9):
        message = f"{feature['name']}: the shares add up to {sum(shares)}, not to 1"
        raise ValueError(message)
    mean = sum(share * value for share, value in zip(shares, log_odds, strict=True))
    return Score(
        name=feature["name"],
        reason_code=feature["reason_code"],
        levels=tuple(level["level"] for level in feature["levels"]),
        log_odds=log_odds,
        # Not known weighs at least as much as the average home, and at least as much as the
        # mildest hazard: "we did not ask" is never the better answer.
        unknown=f32_up(max(mean, log_odds[1])),
        mean=mean,
    )
