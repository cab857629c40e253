"""The level of a hazard is another one than before."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Said
from edge.alerts.flags import Flag
from edge.domain import Hazard, Instant, Level, Priority, RiskAssessment, Scalar
from edge.events import Event
from edge.home.course import is_case
from edge.home.levelling import is_news
from edge.home.state import Home, alert_key, latest_wall_ms

CODE = "level_changed"
# Reasons that are told with the alert; the assessment has them all.
REASONS_TOLD = 3


def check(before: Home, after: Home, _event: Event, _now: Instant) -> Iterator[Said]:
    """Orange and red ask somebody to act; any other level is the visit's own work.

    An alert that is open is told whatever the level becomes, and never lowered by it.
    """
    if after.levels is before.levels:
        return
    for hazard, told in after.levels.items():
        was = _level(before, hazard)
        if told.level is was:
            continue
        news = is_news(told, latest_wall_ms(after))
        if news or alert_key(CODE, hazard.value) in after.alerts:
            yield _finding(after, after.assessments[hazard], was)


def _level(home: Home, hazard: Hazard) -> Level:
    """What was told of it; grey at first is where every home starts."""
    told, found = home.levels.get(hazard), home.assessments.get(hazard)
    if told is not None:
        return told.level
    return Level.GREY if found is None else found.level  # a state of before levels were told


def _finding(home: Home, assessment: RiskAssessment, was: Level) -> Finding:
    params: dict[str, Scalar] = {
        "hazard": assessment.hazard.value,
        "from": was.value,
        "to": assessment.level.value,
        "unknown_percent": round(100 * assessment.share_unknown),
        "assessment": assessment.id,
        "list": assessment.checklist,
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
        flags=(Flag.RISING,) if is_case(home, assessment.hazard) else (),
    )
