"""Whether a tag is on the one it was given to: by where the home's tags are, together and apart.

Two tags of one person that move in different rooms, two persons' tags that are never apart, and
tags that sleep in each other's rooms: whose is which is then not known. A tag that lies on a table
is none of it (`tag_not_worn`), and one that is left at home while another goes out is not either.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from edge.domain import Observation
from edge.events import Doubted
from edge.home.likeness import (
    APART_ROOMS_MAX,
    NIGHTS_MAX,
    PAIRS_MAX,
    Likeness,
    Pair,
    Roaming,
)
from edge.home.localday import DAY_MS, MINUTE_MS
from edge.home.state import DeviceState, Home, is_visited
from edge.home.wearing import STIR_KINDS

TWO_AT_ONCE = "two_at_once"
SWAPPED_WEARER = "swapped_wearer"
JUMPS = "impossible_room"
LOCATION = "location"
AWAY = "away"
KINDS = frozenset({LOCATION}) | STIR_KINDS
# Both stirred within this: one of them was not laid down before the other was taken up.
STIRRED_MS = 5 * MINUTE_MS
# A locator settles half a minute after a walk; two readings of one walk are not two places.
SETTLED_MS = 60_000
# A place that is less probable than this is no evidence. "Away" by an outer door just reaches it.
SURE_FROM = 0.9
# Moments further apart than this count by themselves.
SLOT_MS = 10 * MINUTE_MS
# A locator is wrong of one armchair for days, and of one tag more than of the other. Only that is
# told which no armchair makes: on several days, in several different two rooms, and most of the
# time in which both are worn. Over when they are together half of it again.
APART_MIN, APART_DAYS, APART_ROOMS = 6, 3, 3
APART_SHARE, APART_OVER = 0.75, 0.5
# Moments that are weighed: a few days' worth; older ones fade.
PAIR_SLOTS_MAX = 128
# Without another one for so long, the count begins anew and the doubt is over.
APART_OVER_DAYS = 3
# Walks that both tags made within half a minute of each other, with none that only one made: a
# couple does much together, but not every walk of three days.
JOINT_MS = 30_000
JOINT_MIN, JOINT_DAYS = 40, 3
SINGLE_OVER = 3
# The night for this: when nearly everybody lies in their own bed.
NIGHT_FROM_MIN, NIGHT_UNTIL_MIN = 0, 5 * 60
NIGHT_MIN_MS = 2 * 60 * MINUTE_MS
# A habit is the same room in so many nights before; exchanged in three in a row is neither a guest
# bed nor a locator that takes one bedroom for the other now and then.
HABIT_NIGHTS, HABIT_SHARE, EXCHANGED_NIGHTS = 5, 0.8, 3
# Rooms that lie three doors apart are not walked between faster than this, frail or not.
JUMP_ROOMS, JUMP_MS, JUMPS_MIN = 3, 15_000, 5
# Days without such a walk after which the doubt is over.
JUMP_OVER_DAYS = 3


def fold(home: Home, seen: Observation) -> tuple[Home, tuple[Doubted, ...]]:
    """The home after the locator, or the tag itself, said where it is or that it stirs."""
    device, wall_ms = home.devices[seen.device], home.at_ms + home.frame.drift_ms
    if not home.frame.synced or device.person is None:
        return home, ()
    old = home.likeness.tags.get(device.id)
    if seen.kind == LOCATION and isinstance(seen.value, str):
        new = _went(home, old, device.id, seen.value, wall_ms)
    elif old is not None and _stirs(device, seen, home.at_ms):
        new = msgspec.structs.replace(old, stirred_ms=wall_ms)
    else:
        return home, ()
    tags = {**home.likeness.tags, device.id: new}
    home = _with(home, msgspec.structs.replace(home.likeness, tags=tags))
    found = list(_jumped(device, old, new, wall_ms // DAY_MS))
    for other in sorted(tags):
        state = home.devices.get(other)
        if other == device.id or state is None or state.person is None:
            continue
        home, more = _paired(home, device, state, walked=old is None or new.room != old.room)
        found += more
    return home, tuple(found)


def _with(home: Home, likeness: Likeness) -> Home:
    return msgspec.structs.replace(home, likeness=likeness)


def _stirs(device: DeviceState, seen: Observation, now_ms: int) -> bool:
    """As far as it tells of movement; a button is not pressed by lying there, but says no place."""
    return seen.kind in STIR_KINDS and device.worn is not None and device.worn.moved_ms == now_ms


# -- one tag ------------------------------------------------------------------


def _went(home: Home, old: Roaming | None, tag: str, place: str, wall_ms: int) -> Roaming:
    room = place if place in home.rooms or place == AWAY else ""
    day = _night_day(home, wall_ms)
    if old is None:
        return Roaming(room=room, since_ms=wall_ms, night_day=day, counted_ms=wall_ms)
    new = _slept(home, old, wall_ms, day)
    if room == old.room:
        return new
    far = rooms_between(home, old.room, room) >= JUMP_ROOMS
    jump = far and wall_ms - old.since_ms < JUMP_MS and is_told_surely(home, tag)
    today = wall_ms // DAY_MS
    known = old.jumps >= JUMPS_MIN and today - old.jump_day <= JUMP_OVER_DAYS
    jumps = (old.jumps if old.jump_day == today or known else 0) + jump
    return msgspec.structs.replace(
        new,
        room=room,
        was=old.room,
        since_ms=wall_ms,
        stirred_ms=wall_ms,
        jumps=jumps,
        jump_day=today if jump else old.jump_day,
    )


def is_told_surely(home: Home, tag: str) -> bool:
    """Whether the locator is sure of where this tag is now."""
    place = home.places.get(tag)
    return place is not None and not place.lost and place.confidence >= SURE_FROM


def _jumped(
    device: DeviceState, old: Roaming | None, tag: Roaming, today: int
) -> tuple[Doubted, ...]:
    doubted = tag.jumps >= JUMPS_MIN and tag.jump_day == today
    stands = JUMPS in device.identity
    if doubted and not stands:
        return (Doubted(device=device.id, reason=JUMPS),)
    if old is not None and old.jumps >= JUMPS_MIN > tag.jumps and stands:
        return (Doubted(device=device.id, reason=JUMPS, gone=True),)
    return ()


def rooms_between(home: Home, one: str, other: str) -> int:
    """Doors on the way; 0 when a room, or any way between the two, is not told: not known."""
    if one not in home.rooms or other not in home.rooms:
        return 0
    beside: dict[str, set[str]] = {room: set() for room in home.rooms}
    for room, told in home.rooms.items():
        for near in told.next_to:
            if near in beside:
                beside[room].add(near)
                beside[near].add(room)
    seen, border, steps = {one}, {one}, 0
    while border and other not in seen:
        border = {near for room in border for near in beside[room]} - seen
        seen |= border
        steps += 1
    return steps if other in seen else 0


def _night_day(home: Home, wall_ms: int) -> int:
    return (wall_ms + home.frame.offset_min * MINUTE_MS) // DAY_MS


def _slept(home: Home, tag: Roaming, wall_ms: int, day: int) -> Roaming:
    """Time of the night in the room that it is in; the night that is over by its room."""
    midnight = day * DAY_MS - home.frame.offset_min * MINUTE_MS
    start = midnight + NIGHT_FROM_MIN * MINUTE_MS
    end = midnight + NIGHT_UNTIL_MIN * MINUTE_MS
    if tag.night_day < day:
        tag = _night_over(tag, day)
    spent = min(wall_ms, end) - max(tag.counted_ms, start)
    night = tag.night
    if spent > 0 and tag.room in home.rooms and tag.night_day == day:
        night = {**night, tag.room: night.get(tag.room, 0) + spent}
    tag = msgspec.structs.replace(tag, night=night, counted_ms=wall_ms)
    return _night_over(tag, day + 1) if wall_ms >= end and tag.night_day == day else tag


def _night_over(tag: Roaming, day: int) -> Roaming:
    room, spent = max(tag.night.items(), key=lambda kv: (kv[1], kv[0]), default=("", 0))
    nights = (*tag.nights, room)[-NIGHTS_MAX:] if spent >= NIGHT_MIN_MS else tag.nights
    return msgspec.structs.replace(tag, night={}, night_day=day, nights=nights)


# -- two tags -----------------------------------------------------------------


def _paired(
    home: Home, one: DeviceState, other: DeviceState, *, walked: bool
) -> tuple[Home, list[Doubted]]:
    key = " ".join(sorted((one.id, other.id)))
    old = home.likeness.pairs.get(key, Pair())
    if key not in home.likeness.pairs and len(home.likeness.pairs) >= PAIRS_MAX:
        return home, []
    wall_ms = home.at_ms + home.frame.drift_ms
    if one.person == other.person:
        new = _two_at_once(home, old, one, other, wall_ms)
        share = new.apart / max(1, new.apart + new.beside)
        told = len(new.where) >= APART_ROOMS and new.apart_days >= APART_DAYS
        doubted = told and new.apart >= APART_MIN and share >= APART_SHARE
        found = _both(one, other, TWO_AT_ONCE, doubted=doubted, over=share < APART_OVER)
    else:
        new = _together(home, old, one, other, wall_ms) if walked else old
        tags = home.likeness.tags
        exchanged, own = _nights(tags[one.id].nights, tags[other.id].nights)
        never_apart = new.joint >= JOINT_MIN and new.days >= JOINT_DAYS
        over = new.single >= SINGLE_OVER and own
        found = _both(one, other, SWAPPED_WEARER, doubted=exchanged or never_apart, over=over)
    pairs = {**home.likeness.pairs, key: new}
    return _with(home, msgspec.structs.replace(home.likeness, pairs=pairs)), found


def _both(
    one: DeviceState, other: DeviceState, reason: str, *, doubted: bool, over: bool
) -> list[Doubted]:
    """The same news of both, whichever spoke."""
    found = []
    for device, mate in ((one, other), (other, one)):
        stands = reason in device.identity
        if doubted and not stands:
            found.append(Doubted(device=device.id, reason=reason, detail=mate.id))
        elif stands and over and not doubted:
            found.append(Doubted(device=device.id, reason=reason, gone=True))
    return found


def _two_at_once(home: Home, pair: Pair, a: DeviceState, b: DeviceState, wall_ms: int) -> Pair:
    """One person in two places: both tags have just stirred, in rooms that are not next to."""
    slot, day = wall_ms // SLOT_MS, wall_ms // DAY_MS
    if pair.apart and day - pair.apart_day > APART_OVER_DAYS:
        pair = Pair()
    one, other = home.likeness.tags[a.id], home.likeness.tags[b.id]
    recent = min(one.stirred_ms, other.stirred_ms) > wall_ms - STIRRED_MS
    if AWAY in (one.room, other.room):
        # Who went out laid the other one down; only where that one goes on stirring is it worn.
        inside = other if one.room == AWAY else one
        gone = one if one.room == AWAY else other
        recent = inside.stirred_ms > gone.since_ms + STIRRED_MS and wall_ms == inside.stirred_ms
    settled = wall_ms - max(one.since_ms, other.since_ms) >= SETTLED_MS
    known = "" not in (one.room, other.room) and all(is_told_surely(home, d.id) for d in (a, b))
    if slot == pair.slot or not (recent and settled and known) or is_visited(home):
        return pair
    if pair.apart + pair.beside >= PAIR_SLOTS_MAX:
        pair = msgspec.structs.replace(pair, apart=pair.apart // 2, beside=pair.beside // 2)
    if not _are_apart(home, one.room, other.room):
        return msgspec.structs.replace(pair, beside=pair.beside + 1, slot=slot)
    rooms = " ".join(sorted((one.room, other.room)))
    where = pair.where if rooms in pair.where else (*pair.where, rooms)
    return msgspec.structs.replace(
        pair,
        apart=pair.apart + 1,
        where=where[-APART_ROOMS_MAX:],
        apart_day=day,
        apart_days=min(pair.apart_days + (day != pair.apart_day), APART_DAYS),
        slot=slot,
    )


def _are_apart(home: Home, one: str, other: str) -> bool:
    if AWAY in (one, other):
        return one != other and "" not in (one, other)
    return rooms_between(home, one, other) > 1


def _together(home: Home, pair: Pair, a: DeviceState, b: DeviceState, wall_ms: int) -> Pair:
    """Whether the other tag went into the same room just before, or let the last walk alone."""
    one, other = home.likeness.tags[a.id], home.likeness.tags[b.id]
    if not one.room or not other.room:
        return pair
    waits_ms, day = pair.waits_wall_ms, wall_ms // DAY_MS
    if waits_ms is not None and wall_ms - waits_ms > JOINT_MS:
        single = min(pair.single + 1, SINGLE_OVER)
        pair = msgspec.structs.replace(pair, joint=0, days=0, single=single, waits_wall_ms=None)
    if one.room == other.room and wall_ms - other.since_ms <= JOINT_MS:
        return msgspec.structs.replace(
            pair,
            joint=min(pair.joint + 1, JOINT_MIN),
            joint_day=day,
            days=min(pair.days + (day != pair.joint_day), JOINT_DAYS),
            single=0,
            waits_wall_ms=None,
        )
    return msgspec.structs.replace(pair, waits_wall_ms=wall_ms)


def _nights(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[bool, bool]:
    """Whether both slept in the other's room lately, and whether nothing speaks for that."""
    mine, theirs = _habit(one), _habit(other)
    if not mine or not theirs or mine == theirs:
        return False, True
    last = list(zip(one[-EXCHANGED_NIGHTS:], other[-EXCHANGED_NIGHTS:], strict=True))
    return all(n == (theirs, mine) for n in last), all(n == (mine, theirs) for n in last)


def _habit(nights: tuple[str, ...]) -> str:
    before = nights[:-EXCHANGED_NIGHTS]
    if len(before) < HABIT_NIGHTS:
        return ""
    room, times = max(Counter(before).items(), key=lambda kv: (kv[1], kv[0]))
    return room if times >= HABIT_SHARE * len(before) else ""
