"""The Current Time characteristic (GATT Current Time Service 1.1 §3.1, UUID 0x2A2B)."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

from edge.domain import Instant, Sync

CURRENT_TIME = "00002a2b-0000-1000-8000-00805f9b34fb"

# Adjust Reason, bit 1: external reference time update.
_EXTERNAL_REFERENCE = 0x02


def current_time(at: Instant) -> bytes | None:
    """The home's local time, 10 bytes; None when our own clock was never set.

    year u16, month, day, hours, minutes, seconds, weekday (1 is Monday), fractions of 1/256 s,
    adjust reason; little-endian. A device that gets no time keeps its own, which may be right.
    """
    if at.sync is Sync.NONE:
        return None
    local_ms = at.wall_ms + at.offset_min * 60_000
    local = datetime.fromtimestamp(local_ms / 1000, UTC)
    return struct.pack(
        "<H7BB",
        local.year,
        local.month,
        local.day,
        local.hour,
        local.minute,
        local.second,
        local.isoweekday(),
        (local_ms % 1000) * 256 // 1000,
        _EXTERNAL_REFERENCE,
    )
