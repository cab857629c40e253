"""Is the wearer moving? Who sits still does not change rooms, whatever the levels say.

Neighbouring slots of somebody who sits are one fact told many times; those of somebody who
walks are new ones. Both follow from how much the levels changed.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from edge.locating.records import Slot
from edge.locating.slots import FLOOR_DBM, joined

# A receiver that begins or ends to hear has changed by this much at most.
CHANGE_MAX_DB = 12.0
# Who walks a home turns round and goes about most of the time: what levels change by at rest is
# in the lower quarter of the walk. All that follows is told in it.
AT_REST = 0.25
# BLE advertisements of a tag at rest vary by 3.5 to 5.9 dB indoors (Strzoda 2022): a walk that says
# less was short or sat through, and would take each lost packet for a step.
AT_REST_MIN_DB = 4.5
# One packet that the slot before or after has no other to may have been lost: that tells nothing.
SOME_PACKETS = 2
# Borders of "how much", in changes at rest.
BORDERS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0)
# Before a walk says otherwise (simulated flats and houses, docs/decisions/0021): shares of slots
# within a stay, and of those at a doorway.
STAYING = (0.15, 0.15, 0.2, 0.15, 0.1, 0.1, 0.07, 0.04, 0.03, 0.01)
GOING = (0.02, 0.03, 0.06, 0.09, 0.12, 0.2, 0.2, 0.14, 0.09, 0.05)
STAYING_BEFORE = 100.0
GOING_BEFORE = 25.0
# From so many changes at rest on somebody walks.
ALONE_FROM = 1.8
# Who sits still may have been put into the wrong room: it must stay possible to mend.
TURN_MIN = 0.15
# Between these, in changes at rest, a slot goes from old news to new.
OLD_NEWS, NEW_NEWS = 0.9, 1.8
# What a slot keeps of the weight of the one before: some five more slots count after a walk.
KEPT_NEWS = 0.85


def change_db(before: Slot, after: Slot) -> float:
    """How far two slots are apart, in dB of a single packet; 0 when there is nothing to compare."""
    total, count = 0.0, 0
    for (n, sum_n, _), (m, sum_m, _) in zip(before, after, strict=True):
        if not (n and m) and n + m < SOME_PACKETS:
            continue
        one = sum_n / n if n else FLOOR_DBM
        other = sum_m / m if m else FLOOR_DBM
        difference = min(CHANGE_MAX_DB, abs(one - other))
        total += difference * difference / (1.0 / max(1, n) + 1.0 / max(1, m))
        count += 1
    return math.sqrt(total / count) if count else 0.0


def view(slots: Sequence[Slot], at: int, scale_db: float) -> tuple[Slot, float]:
    """What is read at a slot, and how much levels changed round it (in `scale_db`).

    Who sits still is read together with the slots before and after, who walks is not: the slot
    before may have been another room. A slot without SOME_PACKETS at any receiver is never read
    alone: a receiver that lost its only packet would stand behind a wall.
    """
    first, last = max(0, at - 1), min(len(slots) - 1, at + 1)
    size = change_db(slots[first], slots[last]) / scale_db
    if size > ALONE_FROM and max(cell[0] for cell in slots[at]) >= SOME_PACKETS:
        return slots[at], size
    return joined(slots[first : last + 1]), size


def turnover(changes: Iterable[tuple[float, bool]]) -> tuple[float, ...]:
    """How much likelier a change of room is, by how much levels changed (in changes at rest)."""
    staying = [STAYING_BEFORE * share for share in STAYING]
    going = [GOING_BEFORE * share for share in GOING]
    for size, gone in changes:
        (going if gone else staying)[bisect_right(BORDERS, size)] += 1.0
    stayed, went = sum(staying), sum(going)
    ratios = [(g / went) / (s / stayed) for g, s in zip(going, staying, strict=True)]
    # More change never makes a change of room less likely: what says so is chance.
    return tuple(max(TURN_MIN, *ratios[: at + 1]) for at in range(len(ratios)))


def turn_of(table: Sequence[float], size: float) -> float:
    return table[bisect_right(BORDERS, size)]


def news(size: float, rest_weight: float) -> float:
    """The weight of a slot: `rest_weight` of somebody who sits, 1 of somebody who walks."""
    part = min(1.0, max(0.0, (size - OLD_NEWS) / (NEW_NEWS - OLD_NEWS)))
    return rest_weight + (1.0 - rest_weight) * part


def arriving(fresh: float, before: float) -> float:
    """The weight with which a slot tells a room, from its news and the weight of the slot before.

    The spot where somebody has just sat down is new for some slots, however still they sit.
    """
    return max(fresh, KEPT_NEWS * before)


def at_rest(values: Iterable[float]) -> float:
    """The lower quarter of a walk's changes, in dB."""
    found = sorted(value for value in values if value > 0.0)
    return max(AT_REST_MIN_DB, found[int(AT_REST * len(found))] if found else 0.0)
