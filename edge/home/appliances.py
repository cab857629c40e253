"""What an appliance says of its own state, in one form: true is what somebody must see to.

A robot tells a fault as an event, as a state or in its heartbeat's bitmap; here
they are the same words. What only begins (a jam) is taken back by a dose that
comes out, because then it works.
"""

from __future__ import annotations

import msgspec

from edge.domain import Observation, Role
from edge.home.hearing import DOUBTED
from edge.home.state import Home

APPLIANCE_ROLES = frozenset({Role.MEDICATION_ROBOT, Role.MEAL_DISPENSER})
STATE_KINDS = frozenset(
    {"jam", "tamper", "over_temperature", "refill_low", "stock_low", "mains_lost"}
    | {"appliance_door"}
)
APPLIANCE_KINDS = STATE_KINDS | {"mains", "faults", "dose", "meal"}
_OUT = frozenset({"taken", "retrieved_late"})


def fold_appliance(home: Home, seen: Observation) -> Home:
    """The home with the appliance's states as it last told them."""
    device = home.devices[seen.device]
    if device.role not in APPLIANCE_ROLES or seen.quality in DOUBTED:
        return home
    told = _told(seen)
    if told is None or device.states.get(told[0]) is told[1]:
        return home
    if told == ("jam", False) and "jam" not in device.states:
        return home
    states = {**device.states, told[0]: told[1]}
    changed = msgspec.structs.replace(device, states=states)
    return msgspec.structs.replace(home, devices={**home.devices, device.id: changed})


def _told(seen: Observation) -> tuple[str, bool] | None:
    kind, value = seen.kind, seen.value
    if kind in STATE_KINDS and isinstance(value, bool):
        return kind, value
    if kind == "mains" and isinstance(value, bool):
        return "mains_lost", not value
    if kind == "faults" and isinstance(value, int | float):
        return "faults", value != 0
    if kind in ("dose", "meal") and value in _OUT:
        return "jam", False
    return None
