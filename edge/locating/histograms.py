"""How often each level is heard in each room: smoothed histograms, and those of differences.

Differences between receivers do not know how strong a tag is. Both are read as naive Bayes,
in hundredths of a nat; a receiver that is down is left out of the sum.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from edge.locating.slots import FLOOR_DBM

BIN_DB = 2.0
LOW_DBM = -106.0
BINS = 46  # 0 is "not heard", the others go from LOW_DBM to -16 dBm
PAIR_BIN_DB = 3.0
PAIR_BINS = 43  # differences of -63 to 63 dB, and the last for "neither heard"
# Another person, day or spot in the same room moves a level by about this much.
BLUR_DB = 3.5
# Rows that every bin has before the walk: what was never seen is not impossible.
DOUBT = 1.0
CENTINATS = 100

Levels = Sequence[float | None]
Table = tuple[tuple[tuple[int, ...], ...], ...]


def learn(rows: Sequence[Levels], labels: Sequence[int], rooms: int) -> tuple[Table, Table]:
    """The two tables: room, receiver, bin; and room, pair of receivers, bin."""
    size = len(rows[0])
    pairs = pairs_of(size)
    levels = [[[0.0] * BINS for _ in range(size)] for _ in range(rooms)]
    between = [[[0.0] * PAIR_BINS for _ in pairs] for _ in range(rooms)]
    for row, room in zip(rows, labels, strict=True):
        for at, level in enumerate(row):
            levels[room][at][level_bin(level)] += 1.0
        for at, (i, j) in enumerate(pairs):
            between[room][at][pair_bin(row[i], row[j])] += 1.0
    return (
        tuple(tuple(_smooth(one, 0, BLUR_DB / BIN_DB) for one in room) for room in levels),
        tuple(
            tuple(_smooth(one, PAIR_BINS - 1, BLUR_DB / PAIR_BIN_DB) for one in room)
            for room in between
        ),
    )


def pairs_of(size: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(size) for j in range(i + 1, size)]


def level_bin(level: float | None) -> int:
    if level is None:
        return 0
    return min(BINS - 1, max(1, 1 + int((level - LOW_DBM) / BIN_DB)))


def pair_bin(one: float | None, other: float | None) -> int:
    if one is None and other is None:
        return PAIR_BINS - 1
    difference = (FLOOR_DBM if one is None else one) - (FLOOR_DBM if other is None else other)
    return min(PAIR_BINS - 2, max(0, int((difference + 63.0) / PAIR_BIN_DB)))


def log_likelihoods(
    levels: Table, pairs: Table, row: Levels, down: Collection[int] = ()
) -> list[float]:
    """Nats of each room, as of one independent receiver: the sums are divided by their terms."""
    up = [at for at in range(len(row)) if at not in down]
    if not up:
        return [0.0] * len(levels)
    ones = [(at, level_bin(row[at])) for at in up]
    twos = [
        (at, pair_bin(row[i], row[j]))
        for at, (i, j) in enumerate(pairs_of(len(row)))
        if i not in down and j not in down
    ]
    # n levels hold n facts, and n (n - 1) / 2 differences hold n - 1 of them.
    weight = 2.0 / len(up)
    return [
        (
            sum(room[at][found] for at, found in ones)
            + weight * sum(couple[at][found] for at, found in twos)
        )
        / (2.0 * CENTINATS)
        for room, couple in zip(levels, pairs, strict=True)
    ]


def _smooth(counts: list[float], apart: int, blur: float) -> tuple[int, ...]:
    """Counts spread over neighbours, in hundredths of a nat; bin `apart` is no neighbour."""
    size = len(counts)
    reach = math.ceil(3 * blur)
    kernel = [math.exp(-0.5 * (k / blur) ** 2) for k in range(-reach, reach + 1)]
    spread = [DOUBT / size] * size
    for at, count in enumerate(counts):
        if not count:
            continue
        if at == apart:
            spread[at] += count
            continue
        targets = [
            (at + k - reach, weight)
            for k, weight in enumerate(kernel)
            if 0 <= at + k - reach < size and at + k - reach != apart
        ]
        whole = sum(weight for _, weight in targets)
        for target, weight in targets:
            spread[target] += count * weight / whole
    total = sum(spread)
    return tuple(round(CENTINATS * math.log(one / total)) for one in spread)
