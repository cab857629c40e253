"""A reading beyond a limit that a nurse has set for this person, confirmed by a second one.

Off until the settings say so, a decision is recorded and a limit is set. It is the nurse's plan
that speaks: how soon was chosen with the limit, and never "critical".
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Said, device_params
from edge.domain import Evidence, Instant, Priority
from edge.events import Event
from edge.home.state import Home

CODE = "vital_limit"


def check(before: Home, after: Home, _event: Event, _now: Instant) -> Iterator[Said]:
    """Told when it is confirmed; the value stays in the home unless a purpose shares its kind."""
    for key, beyond in after.vitals.beyond.items():
        old = before.vitals.beyond.get(key)
        if not beyond.told or (old is not None and old.told and old.at == beyond.at):
            continue
        limit = after.vitals.limits[key]
        device = after.devices[beyond.device]
        evidence = Evidence(
            device=beyond.device,
            kind=limit.kind,
            value=beyond.value,
            unit=beyond.unit,
            at=beyond.at,
        )
        yield Finding(
            code=CODE,
            subject=key,
            priority=limit.priority if limit.priority is Priority.HIGH else Priority.NORMAL,
            evidence=(evidence,),
            params={
                **device_params(device),
                "kind": limit.kind,
                "side": beyond.side,
                "set_by": limit.set_by,
                "resident": limit.person,
            },
            room=device.room,
            person=limit.person,
        )
