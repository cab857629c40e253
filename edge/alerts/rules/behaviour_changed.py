"""A day unlike this home's usual days, within the budget for such days.

Never urgent: neither the model of daily change nor the home's own usual days know an emergency. Off
until it is decided that behaviour is followed (`Question.BEHAVIOUR`) and sensors have places.
"""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Said
from edge.domain import Hazard, Instant, Scalar
from edge.events import Event
from edge.home import behaving
from edge.home.behaving import REASONS_TOLD, SUBJECT, reasons_told
from edge.home.budget import Entry
from edge.home.state import Home

CODE = behaving.CODE
# Alerts about the resident. One of them on the same day says more than a strange day does.
EXPLAINS = frozenset(
    {"help_button", "smoke", "carbon_monoxide", "heat", "gas", "water_leak", "possible_fall"}
    | {"stove_cut", "stove_unattended", "night_door", "missed_dose", "missed_meal"}
    | {"no_activity", "vital_limit"}
)


def check(before: Home, after: Home, _event: Event, _now: Instant) -> Iterator[Said]:
    """Told once for the day that made the entry."""
    if after.behaviour.told == before.behaviour.told:
        return
    assessment = after.assessments.get(Hazard.WELLBEING)
    if assessment is None or assessment.entry != Entry.TOLD:
        return
    params: dict[str, Scalar] = {"day": assessment.day, "assessment": assessment.id}
    reasons = reasons_told(assessment.reasons, assessment.routine)
    for number in range(1, REASONS_TOLD + 1):
        params[f"reason_{number}"] = reasons[number - 1] if number <= len(reasons) else None
    yield Finding(code=CODE, subject=SUBJECT, params=params)
