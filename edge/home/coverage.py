"""Coverage: the share of time in which a question could have been answered.

Two questions are kept per local day: per device "could it have been heard?",
and for the home "could somebody's movement have been seen?". A device covers
the time between two hearings when it kept its deadline; a longer gap is not
covered at all, because nobody knows when in it the device went quiet. Time in
which the gateway did not run, and time of which the wall clock did not know
the day, is never covered.

A day without any observation is a silent day: a fault, never behaviour.
"""

from __future__ import annotations

import msgspec

from edge.domain import Record
from edge.home.localday import DAY_MS, iso_date

# Three months and a little more, which is what one picture of a home shows.
DAYS_MAX = 100


class Day(Record, frozen=True, kw_only=True):
    """The counters of one local day; `devices` holds covered ms by device."""

    day: int
    observations: int = 0
    activity_ms: int = 0
    devices: dict[str, int] = {}


class Coverage(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Counters of the day that runs and of the days that have any, oldest first.

    Days without counters are not kept: they are the gaps. `activity_to_ms` is
    where the counted time of the question "movement" ends, in boottime ms.
    """

    first_day: int | None = None
    day: int | None = None
    observations: int = 0
    activity_ms: int = 0
    activity_to_ms: int | None = None
    devices: dict[str, int] = {}
    past: tuple[Day, ...] = ()


class DayShare(Record, frozen=True, kw_only=True):
    """One local day for people: shares are 0.0-1.0 of 24 hours."""

    date: str
    observations: int
    silent: bool
    activity: float
    devices: dict[str, float]


def heard(
    coverage: Coverage,
    device: str,
    *,
    since_ms: int | None,
    now_ms: int,
    local_shift_ms: int,
    sees: bool,
) -> Coverage:
    """One observation at `now_ms`; `since_ms` when the time since then is covered by it.

    `sees` marks a device that can see movement. Times are boottime ms; adding
    `local_shift_ms` makes them local time. Union over devices: time that an
    earlier hearing counted already is not counted again, and a stretch that
    was passed over uncovered stays so, which errs towards less coverage.
    """
    today = (now_ms + local_shift_ms) // DAY_MS
    if today != coverage.day:
        coverage = _turn_to(coverage, today)
        if today != coverage.day:  # late news of a day that is over
            return _late(coverage, today)
    if since_ms is None or since_ms >= now_ms:
        return msgspec.structs.replace(coverage, observations=coverage.observations + 1)
    start_ms = since_ms + local_shift_ms
    end_ms = now_ms + local_shift_ms
    unseen_ms = end_ms
    activity_to_ms = coverage.activity_to_ms
    if sees:
        counted_ms = activity_to_ms if activity_to_ms is not None else since_ms
        unseen_ms = min(end_ms, max(since_ms, counted_ms) + local_shift_ms)
        activity_to_ms = max(now_ms, counted_ms)
    midnight = today * DAY_MS
    past = coverage.past
    if start_ms < midnight:
        past = _before_midnight(past, device, start_ms, midnight, unseen_ms)
        start_ms = midnight
    added = coverage.devices.get(device, 0) + end_ms - start_ms
    return msgspec.structs.replace(
        coverage,
        observations=coverage.observations + 1,
        activity_ms=coverage.activity_ms + end_ms - max(midnight, unseen_ms),
        activity_to_ms=activity_to_ms,
        devices={**coverage.devices, device: added},
        past=past,
    )


def clock_moved(coverage: Coverage, today: int) -> Coverage:
    """The wall clock was set: what was counted on days that have not come yet is dropped."""
    if coverage.day is None:
        return coverage
    if coverage.day <= today:
        return _turn_to(coverage, today)
    past = tuple(day for day in coverage.past if day.day <= today)
    again = Day(day=today)
    if past and past[-1].day == today:
        past, again = past[:-1], past[-1]
    first = min(coverage.first_day if coverage.first_day is not None else today, today)
    return Coverage(
        first_day=first,
        day=today,
        observations=again.observations,
        activity_ms=again.activity_ms,
        activity_to_ms=coverage.activity_to_ms,
        devices=again.devices,
        past=past,
    )


def shares(coverage: Coverage) -> tuple[DayShare, ...]:
    """Every local day up to today, oldest first, at most DAYS_MAX; today is never silent yet."""
    if coverage.day is None or coverage.first_day is None:
        return ()
    known = {day.day: day for day in (*coverage.past, _running(coverage))}
    first = max(coverage.first_day, coverage.day - DAYS_MAX + 1)
    days = (known.get(n, Day(day=n)) for n in range(first, coverage.day + 1))
    return tuple(
        DayShare(
            date=iso_date(day.day),
            observations=day.observations,
            silent=day.observations == 0 and day.day < coverage.day,
            activity=min(1.0, day.activity_ms / DAY_MS),
            devices={name: min(1.0, ms / DAY_MS) for name, ms in sorted(day.devices.items())},
        )
        for day in days
    )


def _running(coverage: Coverage) -> Day:
    return Day(
        day=coverage.day if coverage.day is not None else 0,
        observations=coverage.observations,
        activity_ms=coverage.activity_ms,
        devices=coverage.devices,
    )


def _turn_to(coverage: Coverage, today: int) -> Coverage:
    """Begin a later local day; an earlier one leaves everything as it is."""
    if coverage.day is None:
        return msgspec.structs.replace(coverage, day=today, first_day=today)
    if today <= coverage.day:
        return coverage
    past = coverage.past
    if coverage.observations or coverage.devices:
        past = (*past, _running(coverage))[-DAYS_MAX:]
    return Coverage(
        first_day=coverage.first_day,
        day=today,
        activity_to_ms=coverage.activity_to_ms,
        past=past,
    )


def _late(coverage: Coverage, day: int) -> Coverage:
    return msgspec.structs.replace(
        coverage, past=_added(coverage.past, Day(day=day, observations=1))
    )


def _before_midnight(
    past: tuple[Day, ...], device: str, start_ms: int, midnight_ms: int, unseen_ms: int
) -> tuple[Day, ...]:
    """The part of a covered gap that lies before today, laid on the days that it spans."""
    for day in range(
        max(start_ms // DAY_MS, midnight_ms // DAY_MS - DAYS_MAX), midnight_ms // DAY_MS
    ):
        opens, closes = max(start_ms, day * DAY_MS), (day + 1) * DAY_MS
        seen_ms = max(0, closes - max(opens, unseen_ms))
        part = Day(day=day, activity_ms=seen_ms, devices={device: closes - opens})
        past = _added(past, part)
    return past


def _added(past: tuple[Day, ...], part: Day) -> tuple[Day, ...]:
    days = {day.day: day for day in past}
    old = days.get(part.day, Day(day=part.day))
    devices = dict(old.devices)
    for name, ms in part.devices.items():
        devices[name] = devices.get(name, 0) + ms
    days[part.day] = Day(
        day=part.day,
        observations=old.observations + part.observations,
        activity_ms=old.activity_ms + part.activity_ms,
        devices=devices,
    )
    return tuple(days[n] for n in sorted(days))[-DAYS_MAX:]
