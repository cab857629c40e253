"""How often a quiet home is doubted for nothing, and how soon a moved device is found.

Simulated flats (`tests/support/dwelling.py`), fixed seeds, one core:

    python -m benchmarks.identity 3 24          # receivers, flats of a month each
    python -m benchmarks.identity 3 24 50000    # other flats than the limits were chosen by
"""

from __future__ import annotations

import statistics
import sys

from edge.events import Surveyed
from tests.support.dwelling import WINDOWS_A_DAY, Dwelling
from tests.support.living import MINUTE, Living

QUIET_DAYS, LEARN_DAYS, LOOK_DAYS = 31, 4, 2
WINDOW_MIN = 10
PLANTED = 40
APART_M = 4.0


class Watched:
    """One flat under the rules: which devices were ever in doubt, since which window."""

    def __init__(self, seed: int, receivers: int) -> None:
        self.flat = Dwelling(seed, receivers)
        self.home = Living()
        for name, role in self.flat.roles.items():
            self.home.enrol(name, role)
        self.since: dict[str, int] = {}

    def live(self, days: int, *, seldom: float = 1.0) -> None:
        for _ in range(days * WINDOWS_A_DAY):
            self.home.ms += WINDOW_MIN * MINUTE
            self.home.tell(Surveyed(heard=self.flat.next_window(seldom=seldom)))
            for device in self.home.home.devices.values():
                if device.identity:
                    self.since.setdefault(device.id, self.flat.window)


def quiet(receivers: int, flats: int, seed0: int) -> tuple[int, float]:
    """Doubts in vain, and the device-months they came in."""
    doubts, months = 0, 0.0
    for seed in range(seed0, seed0 + flats):
        watched = Watched(seed, receivers)
        watched.live(QUIET_DAYS, seldom=0.12)
        doubts += len(watched.since)
        months += len(watched.flat.roles) * QUIET_DAYS / 30
    return doubts, months


def planted(receivers: int, what: str, seed0: int) -> tuple[int, list[int], int]:
    """Of PLANTED: how many were found, after how many minutes, and what else was doubted."""
    found, minutes, others = 0, [], 0
    for seed in range(seed0 + 1000, seed0 + 1000 + PLANTED):
        watched = Watched(seed, receivers)
        if what == "swap":  # between two rooms, not from one shelf to the next
            while watched.flat.apart_m("d0", "d1") < APART_M:
                watched.flat.move("d1")
        watched.live(LEARN_DAYS)
        start = watched.flat.window
        meant = {"d0"}
        if what == "move":
            watched.flat.move("d0")
        elif what == "swap":
            watched.flat.swap("d0", "d1")
            meant = {"d0", "d1"}
        else:
            watched.flat.move_receiver(list(watched.flat.receivers)[-1])
            meant = set()
        watched.live(LOOK_DAYS)
        if meant and meant <= watched.since.keys():
            found += 1
            minutes += [(watched.since[key] - start) * WINDOW_MIN for key in meant]
        others += len(watched.since.keys() - meant)
    return found, sorted(minutes), others


def main(receivers: int, flats: int, seed0: int = 0) -> None:
    doubts, months = quiet(receivers, flats, seed0)
    print(f"{receivers} receivers, {flats} flats of {QUIET_DAYS} days")
    print(f"  quiet: {doubts} doubts in {months:.0f} device-months")
    for what in ("move", "swap", "receiver"):
        found, minutes, others = planted(receivers, what, seed0)
        times = ""
        if minutes:
            times = f", median {statistics.median(minutes):.0f} min, longest {minutes[-1]} min"
        print(f"  {what}: {found} of {PLANTED} found{times}, others {others}")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:4]))
