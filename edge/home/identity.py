"""Whether devices are what, where and whose they were enrolled as: asked of every word they say.

A doubt is told (`Doubted`) and flags what the device says from then on; it takes nothing away
that would be raised. It ends when what speaks for it ends, when somebody enrols the device
anew, or when a person has looked and confirms it.
"""

from __future__ import annotations

import msgspec

from edge.domain import Observation, Quality
from edge.events import Confirmed, Doubted
from edge.home import identity_place, identity_readings, identity_rooms, identity_tags
from edge.home.hearing import DOUBTED
from edge.home.likeness import TOLD_MAX, Likeness, forget, without, without_person
from edge.home.state import Home

ANOTHER = "another_device"
# Every reason that a doubt can have; people read them by the words of `doubt.<reason>`.
REASONS = frozenset(
    {ANOTHER, *identity_place.REASONS, identity_rooms.REASON}
    | {identity_tags.TWO_AT_ONCE, identity_tags.SWAPPED_WEARER, identity_readings.OTHERS}
)
# What a device says of itself that does not change in its life. Firmware does.
_FIXED = frozenset({"device_type", "model", "serial_number", "manufacturer"})
# Of a word about itself this much is kept; models and serial numbers are shorter.
WORD_MAX_CHARS = 64
_OTHER = " now"
LISTENS_TO = (
    _FIXED | identity_rooms.KINDS | identity_tags.KINDS | identity_readings.KINDS | {"user"}
)


def marked(home: Home, seen: Observation) -> Observation:
    """The same word with its doubt; another doubt that stands there already says enough.

    A reading that does not fit is doubtful by itself; a device of which that is the only doubt
    may well give the next one right.
    """
    if seen.quality is not Quality.OK:
        return seen
    device = home.devices.get(seen.device)
    if device is None:
        return seen
    if any(reason != identity_readings.OTHERS for reason in device.identity) or (
        seen.kind in identity_readings.KINDS and identity_readings.is_strange(home, seen)
    ):
        return msgspec.structs.replace(seen, quality=Quality.IDENTITY_DOUBTFUL)
    return seen


def fold(home: Home, seen: Observation) -> tuple[Home, tuple[Doubted, ...]]:
    """The home after what `seen` says of who said it, and what of that is news."""
    if seen.quality in DOUBTED:
        return home, ()  # whoever forges a frame may not make the real device doubtful
    home, found = _content(home, seen)
    for part in (identity_rooms, identity_tags, identity_readings):
        home, more = part.fold(home, seen)
        found += more
    return home, found


def confirm(home: Home, told: Confirmed, seen_at: int) -> Home:
    """A person has looked: no doubt stands, and what it is known by is learnt anew."""
    device = home.devices.get(told.device)
    if device is None:
        return home
    sure = msgspec.structs.replace(
        device, identity=(), confirmed_by=told.by, confirmed_wall_ms=seen_at
    )
    devices = {**home.devices, device.id: sure}
    likeness = _forgotten(home, device.id)
    return msgspec.structs.replace(home, devices=devices, likeness=likeness)


def _forgotten(home: Home, device: str) -> Likeness:
    """Its wearer's range too: what was learnt of them may have been somebody else's."""
    likeness, person = forget(home.likeness, device), home.devices[device].person
    if person is not None and identity_readings.OTHERS in home.devices[device].identity:
        likeness = without_person(likeness, person)
    return likeness


def _content(home: Home, seen: Observation) -> tuple[Home, tuple[Doubted, ...]]:
    """The first word about itself is the one to keep; beside it, what another one says now."""
    if seen.kind not in _FIXED or seen.value is None:
        return home, ()
    device, value = home.devices[seen.device], str(seen.value)[:WORD_MAX_CHARS]
    told, other = home.likeness.told.get(device.id, {}), seen.kind + _OTHER
    if seen.kind not in told:
        words = {**told, seen.kind: value}
    elif told[seen.kind] != value:
        words = {**told, other: value}
    else:
        words = without(told, other)
    if words != told and len(words) <= TOLD_MAX:
        parts = {**home.likeness.told, device.id: words}
        likeness = msgspec.structs.replace(home.likeness, told=parts)
        home = msgspec.structs.replace(home, likeness=likeness)
    doubted = any(kind.endswith(_OTHER) for kind in words)
    if doubted is (ANOTHER in device.identity):
        return home, ()
    return home, (Doubted(device=device.id, reason=ANOTHER, gone=not doubted),)
