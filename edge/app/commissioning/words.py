"""What a terminal sends, checked: one line, a step's name, a choice, a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from edge.commissioning.record import ORDER, StepName
from edge.errors import ControlError, MisaskedError
from edge.locale.refusing import given, listed, worded

# A reason: what fits on a line of the paper.
LINE_MAX_CHARS = 120
# A person's name, as everywhere else in the gateway.
NAME_MAX_CHARS = 60


def line(args: dict[str, Any], key: str) -> str:
    """One line of printable text; raises ControlError with what is missing."""
    value = args.get(key)
    if not isinstance(value, str) or not value.strip():
        raise worded(ControlError, "missing", key=key)
    most = NAME_MAX_CHARS if key == "by" else LINE_MAX_CHARS
    if len(value) > most:
        raise worded(ControlError, "too_long", key=key, most=most)
    if not value.isprintable():
        raise worded(ControlError, "control_character", key=key)
    return value.strip()


def step_of(name: object) -> StepName:
    if isinstance(name, str) and name in set(ORDER):
        return StepName(name)
    raise worded(ControlError, "no_step", name=str(name), there=listed(ORDER))


def choice(args: dict[str, Any], key: str, known: Iterable[str]) -> str:
    value = args.get(key)
    there = list(known)
    if not isinstance(value, str) or value not in there:
        raise worded(ControlError, "not_among", key=key, name=given(value), there=listed(there))
    return value


def hands_on(args: dict[str, Any]) -> int:
    """How long the person at the terminal was asked or waited for, in ms."""
    value = args.get("hands_on_ms", 0)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MisaskedError("hands_on_ms is no whole number of milliseconds; send 0 or more")
    return value
