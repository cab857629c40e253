"""A worn device lies somewhere: about the installation, for the next visit."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Note, Said, device_params, evidence_of
from edge.alerts.flags import Flag
from edge.domain import Evidence, Instant, Observation
from edge.events import Event
from edge.home.state import DeviceState, Home

CODE = "tag_not_worn"
_HOUR_MS = 3_600_000


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """Once it has lain still for the span by day; noted when it stirs (`edge.home.wearing`)."""
    if not isinstance(event, Observation):
        return
    device = after.devices[event.device]
    worn, old = device.worn, before.devices[event.device].worn
    if worn is old or worn is None:
        return
    was_off = old is not None and old.off
    if worn.off and not was_off:
        yield _finding(device, evidence_of(event))
    elif was_off and not worn.off:
        yield Note(code=CODE, subject=device.id, flag=Flag.MOVES_AGAIN, evidence=evidence_of(event))


def stands(home: Home, subject: str) -> Finding | None:
    device = home.devices.get(subject)
    off = device is not None and device.worn is not None and device.worn.off
    return _finding(device, ()) if device is not None and off else None


def _finding(device: DeviceState, evidence: tuple[Evidence, ...]) -> Finding:
    idle_ms = 0 if device.worn is None else device.worn.idle_ms
    return Finding(
        code=CODE,
        subject=device.id,
        evidence=evidence,
        params={**device_params(device), "hours": round(idle_ms / _HOUR_MS, 1)},
        room=device.room,
        person=device.person,
    )
