"""Windows that a fit has not seen: which weights and stay do best, and what to expect."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from edge.domain.base import Record
from edge.locating.chain import forward, smoothed
from edge.locating.moving import news
from edge.locating.reading import scaled
from edge.locating.records import (
    SLOT_MS,
    UNSURE_BELOW,
    WINDOW_MS,
    Chain,
    Expected,
    RoomScore,
)

LAG = WINDOW_MS // SLOT_MS
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
SCALES = (0.15, 0.25, 0.4, 0.7, 1.0)
RESTS = (0.05, 0.15, 0.4, 1.0)
DWELLS_S = (20.0, 45.0, 90.0, 180.0, 400.0)
# Slots that a choice is made on; more do not change it and cost seconds.
CHOICE_SLOTS = 6_000
# A window that is wrong costs as much as this many nats of doubt about the right room.
WRONG_NATS = 2.0
# Rooms that are taken for each other in more than this share of their windows are alike.
ALIKE = 0.25


class Held(Record, frozen=True, kw_only=True):
    """One run left out: nats of each slot by trees and histograms; of silence its emission."""

    labels: list[int]
    windows: list[int]
    trees: list[list[float]]
    levels: list[list[float]]
    silent: list[list[float] | None]
    changes: list[float]  # in medians
    turns: list[float]


class Choice(Record, frozen=True, kw_only=True):
    tree_weight: float
    histogram_weight: float
    rest_weight: float
    dwell_s: float


def tuned(
    held: Sequence[Held], chain_of: Callable[[float], Chain], dwell_s: float | None
) -> Choice:
    """Share of the trees, then how far slots are believed, then the mean stay; twice round."""
    some = _first(held, CHOICE_SLOTS)
    share, scale, rest, stay = 0.5, 0.4, 0.3, dwell_s or 90.0

    def choice(share: float, scale: float, rest: float, stay: float) -> Choice:
        return Choice(
            tree_weight=scale * share,
            histogram_weight=scale * (1.0 - share),
            rest_weight=rest,
            dwell_s=stay,
        )

    def cost(share: float, scale: float, rest: float, stay: float) -> float:
        return _cost(some, chain_of(stay), choice(share, scale, rest, stay))

    if not some:
        return choice(share, scale, rest, stay)
    for _ in range(2):
        scale = min(SCALES, key=lambda one: cost(share, one, rest, stay))
        rest = min(RESTS, key=lambda one: cost(share, scale, one, stay))
        share = min(SHARES, key=lambda one: cost(one, scale, rest, stay))
        if dwell_s is None:
            stay = min(DWELLS_S, key=lambda one: cost(share, scale, rest, one))
    return choice(share, scale, rest, stay)


def expected_of(
    rooms: Sequence[str],
    held: Sequence[Held],
    chain: Chain,
    choice: Choice,
    by: str,
) -> Expected:
    windows, right, unknown = [0] * len(rooms), [0] * len(rooms), [0] * len(rooms)
    taken: list[dict[str, int]] = [{} for _ in rooms]
    for run in held:
        for label, shares in decided(run, chain, choice):
            best = max(range(len(shares)), key=shares.__getitem__)
            windows[label] += 1
            if shares[best] < UNSURE_BELOW:
                unknown[label] += 1
            elif best == label:
                right[label] += 1
            else:
                taken[label][rooms[best]] = taken[label].get(rooms[best], 0) + 1
    alike = [
        (one, other)
        for i, one in enumerate(rooms)
        for j, other in enumerate(rooms)
        if i < j
        and taken[i].get(other, 0) + taken[j].get(one, 0) > ALIKE * (windows[i] + windows[j])
    ]
    return Expected(
        by=by,
        windows=sum(windows),
        right=sum(right),
        unknown=sum(unknown),
        rooms={
            room: RoomScore(
                windows=windows[at], right=right[at], unknown=unknown[at], taken_for=taken[at]
            )
            for at, room in enumerate(rooms)
        },
        alike=tuple(alike),
    )


def decided(run: Held, chain: Chain, choice: Choice) -> list[tuple[int, list[float]]]:
    """For each window its room and the shares it would be decided by, a window later."""
    seen = [
        _emission(choice, ts, hs, size) if quiet is None else quiet
        for ts, hs, quiet, size in zip(run.trees, run.levels, run.silent, run.changes, strict=True)
    ]
    found: list[tuple[int, list[float]]] = []
    before: Sequence[float] = chain.start
    at = 0
    while at < len(seen):
        end = at
        while end < len(seen) and run.windows[end] == run.windows[at]:
            end += 1
        shares = smoothed(chain, before, seen[at : end + LAG], run.turns[at : end + LAG])[
            : end - at
        ]
        label = run.labels[at]
        found.append((label, [sum(one) / len(shares) for one in zip(*shares, strict=True)]))
        for emission, turn in zip(seen[at:end], run.turns[at:end], strict=True):
            before = forward(chain, before, emission, turn)
        at = end
    return found


def _emission(
    choice: Choice, trees: Sequence[float], levels: Sequence[float], size: float
) -> list[float]:
    weight = news(size, choice.rest_weight)
    by_tree, by_level = weight * choice.tree_weight, weight * choice.histogram_weight
    return scaled([by_tree * t + by_level * h for t, h in zip(trees, levels, strict=True)])


def _cost(held: Sequence[Held], chain: Chain, choice: Choice) -> float:
    total, count = 0.0, 0
    for run in held:
        for label, shares in decided(run, chain, choice):
            total -= math.log(max(1e-4, shares[label]))
            total += WRONG_NATS * (max(shares) > shares[label])
            count += 1
    return total / max(1, count)


def _first(held: Sequence[Held], slots: int) -> list[Held]:
    """Some runs of every group, up to `slots`: evenly over all of them."""
    whole = sum(len(run.labels) for run in held)
    step = -(-whole // slots) or 1
    return list(held[::step])
