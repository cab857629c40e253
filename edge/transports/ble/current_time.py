"""A device's own clock: Current Time 0x2A2B (GATT Current Time Service 1.1 §3.1), Date Time 0x2A08.

Both begin with year u16, month, day, hours, minutes, seconds, little-endian, in local time.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime

from edge.domain import Instant, Sync

CURRENT_TIME = "00002a2b-0000-1000-8000-00805f9b34fb"
DATE_TIME = "00002a08-0000-1000-8000-00805f9b34fb"

# Adjust Reason, bit 1: external reference time update.
_EXTERNAL_REFERENCE = 0x02
_DATE_TIME = struct.Struct("<H5B")


def clock_value(uuid: str, at: Instant) -> bytes | None:
    """What to write to the clock characteristic `uuid`; None when our own clock was never set."""
    now = current_time(at)
    return now if now is None or uuid == CURRENT_TIME else now[: _DATE_TIME.size]


def current_time(at: Instant) -> bytes | None:
    """The home's local time, 10 bytes; None when our own clock was never set.

    year u16, month, day, hours, minutes, seconds, weekday (1 is Monday), fractions of 1/256 s,
    adjust reason; little-endian. A device that gets no time keeps its own, which may be right.
    """
    if at.sync is Sync.NONE:
        return None
    local = _local(at)
    return struct.pack(
        "<H7BB",
        local.year,
        local.month,
        local.day,
        local.hour,
        local.minute,
        local.second,
        local.isoweekday(),
        local.microsecond * 256 // 1_000_000,
        _EXTERNAL_REFERENCE,
    )


def ahead_s(value: bytes, at: Instant) -> int | None:
    """How far the clock that was read at `at` is ahead of the home's local time, in whole s.

    None when nobody can tell: our own clock was never set, the value is too short, or it is no
    moment (year, month or day 0 mean "not known" and are legal).
    """
    if at.sync is Sync.NONE or len(value) < _DATE_TIME.size:
        return None
    year, month, day, hour, minute, second = _DATE_TIME.unpack_from(value)
    try:
        told = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return round((told - _local(at).replace(microsecond=0)).total_seconds())


def _local(at: Instant) -> datetime:
    return datetime.fromtimestamp((at.wall_ms + at.offset_min * 60_000) / 1000, UTC)
