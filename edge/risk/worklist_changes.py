"""What the next visit changes: batteries, silent and doubtful devices, refills, worn time."""

from __future__ import annotations

from collections.abc import Sequence

from edge.domain import Group, Record, WorkLine
from edge.home.state import DeviceState, Home
from edge.home.wearing import is_worn_by_somebody
from edge.risk.worklist_lines import (
    BATTERY_MIN,
    DOUBT_MIN,
    LINES_MAX,
    MENDED,
    REFILL_MIN,
    SILENT_MIN,
    WIRE_MIN,
    WORN_MIN,
    waiting,
)


class Gap(Record, frozen=True, kw_only=True):
    """A question that could not be answered for too much of the last days."""

    question: str
    percent: int  # of the asked time that was known
    reason: str


def changes(home: Home, gaps: Sequence[Gap]) -> list[WorkLine]:
    """By device, then what could not be answered for too long; at most LINES_MAX."""
    lines = []
    for device in home.devices.values():
        if device.low:
            lines.append(_device("battery", device, BATTERY_MIN))
        if device.silent and not device.masked:
            lines.append(_device("silent", device, SILENT_MIN))
        if device.identity:
            lines.append(_device("doubtful", device, DOUBT_MIN))
        worn = device.worn
        if is_worn_by_somebody(device) and worn is not None and worn.off:
            lines.append(_device("not_worn", device, WORN_MIN))
    for alert in waiting(home):
        about = home.devices.get(alert.subject)
        if about is not None and alert.code in MENDED:
            is_wire = alert.code == "wire_fault"
            code, minutes_ = ("wire", WIRE_MIN) if is_wire else ("refill", REFILL_MIN)
            lines.append(_device(code, about, minutes_))
    lines += [
        WorkLine(
            group=Group.CHANGE,
            code="worn_time" if gap.question == "tag_worn" else "coverage",
            params={"question": gap.question, "percent": gap.percent, "reason": gap.reason},
        )
        for gap in gaps
    ]
    return lines[:LINES_MAX]


def _device(code: str, device: DeviceState, minutes_: float) -> WorkLine:
    return WorkLine(
        group=Group.CHANGE,
        code=code,
        params={"device": device.id, "role": device.role.value, "room": device.room},
        minutes=minutes_,
    )
