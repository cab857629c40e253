"""Coverage by the hour: could a question have been answered?"""

from __future__ import annotations

from edge.domain.base import Record


class HourCoverage(Record, frozen=True, kw_only=True):
    """One question in one hour: 0 <= known_s <= asked_s <= 3600.

    `hour_ms` is wall time, UTC; `asked_s`: how long it was a question; `known_s`: how long of that
    it could have been answered; `reason`: what stood in the way longest, "" for nothing.
    """

    hour_ms: int
    question: str
    asked_s: int
    known_s: int
    reason: str = ""
