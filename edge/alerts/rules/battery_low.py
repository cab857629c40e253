"""A device's battery will not last much longer: about us, a thing for the next visit."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Note, Said, device_params, evidence_of
from edge.alerts.flags import Flag
from edge.domain import Evidence, Instant, Observation
from edge.events import Event
from edge.home.state import DeviceState, Home

CODE = "battery_low"


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """Once below the lower limit; noted once it is above the upper one."""
    if not isinstance(event, Observation):
        return
    old, device = before.devices[event.device], after.devices[event.device]
    if device.low and not old.low:
        yield _finding(device, evidence_of(event))
    elif old.low and not device.low:
        yield Note(
            code=CODE, subject=device.id, flag=Flag.BATTERY_GOOD, evidence=evidence_of(event)
        )


def stands(home: Home, subject: str) -> Finding | None:
    device = home.devices.get(subject)
    return _finding(device, ()) if device is not None and device.low else None


def _finding(device: DeviceState, evidence: tuple[Evidence, ...]) -> Finding:
    return Finding(
        code=CODE,
        subject=device.id,
        evidence=evidence,
        params={**device_params(device), "percent": device.battery},
        room=device.room,
    )
