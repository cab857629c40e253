"""Each room as one normal distribution of levels: what is known best after a short walk.

Regularised discriminant analysis (Friedman, 1989): a room's own covariance is mixed with that
of all rooms, which knows how levels move together when somebody turns round. An unknown gain
of the tag is one more, common variance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from edge.locating.records import Normal
from edge.locating.slots import FLOOR_DBM

# Slots next to each other are one spot and one heading: so many make one fact.
SLOTS_A_FACT = 8.0
# Facts that speak for the covariance of all rooms, a receiver.
COMMON_FACTS = 3.0
# What a level is uncertain by whatever the walk said, and what is left of the tag's gain.
RIDGE_DB = 3.0
GAIN_DB = 2.0

Levels = Sequence[float | None]
Matrix = list[list[float]]


def learn(rows: Sequence[Levels], labels: Sequence[int], rooms: int) -> tuple[Normal, ...]:
    """One a room; a level that was not heard counts as the floor."""
    size = len(rows[0])
    filled: list[list[list[float]]] = [[] for _ in range(rooms)]
    for row, label in zip(rows, labels, strict=True):
        filled[label].append(_filled(row))
    centre = [sum(column) / len(rows) for column in zip(*map(_filled, rows), strict=True)]
    means = []
    spreads = []
    for some in filled:
        facts = len(some) / SLOTS_A_FACT
        mean = [
            (sum(row[i] for row in some) / SLOTS_A_FACT + 0.5 * centre[i]) / (facts + 0.5)
            for i in range(size)
        ]
        means.append(mean)
        spreads.append(_spread(some, mean, size))
    common = [
        [sum(spread[i][j] for spread in spreads) / len(rows) for j in range(size)]
        for i in range(size)
    ]
    found = []
    for some, mean, spread in zip(filled, means, spreads, strict=True):
        facts, prior = len(some) / SLOTS_A_FACT, COMMON_FACTS * size
        both = [
            [
                (spread[i][j] / SLOTS_A_FACT + prior * common[i][j]) / (facts + prior)
                + GAIN_DB**2
                + (RIDGE_DB**2 if i == j else 0.0)
                for j in range(size)
            ]
            for i in range(size)
        ]
        inverse, log_size = _inverted(both)
        found.append(
            Normal(
                mean=tuple(mean),
                inverse=tuple(tuple(row) for row in inverse),
                log_size=log_size,
            )
        )
    return tuple(found)


def log_likelihoods(normals: Sequence[Normal], row: Levels) -> list[float]:
    """Nats of each room, but for a constant."""
    filled = _filled(row)
    found = []
    for normal in normals:
        off = [level - mean for level, mean in zip(filled, normal.mean, strict=True)]
        far = sum(
            one * sum(part * other for part, other in zip(line, off, strict=True))
            for one, line in zip(off, normal.inverse, strict=True)
        )
        found.append(-0.5 * (far + normal.log_size))
    return found


def _filled(row: Levels) -> list[float]:
    return [FLOOR_DBM if level is None else max(FLOOR_DBM, level) for level in row]


def _spread(rows: Sequence[Sequence[float]], mean: Sequence[float], size: int) -> Matrix:
    """The sum of squares and products round the mean."""
    found = [[0.0] * size for _ in range(size)]
    for row in rows:
        off = [level - middle for level, middle in zip(row, mean, strict=True)]
        for i, one in enumerate(off):
            line = found[i]
            for j, other in enumerate(off):
                line[j] += one * other
    return found


def _inverted(matrix: Matrix) -> tuple[Matrix, float]:
    """Inverse and log determinant by Gauss and Jordan; the ridge keeps every pivot positive."""
    size = len(matrix)
    work = [[*row, *(1.0 if i == j else 0.0 for j in range(size))] for i, row in enumerate(matrix)]
    log_size = 0.0
    for at in range(size):
        pivot = work[at][at]
        log_size += math.log(pivot)
        work[at] = [one / pivot for one in work[at]]
        for other in range(size):
            factor = work[other][at]
            if other != at and factor:
                work[other] = [a - factor * b for a, b in zip(work[other], work[at], strict=True)]
    return [row[size:] for row in work], log_size
