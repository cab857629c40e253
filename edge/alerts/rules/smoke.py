"""A smoke alarm says that it sees smoke."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import (
    Finding,
    Note,
    Said,
    device_params,
    doubts_of,
    evidence_of,
    is_alarm_heard,
)
from edge.alerts.flags import Flag
from edge.domain import Evidence, Instant, Observation
from edge.events import Event
from edge.home.hearing import DOUBTED
from edge.home.state import DeviceState, Home

CODE = "smoke"


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """True raises; false is noted and never ends it, because smoke clears before a fire is out."""
    if not isinstance(event, Observation):
        return
    device = after.devices[event.device]
    was = before.devices[event.device].states.get("smoke")
    if event.value is True and is_alarm_heard(before, after, event):
        yield _finding(device, evidence_of(event), doubts_of(event), fresh=was is not True)
    elif event.value is False and was is True and event.quality not in DOUBTED:
        yield Note(code=CODE, subject=device.id, flag=Flag.ALARM_QUIET, evidence=evidence_of(event))


def _finding(
    device: DeviceState, evidence: tuple[Evidence, ...], flags: tuple[str, ...], *, fresh: bool
) -> Finding:
    return Finding(
        code=CODE,
        subject=device.id,
        evidence=evidence,
        params=device_params(device),
        flags=flags,
        room=device.room,
        person=device.person,
        fresh=fresh,
    )
