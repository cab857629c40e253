"""What the lists of a visit's work have in common: how long things take, and what waits."""

from __future__ import annotations

from edge.alerts.flags import Flag
from edge.domain import Alert, Priority
from edge.home.state import Home

# Minutes that a visit takes for it. Ten observations take at most five (field measurements of the
# short list are kept with its answers); the others are our estimates, and repairs have none.
QUESTION_MIN = 0.5
BATTERY_MIN = 5.0
WORN_MIN = 3.0
SILENT_MIN = 10.0
DOUBT_MIN = 5.0
REFILL_MIN = 10.0
WIRE_MIN = 10.0
# More lines than a nurse reads on one visit; what is left out is the least urgent of each group.
LINES_MAX = 60
# Normal alerts that wait for the visit (`edge.escalation.attention`) and of which no line is made
# from the state of a device: what they are on the list, and what says that it is over.
MENDED = {"appliance_refill": Flag.REFILLED, "wire_fault": Flag.WIRE_WHOLE}


def waiting(home: Home) -> list[Alert]:
    """Open alerts that ask nobody before the visit, but for those that were mended since."""
    return [
        alert
        for _, alert in sorted(home.alerts.items())
        if alert.priority is Priority.NORMAL and MENDED.get(alert.code) not in alert.flags
    ]
