"""One alarm there and back: pressed, at the desk, taken by a named person, with the times.

The times come from what is stored, the outbox and the alert's history, so that they are the
same whether somebody waits at a terminal or the line comes back a day later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

from edge.app.house import House
from edge.commissioning.record import Check, Measure, Verdict
from edge.domain import Alert, AlertState, Device, Instant, Role, Sync
from edge.store import commissionings

CHECK = "alarm"
# The best first: what a person in need reaches for, then what is easily made to call.
BEST = (
    Role.HELP_BUTTON,
    Role.FALL_DETECTOR,
    Role.STOVE_GUARD,
    Role.WATER_ALARM,
    Role.SMOKE_ALARM,
    Role.HEAT_ALARM,
    Role.CO_ALARM,
    Role.GAS_ALARM,
)

_TAKEN = frozenset({AlertState.ACKNOWLEDGED, AlertState.CLOSED})


def best(devices: Iterable[Device]) -> Device | None:
    """The device that is pressed for it; None when nothing in this home can call for help."""
    able = [device for device in devices if device.role in BEST]
    return min(able, key=lambda d: (BEST.index(d.role), d.id), default=None)


async def received(house: House, check: Check) -> Check:
    """With the time of the first receipt, when there is one now; `check` itself otherwise."""
    if check.heard is None or not check.messages or check.measured("received_ms") is not None:
        return check
    found = await house.store.look(commissionings.received, check.messages)
    times = [ms for at in found.values() if at and (ms := ms_between(check.heard, at)) is not None]
    return _with(check, "received_ms", min(times)) if times else check


async def acknowledged(house: House, check: Check) -> Check:
    """With who took it, and when, as soon as somebody has."""
    if check.heard is None or not check.alert or check.measured("acknowledged_ms") is not None:
        return check
    taken = taken_after(await house.store.alert_history(check.alert), check.heard)
    if taken is None or taken.actor is None:
        return check
    ms = ms_between(check.heard, taken.changed)
    return msgspec.structs.replace(_with(check, "acknowledged_ms", ms), by=taken.actor.account)


async def look(house: House, check: Check) -> Check:
    """The check as it stands now: passed when the desk has it and a person took it."""
    check = await acknowledged(house, await received(house, check))
    if check.measured("received_ms") is None:
        return msgspec.structs.replace(check, verdict=Verdict.OPEN, why="no_receipt")
    if not check.by:
        return msgspec.structs.replace(check, verdict=Verdict.OPEN, why="not_taken")
    return msgspec.structs.replace(check, verdict=Verdict.PASSED, why="")


def taken_after(history: Sequence[Alert], heard: Instant) -> Alert | None:
    """The first decision of a named person after `heard`; a repeat of the call is none."""
    for before, after in pairwise(history):
        decided = after.state is not before.state or after.next_by != before.next_by
        if after.state in _TAKEN and after.actor is not None and decided:
            ms = ms_between(heard, after.changed)
            if ms is not None and ms >= 0:
                return after
    return None


def ms_between(start: Instant, end: Instant) -> int | None:
    """None when the box was restarted in between and its clock was not set."""
    if start.boot == end.boot:
        return end.boottime_ms - start.boottime_ms
    if Sync.NONE in (start.sync, end.sync):
        return None
    return end.wall_ms - start.wall_ms


def _with(check: Check, name: str, value: int | None) -> Check:
    kept = tuple(m for m in check.measures if m.name != name)
    measure = Measure(name=name, value=value, unit="ms")
    return msgspec.structs.replace(check, measures=(*kept, measure))
