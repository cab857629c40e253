"""Folds observations into what the home waits for (`edge.home.watch`).

Trusted words alone begin and end a wait, except a possible fall and a press: those count
as far as `edge.home.hearing` lets a doubtful alarm through.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from edge.domain import Observation, Quality, Role
from edge.home.afoot import can_say, is_alone, says_fine, seen_in, told_by_ms, walks
from edge.home.appliances import APPLIANCE_ROLES
from edge.home.contradictions import REMEMBERED, Fact, remember_doubt
from edge.home.hearing import (
    CALL_ROLES,
    DOUBTED,
    MOVEMENT_ROLES,
    is_let_through,
    is_press,
    is_sure,
)
from edge.home.localday import DAY_MS, is_within, utc_ms
from edge.home.state import DeviceState, Home, is_visited
from edge.home.staying import is_elsewhere, is_paused
from edge.home.waiting import is_watched_at_night
from edge.home.watch import Fall, Meal, Outing, Stove, Wait, Watch, changed_in

# Kinds that can begin or end a wait by themselves.
BEGINS = frozenset(
    {"stove_on", "stove_cut", "fall", "button", "meal", "dose", "door", "opening"}
    | {"appliance_door"}
)
# A worn device shakes for a while after what it took for a fall, and a sensor in the hallway
# still sees who has just left through the door: movement counts after that.
SETTLE_MS = 60_000
# A press this long before or after a possible fall belongs to it.
CONFIRM_MS = 10 * 60_000
# A device that goes on saying "fall" means the same one.
SAME_FALL_MS = 5 * 60_000
T = TypeVar("T")
_BEGUN = frozenset({"selected", "heat_start", "heat_done"})


def is_waiting(watch: Watch) -> bool:
    """Whether movement alone can matter to it."""
    return bool(watch.stoves or watch.falls or watch.outings)


def fold_watch(before: Home, home: Home, seen: Observation) -> Home:
    """The home after `seen`, which `hear` has folded already (`before`: without it)."""
    device = home.devices[seen.device]
    watch = home.watch
    if is_waiting(watch):
        if home.still is not before.still and home.still.moved is seen.at:
            watch = _moved(home, watch, device)
        elif home.still is not before.still and home.still.unsure is seen.at:
            watch = _moved_elsewhere(home, watch, device)
        elif device.worn is not before.devices[device.id].worn:
            watch = _shaken(home, watch, device)
    begin = _BEGIN.get(seen.kind)
    if begin is not None:
        watch = begin(before, home, watch, seen)
    if watch is not home.watch:
        home = msgspec.structs.replace(home, watch=watch)
    if seen.kind == "button" and device.role in CALL_ROLES and _is_call(before, home, seen):
        pressed = msgspec.structs.replace(device, pressed_ms=home.at_ms)
        home = msgspec.structs.replace(home, devices={**home.devices, device.id: pressed})
    fact = _fact(before, seen)
    return home if fact not in REMEMBERED else remember_doubt(home, fact, seen)


def _fact(before: Home, seen: Observation) -> Fact | None:
    if not is_sure(before, seen):
        return None
    if seen.kind == "dose" and seen.value in ("taken", "retrieved_late"):
        return Fact.DOSE_TAKEN
    if seen.kind == "meal" and seen.value == "taken":
        return Fact.MEAL_TAKEN
    turned_on = seen.kind == "stove_on" and seen.value is True
    return Fact.STOVE_ON if turned_on and seen.device not in before.watch.stoves else None


# -- movement -----------------------------------------------------------------


def _moved(home: Home, watch: Watch, device: DeviceState) -> Watch:
    """Somebody moved where `device` is; a press on a worn button says nothing of a place."""
    now_ms, placed = home.at_ms, device.role in MOVEMENT_ROLES
    stoves = watch.stoves
    if stoves and placed and device.room is not None:
        stoves = {key: _near(home, key, stove, device) for key, stove in stoves.items()}
    falls = watch.falls
    if falls and placed:
        falls = {key: walks(_lives(fall, now_ms), device) for key, fall in falls.items()}
    outings = watch.outings
    if outings and device.role is Role.MOTION:
        outings = {k: o for k, o in outings.items() if not _is_back(home, k, o, device)}
    return changed_in(watch, stoves=stoves, falls=falls, outings=outings)


def _moved_elsewhere(home: Home, watch: Watch, device: DeviceState) -> Watch:
    """A device of doubtful identity saw movement: what that would end goes on."""
    if device.role not in MOVEMENT_ROLES or device.room is None:
        return watch
    stoves = {
        key: stove
        if stove.told or home.devices[key].room == device.room
        else msgspec.structs.replace(stove, away_ms=home.at_ms)
        for key, stove in watch.stoves.items()
    }
    return changed_in(watch, stoves=stoves)


def _shaken(home: Home, watch: Watch, device: DeviceState) -> Watch:
    fall, worn = watch.falls.get(device.id), device.worn
    if fall is None or worn is None or worn.moved_ms != home.at_ms:
        return watch
    return changed_in(watch, falls={**watch.falls, device.id: _lives(fall, home.at_ms)})


def _near(home: Home, key: str, stove: Stove, device: DeviceState) -> Stove:
    if stove.told and home.devices[key].room != device.room:
        return stove
    if home.devices[key].room == device.room:
        return msgspec.structs.replace(stove, near_ms=home.at_ms, told=False)
    return msgspec.structs.replace(stove, away_ms=home.at_ms)


def _lives(fall: Fall, now_ms: int) -> Fall:
    if fall.moved or now_ms - fall.at_ms < SETTLE_MS:
        return fall
    return msgspec.structs.replace(fall, moved=True)


def _is_back(home: Home, key: str, outing: Outing, device: DeviceState) -> bool:
    since_ms = home.at_ms - outing.opened_ms
    elsewhere = device.room is not None and device.room != home.devices[key].room
    return since_ms > 0 and (elsewhere or since_ms >= SETTLE_MS)


# -- what begins and ends -----------------------------------------------------


def _stove(before: Home, home: Home, watch: Watch, seen: Observation) -> Watch:
    if seen.quality in DOUBTED or not isinstance(seen.value, bool):
        return watch
    off = seen.value if seen.kind == "stove_cut" else not seen.value
    sure = is_sure(before, seen)
    if off:
        return changed_in(watch, stoves=_without(watch.stoves, seen.device)) if sure else watch
    # An "off" that nobody was sure of ended no wait; this is the next cooking all the same.
    was = before.devices[seen.device].states.get("stove_on")
    again = not sure and was is False
    if seen.kind == "stove_cut" or (seen.device in watch.stoves and not again):
        return watch
    now_ms = home.at_ms
    stove = Stove(at=seen.at, on_ms=now_ms, near_ms=now_ms)
    return changed_in(watch, stoves={**watch.stoves, seen.device: stove})


def _fall(before: Home, home: Home, watch: Watch, seen: Observation) -> Watch:
    device, now_ms = home.devices[seen.device], home.at_ms
    if seen.value is not True or not is_let_through(before, home, seen):
        return watch
    old = watch.falls.get(device.id)
    if old is not None and now_ms - old.at_ms < SAME_FALL_MS:
        return watch
    still_by_ms = now_ms + home.settings.fall_still_s * 1000
    if old is not None and not old.judged and not old.moved:
        # Nobody has got up since it was told first: told again, it is no later.
        still_by_ms = min(still_by_ms, old.still_by_ms)
    pressed = any(
        d.pressed_ms is not None and now_ms - d.pressed_ms <= CONFIRM_MS
        for d in home.devices.values()
        if _is_of_same(d, device)
    )
    waits_ms = None if pressed else told_by_ms(home, device)
    fall = Fall(
        at=seen.at,
        at_ms=now_ms,
        still_by_ms=still_by_ms,
        until_ms=max(still_by_ms, now_ms + CONFIRM_MS, (waits_ms or 0) + 1),
        pressed=pressed,
        told_by_ms=waits_ms,
        rooms=() if waits_ms is None else seen_in(before),
    )
    return changed_in(watch, falls={**watch.falls, device.id: fall})


def _press(before: Home, home: Home, watch: Watch, seen: Observation) -> Watch:
    device = home.devices[seen.device]
    if watch.falls and device.role is Role.OK_BUTTON:
        return _fine(before, home, watch, seen)
    if not watch.falls or not _is_call(before, home, seen):
        return watch
    falls = {
        key: msgspec.structs.replace(fall, pressed=True, told_by_ms=None)
        if _is_of_same(device, home.devices[key])
        else fall
        for key, fall in watch.falls.items()
    }
    return changed_in(watch, falls=falls)


def _fine(before: Home, home: Home, watch: Watch, seen: Observation) -> Watch:
    """The OK button: it ends a waiting, and lowers nothing that somebody has been called for."""
    device = home.devices[seen.device]
    is_whole = seen.quality is Quality.OK and is_sure(before, seen)  # a broken wire "presses" too
    if not is_press(seen) or not is_whole or not can_say(device):
        return watch
    falls = {
        key: says_fine(fall) if is_alone(home, home.devices[key]) else fall
        for key, fall in watch.falls.items()
    }
    return changed_in(watch, falls=falls)


def _is_of_same(button: DeviceState, worn: DeviceState) -> bool:
    """Whether both are the same person's; a button that is nobody's is not assumed to be."""
    return button.id == worn.id or (button.person is not None and button.person == worn.person)


def _is_call(before: Home, home: Home, seen: Observation) -> bool:
    return is_press(seen) and is_let_through(before, home, seen)


def _meal(before: Home, home: Home, watch: Watch, seen: Observation) -> Watch:
    meal = watch.meals.get(seen.device, Meal())
    told_at = utc_ms(seen.device_time)
    if seen.value in _BEGUN:
        # Told late, after "taken" had come: that meal is eaten.
        late = told_at is not None and meal.taken_at is not None and told_at <= meal.taken_at
        if late or is_elsewhere(home, home.devices[seen.device].person):
            return watch
        wait = Wait(due_ms=home.at_ms + home.settings.meal_grace_s * 1000, at=seen.at)
        meal = msgspec.structs.replace(meal, wait=wait)
    elif seen.value == "taken" and is_sure(before, seen):
        taken_at = max((t for t in (told_at, meal.taken_at) if t is not None), default=None)
        day = _day_of_meal(home, told_at)
        days = [d for d in (day, meal.taken_day) if d is not None]
        meal = msgspec.structs.replace(
            meal,
            wait=None,
            taken_at=taken_at,
            taken_day=max(days, default=None),
            unset_ms=meal.unset_ms if home.frame.synced else home.at_ms,
        )
    else:
        return watch
    return changed_in(watch, meals={**watch.meals, seen.device: meal})


def _day_of_meal(home: Home, told_at: int | None) -> int | None:
    """The local day on which it was taken: by the appliance's clock, if it has one."""
    if not home.frame.synced:
        return None
    wall_ms = home.at_ms + home.frame.drift_ms
    if told_at is not None:
        wall_ms = min(wall_ms, told_at)
    return (wall_ms + home.frame.local_shift_ms - home.frame.drift_ms) // DAY_MS


