"""Numbers of days that were lived, for checklists: nights, weeks, weighings, wearing.

Each is None where too little is known for one. Unknown is never "normal": a day without coverage, a
night with a visitor or a stay is left out, and is no zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean, median

from edge.domain import HourCoverage
from edge.home.asking import Why
from edge.risk.daily.counting import Activation
from edge.risk.daily.places import DAY_S, HALLWAY, HOUR_S, PLACES
from edge.risk.routine.measuring import NIGHT_FROM_H, NIGHT_UNTIL_H

BEDROOM, BATHROOM = PLACES.index("bedroom"), PLACES.index("bathroom")

WEEK_DAYS = 7
# Five of seven: a weekend away leaves a week to judge by, half a week does not.
KNOWN_DAYS_MIN = 5
# "On three of seven nights": one bad night is none of a habit.
NIGHTS = 3
# Who has been in the bedroom for less is undressing, or on the same errand as before.
RESTED_S = 600
# Fewer changes of room a day than this are too few to lose a third of.
MOVES_MIN = 20.0

# A weighing counts with its two neighbours, so that one guest on the scale is nobody's weight.
WEIGHINGS = 3
# Of the newest three, the oldest may be so old: a scale that is used weekly, and one week missed.
WEIGHED_DAYS = 28
# What an adult weighs, kg (as in `edge.risk.daily.table`); beyond, something else was weighed.
WEIGHT_KG = (20.0, 250.0)

# What is worn has a say where it could be known for this share of the week; below it: not known.
TOLD_MIN_SHARE = 0.6
WEEK_S = WEEK_DAYS * DAY_S


def toilet_visits(evening: Iterable[Activation], morning: Iterable[Activation]) -> int:
    """How often somebody went from the bedroom to the bathroom between 22 and 6 o'clock.

    `evening`: activations of the day before, `morning`: of the day on which the night ended, both
    in any order. The hallway lies on the way. Who comes from elsewhere has not got up for it.
    """
    night = sorted(
        [(second, place) for second, place in evening if second >= NIGHT_FROM_H * HOUR_S]
        + [(second + DAY_S, place) for second, place in morning if second < NIGHT_UNTIL_H * HOUR_S]
    )
    visits, in_bedroom_s = 0, None
    for second, place in night:
        if place == BEDROOM:
            in_bedroom_s = second if in_bedroom_s is None else in_bedroom_s
        elif place != HALLWAY:
            rested = in_bedroom_s is not None and second - in_bedroom_s >= RESTED_S
            visits += place == BATHROOM and rested
            in_bedroom_s = None
    return visits


def night_visits(nights: Sequence[int | None]) -> float | None:
    """So many visits or more on at least three of the seven nights; None in it: not known."""
    known = sorted((one for one in nights if one is not None), reverse=True)
    if len(known) < KNOWN_DAYS_MIN:
        return None
    return float(known[NIGHTS - 1])


def down_percent(before: Sequence[float | None], after: Sequence[float | None]) -> float | None:
    """By how much of itself the mean of a week is below that of the week before, at least 0."""
    weeks = [[one for one in week if one is not None] for week in (before, after)]
    if min(len(week) for week in weeks) < KNOWN_DAYS_MIN:
        return None
    was, now = fmean(weeks[0]), fmean(weeks[1])
    if was < MOVES_MIN:
        return None
    return max(0.0, 100.0 * (was - now) / was)


def lost_percent(weighings: Iterable[tuple[int, float]], today: int) -> float | None:
    """By how much of itself the weight of (day, kg) fell from its highest, at least 0.

    Each weight is the median of three days on which somebody was weighed, in a row; the newest
    three lie within four weeks. `today` and days are whole days of any one count.
    """
    days: dict[int, list[float]] = {}
    for day, kg in weighings:
        if WEIGHT_KG[0] <= kg <= WEIGHT_KG[1] and day <= today:
            days.setdefault(day, []).append(kg)
    weights = [(day, median(days[day])) for day in sorted(days)]
    newest, earlier = weights[-WEIGHINGS:], weights[:-WEIGHINGS]
    if len(earlier) < WEIGHINGS or newest[0][0] < today - WEIGHED_DAYS:
        return None
    now = median(kg for _, kg in newest)
    was = max(
        median(kg for _, kg in earlier[i : i + WEIGHINGS])
        for i in range(len(earlier) - WEIGHINGS + 1)
    )
    return max(0.0, 100.0 * (was - now) / was)


def worn_percent(hours: Iterable[HourCoverage]) -> float | None:
    """For how much of the time in which it could be told the worn things were worn.

    `hours`: a week of what the ledger asks of a tag or a fall detector. An hour in which something
    else stood in the way (a flat battery, no power) tells of nobody, and neither does a stay.
    """
    told = [hour for hour in hours if hour.reason in ("", Why.NOT_WORN)]
    asked_s = sum(hour.asked_s for hour in told)
    if asked_s < TOLD_MIN_SHARE * WEEK_S:
        return None
    return 100.0 * sum(hour.known_s for hour in told) / asked_s
