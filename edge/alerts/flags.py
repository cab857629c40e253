"""What can stand beside an alert besides the doubts of its evidence (`Quality`)."""

from __future__ import annotations

from enum import StrEnum


class Flag(StrEnum):
    REOPENED = "reopened"  # somebody had taken it, and nobody has it now
    REMOVED = "device_removed"  # the device it is about is no longer enrolled
    SENSOR_MISSING = "sensor_missing"  # a sensor that might have known better is silent
    DEVICES_SILENT = "devices_silent"  # devices went silent under this fault
    DOSE_MISSED = "dose_missed"  # the appliance itself confirms what our clock had raised
    DOSE_NOT_TAKEN = "dose_not_taken"  # the dose that this fault holds back is told beside it
    DOSE_TAKEN = "dose_taken"
    DOSE_RETRIEVED = "dose_retrieved_late"
    HEARD_AGAIN = "heard_again"
    ALARM_QUIET = "alarm_quiet"
    ACTIVITY_SEEN = "activity_seen"
    OK_PRESSED = "ok_pressed"  # the button on the wall, by whoever lives here alone
    BATTERY_GOOD = "battery_good"
    STOVE_OFF = "stove_off"
    MEAL_TAKEN = "meal_taken"
    MOVES_AGAIN = "moves_again"  # the worn device stirs
    MAINS_BACK = "mains_back"
    FAULT_CLEARED = "fault_cleared"  # the appliance itself no longer tells of it
    REFILLED = "refilled"
    WIRE_WHOLE = "wire_whole"
    CONFIRMED_BUTTON = "confirmed_button"  # a press belongs to this possible fall
    CONFIRMED_STILL = "confirmed_still"  # living sensors saw no movement after it
    PET_MAY_MOVE = "pet_may_move"  # movement was seen, and may have been the pet's
    DOOR_LAST = "outer_door_last"  # the last that was heard is an outer door that was shut
    ENDED = "residence_ended"  # for those who work with the home; never for relatives
    APPLIANCE_FAULT = "appliance_fault"  # the appliance's own fault is told beside it
    APPLIANCE_SILENT = "appliance_silent"  # it may have been taken while we could not hear it
    CONTRADICTED = "contradicted"  # something speaks against the word that would reassure
    # What speaks against it: the names of edge.home.contradictions.Against.
    STAY_ELSEWHERE = "stay_elsewhere"
    TAG_NOT_HEARD = "tag_not_heard"
    VISITOR_PRESENT = "visitor_present"
    WHO_UNKNOWN = "who_unknown"
    IDENTITY = "identity_doubtful"  # the device may not be what it was enrolled as
    RISING = "level_rising"  # at two assessments in a row: a coordinator's case
    AS_ENROLLED = "as_enrolled"  # nothing speaks for another device, place or wearer any more


# They say that the cause seems to be over. When it begins anew they are no longer true.
SEEMS_OVER = frozenset(
    {
        Flag.DOSE_TAKEN,
        Flag.DOSE_RETRIEVED,
        Flag.HEARD_AGAIN,
        Flag.ALARM_QUIET,
        Flag.ACTIVITY_SEEN,
        Flag.OK_PRESSED,
        Flag.BATTERY_GOOD,
        Flag.STOVE_OFF,
        Flag.MEAL_TAKEN,
        Flag.MOVES_AGAIN,
        Flag.MAINS_BACK,
        Flag.FAULT_CLEARED,
        Flag.REFILLED,
        Flag.WIRE_WHOLE,
        Flag.AS_ENROLLED,
    }
)
# They are about the moment at which something was said, and are told anew with the next one.
OF_THE_MOMENT = SEEMS_OVER | {
    Flag.APPLIANCE_SILENT,
    Flag.CONTRADICTED,
    Flag.STAY_ELSEWHERE,
    Flag.TAG_NOT_HEARD,
    Flag.VISITOR_PRESENT,
    Flag.WHO_UNKNOWN,
}


def seems_over(flags: tuple[str, ...]) -> bool:
    """Whether the cause seems to be gone, by a word that nothing speaks against."""
    return Flag.CONTRADICTED not in flags and not SEEMS_OVER.isdisjoint(flags)
