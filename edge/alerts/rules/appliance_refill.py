"""An appliance will soon have nothing left to give: for the next visit."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Note, Said, device_params, evidence_of
from edge.alerts.flags import Flag
from edge.domain import Evidence, Instant, Observation
from edge.events import Event
from edge.home.appliances import APPLIANCE_ROLES
from edge.home.hearing import DOUBTED, is_sure
from edge.home.state import DeviceState, Home

CODE = "appliance_refill"
KINDS = frozenset({"refill_low", "stock_low"})


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """Low raises; no longer low is noted."""
    if not isinstance(event, Observation) or event.quality in DOUBTED:
        return
    device = after.devices[event.device]
    if device.role not in APPLIANCE_ROLES or event.kind not in KINDS:
        return
    was = before.devices[device.id].states.get(event.kind)
    if event.value is True:
        yield _finding(device, evidence_of(event), fresh=was is not True)
    elif event.value is False and was is True and is_sure(after, event):
        yield Note(code=CODE, subject=device.id, flag=Flag.REFILLED, evidence=evidence_of(event))


def _finding(device: DeviceState, evidence: tuple[Evidence, ...], *, fresh: bool) -> Finding:
    return Finding(
        code=CODE,
        subject=device.id,
        evidence=evidence,
        params=device_params(device),
        room=device.room,
        person=device.person,
        fresh=fresh,
    )
