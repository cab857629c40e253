"""A small home that is fitted in a moment: three rooms, levels that tell them apart."""

from __future__ import annotations

import random
from functools import cache

from edge.locating import WINDOW_MS, Fit, Sample, Sighting, fit

RECEIVERS = ("", "s1", "s2")
LEVELS = {
    "bedroom": (-80, -55, -75),
    "kitchen": (-75, -78, -55),
    "living": (-55, -75, -72),
}


def heard(
    room: str, from_ms: int, *, length_ms: int = WINDOW_MS, gain: int = 0, seed: int = 1
) -> tuple[Sighting, ...]:
    """Twice a second at each receiver, with 3 dB of noise."""
    rng = random.Random(f"{seed}/{room}/{from_ms}")
    return tuple(
        Sighting(receiver=name, rssi_dbm=round(level + gain + rng.gauss(0, 3)), at_ms=from_ms + at)
        for at in range(0, length_ms, 500)
        for name, level in zip(RECEIVERS, LEVELS[room], strict=True)
    )


def samples(
    *, session: str = "a", person: str = "a", gain: int = 0, windows: int = 6
) -> list[Sample]:
    """The rooms one after the other, `windows` windows in each."""
    found = []
    for at, room in enumerate(r for r in LEVELS for _ in range(windows)):
        from_ms = at * WINDOW_MS
        found.append(
            Sample(
                session=session,
                person=person,
                room=room,
                sightings=heard(room, from_ms, gain=gain, seed=len(session)),
                from_ms=from_ms,
                until_ms=from_ms + WINDOW_MS,
            )
        )
    return found


@cache
def small_fit() -> Fit:
    return fit(samples(), RECEIVERS)
