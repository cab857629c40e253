"""How each device is, as the desk is told it: a message when that changes, and only then."""

from __future__ import annotations

from typing import Literal

import msgspec

from edge.home.state import DeviceState, Home

State = Literal["ok", "degraded", "lost"]


class Condition(msgspec.Struct, frozen=True):
    """One device now; `reasons` are short codes ("battery_low", "not_heard")."""

    device: str
    state: State
    reasons: tuple[str, ...]


class Conditions:
    """Remembers what was told. After a restart nothing is told again that has not changed."""

    def __init__(self, home: Home) -> None:
        self._told = {d.id: _condition(d) for d in home.devices.values() if _is_known(d)}

    def changed(self, home: Home) -> list[Condition]:
        """What the desk does not know yet; it counts as told from now on."""
        found = []
        for device in home.devices.values():
            if not _is_known(device):
                continue  # enrolled and never heard: the installer is still at work
            now = _condition(device)
            if self._told.get(device.id) != now:
                self._told[device.id] = now
                found.append(now)
        return found


def _is_known(device: DeviceState) -> bool:
    return device.last_heard is not None or device.silent


def _condition(device: DeviceState) -> Condition:
    if device.silent:
        return Condition(device.id, "lost", ("not_heard",))
    if device.low:
        return Condition(device.id, "degraded", ("battery_low",))
    return Condition(device.id, "ok", ())
