"""How much of an order stands on weights that nobody knows exactly: each moved within its interval.

On SYNTHETIC homes. The shipped order is compared with that of as many other sets of weights as
would be just as right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cohort
import numpy as np
import weights as w

DRAWS = 200
HOMES = 4_000

# A planner looks at the first tenth.
FIRST_SHARE = 0.1


@dataclass(frozen=True)
class Stability:
    """One index: rank correlation with the shipped order, and what stays in its first tenth."""

    alike: list[float]
    stay: list[float]


def stability(weights: w.Weights, shrink: float) -> dict[str, Stability]:
    """Every index under DRAWS sets of weights."""
    levels = cohort.homes(weights, HOMES)
    shipped = {name: cohort.logits(levels, w.scores(weights, name, shrink)) for name in w.INDICES}
    found = {name: Stability([], []) for name in w.INDICES}
    for seed in range(DRAWS):
        other = drawn(weights, seed)
        for name, ours in shipped.items():
            theirs = cohort.logits(levels, w.scores(other, name, shrink))
            found[name].alike.append(cohort.spearman(ours, theirs))
            both = _first(ours) & _first(theirs)
            found[name].stay.append(len(both) / len(_first(ours)))
    return found


def _first(logits: cohort.Floats) -> set[int]:
    order = np.argsort(-logits, kind="stable")
    return set(order[: int(len(logits) * FIRST_SHARE)].tolist())


def effects(weights: w.Weights, shrink: float) -> list[tuple[str, str, float, float, float]]:
    """What each level does to an average home: name, index, and the index at low, value and high.

    Of the indices that a weight bears on, the one that ranks. Levels that are interpolated move
    with their neighbours and are left out.
    """
    found = []
    for feature in weights["feature"]:
        for part in w.PARTS:
            index = "fall" if part == "fall" else "fire_harm"
            for level, ratio in w.told(feature, part):
                if level["fit"] == "interpolated":
                    continue
                low, high = (shrink * np.log(ratio) for ratio in w.interval(level))
                name = f"{feature['name']}: {level['level']}"
                name += " (start)" if part == "ignition" and "escape" in feature else ""
                middle = w.index(shrink * float(np.log(ratio)))
                found.append((name, index, w.index(float(low)), middle, w.index(float(high))))
    return found


def drawn(weights: w.Weights, seed: int) -> Any:
    """The weights with every ratio moved at once, each within its interval (log-normal)."""
    draw = np.random.Generator(np.random.PCG64([cohort.SEED, 2, seed]))
    features = []
    for feature in weights["feature"]:
        moved = dict(feature)
        for part in w.PARTS:
            told = []
            for level, ratio in w.told(feature, part):
                value = np.log(ratio)
                if level["fit"] != "interpolated":
                    low, high = w.interval(level)
                    value += draw.standard_normal() * np.log(high / low) / (2 * 1.96)
                else:
                    value *= 0.5 + draw.random()
                told.append({"level": level["level"], "value": value})
            # A worse level never weighs less, nor less than nothing: the model is so by its form.
            least = 0.0
            for one in told:
                least = max(least, one["value"])
                one |= {"value": float(np.exp(least)), "fit": "drawn"}
            if told:
                moved[part] = told
        features.append(moved)
    return weights | {"feature": features}
