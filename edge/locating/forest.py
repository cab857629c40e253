"""Extremely randomised trees (Geurts, Ernst and Wehenkel, 2006) on small whole numbers.

Chosen because they take levels, differences and silence as they come, need no scaling, are
grown in seconds in plain Python and read in microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from edge.locating.chance import Chance
from edge.locating.records import Tree

TREES = 48
# Neighbouring slots are nearly the same: a leaf of fewer knows one moment, not a place.
LEAF_ROWS = 3
DEPTH_MAX = 14
SHARE = 255
# Added to each leaf, spread over all rooms: a leaf of one room is not a proof.
DOUBT_ROWS = 1.0

Row = Sequence[int]


def grow(
    make_rows: Callable[[Chance], Sequence[Row]],
    labels: Sequence[int],
    rooms: int,
    *,
    seed: int,
    trees: int = TREES,
) -> tuple[Tree, ...]:
    """`make_rows` gives the rows for one tree: each tree may see other shifts of the same slots."""
    grown = []
    for number in range(trees):
        chance = Chance(seed * 1_000_003 + number)
        rows = make_rows(chance)
        columns = [list(column) for column in zip(*rows, strict=True)]
        grown.append(_Grower(columns, list(labels), rooms, chance).tree())
    return tuple(grown)


def log_shares(trees: Sequence[Tree], row: Row, rooms: int) -> list[float]:
    """Log probability of each room, the mean over the trees."""
    total = [0] * rooms
    for tree in trees:
        feature, limit, child = tree.feature, tree.limit, tree.child
        node = 0
        while (at := feature[node]) >= 0:
            node = child[node] + (row[at] > limit[node])
        first = child[node]
        total = list(map(int.__add__, total, tree.shares[first : first + rooms]))
    whole = sum(total) + rooms
    return [math.log((one + 1) / whole) for one in total]


class _Grower:
    """One tree while it grows."""

    def __init__(
        self, columns: list[list[int]], labels: list[int], rooms: int, chance: Chance
    ) -> None:
        self._columns = columns
        self._labels = labels
        self._rooms = rooms
        self._chance = chance
        self._tries = max(2, math.isqrt(len(columns)) + 1)
        self._feature: list[int] = [-1]
        self._limit: list[int] = [0]
        self._child: list[int] = [0]
        self._shares: list[int] = []

    def tree(self) -> Tree:
        waiting = [(0, list(range(len(self._labels))), 0)]
        while waiting:
            node, rows, depth = waiting.pop()
            counts = self._counts(rows)
            split = None
            if len(rows) >= 2 * LEAF_ROWS and depth < DEPTH_MAX and max(counts) < len(rows):
                split = self._split(rows, counts)
            if split is None:
                self._leaf(node, counts)
                continue
            feature, limit = split
            column = self._columns[feature]
            left = len(self._feature)
            self._feature[node], self._limit[node], self._child[node] = feature, limit, left
            self._feature += [-1, -1]
            self._limit += [0, 0]
            self._child += [0, 0]
            waiting.append((left, [i for i in rows if column[i] <= limit], depth + 1))
            waiting.append((left + 1, [i for i in rows if column[i] > limit], depth + 1))
        return Tree(
            feature=tuple(self._feature),
            limit=tuple(self._limit),
            child=tuple(self._child),
            shares=tuple(self._shares),
        )

    def _split(self, rows: list[int], counts: list[int]) -> tuple[int, int] | None:
        """The best of a few features, each cut at one random place."""
        best: tuple[int, int] | None = None
        best_score = 0.0
        labels = self._labels
        for feature in self._chance.some(len(self._columns), self._tries):
            column = self._columns[feature]
            values = [column[i] for i in rows]
            low, high = min(values), max(values)
            if low == high:
                continue
            limit = low + self._chance.below(high - low)
            left = [labels[i] for i, value in zip(rows, values, strict=True) if value <= limit]
            size = len(left)
            other = len(rows) - size
            if size < LEAF_ROWS or other < LEAF_ROWS:
                continue
            lefts = [left.count(room) for room in range(self._rooms)]
            score = sum(n * n for n in lefts) / size + (
                sum((n - m) ** 2 for n, m in zip(counts, lefts, strict=True)) / other
            )
            if score > best_score:
                best_score, best = score, (feature, limit)
        return best

    def _counts(self, rows: list[int]) -> list[int]:
        labels = [self._labels[i] for i in rows]
        return [labels.count(room) for room in range(self._rooms)]

    def _leaf(self, node: int, counts: list[int]) -> None:
        doubt = DOUBT_ROWS / self._rooms
        whole = sum(counts) + DOUBT_ROWS
        self._child[node] = len(self._shares)
        self._shares += [round(SHARE * (n + doubt) / whole) for n in counts]
