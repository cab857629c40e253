"""The room locator in simulated homes: cost of a window, of a fit, memory, share right.

Two floors, nine rooms, four receivers; somebody else on another day with another tag than in
the walk. Time is the processor's; memory is what decoding the fit and following a tag hold.
"""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

from edge.locating import BY_WINDOW, WINDOW_MS, Sample, Track, decode_fit, encode_fit, fit, follow
from edge.sim.radio_map import Plan, Point, RadioMap
from edge.sim.strolls import FLAT_3, FLAT_6, HOUSE_4, flat, house
from tests.support.walks import Walk, score, walk

WINDOW_MS_MAX = 5.0
MEMORY_MB_MAX = 10.0
MINUTES = 20
# Persons: gain of tag and body in dB, and which side of the body it is worn on.
PERSONS = (("a", 0.0, 0.0), ("b", 5.0, 1.5), ("c", -5.0, -1.5))


def run() -> list[dict[str, Any]]:
    """Cost once, for the largest home; shares right for each home, without a limit."""
    rows: list[dict[str, Any]] = []
    homes: tuple[tuple[str, Plan, dict[str, Point]], ...] = (
        ("house, 9 rooms, 4 receivers", house(), dict(HOUSE_4)),
        ("flat, 5 rooms, 3 receivers", flat(), dict(FLAT_3)),
        ("flat, 5 rooms, 6 receivers", flat(), dict(FLAT_6)),
    )
    for number, (name, plan, receivers) in enumerate(homes):
        walks = _walks(plan, receivers)
        samples = [one for done in walks[1:] for one in done.samples()]
        rows += _home(name, plan, samples, receivers, walks[0], cost=not number)
    return rows


def _walks(plan: Plan, receivers: dict[str, Point]) -> list[Walk]:
    radio = RadioMap(plan, receivers)
    return [
        walk(
            plan,
            receivers,
            seed=day,
            person=person,
            gain_db=gain,
            turn_rad=turn,
            day=day,
            minutes=MINUTES,
            stay_s=120.0,
            radio=radio,
        )
        for day, (person, gain, turn) in enumerate(PERSONS)
    ]


def _home(
    name: str,
    plan: Plan,
    samples: list[Sample],
    receivers: dict[str, Point],
    other: Walk,
    *,
    cost: bool,
) -> list[dict[str, Any]]:
    began = time.process_time()
    found = fit(samples, tuple(receivers), plan.neighbours())
    took = time.process_time() - began
    data = encode_fit(found)
    rows: list[dict[str, Any]] = [
        {
            "measure": f"{name}: right, another person and day",
            "value": f"{100 * score(found, [other]).share:.1f} %",
        },
        {"measure": f"{name}: fit of {len(samples)} samples", "value": f"{took:.1f} s"},
        {"measure": f"{name}: size of the fit", "value": f"{len(data) / 1000:.0f} kB"},
    ]
    if cost:
        ms, mb = _cost(data, other)
        rows += [
            {
                "measure": f"{name}: a window of 10 s",
                "value": f"{ms:.2f} ms",
                "limit": f"<= {WINDOW_MS_MAX} ms",
                "ok": ms <= WINDOW_MS_MAX,
            },
            {
                "measure": f"{name}: memory of fit and track",
                "value": f"{mb:.1f} MB",
                "limit": f"<= {MEMORY_MB_MAX} MB",
                "ok": mb <= MEMORY_MB_MAX,
            },
        ]
    return rows


def _cost(data: bytes, other: Walk) -> tuple[float, float]:
    """Milliseconds a window; then, in a run of its own, the peak of memory in MB."""
    began = time.process_time()
    windows = _follow(data, other)
    ms = 1000 * (time.process_time() - began) / windows
    tracemalloc.start()
    _follow(data, other)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return ms, peak / 1e6


def _follow(data: bytes, other: Walk) -> int:
    found, track = decode_fit(data), Track(began_ms=other.begin_ms)
    now, at, windows = other.begin_ms, 0, 0
    while now < other.rooms[-1][0]:
        now, first = now + WINDOW_MS, at
        while at < len(other.sightings) and other.sightings[at].at_ms < now:
            at += 1
        track, _ = follow(found, track, other.sightings[first:at], (), now, pace=BY_WINDOW)
        windows += 1
    return windows
