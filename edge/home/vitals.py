"""Folds readings into what lies beyond a limit; off until the settings, a decision and a limit are.

A reading of doubtful origin or identity is neither beyond nor within: it may be another person's.
"""

from __future__ import annotations

import msgspec

from edge.domain import Instant, Observation, Quality, Question, VitalLimit, VitalLimitEnded
from edge.home.deciding import is_decided
from edge.home.hearing import is_sure
from edge.home.limits import LIMITS_MAX, Beyond, limit_key
from edge.home.localday import DAY_MS, day_of, utc_ms
from edge.home.state import Home

# A second reading within this is the first one told twice, or the next beat of a stream.
CONFIRM_MIN_MS = 60_000
# Told once, and again the next day: who measures every morning does so within some hours.
AGAIN_MS = 18 * 3_600_000


def limit(home: Home, told: VitalLimit | VitalLimitEnded) -> Home:
    """The home with one limit more, changed or fewer; what was beyond the old one is forgotten."""
    key = limit_key(told.person, told.kind)
    limits = {k: one for k, one in home.vitals.limits.items() if k != key}
    if isinstance(told, VitalLimit) and len(limits) < LIMITS_MAX:
        limits[key] = told
    beyond = {k: one for k, one in home.vitals.beyond.items() if k != key}
    return _with(home, msgspec.structs.replace(home.vitals, limits=limits, beyond=beyond))


def in_force(home: Home, told: VitalLimit) -> bool:
    """Whether readings are held against this limit now; without the date nobody knows."""
    if not home.settings.vitals or not is_decided(home, Question.VITALS):
        return False
    day = day_of(told.valid_until)
    today = (home.at_ms + home.frame.local_shift_ms) // DAY_MS
    return day is not None and today <= day


def fold_vitals(home: Home, seen: Observation) -> Home:
    """The home after a reading, which `hear` has folded already."""
    person = home.devices[seen.device].person
    if person is None:  # nobody's instrument says nothing of anybody
        return home
    key = limit_key(person, seen.kind)
    told = home.vitals.limits.get(key)
    if told is None or not _is_reading(home, seen) or not in_force(home, told):
        return home
    beyond = {k: one for k, one in home.vitals.beyond.items() if k != key}
    now = _beyond(told, seen)
    if now is not None:
        beyond[key] = _after(home.vitals.beyond.get(key), now, told)
    elif key not in home.vitals.beyond:
        return home
    return _with(home, msgspec.structs.replace(home.vitals, beyond=beyond))


def _is_reading(home: Home, seen: Observation) -> bool:
    number = isinstance(seen.value, int | float) and not isinstance(seen.value, bool)
    return number and seen.quality is Quality.OK and is_sure(home, seen)


def _beyond(told: VitalLimit, seen: Observation) -> Beyond | None:
    value = float(seen.value or 0)
    side = side_of(told, value)
    if not side:
        return None
    measured_ms = utc_ms(seen.device_time)
    at = seen.at
    if measured_ms is not None and measured_ms < at.wall_ms:  # stored, and told later
        late_ms = at.wall_ms - measured_ms
        at = msgspec.structs.replace(at, boottime_ms=at.boottime_ms - late_ms, wall_ms=measured_ms)
    return Beyond(device=seen.device, value=value, unit=seen.unit, at=at, side=side)


def side_of(told: VitalLimit, value: float) -> str:
    """Whether a value is below or above the limit; "" within it, the limit itself included."""
    if told.low is not None and value < told.low:
        return "below"
    return "above" if told.high is not None and value > told.high else ""


def _after(before: Beyond | None, now: Beyond, told: VitalLimit) -> Beyond:
    """What stands after one more reading beyond the limit."""
    if told.confirm_s == 0 and (before is None or not before.told):
        return msgspec.structs.replace(now, told=True)
    if before is None or before.side != now.side:
        return now
    since_ms = _between_ms(before.at, now.at)
    if before.told:
        again = since_ms >= AGAIN_MS
        return msgspec.structs.replace(now, told=told.confirm_s == 0) if again else before
    if since_ms < CONFIRM_MIN_MS:
        return before
    return msgspec.structs.replace(now, told=since_ms <= told.confirm_s * 1000)


def _between_ms(one: Instant, other: Instant) -> int:
    """Boottime within a boot, wall time across two: the clock is set, or nothing is judged."""
    if one.boot == other.boot:
        return other.boottime_ms - one.boottime_ms
    return other.wall_ms - one.wall_ms


def _with(home: Home, vitals: object) -> Home:
    return msgspec.structs.replace(home, vitals=vitals)
