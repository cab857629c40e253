"""Whether a placed device still hangs where it was enrolled: by who hears it how well.

RSSI gives no metres. It gives a pattern over receivers that stays for weeks while a device
stays, within some dB for doors, bodies and weather. Lasting changes of that pattern are told,
shadows are not.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

import msgspec

from edge.domain import Role
from edge.events import Doubted, Surveyed
from edge.home.likeness import (
    RECEIVERS_MAX,
    RECENT_WINDOWS,
    Likeness,
    Place,
    Reach,
    without,
)
from edge.home.state import DeviceState, Home

MOVED = "moved"
PERHAPS = "moved_perhaps"
SWAPPED = "swapped"
REASONS = (MOVED, PERHAPS, SWAPPED)

_Away = tuple[str, int]
# What people carry about; its place is no news.
_CARRIED = frozenset({Role.TAG, Role.FALL_DETECTOR, Role.HELP_BUTTON, Role.VITALS})
# Sixteen hours of ten-minute windows: an evening and most of a night with doors shut.
LEARN_WINDOWS = 96
# Below this nothing is received: said of a receiver that is at work and does not hear the device.
FLOOR_DBM = -100.0
# A shut door or a person in the way costs 3 to 10 dB at one receiver; the next room 10 to 20 at
# several. Where a device varies more by itself, more is asked.
SHIFT_DB = 8.0
SPREADS = 2.5
SPREAD_MIN_DB, SPREAD_MAX_DB = 2.0, 8.0
# One receiver alone cannot tell a move from a cupboard put in the way: only a big change counts,
# and for long.
SHIFT_ALONE_DB = 16.0
# Louder at one receiver alone by this much: nothing but coming nearer does that.
SHIFT_LOUDER_DB = 11.0
# Shifts too small by themselves, in units of 3 dB or of the device's own spread, squared and
# summed: the drift of a day makes 2 at each receiver. So much in all, and so much without
# the receiver that lost most, which a shadow may have.
UNIT_DB, PATTERN, PATTERN_BUT_ONE = 3.0, 12.0, 6.0
# What stands in the way only weakens; what hangs elsewhere comes nearer to somebody. Windows in
# a row, each made of the last half hour: three quarters of an hour where some receiver hears it
# louder, an hour and a half where there is but one, and eight hours, longer than washing dries
# and guests stay, where it is only fainter. Over after an hour as it was.
MOVED_WINDOWS, ALONE_WINDOWS, FAINTER_WINDOWS, WELL_WINDOWS = 3, 8, 48, 6
# A receiver heard in fewer of a device's windows is too far away to say anything by silence.
SHARE_HEARD = 0.6
# One receiver becomes the nearest instead of another: by this much, before and after.
NEAREST_LEAD_DB = 6.0
# Two devices have exchanged places when each is heard as the other was: this well on average,
# and better than half of what told them apart before.
EXCHANGED_DB, APART_DB = 6.0, 8.0
# Weight of a new window in what is known: follows batteries and seasons in days, not a move.
FOLLOW, STEP_DB = 0.02, 4.0
# A receiver that changed: at least half of the devices, and no fewer than three, are heard there
# differently by this much. It is less than what one device is told by, because one moved
# receiver comes nearer to some devices and hardly changes for others.
RECEIVER_DB, JUDGES_MIN = 5.0, 3
# Receivers that must be heard from before a doubt of place is over.
RECEIVERS_ENOUGH = 2
# An hour of it, and the receiver itself hangs elsewhere: all is learnt anew at it.
DEAF_WINDOWS = 6


def is_placed(device: DeviceState) -> bool:
    return not device.wired and device.role not in _CARRIED


def survey(home: Home, event: Surveyed) -> tuple[Home, tuple[Doubted, ...]]:
    """The home after one window of receptions, and what of it is news."""
    heard = {
        key: receptions
        for key, receptions in event.heard.items()
        if key in home.devices and is_placed(home.devices[key]) and receptions
    }
    if not heard:
        return home, ()
    at_work = {receiver for receptions in heard.values() for receiver in receptions}
    places = {key: p for key, p in home.likeness.places.items() if key in home.devices}
    for key, receptions in heard.items():
        place = places.get(key, Place())
        recent = (*place.recent, receptions)[-RECENT_WINDOWS:]
        places[key] = msgspec.structs.replace(place, recent=recent)
    shifts = {key: _shifts(places[key], at_work) for key in places}
    exchanged = _exchanged(home, places, shifts)
    changed = _changed_receivers(shifts, exchanged)
    found: list[Doubted] = []
    for key in heard:
        away = _is_away(places[key], shifts[key], changed)
        if key in exchanged:
            away = (SWAPPED, MOVED_WINDOWS)
        doubted = any(reason in REASONS for reason in home.devices[key].identity)
        if away is None and doubted and not _is_enough(places[key], shifts[key], changed):
            continue  # too few receivers at work to say that it is back
        places[key] = _judged(places[key], at_work, away=away is not None)
        found += _news(home.devices[key], places[key], away, exchanged.get(key))
    likeness = _deafer(msgspec.structs.replace(home.likeness, places=places), changed, at_work)
    return msgspec.structs.replace(home, likeness=likeness), tuple(found)


# -- one device ---------------------------------------------------------------


def _level(reach: Reach) -> float:
    return reach.dbm if reach.share >= SHARE_HEARD else FLOOR_DBM


def _now(place: Place, receiver: str) -> float:
    """How this receiver hears it now: the median of its last windows, unheard ones as the floor."""
    return median(window.get(receiver, FLOOR_DBM) for window in place.recent)


def _shifts(place: Place, at_work: Iterable[str]) -> dict[str, float]:
    """By receiver how many dB it is heard differently; nothing before both sides are known."""
    if len(place.recent) < RECENT_WINDOWS:
        return {}
    shifts = {}
    for receiver in at_work:
        reach = place.reaches.get(receiver)
        if reach is None or reach.windows < LEARN_WINDOWS:
            continue
        now = _now(place, receiver)
        if reach.share < SHARE_HEARD:
            # At the edge of what can be heard, heard or not is chance: only louder says anything.
            if now >= FLOOR_DBM + SHIFT_ALONE_DB and now > reach.dbm:
                shifts[receiver] = now - reach.dbm
            continue
        shifts[receiver] = now - reach.dbm
    return shifts


def _limit(place: Place, receiver: str) -> float:
    return max(SHIFT_DB, SPREADS * place.reaches[receiver].spread)


def _is_away(place: Place, shifts: dict[str, float], changed: set[str]) -> _Away | None:
    """Whether it is heard as from another place now: the reason, and how long that must last."""
    trusted = {r: db for r, db in shifts.items() if r not in changed}
    if len(trusted) == 1:
        receiver, db = next(iter(trusted.items()))
        if abs(db) < max(SHIFT_ALONE_DB, _limit(place, receiver)):
            return None
        return PERHAPS, ALONE_WINDOWS if db > 0 else FAINTER_WINDOWS
    shifted = [r for r, db in trusted.items() if abs(db) >= _limit(place, r)]
    louder = any(shifts[r] > 0 for r in shifted)
    if len(shifted) > 1 or (shifted and _has_other_nearest(place, trusted)):
        return MOVED, MOVED_WINDOWS if louder else FAINTER_WINDOWS
    if any(trusted[r] >= SHIFT_LOUDER_DB for r in shifted):
        return MOVED, ALONE_WINDOWS
    if _is_other_pattern(place, trusted):
        return MOVED, ALONE_WINDOWS if max(trusted.values()) >= RECEIVER_DB else FAINTER_WINDOWS
    return None


def _is_enough(place: Place, shifts: dict[str, float], changed: set[str]) -> bool:
    """Whether those judge it now that could have told that it moved."""
    learnt = sum(reach.windows >= LEARN_WINDOWS for reach in place.reaches.values())
    return len(shifts.keys() - changed) >= min(learnt, RECEIVERS_ENOUGH) > 0


def _is_other_pattern(place: Place, shifts: dict[str, float]) -> bool:
    """Whether small shifts at several receivers add up; the one in a shadow does not count."""
    parts = {r: (db / max(UNIT_DB, place.reaches[r].spread)) ** 2 for r, db in shifts.items()}
    darkest = max((part for r, part in parts.items() if shifts[r] < 0), default=0.0)
    total = sum(parts.values())
    return total >= PATTERN and total - darkest >= PATTERN_BUT_ONE


def _has_other_nearest(place: Place, receivers: Iterable[str]) -> bool:
    before = {r: _level(place.reaches[r]) for r in receivers}
    now = {r: _now(place, r) for r in receivers}
    first, second = _lead(before), _lead(now)
    return first[0] != second[0] and min(first[1], second[1]) >= NEAREST_LEAD_DB


def _lead(levels: dict[str, float]) -> tuple[str, float]:
    order = sorted(levels, key=lambda r: (-levels[r], r))
    return order[0], levels[order[0]] - levels[order[1]]


def _judged(place: Place, at_work: set[str], *, away: bool) -> Place:
    """Counted, and followed slowly as long as it is where it was."""
    if away:
        return msgspec.structs.replace(place, off=place.off + 1, well=0)
    reaches = dict(place.reaches)
    window = place.recent[-1]
    for receiver in sorted(at_work):
        old = reaches.get(receiver)
        if old is None and len(reaches) >= RECEIVERS_MAX:
            continue
        reaches[receiver] = _followed(old, window.get(receiver))
    return msgspec.structs.replace(place, reaches=reaches, off=0, well=place.well + 1)


def _followed(old: Reach | None, dbm: int | None) -> Reach:
    if old is None:
        heard = dbm is not None
        level = FLOOR_DBM if dbm is None else float(dbm)
        return Reach(dbm=level, spread=SPREAD_MIN_DB, share=float(heard))
    # The first windows weigh all the same, later ones little.
    weight = max(FOLLOW, 1 / (old.windows + 1))
    windows = min(old.windows + 1, LEARN_WINDOWS)
    share = old.share + weight * ((dbm is not None) - old.share)
    if dbm is None:
        return msgspec.structs.replace(old, share=share, windows=windows)
    if old.dbm == FLOOR_DBM:
        return msgspec.structs.replace(old, dbm=float(dbm), share=share, windows=windows)
    miss = dbm - old.dbm
    # Mean distance: 1.25 of it is the spread of a normal one. What is known is followed in small
    # steps, so that hours in a shadow are not taken for the place.
    far = 2 * SPREAD_MAX_DB if old.windows < LEARN_WINDOWS else 2 * old.spread
    spread = old.spread + weight * (1.25 * min(abs(miss), far) - old.spread)
    step = abs(miss) if old.windows < LEARN_WINDOWS else STEP_DB
    return Reach(
        dbm=old.dbm + weight * max(-step, min(step, miss)),
        spread=max(SPREAD_MIN_DB, min(SPREAD_MAX_DB, spread)),
        share=share,
        windows=windows,
    )


def _news(
    device: DeviceState, place: Place, away: _Away | None, other: str | None
) -> list[Doubted]:
    """What is to be told of it: at most one reason of place at a time."""
    stands = next((r for r in device.identity if r in REASONS), None)
    if away is None:
        over = stands is not None and place.well >= WELL_WINDOWS
        return [Doubted(device=device.id, reason=stands, gone=True)] if over and stands else []
    reason, needed = away
    if stands in (reason, SWAPPED) or place.off < needed:
        return []  # after a swap nothing is known better
    told = [Doubted(device=device.id, reason=reason, detail=other or "")]
    if stands is not None:
        told.append(Doubted(device=device.id, reason=stands, gone=True))
    return told


# -- several devices ----------------------------------------------------------


def _exchanged(
    home: Home, places: dict[str, Place], shifts: dict[str, dict[str, float]]
) -> dict[str, str]:
    """Devices of one role that are heard as another one was, with that other one."""
    found: dict[str, str] = {}
    candidates = sorted(
        key
        for key, shift in shifts.items()
        if any(abs(db) >= _limit(places[key], r) for r, db in shift.items())
    )
    for i, one in enumerate(candidates):
        for other in candidates[i + 1 :]:
            same = home.devices[one].role is home.devices[other].role
            if (
                same
                and one not in found
                and other not in found
                and _is_exchange(places, one, other)
            ):
                found[one], found[other] = other, one
    return found


def _is_exchange(places: dict[str, Place], one: str, other: str) -> bool:
    a, b = places[one], places[other]
    shared = [r for r in a.reaches if r in b.reaches]
    known = [r for r in shared if min(a.reaches[r].windows, b.reaches[r].windows) >= LEARN_WINDOWS]
    if not known:
        return False
    a_was, b_was = [_level(a.reaches[r]) for r in known], [_level(b.reaches[r]) for r in known]
    a_is, b_is = [_now(a, r) for r in known], [_now(b, r) for r in known]
    apart = _distance(a_was, b_was)
    as_other = max(_distance(a_is, b_was), _distance(b_is, a_was))
    return apart >= APART_DB and as_other <= min(EXCHANGED_DB, apart / 2)


def _distance(one: list[float], other: list[float]) -> float:
    return sum(abs(x - y) for x, y in zip(one, other, strict=True)) / len(one)


def _changed_receivers(shifts: dict[str, dict[str, float]], exchanged: dict[str, str]) -> set[str]:
    """Receivers at which most devices are heard differently: the receiver itself changed."""
    found = set()
    receivers = {r for shift in shifts.values() for r in shift}
    for receiver in receivers:
        at_it = [s[receiver] for key, s in shifts.items() if receiver in s and key not in exchanged]
        moved = sum(abs(db) >= RECEIVER_DB for db in at_it)
        if moved >= JUDGES_MIN and moved * 2 >= len(at_it):
            found.add(receiver)
    return found


def _deafer(likeness: Likeness, changed: set[str], at_work: set[str]) -> Likeness:
    """A receiver that goes on hearing all differently is learnt anew, for every device."""
    deaf = {r: n for r, n in likeness.deaf.items() if r not in at_work or r in changed}
    for receiver in sorted(changed):
        deaf[receiver] = deaf.get(receiver, 0) + 1
    gone = [receiver for receiver, n in deaf.items() if n >= DEAF_WINDOWS]
    if not gone:
        return msgspec.structs.replace(likeness, deaf=deaf)
    places = likeness.places
    for receiver in gone:
        deaf = without(deaf, receiver)
        places = {
            key: msgspec.structs.replace(place, reaches=without(place.reaches, receiver))
            for key, place in places.items()
        }
    return msgspec.structs.replace(likeness, places=places, deaf=deaf)
