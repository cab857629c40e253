"""Whether the placed sensors and the resident's tag agree on where somebody is.

Only in a home of one resident, whose rooms are told: what moves in a room that is not even next
to the tag's is then either another person, or the tag is not where it is said to be. One such
moment is a visitor; a dozen hours of them on several days are not.

It speaks of the tag alone. A locator can be wrong of one armchair for days, and would then make
a good sensor doubtful whose word keeps a stillness from being told.
"""

from __future__ import annotations

import msgspec

from edge.domain import Observation, PersonKind, Role
from edge.events import Doubted
from edge.home.hearing import is_press
from edge.home.identity_tags import is_told_surely, rooms_between
from edge.home.likeness import HOURS_A_DAY, HOURS_JUDGED, Agreement, Roaming
from edge.home.state import DeviceState, Home, is_visited
from edge.home.staying import is_paused
from edge.kinds import ACTIVITY_KINDS

REASON = "impossible_room"
KINDS = ACTIVITY_KINDS
_PLACED = frozenset({Role.MOTION, Role.DOOR})
# A locator follows a walk with half a minute's delay: the tag must have been in one room for a
# minute before and a minute and a half after the movement to be where it is said to be.
BEFORE_MS, AFTER_MS = 60_000, 90_000
_HOUR_MS, _DAY_HOURS = 3_600_000, 24
# Moments in one hour that speak against, with none that speaks for: one is a cat or a neighbour.
AGAINST_MIN = 3
# Of the judged hours, told from so many against, and over below so few.
TOLD_FROM, OVER_BELOW = 10, 4
# Hours by which a sensor counts when it is asked whether the others agree with the tag, and how
# many must disagree: one alone may see the armchair of which the locator is wrong.
VOTE_MIN, SENSORS_MIN = 4, 2


def the_tag(home: Home) -> DeviceState | None:
    """The one tag of the one resident; None where somebody else may be the one who moves."""
    residents = [p for p in home.persons.values() if p.kind is PersonKind.RESIDENT]
    pets = any(p.kind is PersonKind.PET for p in home.persons.values())
    if len(residents) != 1 or pets:
        return None
    worn = (Role.TAG, Role.FALL_DETECTOR)
    tags = [d for d in home.devices.values() if d.role in worn and d.id in home.likeness.tags]
    theirs = [d for d in tags if d.person == residents[0].id]
    return theirs[0] if len(theirs) == 1 else None


def fold(home: Home, seen: Observation) -> tuple[Home, tuple[Doubted, ...]]:
    """The home after a placed sensor saw somebody, and what that makes of sensor and tag."""
    device = home.devices[seen.device]
    if device.role not in _PLACED or device.room not in home.rooms or not home.frame.synced:
        return home, ()
    if seen.kind not in ACTIVITY_KINDS or not (is_press(seen) or seen.value is True):
        return home, ()
    tag = the_tag(home)
    if tag is None or tag.silent or is_visited(home) or is_paused(home):
        return home, ()
    if not is_told_surely(home, tag.id):
        return home, ()
    old = home.likeness.agreements.get(device.id, Agreement())
    new = _compared(home, old, device.room or "", home.likeness.tags[tag.id])
    if new is old:
        return home, ()
    agreements = {**home.likeness.agreements, device.id: new}
    likeness = msgspec.structs.replace(home.likeness, agreements=agreements)
    home = msgspec.structs.replace(home, likeness=likeness)
    return home, _judged(home, tag) if new.hours != old.hours else ()


def _compared(home: Home, known: Agreement, room: str, tag: Roaming) -> Agreement:
    """The movement before this one, now that it is known where the tag was after it."""
    wall_ms = home.at_ms + home.frame.drift_ms
    waits_ms = known.waits_wall_ms
    if waits_ms is not None and 0 <= wall_ms - waits_ms < AFTER_MS:
        return known
    after = msgspec.structs.replace(known, waits_wall_ms=wall_ms)
    if waits_ms is None:
        return after
    hour = (waits_ms + home.frame.offset_min * 60_000) // _HOUR_MS
    if hour != after.hour:
        turned = _turned(after)
        today = turned.today if hour // _DAY_HOURS == after.hour // _DAY_HOURS else 0
        after = msgspec.structs.replace(turned, hour=hour, today=today, agrees=0, against=0)
    word = _word(home, room, tag, waits_ms)
    if word is None:
        return after
    if word:
        return msgspec.structs.replace(after, agrees=after.agrees + 1)
    return msgspec.structs.replace(after, against=after.against + 1)


def _turned(known: Agreement) -> Agreement:
    """The hour that is over, as one letter."""
    if known.today >= HOURS_A_DAY:
        return known
    if known.agrees:
        hour = "."
    elif known.against >= AGAINST_MIN:
        hour = "x"
    else:
        return known
    hours = (known.hours + hour)[-HOURS_JUDGED:]
    return msgspec.structs.replace(known, hours=hours, today=known.today + 1)


def _word(home: Home, room: str, tag: Roaming, at_ms: int) -> bool | None:
    """True when the tag was there, False when it cannot have been, None when that is not known."""
    if room in (tag.room, tag.was) and abs(tag.since_ms - at_ms) < AFTER_MS + BEFORE_MS:
        return True
    if tag.since_ms > at_ms - BEFORE_MS or tag.room not in home.rooms:
        return None
    if tag.room == room:
        return True
    return False if rooms_between(home, room, tag.room) > 1 else None


def _judged(home: Home, tag: DeviceState) -> tuple[Doubted, ...]:
    """Whether all sensors that can say so disagree with the tag, and they are several."""
    votes = {
        key: known.hours.count("x")
        for key, known in home.likeness.agreements.items()
        if key in home.devices and len(known.hours) >= VOTE_MIN
    }
    against = [key for key, n in votes.items() if n >= TOLD_FROM]
    agree = any(n < OVER_BELOW for n in votes.values())
    doubted = REASON in tag.identity
    if len(against) >= SENSORS_MIN and not agree and not doubted:
        return (Doubted(device=tag.id, reason=REASON, detail=min(against)),)
    if doubted and not against and agree:
        return (Doubted(device=tag.id, reason=REASON, gone=True),)
    return ()
