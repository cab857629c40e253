"""Whether whoever may have fallen is on their feet: seen walking through rooms at once after it.

A fall detector takes a hand that hits a table for a fall. Who lies on the floor may move, and be
seen by the sensors of two rooms from a doorway; who is seen in three rooms within minutes walks.
Only where that can be nobody else: one resident, no pet, no visit. Elsewhere nothing waits, nor
does a press; and whoever is not seen to move at all is called when that is judged.
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
    told, walk_ms = residents(home), home.settings.fall_walk_s * 1000
    alone = len(told) == 1 and device.person in (None, *told)
    if (
        not walk_ms
        or not alone
        or has_pet(home)
        or is_visited(home)
        or is_elsewhere(home, device.person)
    ):
        return None
    rooms = {
        one.room
        for one in home.devices.values()
        if one.role is Role.MOTION and one.room and not one.identity and is_living(home, one)
    }
    if len(rooms) < ROOMS_WALKED:
        return None
    return home.at_ms + walk_ms


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
