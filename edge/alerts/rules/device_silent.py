"""We cannot hear a device: about us, never about the resident."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Note, Said, device_params, evidence_of
from edge.alerts.flags import Flag
from edge.alerts.rules import gateway_fault
from edge.domain import ALARM_ROLES, Evidence, Instant, Observation, Priority, Role, Scalar
from edge.events import Event, FaultKind
from edge.home.dating import told_minute
from edge.home.hearing import WORN_ROLES
from edge.home.localday import MINUTE_MS
from edge.home.state import DeviceState, Home, alert_key
from edge.home.staying import is_elsewhere, is_ended

CODE = "device_silent"


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """One alert for each device, unless a cause that they share is told instead."""
    if isinstance(event, Observation):
        yield from _heard_again(before, after, event)
        return
    for device in fallen_silent(before, after):
        if _is_put_away(after, device):
            continue
        if not device.masked:
            yield _finding(after, device)
            continue
        radio = _radio_fault(after)
        if radio is not None and not after.quiet:
            # The radio is why: its own alert says that devices went silent under it.
            yield Note(code=gateway_fault.CODE, subject=radio, flag=Flag.DEVICES_SILENT)


def stands(home: Home, subject: str) -> Finding | None:
    device = home.devices.get(subject)
    if device is None or not device.silent or _is_put_away(home, device):
        return None
    return _finding(home, device)


def fallen_silent(before: Home, after: Home) -> list[DeviceState]:
    """The devices whose deadline ran out in this step."""
    return [
        device
        for key, device in after.devices.items()
        if device.silent and not (key in before.devices and before.devices[key].silent)
    ]


def _heard_again(before: Home, after: Home, event: Observation) -> Iterator[Said]:
    if after.devices[event.device].silent or alert_key(CODE, event.device) not in after.alerts:
        return
    if before.devices[event.device].silent:
        yield Note(
            code=CODE, subject=event.device, flag=Flag.HEARD_AGAIN, evidence=evidence_of(event)
        )


def _is_put_away(home: Home, device: DeviceState) -> bool:
    """What somebody wore to the end; its silence is nobody's task."""
    return device.role in WORN_ROLES and is_ended(home, device.person)


def _radio_fault(home: Home) -> str | None:
    faults = (key for key, fault in home.faults.items() if fault.kind is FaultKind.RADIO)
    return next(faults, None)


def _finding(home: Home, device: DeviceState) -> Finding:
    # What is worn goes out with its wearer: during a stay elsewhere its silence is expected. A
    # button that nobody is left to press is told as anything else.
    expected = (device.role is Role.FALL_DETECTOR and is_elsewhere(home, device.person)) or (
        device.role is Role.HELP_BUTTON and is_ended(home, device.person)
    )
    alarm = device.role in ALARM_ROLES and not expected
    return Finding(
        code=CODE,
        subject=device.id,
        # A dead help button or smoke alarm looks like safety: today, not at the next visit.
        priority=Priority.HIGH if alarm else Priority.NORMAL,
        evidence=last_word(device),
        params={
            **device_params(device),
            "after_min": device.silent_after_ms // MINUTE_MS,
            "last": last_text(home, device),
        },
        room=device.room,
    )


def last_word(device: DeviceState) -> tuple[Evidence, ...]:
    if device.last_heard is None:
        return ()
    return (Evidence(device=device.id, kind="heard", value=True, unit="1", at=device.last_heard),)


def last_text(home: Home, device: DeviceState) -> Scalar:
    heard = device.last_heard
    return None if heard is None else told_minute(home, heard)
