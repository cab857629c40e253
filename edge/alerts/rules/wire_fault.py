"""The wire of a supervised contact is broken: about us, the device behind it cannot speak."""

from __future__ import annotations

from edge.alerts.flags import Flag
from edge.alerts.rules.sensed import check_of
from edge.domain import ALARM_ROLES, Priority
from edge.home.state import DeviceState

CODE = "wire_fault"


def _priority(device: DeviceState) -> Priority | None:
    # A dead alarm looks like safety: today, as when it falls silent.
    return Priority.HIGH if device.role in ALARM_ROLES else None


check = check_of(CODE, "wire_fault", quiet=Flag.WIRE_WHOLE, priority=_priority)
