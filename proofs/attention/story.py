"""A seeded week of one home: an ordinary life, what disturbs it, and what is planted in it.

How often each thing happens was written down before the first run (`RATES`); docs/attention.md
says where from. Planted emergencies come far oftener than in life, so that there is something to
count; each has a day of its own, so that what is asked on it can be told apart.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping

import msgspec

from proofs.attention.living import DAY_MS, HOUR_MS, MINUTE_MS, MONDAY_MS

# In a home-week; the page has the reasons.
RATES: Mapping[str, float] = {
    # Scheurer and others 2019 (Sensors 19:1357): 0.17 a week and person, in twenty people of 86
    # years at high risk of falls, by an algorithm that found 80 % of their real falls.
    "false_fall": 0.17,
    "stray_press": 0.05,
    "visitor": 1.0,  # a relative whom nobody has told of, for an hour or two
    "absence_told": 0.05,
    "absence_untold": 0.07,  # a day out, longer than the day's span of stillness
    "radio_gone": 0.01,
    "battery": 0.03,  # seven of ten warn first
    "broker_away": 0.05,
    "power_cut": 0.02,  # the box without a battery, and its clock without a time server
    "late_dose": 0.3,  # taken, but half an hour late or more
    "assessment": 0.04,  # each half year
}
# Chances in a home-week.
PLANTS: Mapping[str, float] = {
    "fall": 0.8,
    "press": 0.6,
    "silence": 0.4,
    "missed_dose": 0.8,
    "smoke": 0.2,
    "carbon_monoxide": 0.2,
    "red_level": 0.1,
}
# Of those whom the home asks after a flag, and who can get up, so many press the OK button on the
# wall, within so many minutes. Assumed; the page says from which share on the budgets hold.
PRESSES_OK = 0.5
OK_MIN = (1.0, 4.0)
DAYS = 7
DOSES_H = (8.0, 20.0)
VISIT_H, VISIT_MIN = 10.0, 30
# Home care comes on all days but this share, when it is cancelled.
VISITS_KEPT = 0.9
# A found person is looked after for an hour; nobody is found before the carer of the next day.
HELP_AFTER_MS = HOUR_MS


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """Something real. It is caught by an alert of `codes` between `at_ms` and `until_ms`.

    `how` tells kinds of one thing apart: a fall with a press, one after which they get up.
    `device`: the one whose word it hangs on.
    """

    kind: str
    codes: tuple[str, ...]
    at_ms: int
    until_ms: int
    how: str = ""
    subject: str = ""  # the device, where only its alert counts
    device: str = ""


class Span(msgspec.Struct, frozen=True):
    """From, until: UTC milliseconds."""

    begin: int
    end: int

    def holds(self, at_ms: int) -> bool:
        return self.begin <= at_ms < self.end


class Stay(msgspec.Struct, frozen=True):
    """A while in one room, and how often one stirs there (mean, ms)."""

    begin: int
    end: int
    room: str
    stirs_ms: int


# Share of the changes to a room, median and sigma of a stay (s), and how often one stirs (min):
# edge.sim.days has the sources of the stays.
_HABITS = {
    "lounge": (0.34, 1_000.0, 0.9, 6.0),
    "kitchen": (0.30, 540.0, 0.6, 1.5),
    "bathroom": (0.18, 290.0, 0.4, 2.0),
    "bedroom": (0.18, 600.0, 1.1, 8.0),
}
_ASLEEP_STIRS_MS = 45 * MINUTE_MS
_DOORWAY_MS = 15_000


class Life:
    """Where somebody is over the week, and when sensors see them; what is cut out is unseen."""

    def __init__(self, rng: random.Random, days: int = DAYS) -> None:
        self._rng = rng
        self.stays: list[Stay] = []
        for day in range(days):
            self._day(MONDAY_MS + day * DAY_MS)
        self.unseen: list[Span] = []
        self.held: list[Stay] = []

    def seen(self) -> list[tuple[int, str]]:
        """(moment, room) of each activation."""
        found: list[tuple[int, str]] = []
        for stay in self.stays:
            found += self._stirs(stay)
        hidden = [*self.unseen, *(Span(stay.begin, stay.end) for stay in self.held)]
        free = [(at, room) for at, room in found if not any(s.holds(at) for s in hidden)]
        return free + [one for stay in self.held for one in self._stirs(stay)]

    def room_at(self, at_ms: int) -> str:
        return next(stay.room for stay in self.stays if stay.begin <= at_ms < stay.end)

    def hold(self, begin: int, end: int, room: str, stirs_ms: int) -> None:
        """In this room all that time, whatever the day would have been."""
        self.held.append(Stay(begin, end, room, stirs_ms))

    def _stirs(self, stay: Stay) -> list[tuple[int, str]]:
        found, at = [], stay.begin + 1_000
        while at < stay.end:
            found.append((at, stay.room))
            at += max(40_000, round(self._rng.expovariate(1 / stay.stirs_ms)))
        return found

    def _day(self, midnight: int) -> None:
        rng = self._rng
        up = midnight + round((7.0 + rng.uniform(-0.7, 0.7)) * HOUR_MS)
        bed = midnight + round((22.3 + rng.uniform(-0.5, 0.7)) * HOUR_MS)
        self._night(midnight, up)
        at, room = up, "bedroom"
        while at < bed:
            room = rng.choices(
                [name for name in _HABITS if name != room],
                [part[0] for name, part in _HABITS.items() if name != room],
            )[0]
            _, median_s, spread, stirs = _HABITS[room]
            self.stays.append(Stay(at, at + _DOORWAY_MS, "hallway", MINUTE_MS))
            at += _DOORWAY_MS
            end = at + round(1000 * median_s * math.exp(rng.gauss(0.0, spread)))
            end = max(at + MINUTE_MS, min(end, bed))
            self.stays.append(Stay(at, end, room, round(stirs * MINUTE_MS)))
            at = end
        self.stays.append(Stay(at, midnight + DAY_MS, "bedroom", _ASLEEP_STIRS_MS))

    def _night(self, midnight: int, up: int) -> None:
        trip = midnight + round(self._rng.uniform(1.0, 5.0) * HOUR_MS)
        back = trip + 4 * MINUTE_MS
        self.stays.append(Stay(midnight, trip, "bedroom", _ASLEEP_STIRS_MS))
        self.stays.append(Stay(trip, trip + _DOORWAY_MS, "hallway", MINUTE_MS))
        self.stays.append(Stay(trip + _DOORWAY_MS, back, "bathroom", 2 * MINUTE_MS))
        self.stays.append(Stay(back, up, "bedroom", _ASLEEP_STIRS_MS))


def hour_of(day: int, hour: float) -> int:
    """UTC milliseconds of that local hour of that day of the week."""
    return MONDAY_MS + day * DAY_MS + round(hour * HOUR_MS)


def visit_at(day: int) -> int:
    return hour_of(day, VISIT_H)


def hands(weeks: int, fuller: int = 1) -> list[Counter[str]]:
    """What disturbs each of so many weeks: as many of each as the rates say, dealt round.

    Drawn by chance the rare ones would say more of the draw than of the rules. `fuller`: so many
    times what an ordinary week holds; such a week counts as so many.
    """
    deck = [kind for kind, rate in RATES.items() for _ in range(round(weeks * fuller * rate))]
    dealt = random.Random(weeks)
    dealt.shuffle(deck)
    return [Counter(deck[number::weeks]) for number in range(weeks)]
