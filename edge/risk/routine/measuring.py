"""The measures of a local day that a home's own usual days are kept by.

Counts are of activations unless the name says otherwise; a visit is a stretch in one room. The
night of a day is the one that ended in its morning: from 22 o'clock of the day before until 6.
Whatever is not known is left out, and never a zero: a room without a sensor, a night whose evening
was not seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from edge.domain import Record
from edge.risk.daily.counting import Activation, Numbers, counted
from edge.risk.daily.places import BLOCKS, DOORS, HOUR_S, PLACES, SEEN_DAYS

# Changes whenever a measure would come out differently from the same day.
ROUTINE_VERSION = "routine/1"

# The night of somebody old: from when they go to bed until they rise.
NIGHT_FROM_H, NIGHT_UNTIL_H = 22, 6
# Who is away from the bathroom sensor's eye for longer than this has left the room and come back.
VISIT_GAP_S = 600
QUARTER_S = 900
BATHROOM = PLACES.index("bathroom")

# Of the whole home, from the same counts as the model's features.
COUNTED = ("moves", "doors", "first", "last", "all")
NIGHTLY = ("night.bathroom", "night.quarters", "night.doors")
CARE = ("doses.missed", "meals.taken")
ROOMS = tuple(f"{place}.{block}" for place in PLACES for block in BLOCKS)
# In the order in which they say most to a person.
MEASURES = (*NIGHTLY, *CARE, *COUNTED, *ROOMS)
# Hours of the local clock; every other measure counts something.
CLOCK = frozenset({"first", "last"})


class Night(Record, frozen=True, kw_only=True):
    """A part of a night: quarters of an hour with activity, visits, openings of outer doors."""

    quarters: int
    bathroom: int
    doors: int


class Day(Record, frozen=True, kw_only=True):
    """One local day. `apart`: why it is no usual day, in a short code; "" when nothing says so."""

    numbers: Numbers  # empty: nobody and nothing was seen
    morning: Night | None = None  # until 6 o'clock
    evening: Night | None = None  # from 22 o'clock
    care: Numbers = {}  # what appliances told of doses and meals
    apart: str = ""

    @property
    def silent(self) -> bool:
        return not self.numbers


def day_of(activations: Sequence[Activation], care: Numbers | None = None, apart: str = "") -> Day:
    """The day of these activations, in any order, as `extract.day_facts` takes them."""
    day = sorted(activations)
    return Day(
        numbers=_kept(counted(day)) if day else {},
        morning=_night(day, 0, NIGHT_UNTIL_H) if day else None,
        evening=_night(day, NIGHT_FROM_H, 24) if day else None,
        care=care or {},
        apart=apart,
    )


def measures(days: Sequence[Day]) -> Numbers:
    """What is known of the last of `days`; those before it tell its evening and its sensors."""
    today = days[-1]
    if today.silent:
        return {}
    seen = {p for day in days[-SEEN_DAYS - 1 :] for p in PLACES if day.numbers.get(p)}
    found = {name: today.numbers[name] for name in COUNTED}
    found |= {name: today.numbers[name] for name in ROOMS if name.partition(".")[0] in seen}
    before = days[-2].evening if len(days) > 1 and not days[-2].apart else None
    if before is not None and today.morning is not None:
        found["night.quarters"] = before.quarters + today.morning.quarters
        if "bathroom" in seen:
            found["night.bathroom"] = before.bathroom + today.morning.bathroom
        if seen & {PLACES[door] for door in DOORS}:
            found["night.doors"] = before.doors + today.morning.doors
    if not seen & {PLACES[door] for door in DOORS}:
        del found["doors"]
    return found | today.care


def _kept(numbers: Numbers) -> Numbers:
    return {name: numbers[name] for name in (*COUNTED, *ROOMS, *PLACES)}


def _night(day: Sequence[Activation], from_h: int, until_h: int) -> Night:
    inside = [one for one in day if from_h * HOUR_S <= one[0] < until_h * HOUR_S]
    visits, left_s = 0, -VISIT_GAP_S
    for second, place in inside:
        if place == BATHROOM:
            visits += second - left_s >= VISIT_GAP_S
            left_s = second
    return Night(
        quarters=len({second // QUARTER_S for second, _ in inside}),
        bathroom=visits,
        doors=sum(place in DOORS for _, place in inside),
    )
