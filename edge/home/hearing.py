"""Folds one observation into the state: who was heard, what was seen, who moved.

Doubt never helps (a replayed or unauthenticated frame proves neither that the
device is alive nor that somebody moved); it only lets an alarm through, at a
bounded rate.
"""

from __future__ import annotations

import msgspec

from edge.domain import Observation, Quality, Role, VisitKind
from edge.home import coverage
from edge.home.localday import DAY_MS, daytime_ms
from edge.home.state import STATES_MAX, DeviceState, Home, Stillness, is_visited
from edge.home.staying import has_pet, is_paused, residents
from edge.home.timers import listen_anew
from edge.home.wearing import STIR_KINDS, fold_worn, is_worn_by_somebody
from edge.kinds import ACTIVITY_KINDS

# A frame that may be forged or played back. Everything else that a driver lets through is as
# good as the device is.
DOUBTED = frozenset({Quality.POSSIBLE_REPLAY, Quality.COUNTER_RESTARTED, Quality.UNAUTHENTICATED})
# It may be another device's, place's or person's word: raised like any other, lowers nothing.
UNSURE = DOUBTED | {Quality.IDENTITY_DOUBTFUL}
# One doubtful alarm of a kind and device in ten minutes is let through: enough that a real call
# under a broken key is heard, too little to wear out the person who answers. By kind: forged water
# must not hide a press.
DOUBTFUL_ALARM_GAP_MS = 600_000
# Devices that can see that somebody moves.
MOVEMENT_ROLES = frozenset({Role.MOTION, Role.DOOR})
# Devices that somebody carries; a press on one is a call for help like any other.
WORN_ROLES = frozenset({Role.TAG, Role.FALL_DETECTOR})
CALL_ROLES = WORN_ROLES | {Role.HELP_BUTTON}
# What raises an alert when it is true, besides a press: let through also when in doubt.
ALARMS = frozenset({"smoke", "carbon_monoxide", "heat", "gas", "moisture", "stove_cut", "fall"})
# A contact speaks in both directions and repeats its state: only a change is movement.
CONTACT_KINDS = frozenset({"door", "window", "opening"})
_PULSE_KINDS = ACTIVITY_KINDS - CONTACT_KINDS - {"stove_on"}
# What a sensor sees of whoever moves before it, also of a cat. A pet opens no door, takes no dose,
# presses nothing and turns no cooker on.
PET_KINDS = frozenset({"motion", "occupancy", "presence"})
_TAKEN = frozenset({"taken", "retrieved_late"})
_STATE_KINDS = CONTACT_KINDS | ALARMS | {"stove_on", "wire_fault"}
# Rounds of home care run late; the door that shuts behind a carer is no way out of the resident.
VISIT_OVERRUN_MS = 60 * 60_000
# A coin cell below 15 % lasts a week or more in every device we know; above 25 % it is a new
# one and not a warm afternoon.
BATTERY_LOW_PERCENT, BATTERY_GOOD_PERCENT = 15.0, 25.0
# Ruuvi's own limit for a CR2477 at room temperature is 2.5 V; a fresh one has 3.0 V.
BATTERY_LOW_MV, BATTERY_GOOD_MV = 2_500.0, 2_700.0


def is_sure(home: Home, seen: Observation) -> bool:
    """Whether this word may reassure: not forgeable, and of the device that was enrolled.

    The device counts beside the quality, which another doubt may have taken.
    """
    return seen.quality not in UNSURE and not home.devices[seen.device].identity


def can_see(role: Role, silent_after_ms: int) -> bool:
    """Whether a device's word vouches that movement could have been seen since its last one.

    A door that may stay shut for days vouches for none of them: its next word
    would turn a dead house into a watched one.
    """
    if role is Role.MOTION:
        return True
    return role in MOVEMENT_ROLES and silent_after_ms <= DAY_MS


def is_press(seen: Observation) -> bool:
    """Whether a button observation is a press: any kind of press, also one we do not know."""
    return seen.kind == "button" and seen.value not in ("none", "", False)


def is_alarm(seen: Observation) -> bool:
    return (seen.kind in ALARMS and seen.value is True) or is_press(seen)


