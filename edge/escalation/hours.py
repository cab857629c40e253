"""Hours in which somebody answers, in the home's local week: "24/7", "mon-fri 08:00-16:00"."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence

from edge.domain import Instant, Sync

DAY_MIN = 24 * 60
WEEK_MIN = 7 * DAY_MIN
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(
    rf"({'|'.join(_DAYS)})(?:-({'|'.join(_DAYS)}))? ([01]\d|2[0-3]):([0-5]\d)-"
    r"((?:[01]\d|2[0-3]):[0-5]\d|24:00)"
)
# 1 January 1970 was a Thursday.
_EPOCH_WEEKDAY_MIN = 3 * DAY_MIN
ALWAYS = "24/7"
# When a service works by day; what is not urgent waits for it.
SHIFT = ("mon-fri 08:00-16:00",)

Span = tuple[int, int]  # minutes of the week, from Monday 00:00; the end is not in it


@functools.lru_cache(64)  # a plan names few
def spans_of(text: str) -> tuple[Span, ...]:
    """The minutes of the week that `text` names; empty for what is no such text.

    "fri-mon" goes over the weekend, "sun 22:00-06:00" over midnight.
    """
    if text == ALWAYS:
        return ((0, WEEK_MIN),)
    found = _HOURS.fullmatch(text)
    if found is None:
        return ()
    first = _DAYS.index(found[1])
    last = first if found[2] is None else _DAYS.index(found[2])
    begin = int(found[3]) * 60 + int(found[4])
    hour, _, minute = found[5].partition(":")
    end = int(hour) * 60 + int(minute)
    if end <= begin:
        end += DAY_MIN
    days = (last - first) % 7 + 1
    return tuple(
        piece
        for day in range(first, first + days)
        for piece in _within_week(day * DAY_MIN + begin, day * DAY_MIN + end)
    )


def uncovered(texts: Iterable[str]) -> Span | None:
    """The first stretch of the week in none of these hours; None when there is none."""
    at = 0
    for begin, end in sorted(span for text in texts for span in spans_of(text)):
        if begin > at:
            return at, begin
        at = max(at, end)
    return None if at >= WEEK_MIN else (at, WEEK_MIN)


def named(minute: int) -> str:
    """A minute of the week as people write it: "sat 08:00"."""
    day, rest = divmod(minute % WEEK_MIN, DAY_MIN)
    return f"{_DAYS[day]} {rest // 60:02d}:{rest % 60:02d}"


def is_staffed(texts: Sequence[str], now: Instant) -> bool:
    """Whether somebody answers now; yes when the gateway does not know the time of day."""
    if now.sync is Sync.NONE:
        return True
    return _is_in([span for text in texts for span in spans_of(text)], _minute(now))


def next_shift_ms(now: Instant) -> int:
    """Milliseconds until the next working shift; 0 in one, or without a known time of day."""
    if now.sync is Sync.NONE:
        return 0
    spans, minute = [span for text in SHIFT for span in spans_of(text)], _minute(now)
    if _is_in(spans, minute):
        return 0
    ahead = min((begin - minute) % WEEK_MIN for begin, _ in spans)
    return ahead * 60_000 - now.wall_ms % 60_000


def _is_in(spans: Iterable[Span], minute: int) -> bool:
    return any(begin <= minute < end for begin, end in spans)


def _minute(now: Instant) -> int:
    return (now.wall_ms // 60_000 + now.offset_min + _EPOCH_WEEKDAY_MIN) % WEEK_MIN


def _within_week(begin: int, end: int) -> tuple[Span, ...]:
    begin, end = begin % WEEK_MIN, end - begin // WEEK_MIN * WEEK_MIN
    if end <= WEEK_MIN:
        return ((begin, end),)
    return (begin, WEEK_MIN), (0, end - WEEK_MIN)