def _appliance_door(before: Home, home: Home, watch: Watch, seen: Observation) -> Watch:
    """Waited for only where the appliance tells of closing too: others would stay open for ever."""
    if seen.quality in DOUBTED or home.devices[seen.device].role not in APPLIANCE_ROLES:
        return watch
    if seen.value is False:
        sure = is_sure(before, seen)
        return changed_in(watch, doors=_without(watch.doors, seen.device)) if sure else watch
    was = before.devices[seen.device].states.get("appliance_door")
    if seen.value is not True or was is not False:
        return watch
    wait = Wait(due_ms=home.at_ms + home.settings.appliance_door_open_s * 1000, at=seen.at)
    return changed_in(watch, doors={**watch.doors, seen.device: wait})


def _outer_door(before: Home, home: Home, watch: Watch, seen: Observation) -> Watch:
    """Opened at night; opened again it is the same outing, or its end, or the next one."""
    decision = home.settings.night_door
    if decision is None or seen.device not in decision.devices or seen.value is not True:
        return watch
    was = before.devices[seen.device].states.get(seen.kind)
    if seen.quality in DOUBTED or was is True or not is_watched_at_night(home):
        return watch
    now_ms, old = home.at_ms, watch.outings.get(seen.device)
    if old is not None and now_ms - old.opened_ms < SETTLE_MS:
        return watch
    local_ms = now_ms + home.frame.local_shift_ms
    night = is_within(local_ms, decision.from_min, decision.until_min)
    if not night or is_paused(home) or is_visited(home):
        return watch
    due_ms = now_ms + decision.back_within_s * 1000
    again = old is not None and not old.again and is_sure(before, seen)
    outing = Outing(at=seen.at, opened_ms=now_ms, due_ms=due_ms, again=again)
    return changed_in(watch, outings={**watch.outings, seen.device: outing})


def _without(parts: dict[str, T], key: str) -> dict[str, T]:
    return parts if key not in parts else {k: part for k, part in parts.items() if k != key}


_BEGIN = {
    "stove_on": _stove,
    "stove_cut": _stove,
    "fall": _fall,
    "button": _press,
    "meal": _meal,
    "appliance_door": _appliance_door,
    "door": _outer_door,
    "opening": _outer_door,
}
