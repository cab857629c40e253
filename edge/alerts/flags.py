"""What can stand beside an alert besides the doubts of its evidence (`Quality`)."""

from __future__ import annotations

from enum import StrEnum


class Flag(StrEnum):
    REOPENED = "reopened"  # somebody had taken it, and nobody has it now
    REMOVED = "device_removed"  # the device it is about is no longer enrolled
    SENSOR_MISSING = "sensor_missing"  # a sensor that might have known better is silent
    DEVICES_SILENT = "devices_silent"  # devices went silent under this fault
    DOSE_MISSED = "dose_missed"  # the appliance itself confirms what our clock had raised
    DOSE_TAKEN = "dose_taken"
    DOSE_RETRIEVED = "dose_retrieved_late"
    HEARD_AGAIN = "heard_again"
    ALARM_QUIET = "alarm_quiet"
    ACTIVITY_SEEN = "activity_seen"
    BATTERY_GOOD = "battery_good"


# They say that the cause seems to be over. When it begins anew they are no longer true.
SEEMS_OVER = frozenset(
    {
        Flag.DOSE_TAKEN,
        Flag.DOSE_RETRIEVED,
        Flag.HEARD_AGAIN,
        Flag.ALARM_QUIET,
        Flag.ACTIVITY_SEEN,
        Flag.BATTERY_GOOD,
    }
)
