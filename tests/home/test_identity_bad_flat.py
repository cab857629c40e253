"""An armchair of which the locator is wrong for hours or days, while the sensors are right."""

from __future__ import annotations

import random

import pytest

from tests.home.test_identity_tags import SENSORS, doubts, flat, walk
from tests.support.living import HOUR, MINUTE, SECOND

SPOT, TAKEN_FOR = "living_room", "kitchen"
DAYS = 12
WRONG_SHARE = 0.5


class Armchair:
    """One resident whose tags are each taken for the kitchen in the living room, at times."""

    def __init__(self, seed: int, tags: tuple[str, ...]) -> None:
        self.rng = random.Random(seed)
        self.home = flat("p", **dict.fromkeys(tags, "p"))
        self.wrong = dict.fromkeys(tags, False)
        self.ever: set[tuple[str, str]] = set()

    def live(self, days: int, *, each_day: bool) -> None:
        for _ in range(days):
            for sitting in range(30):
                if not (each_day and sitting):
                    self.wrong = {tag: self.rng.random() < WRONG_SHARE for tag in self.wrong}
                self._sit(self.rng.choice((SPOT, SPOT, SPOT, TAKEN_FOR, "bedroom")))
            self._sit("bedroom")
            self.home.wait(8 * HOUR)

    def _sit(self, room: str) -> None:
        for tag in self.wrong:
            walk(self.home, tag, "hall")
        self.home.wait(30 * SECOND)
        for tag, wrong in self.wrong.items():
            walk(self.home, tag, TAKEN_FOR if wrong and room == SPOT else room)
        for _ in range(10):
            self.home.wait(3 * MINUTE)
            for sensor, seen in SENSORS.items():
                if seen == room:
                    self.home.observe(sensor, "motion", value=True)
            for tag in self.wrong:
                self.home.observe(tag, "moving", value=True)
            self.ever |= {(d, why) for d, whys in doubts(self.home).items() for why in whys}


@pytest.mark.parametrize("tags", [("tag",), ("tag", "other")], ids=len)
@pytest.mark.parametrize("each_day", [True, False], ids=["days", "hours"])
def test_an_armchair_makes_nothing_doubtful(tags: tuple[str, ...], each_day: bool) -> None:
    """A doubted sensor ends no stillness: a wrong doubt costs a false alarm and a journey."""
    living = Armchair(1, tags)
    living.live(DAYS, each_day=each_day)
    assert living.ever == set()
