"""Whether whoever may have fallen is on their feet: seen walking at once after it, or they say so.

A fall detector takes a hand that hits a table for a fall. Who lies on the floor may move, and be
seen by the sensors of two rooms from a doorway; who is seen in three rooms within minutes walks.
Who presses the OK button has got up to it: it hangs where nobody on the floor reaches.
Only where that can be nobody else: one resident, no pet, no visit. Elsewhere nothing waits, nor
does a call; and whoever is not seen to move at all is called when that is judged.
"""

from __future__ import annotations

import msgspec

from edge.domain import Role
from edge.home.state import DeviceState, Home, is_living, is_visited
from edge.home.staying import has_pet, is_elsewhere, residents
from edge.home.watch import Fall

# A sensor sees whoever walks past it every few seconds.
JUST_BEFORE_MS = 30_000
# A doorway shows two rooms to whoever lies in it.
ROOMS_WALKED = 3


def told_by_ms(home: Home, device: DeviceState) -> int | None:
    """Until when being told may wait for somebody to be seen walking; None: it may not."""
    walk_ms = home.settings.fall_walk_s * 1000
    if not walk_ms or has_pet(home) or not is_alone(home, device):
        return None
    rooms = {
        one.room
        for one in home.devices.values()
        if one.role is Role.MOTION and one.room and not one.identity and is_living(home, one)
    }
    if len(rooms) < ROOMS_WALKED:
        return None
    return home.at_ms + walk_ms


def is_alone(home: Home, device: DeviceState) -> bool:
    """Whether what is done in the home is done by the wearer: as far as we were told.

    Under an unset clock any visit that was told of may be the one that goes on now.
    """
    told = residents(home)
    lives_alone = len(told) == 1 and device.person in (None, *told)
    visited = is_visited(home) or (bool(home.visits) and not home.frame.synced)
    return lives_alone and not visited and not is_elsewhere(home, device.person)


def can_say(device: DeviceState) -> bool:
    """Whether a press on this device may lower a call: the OK button, and nobody's forgery.

    A line of the home or a frame with a key; and not one that may have been moved to where it is
    within reach from the floor.
    """
    provable = device.keyed or device.wired
    return device.role is Role.OK_BUTTON and provable and not device.identity


def is_asked(home: Home) -> tuple[Fall, ...]:
    """Falls that wait, where an OK button is heard that could end the waiting."""
    waiting = tuple(fall for fall in home.watch.falls.values() if fall.told_by_ms is not None)
    if not waiting:  # asked at every event, and falls are rare
        return ()
    heard = any(can_say(one) and is_living(home, one) for one in home.devices.values())
    return waiting if heard else ()


def says_fine(fall: Fall) -> Fall:
    """The fall after a press on the OK button."""
    return msgspec.structs.replace(fall, fine=True, moved=True, told_by_ms=None)


def seen_in(home: Home) -> tuple[str, ...]:
    """The room in which they were seen just before; who falls on the way was seen on the way."""
    still = home.still
    if still.room is None or still.since is None or still.since.boot != home.frame.boot:
        return ()
    return (still.room,) if home.at_ms - still.since.boottime_ms <= JUST_BEFORE_MS else ()


def walks(fall: Fall, device: DeviceState) -> Fall:
    """The fall after a sensor of a room saw movement."""
    seen = device.role is Role.MOTION and device.room is not None
    if fall.told_by_ms is None or not seen or device.room in fall.rooms:
        return fall
    rooms = (*fall.rooms, str(device.room))
    if len(rooms) < ROOMS_WALKED:
        return msgspec.structs.replace(fall, rooms=rooms)
    return msgspec.structs.replace(fall, rooms=rooms, walked=True, moved=True, told_by_ms=None)
