"""The deadlines of each priority, as data. Milliseconds since the alert was (re)opened.

From the escalation protocol of the design (levels after 2 and 4 minutes, 10 and 20 minutes, the
next working shift); a service may want others, and then this table is the one place.
"""

from __future__ import annotations

from edge.domain import Alert, Priority, Record
from edge.escalation.attention import LEVEL_CHANGED

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

# Smoke, carbon monoxide, heat and gas leave minutes, and a call of 112 is somebody's to make:
# all levels, every path and the sounder at once, with no window in which it could be called off.
AT_ONCE = frozenset({"smoke", "carbon_monoxide", "heat", "gas"})
# An alert of our own that proves the paths: it asks nobody.
TEST_FLAG = "test"
# Who works with the home is told after its end, relatives are not (edge.alerts.flags.Flag.ENDED).
ENDED_FLAG = "residence_ended"


class Deadlines(Record, frozen=True, kw_only=True):
    """`receipt_ms`: without a receipt of a system, people are asked by text message.
    `levels_ms`: without a person who accepts, level 2, 3. `repeat_ms`: the last level that this
    priority reaches is asked again. `sounder_ms`: the home's own sounder, None for never.
    `cancel_ms`: nobody is asked by text message before, so that what is called off in time
    troubles nobody; a named person's "not me" ends this window. `by_shift`: people are asked in
    working hours only.
    """

    receipt_ms: int
    levels_ms: tuple[int, ...]
    repeat_ms: int
    sounder_ms: int | None
    cancel_ms: int
    by_shift: bool = False


BY_PRIORITY: dict[Priority, Deadlines] = {
    Priority.CRITICAL: Deadlines(
        receipt_ms=20 * SECOND_MS,
        levels_ms=(120 * SECOND_MS, 240 * SECOND_MS),
        repeat_ms=5 * MINUTE_MS,
        sounder_ms=120 * SECOND_MS,
        cancel_ms=20 * SECOND_MS,
    ),
    Priority.HIGH: Deadlines(
        receipt_ms=60 * SECOND_MS,
        levels_ms=(10 * MINUTE_MS, 20 * MINUTE_MS),
        repeat_ms=15 * MINUTE_MS,
        sounder_ms=None,
        cancel_ms=60 * SECOND_MS,
    ),
    # A battery waits for the next working day; the third level (relatives) never hears of it.
    Priority.NORMAL: Deadlines(
        receipt_ms=5 * MINUTE_MS,
        levels_ms=(DAY_MS,),
        repeat_ms=DAY_MS,
        sounder_ms=None,
        cancel_ms=5 * MINUTE_MS,
        by_shift=True,
    ),
}
ALL_AT_ONCE = Deadlines(
    receipt_ms=0, levels_ms=(0, 0), repeat_ms=5 * MINUTE_MS, sounder_ms=0, cancel_ms=0
)

# Red is decided on within the day, by a coordinator who has read it: a ladder of minutes would
# only wake people who cannot decide. Deputies hear of it after two hours, everybody of these
# again every four.
RED_LEVEL = Deadlines(
    receipt_ms=60 * SECOND_MS,
    levels_ms=(2 * HOUR_MS,),
    repeat_ms=4 * HOUR_MS,
    sounder_ms=None,
    cancel_ms=60 * SECOND_MS,
)


def deadlines_of(alert: Alert) -> Deadlines:
    """The row of the table that an alert follows; its code may outrank its priority."""
    if alert.code in AT_ONCE:
        return ALL_AT_ONCE
    if alert.code == LEVEL_CHANGED and alert.priority is Priority.HIGH:
        return RED_LEVEL
    return BY_PRIORITY[alert.priority]
