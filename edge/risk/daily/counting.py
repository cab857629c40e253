"""One day's activations become numbers: how much, where, how fast, how regular.

All counts are of activations unless a unit says otherwise; hours are those of the local clock.
On the day the clock is set back, the hour that comes twice is counted as one.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from edge.risk.daily.places import (
    BLOCK_H,
    BLOCKS,
    DAY_H,
    DAY_S,
    DOORS,
    HALLWAY,
    HOUR_S,
    PLACES,
    WINDOWS,
)

# Local second of the day (0 to 86,399) and number of the place.
Activation = tuple[int, int]

QUARTER_S = 900
QUARTERS = DAY_S // QUARTER_S
# Waking hours, for what a day is like apart from its night: 6 to 22 o'clock.
WAKING_H = (6, 22)
# Old people seldom rise before four: an activation before it belongs to the night.
RISING_H = 4
# From room to room in less than a minute is haste; in less than 20 s, pacing.
RAPID_S, PACING_S = 60, 20
# Two activations within 10 s: a sensor that hardly rests.
BURST_S = 10
# Somebody who stays longer than half an hour has settled; how much longer says nothing of the way.
DWELL_MAX_S = 1800
# What counts as a quiet hour of the day: the mean of its four quietest waking hours.
QUIET_HOURS = 4

Numbers = dict[str, float]


def counted(activations: Sequence[Activation]) -> Numbers:
    """The numbers of a day with at least one activation; any order gives the same."""
    day = sorted(activations)
    hours = [[0] * DAY_H for _ in PLACES]
    for second, place in day:
        hours[place][second // HOUR_S] += 1
    total = [sum(column) for column in zip(*hours, strict=True)]
    return {
        **_places(hours, len(day)),
        **_amounts(total),
        **_quarters(day),
        **_windows(day),
        **_pace(day),
        **_doors(hours),
    }


def busiest(hours: Sequence[int], span: int) -> int:
    """The most in `span` clock hours on end."""
    found = running = sum(hours[:span])
    for i in range(span, len(hours)):
        running += hours[i] - hours[i - span]
        found = max(found, running)
    return found


def _places(hours: Sequence[Sequence[int]], count: int) -> Numbers:
    numbers: Numbers = {}
    for place, of_place in zip(PLACES, hours, strict=True):
        whole = sum(of_place)
        numbers[place] = whole
        numbers[f"{place}.share"] = whole / count
        for i, block in enumerate(BLOCKS):
            numbers[f"{place}.{block}"] = sum(of_place[i * BLOCK_H : (i + 1) * BLOCK_H])
        for span in (1, 4, 6):
            numbers[f"{place}.busiest_{span}h"] = busiest(of_place, span)
    return numbers


def _amounts(total: Sequence[int]) -> Numbers:
    count = sum(total)
    numbers: Numbers = {"all": count}
    for i, block in enumerate(BLOCKS):
        numbers[f"all.{block}"] = sum(total[i * BLOCK_H : (i + 1) * BLOCK_H])
    for span in (1, 2, 3, 4, 6, 8):
        numbers[f"all.busiest_{span}h"] = busiest(total, span)
    active = sorted(hour for hour in total if hour)
    waking = sorted(total[slice(*WAKING_H)])
    mean = count / DAY_H
    numbers["all.active_h"] = len(active)
    numbers["all.median_h"] = _median(active)
    numbers["all.spread_h"] = math.sqrt(sum((hour - mean) ** 2 for hour in total) / DAY_H)
    numbers["all.entropy_h"] = _entropy(active)
    numbers["all.top3_h"] = sum(sorted(total)[-3:]) / 3
    numbers["all.waking_h"] = sum(waking) / len(waking)
    numbers["all.quiet_h"] = sum(waking[:QUIET_HOURS]) / QUIET_HOURS
    return numbers


def _quarters(day: Sequence[Activation]) -> Numbers:
    counts = [0] * QUARTERS
    for second, _ in day:
        counts[second // QUARTER_S] += 1
    first, until = (hour * HOUR_S // QUARTER_S for hour in WAKING_H)
    longest = running = 0
    for quarter in counts:
        running = running + 1 if quarter else 0
        longest = max(longest, running)
    active = [1 if quarter else 0 for quarter in counts]
    night = active[: BLOCK_H * HOUR_S // QUARTER_S]
    return {
        "quarter.most": max(counts),
        "quarter.active": sum(active),
        "quarter.active_waking": sum(active[first:until]),
        "quarter.active_night": sum(night),
        "quarter.longest": longest,
    }


def _windows(day: Sequence[Activation]) -> Numbers:
    numbers: Numbers = {}
    for name, (start_h, end_h) in WINDOWS.items():
        start_s, end_s = start_h * HOUR_S, end_h * HOUR_S
        inside = day[bisect_left(day, (start_s, 0)) : bisect_left(day, (end_s, 0))]
        counts = [0] * len(PLACES)
        moves, gap, last_s, last_place = 0, 0, start_s, -1
        for second, place in inside:
            counts[place] += 1
            moves += last_place not in {-1, place}
            gap = max(gap, second - last_s)
            last_s, last_place = second, place
        numbers[f"{name}.count"] = len(inside)
        numbers[f"{name}.moves"] = moves
        numbers[f"{name}.entropy"] = _entropy(counts)
        numbers[f"{name}.gap"] = max(gap, end_s - last_s)
    return numbers


def _pace(day: Sequence[Activation]) -> Numbers:
    seconds = [second for second, _ in day]
    steps = [b - a for a, b in pairwise(seconds)]
    moves_h, rapid_h = [0] * DAY_H, [0] * DAY_H
    pacing = from_hallway = back = stayed_s = 0
    for i, gap_s in enumerate(steps):
        second, place = day[i + 1]
        before = day[i][1]
        if place == before:
            continue
        moves_h[second // HOUR_S] += 1
        rapid_h[second // HOUR_S] += gap_s < RAPID_S
        pacing += gap_s < PACING_S
        from_hallway += before == HALLWAY
        stayed_s += min(gap_s, DWELL_MAX_S)
        back += i > 0 and day[i - 1][1] == place
    moves = sum(moves_h)
    awake = seconds[bisect_left(seconds, RISING_H * HOUR_S) :]
    return {
        "moves": moves,
        **{f"moves.busiest_{span}h": busiest(moves_h, span) for span in (1, 2, 4, 6)},
        "moves.rapid": sum(rapid_h),
        "moves.rapid_busiest_4h": busiest(rapid_h, 4),
        "moves.pacing": pacing,
        "moves.back_and_forth": back,
        "moves.from_hallway": from_hallway,
        "moves.dwell": stayed_s / moves if moves else DWELL_MAX_S,
        "moves.run": len(day) / (moves + 1),
        "steps.burst": sum(gap_s < BURST_S for gap_s in steps),
        "steps.longest": max(steps, default=DAY_S),
        "steps.median": _median(sorted(steps)) if steps else DAY_S,
        "first": awake[0] / HOUR_S if awake else DAY_H,
        "last": seconds[-1] / HOUR_S,
        "rooms": len({place for _, place in day}),
    }


def _doors(hours: Sequence[Sequence[int]]) -> Numbers:
    both = [sum(hours[door][hour] for door in DOORS) for hour in range(DAY_H)]
    return {
        "doors": sum(both),
        "doors.busiest_1h": max(both),
        "doors.night": sum(both[:BLOCK_H]) + sum(both[WAKING_H[1] :]),
    }


def _entropy(counts: Sequence[int]) -> float:
    """Shannon entropy in nats of how `counts` share their sum; 0 where nothing is."""
    whole = sum(counts)
    return -sum(n / whole * math.log(n / whole) for n in counts if n) if whole else 0.0


def _median(ordered: Sequence[float]) -> float:
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
