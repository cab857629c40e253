"""How well scores rank days: areas, what is caught on a budget, calibration; of any home-days.

Of the standard library alone. A day without a score (the model abstained) counts: it ranks below
every scored day, never alerts, and its label is missed.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Alerts per home-week; the first is the default of a gateway.
BUDGETS = (0.25, 0.5, 1.0, 1.5)
WEEK_DAYS = 7

BOOTSTRAP_ROUNDS = 1000
BOOTSTRAP_SEED = 20190401
HOMES_MIN = 2
# Days in equal numbers by their score; so many that the ones with labels spread over several.
CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Scored:
    """One home-day; `score` None: the model abstained."""

    home: str
    positive: bool
    score: float | None


def auc(days: Sequence[Scored]) -> float | None:
    """Area under the ROC curve, ties by half; None without both kinds of days."""
    ranked = sorted(days, key=_rank)
    negatives = wins = 0.0
    at = 0
    while at < len(ranked):
        until = at
        while until < len(ranked) and _rank(ranked[until]) == _rank(ranked[at]):
            until += 1
        positive = sum(day.positive for day in ranked[at:until])
        negative = until - at - positive
        wins += positive * (negatives + negative / 2)
        negatives += negative
        at = until
    pairs = negatives * (len(ranked) - negatives)
    return wins / pairs if pairs else None


def interval(
    days: Sequence[Scored], measure: Callable[[Sequence[Scored]], float | None] = auc
) -> tuple[float, float] | None:
    """The 95 % interval of `measure`, by drawing homes with replacement; None without one.

    One home drawn from one home is always the same: that is no interval.
    """
    homes: dict[str, list[Scored]] = defaultdict(list)
    for day in days:
        homes[day.home].append(day)
    names = sorted(homes)
    if len(names) < HOMES_MIN:
        return None
    draw = random.Random(BOOTSTRAP_SEED)  # noqa: S311 - a statistic, not a secret
    found = []
    for _ in range(BOOTSTRAP_ROUNDS):
        drawn = [day for name in draw.choices(names, k=len(names)) for day in homes[name]]
        value = measure(drawn)
        if value is not None:
            found.append(value)
    if not found:
        return None
    found.sort()
    return found[round(0.025 * (len(found) - 1))], found[round(0.975 * (len(found) - 1))]


def threshold(days: Sequence[Scored], budget: float) -> float | None:
    """The lowest score that alerts so that `days` keep to `budget`; None: no scored day may."""
    allowed = round(budget * home_weeks(days))
    scores = sorted((day.score for day in days if day.score is not None), reverse=True)
    if not scores or not allowed:
        return None
    if allowed >= len(scores):
        return scores[-1]
    # Days with the same score alert together or not at all: a budget is kept, not nearly kept.
    above = [score for score in scores[:allowed] if score > scores[allowed]]
    return above[-1] if above else None


def home_weeks(days: Sequence[Scored]) -> float:
    return len(days) / WEEK_DAYS


def caught(days: Sequence[Scored], limit: float | None) -> float | None:
    """The share of labelled days that alert at `limit`; None without a labelled day."""
    positives = [day for day in days if day.positive]
    return sum(alerts(day, limit) for day in positives) / len(positives) if positives else None


def caught_on(budget: float) -> Callable[[Sequence[Scored]], float | None]:
    """The share that is caught when the threshold is fitted to `budget` on the days themselves."""
    return lambda days: caught(days, threshold(days, budget))


def specificity(days: Sequence[Scored], limit: float | None) -> float | None:
    """The share of days without label that do not alert; None without such a day."""
    negatives = [day for day in days if not day.positive]
    if not negatives:
        return None
    return sum(not alerts(day, limit) for day in negatives) / len(negatives)


def alert_rate(days: Sequence[Scored], limit: float | None) -> float:
    """Alerts per home-week."""
    return sum(alerts(day, limit) for day in days) / home_weeks(days) if days else 0.0


def alerts(day: Scored, limit: float | None) -> bool:
    return limit is not None and day.score is not None and day.score >= limit


def reliability(days: Sequence[Scored]) -> list[tuple[float, float, int]]:
    """Mean score, share of labels and days of each tenth of the scored days; scores 0 to 1."""
    scored = sorted((day for day in days if day.score is not None), key=_rank)
    bins = []
    for i in range(CALIBRATION_BINS):
        part = scored[
            i * len(scored) // CALIBRATION_BINS : (i + 1) * len(scored) // CALIBRATION_BINS
        ]
        if part:
            mean = sum(_rank(day) for day in part) / len(part)
            bins.append((mean, sum(day.positive for day in part) / len(part), len(part)))
    return bins


def calibration_error(days: Sequence[Scored]) -> float:
    """Expected calibration error over the tenths of the scored days."""
    bins = reliability(days)
    whole = sum(count for _, _, count in bins)
    return sum(count * abs(mean - share) for mean, share, count in bins) / whole if whole else 0.0


def within_homes(days: Sequence[Scored]) -> tuple[float, int] | None:
    """Mean area within a home, over homes with both kinds of days; and how many they are."""
    homes: dict[str, list[Scored]] = defaultdict(list)
    for day in days:
        homes[day.home].append(day)
    areas = [area for home in homes.values() if (area := auc(home)) is not None]
    return (sum(areas) / len(areas), len(areas)) if areas else None


def _rank(day: Scored) -> float:
    return float("-inf") if day.score is None else day.score
