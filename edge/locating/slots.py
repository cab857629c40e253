"""From sightings to the numbers that rooms are told apart by.

A slot is a short stretch; its features come from it and its two neighbours. All features are
whole numbers of 0 to 255 in half decibels, 0 for "not heard".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from edge.locating.records import SLOT_MS, Sighting, Slot

# What no receiver of a small board decodes; stands for "not heard" in differences.
FLOOR_DBM = -100.0
# The weakest level a feature can tell, and the scale: two steps a decibel up to 12 dBm.
LOW_DBM = -115.0
STEPS_A_DB = 2.0
TOP = 255
MIDDLE = 128
FLOOR_STEPS = int((FLOOR_DBM - LOW_DBM) * STEPS_A_DB)
NOTHING = (0, 0, 0)


def slots_of(
    sightings: Iterable[Sighting], index: Mapping[str, int], from_ms: int, count: int
) -> list[Slot]:
    """`count` slots from `from_ms` on; what is outside of them goes to the nearest.

    Receivers that `index` does not name are left out.
    """
    size = max(index.values(), default=-1) + 1
    found = [[[0, 0, -999] for _ in range(size)] for _ in range(count)]
    for one in sightings:
        at = index.get(one.receiver)
        if at is None or not found:
            continue
        cell = found[min(count - 1, max(0, (one.at_ms - from_ms) // SLOT_MS))][at]
        cell[0] += 1
        cell[1] += one.rssi_dbm
        cell[2] = max(cell[2], one.rssi_dbm)
    return [tuple((n, total, top) if n else NOTHING for n, total, top in slot) for slot in found]


def joined(near: Sequence[Slot]) -> Slot:
    """A slot and its neighbours as one."""
    if len(near) == 1:
        return near[0]
    found = []
    for cells in zip(*near, strict=True):
        n = sum(cell[0] for cell in cells)
        found.append(
            (n, sum(cell[1] for cell in cells), max(cell[2] for cell in cells if cell[0]))
            if n
            else NOTHING
        )
    return tuple(found)


def levels_of(slot: Slot, gain_db: float = 0.0) -> tuple[float | None, ...]:
    """Mean dBm at each receiver, less what this tag is known to be stronger."""
    return tuple(total / n - gain_db if n else None for n, total, _ in slot)


def features(
    slot: Slot, levels: Sequence[float | None], shifts_db: Sequence[float] = ()
) -> list[int]:
    """The row that a tree reads: means, peaks, shares of packets, differences.

    With `shifts_db`, one a receiver, as another tag on another body would have given it: what
    falls below the floor is not heard.
    """
    row: list[int] = []
    filled: list[int] = []
    most = max((cell[0] for cell in slot), default=0) or 1
    shifts = shifts_db or (0.0,) * len(slot)
    for (n, total, top), level, shift in zip(slot, levels, shifts, strict=True):
        steps = 0 if level is None else int((level + shift - LOW_DBM) * STEPS_A_DB)
        if steps <= FLOOR_STEPS:
            row += (0, 0, 0)
            filled.append(FLOOR_STEPS)
            continue
        peak = steps + int((top - total / n) * STEPS_A_DB)
        row += (min(TOP, steps), min(TOP, peak), 20 * n // most)
        filled.append(steps)
    strongest = max(filled, default=FLOOR_STEPS)
    for i, one in enumerate(filled):
        row.append(max(0, TOP + one - strongest))
        row += [min(TOP, max(0, MIDDLE + one - other)) for other in filled[i + 1 :]]
    return row
