"""Who speaks, and by which clock."""

from __future__ import annotations

from edge.domain import Instant, Record
from edge.uplink.envelope import wire


class Origin(Record, frozen=True, kw_only=True):
    """Who speaks: the gateway, the store that numbers its messages, and whose home it is."""

    gateway: str
    store_id: str
    site: str
    customer: str


def clock_part(at: Instant) -> wire.ClockPart:
    return wire.ClockPart(sync=at.sync, boot=at.boot, boottime_ms=at.boottime_ms)
