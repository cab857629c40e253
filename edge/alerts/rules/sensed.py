"""What alarms that sense something have in common: true raises, false is a note."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edge.alerts.findings import (
    Check,
    Finding,
    Note,
    Said,
    device_params,
    doubts_of,
    evidence_of,
)
from edge.alerts.flags import Flag
from edge.domain import Instant, Observation, Priority
from edge.events import Event
from edge.home.contradictions import Fact, against
from edge.home.hearing import is_let_through, is_sure
from edge.home.state import DeviceState, Home


def check_of(
    code: str,
    kind: str,
    *,
    quiet: Flag = Flag.ALARM_QUIET,
    priority: Callable[[DeviceState], Priority | None] = lambda _: None,
    fact: Fact | None = None,
) -> Check:
    """The check of a rule whose devices say `kind` true and false.

    False is noted as `quiet` and ends nothing: smoke clears before a fire is out, and a
    detector that lost its power is quiet too. `fact` names the row of contradictions that
    whoever answers should know of.
    """

    def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
        if not isinstance(event, Observation) or event.kind != kind:
            return
        device = after.devices[event.device]
        was = before.devices[event.device].states.get(kind)
        if event.value is True and is_let_through(before, after, event):
            known = () if fact is None else against(after, fact, device)
            yield Finding(
                code=code,
                subject=device.id,
                priority=priority(device),
                evidence=evidence_of(event),
                params=device_params(device),
                flags=(*doubts_of(event), *known),
                room=device.room,
                person=device.person,
                fresh=was is not True,
            )
        elif event.value is False and was is True and is_sure(after, event):
            yield Note(code=code, subject=device.id, flag=quiet, evidence=evidence_of(event))

    return check
