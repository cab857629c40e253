"""Limits of readings, set for one person and kind by a named nurse; off until that is done."""

from __future__ import annotations

from edge.domain.base import Priority, Record


class VitalLimit(Record, frozen=True, kw_only=True, tag="vital_limit"):
    """Within `low` and `high`, both included, nothing is told; None: no limit on that side.

    It holds up to the end of the day `valid_until` (ISO 8601) in the home's own time.
    """

    person: str
    kind: str  # a key of edge.kinds.KINDS
    low: float | None
    high: float | None
    priority: Priority  # of the alert: normal or high, never critical
    confirm_s: int  # a second reading within so long has to confirm; 0: the first one counts
    scale_2: bool = False  # NEWS2: this person's oxygen saturation is read by SpO2 scale 2
    set_by: str
    role: str
    valid_until: str
    by: str  # who told it to the gateway


class VitalLimitEnded(Record, frozen=True, kw_only=True, tag="vital_limit_ended"):
    """The limit was taken back: nothing is told of that kind from now on."""

    person: str
    kind: str
    by: str
