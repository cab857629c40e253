"""Deviations as reasons of the assessment; the figures stand beside them in its `routine`."""

from __future__ import annotations

from edge.domain import Reason, Routine
from edge.home.behaving import ROUTINE
from edge.risk.routine.measuring import ROUTINE_VERSION


def routine_reasons(routine: Routine) -> tuple[Reason, ...]:
    """Reasons "routine:moves", weight: how many spreads from the usual."""
    return tuple(
        Reason(code=f"{ROUTINE}:{one.measure}", weight=one.z, source=f"model:{ROUTINE_VERSION}")
        for one in routine.deviations
    )
