"""An appliance cannot do its work: a care task, "who gives the dose now?".

One alert for each appliance, whatever it tells of: a jam is soon an open door and a tamper
switch, and one person sees to all of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Note, Said, device_params, evidence_of
from edge.alerts.flags import Flag, seems_over
from edge.domain import Evidence, Instant, Observation, Priority, Role
from edge.events import Event
from edge.home.appliances import APPLIANCE_ROLES
from edge.home.hearing import DOUBTED, is_sure
from edge.home.state import DeviceState, Home, alert_key, is_visited
from edge.home.staying import is_elsewhere

CODE = "appliance_fault"
_MISSED_DOSE = "missed_dose"

# Without them no dose comes out of a robot, or nobody knows who took it.
_STOPS_DOSES = frozenset({"jam", "tamper", "mains_lost"})
# Events of their own, each told once by the appliance; the others are states that repeat.
_EVENTS = frozenset({"jam", "tamper", "over_temperature"})
# What somebody who fills or moves the appliance does to it.
_VISITORS_DO = frozenset({"tamper", "mains_lost"})
_STATE_OF = {"mains": "mains_lost"}
_OVER: dict[str, Flag] = {
    "mains_lost": Flag.MAINS_BACK,
    "faults": Flag.FAULT_CLEARED,
    "jam": Flag.FAULT_CLEARED,
    "tamper": Flag.FAULT_CLEARED,
    "over_temperature": Flag.FAULT_CLEARED,
}


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """What begins raises, what ends is noted, and a door is waited for."""
    if not isinstance(event, Observation):
        for key, door in after.watch.doors.items():
            old = before.watch.doors.get(key)
            if door.told and not (old is not None and old.told):
                at = Evidence(device=key, kind="appliance_door", value=True, unit="1", at=door.at)
                yield from _found(after, after.devices[key], "appliance_door", (at,), fresh=True)
        return
    device = after.devices[event.device]
    if device.role not in APPLIANCE_ROLES or event.quality in DOUBTED:
        return
    kind = _STATE_OF.get(event.kind, event.kind)
    kind = "jam" if kind in ("dose", "meal") else kind  # a dose that comes out ends a jam
    was, now = before.devices[device.id].states.get(kind), device.states.get(kind)
    told_door = before.watch.doors.get(device.id)
    if kind == "appliance_door":
        if told_door is not None and told_door.told and device.id not in after.watch.doors:
            yield _note(device, Flag.FAULT_CLEARED, event)
    elif now is True and event.kind not in ("dose", "meal") and kind in _OVER:
        if event.value is not None:
            fresh = kind in _EVENTS or was is not True
            yield from _found(after, device, kind, evidence_of(event), fresh=fresh)
    elif was is True and now is False and kind in _OVER and is_sure(after, event):
        yield _note(device, _OVER[kind], event)


def is_told(home: Home, device: str) -> bool:
    """Whether somebody is being called for this appliance already, and it stands."""
    alert = home.alerts.get(alert_key(CODE, device))
    return (
        alert is not None and alert.priority is not Priority.NORMAL and not seems_over(alert.flags)
    )


def _note(device: DeviceState, flag: Flag, event: Observation) -> Note:
    return Note(code=CODE, subject=device.id, flag=flag, evidence=evidence_of(event))


def _found(
    home: Home, device: DeviceState, what: str, evidence: tuple[Evidence, ...], *, fresh: bool
) -> Iterator[Said]:
    priority = _priority(home, device, what)
    dose = home.alerts.get(alert_key(_MISSED_DOSE, device.id))
    if priority is Priority.HIGH and dose is not None and not seems_over(dose.flags):
        # The dose that did not come out is told already: one cause, one interrupt.
        priority = Priority.NORMAL
        yield Note(code=_MISSED_DOSE, subject=device.id, flag=Flag.APPLIANCE_FAULT)
    yield Finding(
        code=CODE,
        subject=device.id,
        priority=priority,
        evidence=evidence,
        params={**device_params(device), "what": what, "todo": _todo(device, what)},
        flags=(Flag.VISITOR_PRESENT,) if is_visited(home) else (),
        room=device.room,
        person=device.person,
        fresh=fresh,
    )


def _priority(home: Home, device: DeviceState, what: str) -> Priority:
    if what == "over_temperature":
        return Priority.HIGH  # it can burn whoever takes the meal, whoever that is
    if device.role is not Role.MEDICATION_ROBOT or what not in _STOPS_DOSES:
        return Priority.NORMAL
    if is_elsewhere(home, device.person):
        return Priority.NORMAL
    explained = what in _VISITORS_DO and is_visited(home)
    return Priority.NORMAL if explained else Priority.HIGH


def _todo(device: DeviceState, what: str) -> str:
    if what == "over_temperature":
        return "unplug"
    if what in _STOPS_DOSES:
        return "give_dose" if device.role is Role.MEDICATION_ROBOT else "give_meal"
    return "look"
