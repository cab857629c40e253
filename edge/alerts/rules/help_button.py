"""Somebody pressed a help button."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import (
    Finding,
    Said,
    device_params,
    doubts_of,
    evidence_of,
)
from edge.domain import Instant, Observation
from edge.events import Event
from edge.home.contradictions import Fact, against
from edge.home.hearing import CALL_ROLES, is_let_through, is_press
from edge.home.placing import last_place
from edge.home.state import Home

CODE = "help_button"


def check(before: Home, after: Home, event: Event, now: Instant) -> Iterator[Said]:
    """Every kind of press is a call, also one we do not know; each press is a new one.

    So is a press on a tag or a fall detector. Who may have pressed, when the resident is said
    to be elsewhere or a visitor is there, stands beside it and never instead of it.
    """
    if not isinstance(event, Observation) or not is_press(event):
        return
    device = after.devices[event.device]
    if device.role in CALL_ROLES and is_let_through(before, after, event):
        yield Finding(
            code=CODE,
            subject=device.id,
            evidence=evidence_of(event),
            params={
                **device_params(device),
                **last_place(after, device, now),
                "press": event.value,
            },
            flags=(*doubts_of(event), *against(after, Fact.PRESSED, device)),
            room=device.room,
            person=device.person,
        )
