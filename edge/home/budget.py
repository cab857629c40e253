"""One budget for all that is told of changed behaviour: a quarter of an entry a week in each home.

Whatever speaks of a day (the model of daily change, the home's own usual days) shares it, and a
day makes one entry at most. What the budget has no room for waits for the next visit.

A token bucket by local days: it fills at the budget's rate, and an entry takes a whole token. So a
home has in any span of weeks no more entries than the budget of these weeks and what stood in the
bucket before.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.domain import Record

# Of the 0.5 entries a home-week that may reach a coordinator in all, half are for behaviour.
BUDGET_PER_HOME_WEEK = 0.25
WEEK_DAYS = 7
# Whoever was quiet for two months may be told of twice in a short time; never more.
TOKENS_MAX = 2.0
# The first word of a new home is not held back for a month: it had none of its weeks' entries yet.
TOKENS_START = 1.0
# A token is a sum of sevenths of a quarter: what misses it by rounding is one.
ROUNDING = 1e-9
# Who was told on Monday calls or comes within days; sooner another word adds nothing.
GAP_DAYS = 3
# The same change that goes on is told again after so long: a plan that was made has had its time.
AGAIN_DAYS = 14
# Visits are planned a month ahead at the latest; later nobody asks what a single day was like.
WAITING_DAYS = 28
WAITING_MAX = 8


class Entry(StrEnum):
    """What became of a day's word."""

    QUIET = "quiet"  # there was none, or none that is worth an entry
    TOLD = "told"  # an alert on the list of today
    OPEN = "open"  # the alert of an earlier day is open still
    SAME = "same"  # the change that was told of goes on, or ended days ago
    EXPLAINED = "explained"  # an alert of a rule, on that very day, says more
    NO_BUDGET = "no_budget"  # waits for the next visit


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A day that waits for the next visit, with what was to be told of it."""

    day: int  # local days since 1970
    reasons: tuple[str, ...]  # for the catalogues' table `compared`
    since_ms: int = 0  # wall time, UTC: a visit that ends later can ask; 0: of a release before


class Budget(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The bucket. Days are local days since 1970."""

    day: int | None = None  # the last one that was judged
    tokens: float = TOKENS_START
    told: int | None = None  # the last one that made an entry
    high: bool = False  # what was told of then goes on
    waiting: tuple[Waiting, ...] = ()


class Spoken(Record, frozen=True, kw_only=True):
    """What is said of a day: `speaks`, worth an entry; `calm`, the change that was told is over."""

    day: int
    speaks: bool
    calm: bool
    explained: bool = False
    open: bool = False


def spend(budget: Budget, said: Spoken) -> tuple[Budget, Entry]:
    """The budget after one more day, and what becomes of it; a day of before changes nothing."""
    if budget.day is not None and said.day <= budget.day:
        return budget, Entry.QUIET
    filled = _filled(budget, said.day)
    if said.calm:
        filled = msgspec.structs.replace(filled, high=False)
    entry = _entry(filled, said)
    if entry is Entry.TOLD:
        return msgspec.structs.replace(
            filled, tokens=max(0.0, filled.tokens - 1.0), told=said.day, high=True
        ), entry
    return filled, entry


def wait_for_visit(budget: Budget, day: int, reasons: tuple[str, ...], since_ms: int = 0) -> Budget:
    """The budget with one day more that waits; the oldest beyond the bound go."""
    one = Waiting(day=day, reasons=reasons, since_ms=since_ms)
    return msgspec.structs.replace(budget, waiting=(*budget.waiting, one)[-WAITING_MAX:])


def waited(budget: Budget, until_ms: int) -> Budget:
    """The budget without the days that could be asked about by `until_ms`, wall time in UTC."""
    left = tuple(one for one in budget.waiting if one.since_ms >= until_ms)
    if len(left) == len(budget.waiting):
        return budget
    return msgspec.structs.replace(budget, waiting=left)


def _filled(budget: Budget, day: int) -> Budget:
    days = 0 if budget.day is None else day - budget.day
    tokens = min(TOKENS_MAX, budget.tokens + days * BUDGET_PER_HOME_WEEK / WEEK_DAYS)
    waiting = tuple(one for one in budget.waiting if day - one.day <= WAITING_DAYS)
    return msgspec.structs.replace(budget, day=day, tokens=tokens, waiting=waiting)


def _entry(budget: Budget, said: Spoken) -> Entry:
    if not said.speaks:
        return Entry.QUIET
    if said.explained:
        return Entry.EXPLAINED
    if said.open:
        return Entry.OPEN
    since = AGAIN_DAYS if budget.told is None else said.day - budget.told
    if since < (AGAIN_DAYS if budget.high else GAP_DAYS):
        return Entry.SAME
    return Entry.TOLD if budget.tokens >= 1.0 - ROUNDING else Entry.NO_BUDGET