def hear(home: Home, device: DeviceState, seen: Observation) -> Home:
    """The home after `device` was heard saying `seen` at `home.at_ms`."""
    now_ms = home.at_ms
    if seen.quality in DOUBTED:
        return _doubt(home, device, seen, now_ms)
    sure = is_sure(home, seen)
    since_ms = _covered_since(device, now_ms) if sure else None
    sees = can_see(device.role, device.silent_after_ms)
    counted = home.coverage
    if home.frame.synced:
        counted = coverage.heard(
            counted,
            device.id,
            since_ms=since_ms,
            now_ms=now_ms,
            local_shift_ms=home.frame.local_shift_ms,
            sees=sees and sure,
        )
    still, looked_ms = home.still, device.looked_ms
    if seen.kind in ACTIVITY_KINDS:
        if _is_activity(device, seen):
            still = _moved(home, device, seen, sees=sees, sure=sure)
        elif sees and seen.value is False:
            still = _stiller(home, device)
        # An open contact that says "open" again may repeat itself or may have been shut and
        # opened unheard: it is neither movement nor proof of stillness.
        looked_ms = now_ms
    changed = msgspec.structs.replace(
        device,
        looked_ms=looked_ms,
        heard_ms=now_ms,
        due_ms=now_ms + device.silent_after_ms,
        last_heard=seen.at,
        silent=False,
        masked=False,
        states=_states(device, seen),
    )
    if seen.kind.startswith("battery"):
        changed = _battery(changed, seen, sure=sure)
    elif seen.kind in STIR_KINDS or seen.kind == "button":
        changed = _stirred(home, device, changed, seen, sure=sure)
    if sure and has_pet(home) and _is_sign_of_person(home, changed, seen):
        still = Stillness(since=seen.at, to_ms=now_ms)
    devices, heard_ms, quiet = home.devices, home.heard_ms, home.quiet
    if not device.wired:
        devices = listen_anew(home) if quiet else devices
        heard_ms, quiet = now_ms, False
    return msgspec.structs.replace(
        home,
        devices={**devices, device.id: changed},
        heard_ms=heard_ms,
        quiet=quiet,
        coverage=counted,
        still=still,
    )


def _covered_since(device: DeviceState, now_ms: int) -> int | None:
    since_ms = device.heard_ms
    if since_ms is not None and now_ms - since_ms > device.silent_after_ms:
        return None  # past its deadline: nothing of the gap is covered
    if device.worn is not None and device.worn.off:
        return None  # it lies somewhere, and nothing it says is about its wearer
    return since_ms


def _moved(
    home: Home, device: DeviceState, seen: Observation, *, sees: bool, sure: bool
) -> Stillness:
    """Somebody moved. Where it is not known what saw it: neither the end of a stillness nor more
    of it. Where a pet lives a sensor's word alone does not say that a person did: it is
    remembered, and ends no stillness.
    """
    if not sure:
        return msgspec.structs.replace(home.still, to_ms=home.at_ms, unsure=seen.at)
    if seen.kind not in PET_KINDS or not has_pet(home):
        left = _is_way_out(home, device, seen)
        room = device.room if device.role is Role.MOTION else None
        return Stillness(since=seen.at, moved=seen.at, to_ms=home.at_ms, left=left, room=room)
    still = _stiller(home, device) if sees else home.still
    return msgspec.structs.replace(still, moved=seen.at)


def _is_way_out(home: Home, device: DeviceState, seen: Observation) -> bool:
    """Whether the resident may have gone out: an outer door was shut, and not behind a carer.

    Whoever comes in is seen by a sensor next, and then it says nothing any more.
    """
    room = home.rooms.get(device.room or "")
    if device.role is not Role.DOOR or seen.kind not in CONTACT_KINDS or seen.value is not False:
        return False
    if room is None or not room.outer or not home.frame.synced:
        return False
    wall_ms = home.at_ms + home.frame.drift_ms
    return not any(
        one.kind is VisitKind.PHYSICAL and one.from_ms <= wall_ms < one.until_ms + VISIT_OVERRUN_MS
        for one in home.visits
    )


def _doubt(home: Home, device: DeviceState, seen: Observation, now_ms: int) -> Home:
    last_ms = device.doubted.get(seen.kind)
    soon = last_ms is not None and now_ms - last_ms < DOUBTFUL_ALARM_GAP_MS
    if soon or not is_alarm(seen):
        return home
    doubted = msgspec.structs.replace(device, doubted={**device.doubted, seen.kind: now_ms})
    return msgspec.structs.replace(home, devices={**home.devices, device.id: doubted})


