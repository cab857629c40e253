"""Windows that a fit has not seen: what to expect of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from edge.domain.base import Record
from edge.locating.chain import forward, smoothed
from edge.locating.moving import NEW_NEWS, arriving, news
from edge.locating.reading import Belief, Nats, emission
from edge.locating.records import (
    SLOT_MS,
    UNSURE_BELOW,
    WINDOW_MS,
    Chain,
    Expected,
    RoomScore,
)

LAG = WINDOW_MS // SLOT_MS
# Rooms that are taken for each other in more than this share of their windows are alike.
ALIKE = 0.25


class Held(Record, frozen=True, kw_only=True):
    """One run left out: nats of each slot by each reading; of silence its emission."""

    labels: list[int]
    windows: list[int]
    nats: list[Nats]
    silent: list[list[float] | None]
    changes: list[float]  # in changes at rest
    turns: list[float]


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


def expected_of(
    rooms: Sequence[str],
    held: Sequence[Held],
    chain: Chain,
    belief: Belief,
    by: str,
) -> Expected:
    windows, right, unknown = [0] * len(rooms), [0] * len(rooms), [0] * len(rooms)
    taken: list[dict[str, int]] = [{} for _ in rooms]
    for run in held:
        for label, shares in decided(run, chain, belief):
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


def decided(run: Held, chain: Chain, belief: Belief) -> list[tuple[int, list[float]]]:
    """For each window its room and the shares it would be decided by, a window later."""
    weights = accumulate(
        (news(size, belief.rest_weight) for size in run.changes),
        lambda before, fresh: arriving(fresh, before),
    )
    seen = [
        emission(belief.weights, nats, weight) if quiet is None else quiet
        for nats, quiet, weight in zip(run.nats, run.silent, weights, strict=True)
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
