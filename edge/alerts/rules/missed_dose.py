"""A dose was not taken: the robot says so, or its time ran out."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import (
    Finding,
    Note,
    Said,
    device_params,
    doubts_of,
    evidence_of,
)
from edge.alerts.flags import Flag
from edge.alerts.rules import appliance_fault
from edge.domain import Evidence, Instant, Observation, Priority
from edge.events import Event
from edge.home.contradictions import Fact, against
from edge.home.dating import told_minute
from edge.home.hearing import is_sure
from edge.home.state import Due, Home
from edge.home.staying import is_elsewhere

CODE = "missed_dose"
_NOTED = {"taken": Flag.DOSE_TAKEN, "retrieved_late": Flag.DOSE_RETRIEVED}


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """A later "taken" is noted and ends nothing: a dose in a hand is not a dose in a body.

    With the resident elsewhere no dose is missed, and one that is "taken" reassures nobody.
    """
    if not isinstance(event, Observation):
        yield from _ran_out(before, after)
        return
    dues = before.doses.get(event.device, ())
    if event.value in _NOTED and is_sure(after, event):
        device = after.devices[event.device]
        why = against(after, Fact.DOSE_TAKEN, device)
        yield _note(event, _NOTED[str(event.value)], why)
    elif event.value == "missed" and not _is_paused(after, event.device):
        if any(due.told for due in dues):
            yield _note(event, Flag.DOSE_MISSED)
        else:
            due = dues[0] if dues else None
            yield from _found(after, event.device, due, evidence_of(event), doubts_of(event))


def _ran_out(before: Home, after: Home) -> Iterator[Said]:
    for device, dues in after.doses.items():
        if device not in after.devices or _is_paused(after, device):
            continue
        for old, due in zip(before.doses.get(device, ()), dues, strict=False):
            if due.told and not old.told:
                waited = Evidence(device=device, kind="dose", value="due", unit="1", at=due.at)
                # Raised all the same; that it was not taken is more than we know.
                flags = (Flag.APPLIANCE_SILENT,) if after.devices[device].silent else ()
                yield from _found(after, device, due, (waited,), flags)


def _is_paused(home: Home, device: str) -> bool:
    """Nobody is expected to take what is meant for somebody who is elsewhere."""
    return is_elsewhere(home, home.devices[device].person)


def _found(
    home: Home, device: str, due: Due | None, evidence: tuple[Evidence, ...], flags: tuple[str, ...]
) -> Iterator[Said]:
    """A dose that a broken appliance holds back joins the call that is out for the appliance."""
    state = home.devices[device]
    linked = appliance_fault.is_told(home, device)
    if linked:
        yield Note(code=appliance_fault.CODE, subject=device, flag=Flag.DOSE_NOT_TAKEN)
        flags = (*flags, Flag.APPLIANCE_FAULT)
    yield Finding(
        code=CODE,
        subject=device,
        priority=Priority.NORMAL if linked else None,
        evidence=evidence,
        params={**device_params(state), "due": None if due is None else told_minute(home, due.at)},
        flags=flags,
        room=state.room,
        person=state.person,
    )


def _note(event: Observation, flag: Flag, why: tuple[str, ...] = ()) -> Note:
    return Note(
        code=CODE, subject=event.device, flag=flag, evidence=evidence_of(event), against=why
    )
