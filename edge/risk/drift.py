"""How far what a model sees in this home, and what it says, has moved from its training. Pure.

The population stability index (PSI) compares the shares of a feature's values in five bins, cut at
the fifths of training, with the fifth that each had there; what so few days would differ by chance,
one less than the bins divided by the days, is taken off. One home is no population: in the homes of
the training itself nine of ten plain features stand beyond 0.25. What is measured against the
person's own weeks ("hallway.z") is alike from home to home, so the state is judged by the median
over those. In the 54 windows of eight weeks of 20 training homes it was 0.02 in the middle, over
0.08 in one window of twenty and 0.12 at most; as much with the cuts of the other homes alone, 0.17
at most with those of half of them. So the lines were fitted on the homes of the training: what a
home elsewhere has in a quiet year, nobody has measured. The others are kept and judge nothing.

The mean of the score is watched by a two-sided CUSUM in the home's own spread.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left
from collections.abc import Mapping, Sequence

import msgspec

# The convention of credit scoring, for a median over features: look at it, and act on it.
WATCH_PSI, ACT_PSI = 0.1, 0.25
WINDOW_DAYS = 56
# Fewer known days leave a noise that is larger than what is looked for.
KNOWN_MIN_DAYS = 42
PERSONAL = ".z"
# A bin without a day counts as this many of all, so that its logarithm is finite.
PRIOR_DAYS = 2.0
# Every second of nine cuts: with ten bins eight weeks leave six days a bin.
CUT_EVERY = 2

# So many first days with an index are the home's own mean and spread.
REFERENCE_DAYS = 28
# The textbook's 0.5 and 5 take mean and spread as known. Four weeks of days that go together know
# them so badly that nine drawn homes of ten "moved" within a year in which nothing did (correlation
# of a day with the next 0.2; it is 0.13 in the middle of the training homes), and 12 of 25 training
# homes within a month or two. With these: one drawn home in twenty, one of the 25; a mean that
# moves by two spreads is found in nine days, by one spread within three months in three of four.
SLACK, LIMIT = 1.0, 8.0
# A mean that has come back is told within weeks, however long it was away.
SUM_MAX = 2 * LIMIT
# One strange day is a day and no drift.
STRANGE_MAX = 3.0
SPREAD_MIN = 0.25
INDEX_EDGE = 0.05

STEADY, WATCH, ACT, UNKNOWN = "steady", "watch", "act", "unknown"

Vector = Mapping[str, float | None]


class Mean(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of the log odds of the index: the reference, then the two sums in spreads."""

    first: tuple[float, ...] = ()  # until there are enough of them
    mean: float | None = None
    spread: float | None = None
    up: float = 0.0
    down: float = 0.0

    @property
    def moved(self) -> bool:
        return max(self.up, self.down) > LIMIT


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """One judgement. `days`: known ones in the window; `psi`: every feature that was known."""

    state: str
    days: int
    median: float | None
    psi: dict[str, float]
    mean: Mean

    @property
    def moved(self) -> int:
        """How many of the personal features stand beyond the act line."""
        return sum(psi >= ACT_PSI for name, psi in self.psi.items() if name.endswith(PERSONAL))


def judge(days: Sequence[Vector], cuts: Mapping[str, Sequence[float]], mean: Mean) -> Drift:
    """`days`: the vectors of the window; `cuts`: nine deciles by feature."""
    known = {
        name: found
        for name, deciles in cuts.items()
        if deciles and (found := _psi([day.get(name) for day in days], deciles)) is not None
    }
    personal = [psi for name, psi in known.items() if name.endswith(PERSONAL)]
    median = statistics.median(personal) if personal else None
    if mean.moved or (median is not None and median >= ACT_PSI):
        state = ACT
    elif median is None:
        state = UNKNOWN
    else:
        state = WATCH if median >= WATCH_PSI else STEADY
    return Drift(state=state, days=len(days), median=median, psi=known, mean=mean)


def _psi(values: Sequence[float | None], deciles: Sequence[float]) -> float | None:
    """None where too few days knew a value. Bins are (below, up to a cut]."""
    known = [value for value in values if value is not None]
    if len(known) < KNOWN_MIN_DAYS:
        return None
    shares: dict[float, float] = {}
    for number in range(CUT_EVERY, len(deciles) + 1, CUT_EVERY):
        shares[deciles[number - 1]] = number / (len(deciles) + 1)  # equal cuts are one
    cuts = sorted(shares)
    ends = [*(shares[cut] for cut in cuts), 1.0]
    expected = [end - start for start, end in zip([0.0, *ends], ends, strict=False)]
    counts = [0] * len(expected)
    for value in known:
        counts[bisect_left(cuts, value)] += 1
    total = 0.0
    for count, share in zip(counts, expected, strict=True):
        found = (count + PRIOR_DAYS * share) / (len(known) + PRIOR_DAYS)
        total += (found - share) * math.log(found / share)
    return max(0.0, total - (len(expected) - 1) / len(known))


def follow(mean: Mean, indices: Sequence[float]) -> Mean:
    """The sums after these days, oldest first; `indices` are 0 to 100."""
    for index in indices:
        part = min(max(index, INDEX_EDGE), 100.0 - INDEX_EDGE) / 100.0
        mean = _after(mean, math.log(part / (1.0 - part)))
    return mean


def _after(mean: Mean, odds: float) -> Mean:
    if mean.mean is None or mean.spread is None:
        first = (*mean.first, odds)
        if len(first) < REFERENCE_DAYS:
            return msgspec.structs.replace(mean, first=first)
        spread = max(statistics.stdev(first), SPREAD_MIN)
        return Mean(mean=statistics.fmean(first), spread=spread)
    far = max(-STRANGE_MAX, min(STRANGE_MAX, (odds - mean.mean) / mean.spread))
    up, down = _sum(mean.up, far), _sum(mean.down, -far)
    return msgspec.structs.replace(mean, up=up, down=down)


def _sum(before: float, far: float) -> float:
    return min(SUM_MAX, max(0.0, before + far - SLACK))
