"""Windows that a fit has not seen: which weights and stay do best, and what to expect."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from edge.domain.base import Record
from edge.locating.chain import forward, smoothed
from edge.locating.moving import NEW_NEWS, news
from edge.locating.reading import Nats, emission
from edge.locating.records import (
    SLOT_MS,
    UNSURE_BELOW,
    WINDOW_MS,
    Chain,
    Expected,
    RoomScore,
    Weights,
)

LAG = WINDOW_MS // SLOT_MS
# Trees, histograms, normals. Those without normals did worse in every home that was tried.
MIXES = ((0.0, 0.0, 1.0), (0.5, 0.0, 0.5), (0.0, 0.5, 0.5), (0.34, 0.33, 0.33))
# Less than these, and a wrong beginning is held on to for minutes.
SCALES = (0.3, 0.6, 1.2, 2.0)
RESTS = (0.06, 0.15, 0.3, 0.6)
DWELLS_S = (20.0, 45.0, 90.0, 180.0)
# Slots that a choice is made on; more do not change it and cost seconds.
CHOICE_SLOTS = 6_000
# A window that is wrong costs as much as this many nats of doubt about the right room.
WRONG_NATS = 2.0
# Rooms that are taken for each other in more than this share of their windows are alike.
ALIKE = 0.25

Mix = tuple[float, float, float]


class Held(Record, frozen=True, kw_only=True):
    """One run left out: nats of each slot by each reading; of silence its emission."""

    labels: list[int]
    windows: list[int]
    nats: list[Nats]
    silent: list[list[float] | None]
    changes: list[float]  # in medians
    turns: list[float]


class Choice(Record, frozen=True, kw_only=True):
    weights: Weights
    rest_weight: float
    dwell_s: float


# One walk of one person holds no other day and no long rest: what it would choose forgets both.
BY_DEFAULT = Choice(
    weights=Weights(trees=0.32, histograms=0.32, normals=0.96), rest_weight=0.06, dwell_s=120.0
)


def in_a_row(some: Sequence[Held], turn: float) -> Held:
    """Stretches of one room each as a walk from room to room: who changes rooms moves (`turn`),
    and a choice that never saw a change would hold on to a room for ever.
    """
    windows: list[int] = []
    for one in some:
        start = windows[-1] + 1 if windows else 0
        windows += [start + number for number in one.windows]
    return Held(
        labels=[label for one in some for label in one.labels],
        windows=windows,
        nats=[nats for one in some for nats in one.nats],
        silent=[quiet for one in some for quiet in one.silent],
        changes=[NEW_NEWS if not at else c for one in some for at, c in enumerate(one.changes)],
        turns=[turn if not at else t for one in some for at, t in enumerate(one.turns)],
    )


def tuned(
    held: Sequence[Held], chain_of: Callable[[float], Chain], dwell_s: float | None
) -> Choice:
    """Share of the trees, then how far slots are believed, then the mean stay; twice round."""
    some = _first(held, CHOICE_SLOTS)
    mix, scale, rest, stay = MIXES[-1], 0.6, 0.15, dwell_s or 90.0

    def choice(mix: Mix, scale: float, rest: float, stay: float) -> Choice:
        return Choice(
            weights=Weights(
                trees=scale * mix[0], histograms=scale * mix[1], normals=scale * mix[2]
            ),
            rest_weight=rest,
            dwell_s=stay,
        )

    def cost(mix: Mix, scale: float, rest: float, stay: float) -> float:
        return _cost(some, chain_of(stay), choice(mix, scale, rest, stay))

    if not some:
        return choice(mix, scale, rest, stay)
    for _ in range(2):
        scale = min(SCALES, key=lambda one: cost(mix, one, rest, stay))
        rest = min(RESTS, key=lambda one: cost(mix, scale, one, stay))
        mix = min(MIXES, key=lambda one: cost(one, scale, rest, stay))
        if dwell_s is None:
            stay = min(DWELLS_S, key=lambda one: cost(mix, scale, rest, one))
    return choice(mix, scale, rest, stay)


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
        emission(choice.weights, nats, news(size, choice.rest_weight)) if quiet is None else quiet
        for nats, quiet, size in zip(run.nats, run.silent, run.changes, strict=True)
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
        found.append((label, [sum(column) / len(shares) for column in zip(*shares, strict=True)]))
        for one, turn in zip(seen[at:end], run.turns[at:end], strict=True):
            before = forward(chain, before, one, turn)
        at = end
    return found


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
