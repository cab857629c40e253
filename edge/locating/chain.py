"""The hidden Markov chain over rooms: forward while it runs, backward over what is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import mul

from edge.locating.records import SLOT_MS, Chain

# How much of the ways out of a room lead to one that is not beside it: a passage that was
# missed because nobody heard the tag, or a plan with a mistake.
THROUGH_WALLS = 0.02
# Ways that every pair of neighbours has walked before the first one is counted.
BEFORE_COUNTING = 1.0

# A room with so many doors is a passage (hallway, landing): one goes through, and seldom stays.
PASSAGE_DOORS = 3
# From door to door takes 3 to 5 s; now and then somebody stops there. What a short stay gives to
# the rooms beside is taken from who rests in the passage (docs/decisions/0021).
PASSAGE_S = 4.0

# However much levels change, staying remains at least as likely as going.
TURN_SHARE = 0.5

Vector = Sequence[float]


def chain(
    rooms: Sequence[str],
    moves: Mapping[tuple[int, int], int],
    shares: Sequence[float],
    neighbours: Mapping[str, frozenset[str]] | None,
    dwell_s: float,
) -> Chain:
    """`moves` are changes that were counted; `dwell_s` the mean stay where it is no passage;
    `shares` of time.
    """
    count = len(rooms)
    if count == 1:
        return Chain(step=((1.0,),), start=(1.0,))
    step = []
    for i, room in enumerate(rooms):
        near = None if neighbours is None else neighbours.get(room)
        passage = near is not None and len(near) >= PASSAGE_DOORS
        stay = math.exp(-SLOT_MS / 1000.0 / (min(PASSAGE_S, dwell_s) if passage else dwell_s))
        weights = []
        for j, other in enumerate(rooms):
            if i == j:
                weights.append(0.0)
                continue
            beside = near is None or other in near
            weights.append(
                moves.get((i, j), 0) + BEFORE_COUNTING * (1.0 if beside else THROUGH_WALLS)
            )
        whole = sum(weights)
        step.append(
            tuple(
                stay if i == j else (1.0 - stay) * weight / whole
                for j, weight in enumerate(weights)
            )
        )
    return Chain(step=tuple(step), start=tuple(shares))


def _turns(chain: Chain, turn: float) -> list[float]:
    """How much likelier than usual each room is left."""
    return [
        min(turn, TURN_SHARE / (1.0 - row[at])) if row[at] < 1.0 else 0.0
        for at, row in enumerate(chain.step)
    ]


def forward(chain: Chain, before: Vector, emission: Vector, turn: float = 1.0) -> list[float]:
    """The probabilities after one more slot; a change of room is `turn` times as likely."""
    going = list(map(mul, before, _turns(chain, turn)))
    found = [
        (old - gone + sum(map(mul, going, column))) * seen
        for old, gone, column, seen in zip(
            before, going, zip(*chain.step, strict=True), emission, strict=True
        )
    ]
    whole = sum(found)
    return [one / whole for one in found]


def smoothed(
    chain: Chain, before: Vector, emissions: Sequence[Vector], turns: Sequence[float]
) -> list[list[float]]:
    """Probabilities of the rooms in each slot, given all of them (forward-backward)."""
    ahead: list[list[float]] = []
    now: Vector = before
    for emission, turn in zip(emissions, turns, strict=True):
        now = forward(chain, now, emission, turn)
        ahead.append(list(now))
    back = [1.0] * len(before)
    for at in range(len(emissions) - 1, -1, -1):
        both = list(map(mul, ahead[at], back))
        whole = sum(both)
        ahead[at] = [one / whole for one in both]
        if not at:
            break
        seen = list(map(mul, emissions[at], back))
        back = [
            (1.0 - turn) * here + turn * sum(map(mul, row, seen))
            for here, turn, row in zip(seen, _turns(chain, turns[at]), chain.step, strict=True)
        ]
        top = max(back)
        back = [one / top for one in back]
    return ahead
