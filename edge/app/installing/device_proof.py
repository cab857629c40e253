"""What a device must say while it is tested."""

from __future__ import annotations

from collections.abc import Callable

from edge.domain import Observation, Role
from edge.home.hearing import is_press

Proof = Callable[[Observation], bool]


def _true(*kinds: str) -> Proof:
    return lambda seen: seen.kind in kinds and seen.value is True


def _said(*kinds: str) -> Proof:
    return lambda seen: seen.kind in kinds and seen.value is not None


def _anything(seen: Observation) -> bool:
    return seen.value is not None


# What a device of each role must say, that it does not say by itself; for those that only
# report, any report will do.
PROOF: dict[Role, Proof] = {
    Role.HELP_BUTTON: is_press,
    Role.OK_BUTTON: is_press,
    Role.SMOKE_ALARM: _true("smoke"),
    Role.CO_ALARM: _true("carbon_monoxide"),
    Role.HEAT_ALARM: _true("heat"),
    Role.GAS_ALARM: _true("gas"),
    Role.WATER_ALARM: _true("moisture"),
    Role.STOVE_GUARD: _true("stove_cut"),
    Role.FALL_DETECTOR: lambda seen: is_press(seen) or (seen.kind == "fall" and seen.value is True),
    Role.MOTION: _true("motion", "occupancy", "presence", "moving"),
    Role.DOOR: _said("door", "window", "opening"),
}

# What an alarm says when its own test button is held, where it tells that from smoke: it is heard,
# and nobody is called.
SELF_TEST = "alarm_test"


def proof_of(role: Role) -> Proof:
    """What a device of this role must have said to have been heard doing its work."""
    return PROOF.get(role, _anything)


def is_self_test(seen: Observation) -> bool:
    return seen.kind == SELF_TEST and seen.value is True
