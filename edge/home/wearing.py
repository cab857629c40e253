"""Whether a worn device is worn: it is heard, others move about by day, and it never stirs."""

from __future__ import annotations

import msgspec

from edge.domain import Instant, Observation, Role
from edge.home.localday import daytime_ms
from edge.home.state import DeviceState, Home, is_visited
from edge.home.staying import is_elsewhere
from edge.home.watch import Worn

# What a worn device tells of its own movement.
STIR_KINDS = frozenset({"moving", "vibration", "movement_counter"})
# Somebody moved in the home within this time: longer, and nobody may be there to wear it.
ABOUT_MS = 3_600_000


def is_worn_by_somebody(device: DeviceState) -> bool:
    """Whether it is meant to be worn: a fall detector is, a tag when it is a person's."""
    if device.role is Role.FALL_DETECTOR:
        return True
    return device.role is Role.TAG and device.person is not None


def fold_worn(
    home: Home, device: DeviceState, seen: Observation, *, pressed: bool, sure: bool
) -> Worn | None:
    """What is known of its movement after `seen`; None as long as it tells of none at all.

    When it is not sure whose it is, that it stirs says nothing of its wearer.
    """
    worn = device.worn
    if seen.kind not in STIR_KINDS and not pressed:
        return worn
    now_ms = home.at_ms
    if worn is None:
        if pressed:
            return None
        worn = Worn(looked_ms=now_ms)
    count = worn.count
    if seen.kind == "movement_counter":
        if isinstance(seen.value, bool) or not isinstance(seen.value, int | float):
            return worn
        count = float(seen.value)
        stirred = worn.count is not None and count != worn.count
    elif pressed or seen.value is True:
        stirred = True
    elif seen.value is False:
        stirred = False
    else:
        return worn
    if stirred and not sure:
        return msgspec.structs.replace(worn, count=count, looked_ms=now_ms)
    if stirred:
        return Worn(count=count, looked_ms=now_ms, moved_ms=now_ms)
    idle_ms = worn.idle_ms + _idle_ms(home, device, worn)
    off = worn.off or idle_ms >= home.settings.tag_unworn_after_s * 1000
    return msgspec.structs.replace(worn, count=count, looked_ms=now_ms, idle_ms=idle_ms, off=off)


def _idle_ms(home: Home, device: DeviceState, worn: Worn) -> int:
    """The time by day since it was last heard, if somebody else was up and about in the home.

    A stay, a visitor's movement and an unset clock count for nothing.
    """
    now_ms, since = home.at_ms, _last_movement(home)
    if since is None or not home.frame.synced:
        return 0
    heard_gap = now_ms - worn.looked_ms > device.silent_after_ms
    about = now_ms - since.boottime_ms <= ABOUT_MS and since.boottime_ms > (worn.moved_ms or 0)
    if heard_gap or not about or is_elsewhere(home, device.person) or is_visited(home):
        return 0
    shift_ms, settings = home.frame.local_shift_ms, home.settings
    return daytime_ms(
        worn.looked_ms + shift_ms, now_ms + shift_ms, settings.day_from_min, settings.day_until_min
    )


def _last_movement(home: Home) -> Instant | None:
    """Of anybody, anywhere in the home: a sensor in the wrong room has seen it too."""
    known = [at for at in (home.still.since, home.still.unsure) if at is not None]
    here = [at for at in known if at.boot == home.frame.boot]
    return max(here, key=lambda at: at.boottime_ms, default=None)
