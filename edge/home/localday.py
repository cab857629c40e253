"""Local days and the hours of the day, as plain arithmetic on milliseconds.

A local time is UTC plus the home's offset, in ms since 1970; a local day is
that divided by 24 h. The offset is given with every moment, so no time-zone
data is needed here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The calendar that Python knows ends in the year 9999.
_DAY_MAX = 2_900_000


def daytime_ms(start_ms: int, end_ms: int, from_min: int, until_min: int) -> int:
    """How much of [start, end), in local ms, lies by day (from_min to until_min after midnight).

    A window that is empty or turned round counts as the whole day: a wrong
    setting must not switch a rule off.
    """
    if end_ms <= start_ms:
        return 0
    if from_min >= until_min:
        return end_ms - start_ms
    first, last = start_ms // DAY_MS, end_ms // DAY_MS
    opens, closes = from_min * MINUTE_MS, until_min * MINUTE_MS
    if first == last:
        midnight = first * DAY_MS
        return max(0, min(end_ms, midnight + closes) - max(start_ms, midnight + opens))
    head = max(0, first * DAY_MS + closes - max(start_ms, first * DAY_MS + opens))
    tail = max(0, min(end_ms, last * DAY_MS + closes) - (last * DAY_MS + opens))
    return head + tail + (last - first - 1) * (closes - opens)


def is_within(local_ms: int, from_min: int, until_min: int) -> bool:
    """Whether a local time lies in the hours from `from_min` until `until_min`.

    The hours go over midnight when they end earlier than they begin; two equal ends are no
    hours at all.
    """
    minute = local_ms % DAY_MS / MINUTE_MS
    if from_min <= until_min:
        return from_min <= minute < until_min
    return minute >= from_min or minute < until_min


def day_of(text: str) -> int | None:
    """The local day of "2026-03-02", or None when that is no date."""
    try:
        return (date.fromisoformat(text) - _EPOCH.date()).days
    except ValueError:
        return None


def utc_ms(text: str | None) -> int | None:
    """UTC in ms of "2026-03-02T08:00:00.000Z", or None for what is no such moment."""
    if text is None or not text.endswith("Z"):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def iso_date(day: int) -> str:
    """A local day as "2026-03-02"."""
    return (_EPOCH + timedelta(days=min(max(day, 0), _DAY_MAX))).date().isoformat()


def iso_minute(local_ms: int) -> str:
    """A local time as "2026-03-02 14:05"."""
    moment = _EPOCH + timedelta(milliseconds=min(max(local_ms, 0), _DAY_MAX * DAY_MS))
    return moment.strftime("%Y-%m-%d %H:%M")
