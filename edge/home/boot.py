"""What happens to the state when time itself changes: a new boot, a set clock, a restart.

Silence, stillness and coverage count listening time only: time in which the
gateway was off says nothing about a device or a person. What people wait for
(an acknowledgement's hold, a dose) counts the time that passed in the world:
by boottime within a boot, across boots by the wall clock when both sides of
the gap know it, and otherwise from the new boot on.
"""

from __future__ import annotations

import msgspec

from edge.domain import Instant, Sync
from edge.home.coverage import clock_moved
from edge.home.dating import date_all
from edge.home.ledger_time import carried, paused
from edge.home.localday import DAY_MS
from edge.home.moments import starts_after
from edge.home.state import UNDATED_MAX, DeviceState, Frame, Home, Undated
from edge.home.waiting import LISTEN_MIN_MS
from edge.home.watch import Worn, date_meals, move

# NTP slews by at most 500 ppm; a difference above this was a step. Small, so that a hold or a
# day's border is never off by more.
SLEW_MAX_MS = 2_000


def is_moved(frame: Frame, now: Instant) -> bool:
    """Whether `now` does not continue the time that the state knows."""
    return (
        now.boot != frame.boot
        or now.offset_min != frame.offset_min
        or (now.sync is not Sync.NONE) is not frame.synced
        or not -SLEW_MAX_MS <= now.wall_ms - now.boottime_ms - frame.drift_ms <= SLEW_MAX_MS
    )


def enter(home: Home, now: Instant) -> Home:
    """Go on in the time of `now`: a new boot, or the same one with another wall clock."""
    old = home.frame
    frame = Frame(
        boot=now.boot,
        drift_ms=now.wall_ms - now.boottime_ms,
        offset_min=now.offset_min,
        synced=now.sync is not Sync.NONE,
    )
    ledger = carried(home, frame, now)
    if old.synced:  # `at_ms` is still of the old boot here
        home = msgspec.structs.replace(home, trusted_wall_ms=home.at_ms + old.drift_ms)
    if old.boot not in ("", now.boot):
        if not old.synced:
            home = _undated(home)
        off_ms = 0
        if old.synced and frame.synced:
            off_ms = max(0, now.wall_ms - (home.at_ms + old.drift_ms))
        home = _moved(home, to_ms=now.boottime_ms, off_ms=off_ms)
    elif old.boot == "":
        home = msgspec.structs.replace(home, at_ms=now.boottime_ms, resumed_ms=now.boottime_ms)
    home = msgspec.structs.replace(home, frame=frame, ledger=ledger)
    if frame.synced:  # a new idea of what day it is: days and answers are looked at anew
        at_ms = max(now.boottime_ms, home.at_ms)
        home = msgspec.structs.replace(
            home,
            coverage=clock_moved(home.coverage, (at_ms + frame.local_shift_ms) // DAY_MS),
            assess_by=dict.fromkeys(home.assessments, at_ms + frame.drift_ms),
        )
        home = date_all(home)
        watch = date_meals(home.watch, frame.local_shift_ms)
        home = msgspec.structs.replace(home, watch=watch)
    return msgspec.structs.replace(home, due_ms=home.at_ms)  # what ran out meanwhile is due now


def _undated(home: Home) -> Home:
    """The boot that `frame` and `at_ms` are of is over, and nobody knows when it was."""
    trusted_ms = home.trusted_wall_ms or None
    over = Undated(
        boot=home.frame.boot,
        last_ms=home.at_ms,
        start_ms=starts_after(trusted_ms, (one.last_ms for one in home.undated)),
    )
    return msgspec.structs.replace(home, undated=(*home.undated, over)[-UNDATED_MAX:])


def resume(home: Home, now: Instant) -> Home:
    """The process has just started, within the boot that the state knows already."""
    gap_ms = now.boottime_ms - home.at_ms
    home = msgspec.structs.replace(home, ledger=paused(home, now))
    if gap_ms <= 0:
        return home
    home = _moved(home, to_ms=now.boottime_ms, off_ms=gap_ms)
    return msgspec.structs.replace(home, due_ms=home.at_ms)


def _moved(home: Home, *, to_ms: int, off_ms: int) -> Home:
    """Move every boottime so that `home.at_ms` becomes `to_ms`, `off_ms` of real time later."""
    listen_ms = to_ms - home.at_ms
    world_ms = listen_ms - off_ms
    still, coverage = home.still, home.coverage
    counted_ms = coverage.activity_to_ms
    return msgspec.structs.replace(
        home,
        at_ms=to_ms,
        resumed_ms=to_ms,
        watch=move(home.watch, listen_ms, world_ms),
        devices={
            key: _heard_later(d, listen_ms, world_ms, to_ms) for key, d in home.devices.items()
        },
        heard_ms=None if home.heard_ms is None else home.heard_ms + listen_ms,
        still=msgspec.structs.replace(still, to_ms=still.to_ms + listen_ms),
        coverage=msgspec.structs.replace(
            coverage, activity_to_ms=None if counted_ms is None else counted_ms + listen_ms
        ),
        doses={
            key: tuple(msgspec.structs.replace(d, due_ms=d.due_ms + world_ms) for d in doses)
            for key, doses in home.doses.items()
        },
        holds={key: due_ms + world_ms for key, due_ms in home.holds.items()},
        closed={
            key: msgspec.structs.replace(
                c,
                at_ms=c.at_ms + world_ms,
                again_ms=None if c.again_ms is None else c.again_ms + world_ms,
            )
            for key, c in home.closed.items()
        },
    )


def _heard_later(device: DeviceState, listen_ms: int, world_ms: int, now_ms: int) -> DeviceState:
    due_ms = device.due_ms + listen_ms
    if not device.silent:
        due_ms = max(due_ms, now_ms + min(device.silent_after_ms, LISTEN_MIN_MS))
    return msgspec.structs.replace(
        device,
        due_ms=due_ms,
        heard_ms=None if device.heard_ms is None else device.heard_ms + listen_ms,
        looked_ms=None if device.looked_ms is None else device.looked_ms + listen_ms,
        doubted={kind: ms + world_ms for kind, ms in device.doubted.items()},
        pressed_ms=None if device.pressed_ms is None else device.pressed_ms + world_ms,
        worn=None if device.worn is None else _worn_later(device.worn, listen_ms),
    )


def _worn_later(worn: Worn, listen_ms: int) -> Worn:
    moved_ms = worn.moved_ms
    return msgspec.structs.replace(
        worn,
        looked_ms=worn.looked_ms + listen_ms,
        moved_ms=None if moved_ms is None else moved_ms + listen_ms,
    )
