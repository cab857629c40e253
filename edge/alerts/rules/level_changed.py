"""The level of a hazard is another one than before."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Said
from edge.domain import Instant, Level, Priority, RiskAssessment, Scalar
from edge.events import Event
from edge.home.state import Home

CODE = "level_changed"
# Reasons that are told with the alert; the assessment has them all.
REASONS_TOLD = 3


def check(before: Home, after: Home, _event: Event, _now: Instant) -> Iterator[Said]:
    """Grey at first is where every home starts; any later change of level is told."""
    for hazard, assessment in after.assessments.items():
        old = before.assessments.get(hazard)
        was = Level.GREY if old is None else old.level
        if assessment.level is not was:
            yield _finding(assessment, was)


def _finding(assessment: RiskAssessment, was: Level) -> Finding:
    params: dict[str, Scalar] = {
        "hazard": assessment.hazard.value,
        "from": was.value,
        "to": assessment.level.value,
        "unknown_percent": round(100 * assessment.share_unknown),
        "assessment": assessment.id,
    }
    for number in range(1, REASONS_TOLD + 1):
        known = number <= len(assessment.reasons)
        params[f"reason_{number}"] = assessment.reasons[number - 1].code if known else None
    red = assessment.level is Level.RED
    return Finding(
        code=CODE,
        subject=assessment.hazard.value,
        priority=Priority.HIGH if red else Priority.NORMAL,
        params=params,
    )
