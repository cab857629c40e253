"""Where somebody's tag was last said to be; known only while it was decided that it may be.

A place is no activity, proves neither that a device is alive nor that its wearer is well, and
lowers nothing. It goes with a call for help, so that whoever answers knows where to look first.
"""

from __future__ import annotations

import msgspec

from edge.domain import Device, Instant, Question, Record, Scalar
from edge.events import Located
from edge.home.deciding import is_decided
from edge.home.likeness import forget_roaming
from edge.home.state import DEVICES_MAX, DeviceState, Home, Whereabouts

# What the locator makes of receptions: said of a device, never by it.
LOCATION_KINDS = frozenset({"location", "location_confidence"})
UNKNOWN = "unknown"


def is_located(home: Home) -> bool:
    """Whether a decision that stands today lets anybody's place be known."""
    return is_decided(home, Question.LOCATION)


def fold_located(home: Home, told: Located, now: Instant) -> Home:
    """The home after the locator spoke of one device; a place that is not known keeps the last."""
    device = home.devices.get(told.device)
    if device is None or device.person is None or not is_located(home):
        return home
    old = home.places.get(device.id)
    if old is None and len(home.places) >= DEVICES_MAX:
        return home
    if told.place != UNKNOWN:
        place = Whereabouts(place=told.place, confidence=told.confidence, at=now)
    elif old is not None:
        place = msgspec.structs.replace(old, lost=True)
    else:
        place = Whereabouts(place=UNKNOWN, confidence=0.0, at=now, lost=True)
    if place == old:
        return home
    return msgspec.structs.replace(home, places={**home.places, device.id: place})


def forget_places(home: Home) -> Home:
    """The home without places, and without what was learnt of them, when nobody's may be known.

    While the clock is not set no decision is known to have run out: then they are told nobody.
    """
    if is_located(home):
        return home
    if not home.frame.synced and Question.LOCATION in home.decisions:
        return home
    likeness = forget_roaming(home.likeness)
    if not home.places and likeness is home.likeness:
        return home
    return msgspec.structs.replace(home, places={}, likeness=likeness)


def without_place(home: Home, device: str) -> Home:
    if device not in home.places:
        return home
    places = {key: p for key, p in home.places.items() if key != device}
    return msgspec.structs.replace(home, places=places)


def enrolled_anew(home: Home, device: Device) -> Home:
    """A tag that another person wears from now on takes nobody's place along."""
    old = home.devices.get(device.id)
    if old is None or old.person == device.person:
        return home
    return without_place(home, device.id)


class _Found(Record, frozen=True, kw_only=True):
    age_ms: int
    where: Whereabouts


def last_place(home: Home, device: DeviceState, now: Instant) -> dict[str, Scalar]:
    """What an alert of this device's wearer tells of where they were: {} when nothing may be.

    `last_room` is a room's id, "home", "near", "away" or "unknown"; it held at most
    `last_room_age_s` ago, and that age grows while the tag is not heard.
    """
    if device.person is None or not home.places or not is_located(home):
        return {}
    theirs = [d.id for d in home.devices.values() if d.person == device.person]
    found = [
        _Found(age_ms=_age_ms(where.at, now), where=where)
        for where in (home.places.get(key) for key in theirs)
        if where is not None
    ]
    if not found:
        return {}
    known = [one for one in found if one.where.place != UNKNOWN]
    best = min(known, key=lambda one: one.age_ms, default=None)
    if best is None:
        return {"last_room": UNKNOWN, "last_room_confidence": None, "last_room_age_s": None}
    return {
        "last_room": best.where.place,
        "last_room_confidence": round(best.where.confidence * 100),
        "last_room_age_s": best.age_ms // 1000,
    }


def _age_ms(then: Instant, now: Instant) -> int:
    """Time passed; across a boot only the wall clock knows."""
    if then.boot == now.boot:
        return max(0, now.boottime_ms - then.boottime_ms)
    return max(0, now.wall_ms - then.wall_ms)