def is_let_through(before: Home, after: Home, seen: Observation) -> bool:
    """Whether an alarm counts: a trusted one always, a doubtful one when its turn had come."""
    if seen.quality not in DOUBTED:
        return True
    old, new = before.devices[seen.device].doubted, after.devices[seen.device].doubted
    return old.get(seen.kind) != new.get(seen.kind)


def _is_activity(device: DeviceState, seen: Observation) -> bool:
    if seen.kind in _PULSE_KINDS:
        return is_press(seen) if seen.kind == "button" else bool(seen.value)
    if seen.kind in CONTACT_KINDS and isinstance(seen.value, bool):
        return device.states.get(seen.kind, seen.value) is not seen.value
    # A hand turns the cooker on; a timer or a guard may turn it off.
    return seen.kind == "stove_on" and seen.value is True and device.states.get("stove_on") is False


def _is_sign_of_person(home: Home, device: DeviceState, seen: Observation) -> bool:
    """Besides what is activity anyway: a dose or meal taken, and what a resident wears stirs."""
    if seen.kind in ("dose", "meal"):
        return seen.value in _TAKEN
    worn = device.worn
    stirs = seen.kind in STIR_KINDS and worn is not None and worn.moved_ms == home.at_ms
    return stirs and device.person in residents(home)


def _stirred(
    home: Home, old: DeviceState, device: DeviceState, seen: Observation, *, sure: bool
) -> DeviceState:
    if not is_worn_by_somebody(old):
        return device
    worn = fold_worn(home, old, seen, pressed=is_press(seen), sure=sure)
    return device if worn is old.worn else msgspec.structs.replace(device, worn=worn)


def _stiller(home: Home, device: DeviceState) -> Stillness:
    """A living sensor says that nobody moves, and had kept its deadline since it said so last."""
    still, now_ms, start_ms = home.still, home.at_ms, device.looked_ms
    if start_ms is None or now_ms - start_ms > device.silent_after_ms:
        start_ms = now_ms
    start_ms = max(start_ms, still.to_ms)
    if start_ms >= now_ms or is_paused(home) or is_visited(home):
        return still if still.to_ms == now_ms else msgspec.structs.replace(still, to_ms=now_ms)
    if not home.frame.synced:  # the time of day is not known: all of it counts, and is marked
        ms = still.ms + now_ms - start_ms
        return msgspec.structs.replace(still, ms=ms, to_ms=now_ms, unsynced=True)
    shift_ms, settings = home.frame.local_shift_ms, home.settings
    by_day_ms = daytime_ms(
        start_ms + shift_ms, now_ms + shift_ms, settings.day_from_min, settings.day_until_min
    )
    return msgspec.structs.replace(still, ms=still.ms + by_day_ms, to_ms=now_ms)


def _states(device: DeviceState, seen: Observation) -> dict[str, bool]:
    if seen.kind not in _STATE_KINDS or not isinstance(seen.value, bool):
        return device.states
    if device.states.get(seen.kind) is seen.value:
        return device.states
    states = {**device.states, seen.kind: seen.value}
    return states if len(states) <= STATES_MAX else device.states


def _battery(device: DeviceState, seen: Observation, *, sure: bool) -> DeviceState:
    value = seen.value
    if seen.kind == "battery_low":
        low = None if not isinstance(value, bool) else value
    elif isinstance(value, bool) or not isinstance(value, int | float):
        low = None
    elif seen.kind == "battery":
        device = msgspec.structs.replace(device, battery=float(value))
        low = _is_low(float(value), BATTERY_LOW_PERCENT, BATTERY_GOOD_PERCENT)
    else:
        low = _is_low(float(value), BATTERY_LOW_MV, BATTERY_GOOD_MV)
    if low and not device.low:
        return msgspec.structs.replace(device, low=seen.kind)
    if low is False and device.low == seen.kind and sure:
        return msgspec.structs.replace(device, low="")
    return device


def _is_low(value: float, low: float, good: float) -> bool | None:
    """True below `low`, False above `good`, None in between, where nothing changes."""
    if value <= low:
        return True
    return False if value >= good else None
