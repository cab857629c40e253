"""Somebody pressed a help button."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import (
    Finding,
    Said,
    device_params,
    doubts_of,
    evidence_of,
    is_alarm_heard,
)
from edge.domain import Instant, Observation, Role
from edge.events import Event
from edge.home.hearing import is_press
from edge.home.state import Home

CODE = "help_button"


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """Every kind of press is a call, also one we do not know; each press is a new one."""
    if not isinstance(event, Observation) or not is_press(event):
        return
    device = after.devices[event.device]
    if device.role is Role.HELP_BUTTON and is_alarm_heard(before, after, event):
        yield Finding(
            code=CODE,
            subject=device.id,
            evidence=evidence_of(event),
            params={**device_params(device), "press": event.value},
            flags=doubts_of(event),
            room=device.room,
            person=device.person,
        )
