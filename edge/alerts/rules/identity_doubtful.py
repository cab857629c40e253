"""A device may be another one, elsewhere, or on somebody else: about the installation."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Over, Said, device_params
from edge.alerts.flags import Flag
from edge.domain import Instant, Scalar
from edge.events import Doubted, Event
from edge.home.state import DeviceState, Home

CODE = "identity_doubtful"


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """Told once for each device; over by itself when nothing speaks for it any more."""
    for device in after.devices.values():
        old = before.devices.get(device.id)
        had = () if old is None else old.identity
        if device.identity and device.identity != had:
            other = event.detail if isinstance(event, Doubted) and not event.gone else ""
            yield _finding(after, device, other, fresh=len(device.identity) > len(had))
        elif had and not device.identity:
            yield Over(code=CODE, subject=device.id, flag=Flag.AS_ENROLLED)


def stands(home: Home, subject: str) -> Finding | None:
    device = home.devices.get(subject)
    return None if device is None or not device.identity else _finding(home, device, "")


def _finding(home: Home, device: DeviceState, other: str, *, fresh: bool = True) -> Finding:
    params: dict[str, Scalar] = {**device_params(device), "reason": device.identity[-1]}
    mate = home.devices.get(other)
    # The newest reason's other device; None is told as a dash.
    params["other"] = None if mate is None else mate.label or mate.id
    return Finding(
        code=CODE,
        subject=device.id,
        params=params,
        room=device.room,
        person=device.person,
        fresh=fresh,
    )
