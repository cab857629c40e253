"""Answers become a level with its reasons: points, gates and open criticals, nothing else.

The rule for what is not known. The level is worked out twice, from what is
known and from the worst that the unknown could be, and then:

1. What is known asks for action (orange, red): that level, however much is unknown.
2. More is unknown than the list allows: grey.
3. The unknown could hide an orange or a red: grey. One unasked question about
   burn marks is enough; the assessment names it, and one answer ends it.
4. The unknown could hide a yellow: yellow.
5. Otherwise the unknown changes nothing: the level of what is known.

So nobody can leave orange or red for green or yellow by not answering, green
needs every answer that could deny it, and in the order green, yellow, grey,
orange, red the level never falls when a hazard is added, when an answer that
was in order becomes unknown, or when a mended hazard opens again.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.domain import (
    Answer,
    Checklist,
    Instant,
    Level,
    LevelRules,
    LevelsBy,
    Reason,
    RedCase,
    RiskAssessment,
)
from edge.events import Assessed
from edge.risk.checklist import source
from edge.risk.standing import Case, feared, in_season, known

ACT = frozenset({Level.ORANGE, Level.RED})


def score(
    checklist: Checklist, answers: Mapping[str, Answer], at: Instant, assessment_id: str
) -> RiskAssessment:
    """Assess one hazard of the home from the answers in force, keyed by item.

    Validity is judged by the wall clock of `at`. Reasons are codes of the
    list ("FS-05:inside", weight: points), heaviest first; an item in doubt is
    a reason of weight 0 ("FS-06:unknown").
    """
    case = known(checklist, answers, at)
    in_doubt = sum(1 for standing in case.values() if standing.doubt)
    asked = sum(in_season(item, at.wall_ms) and not item.added for item in checklist.items)
    share_unknown = min(in_doubt / max(asked, 1), 1.0)
    return RiskAssessment(
        id=assessment_id,
        hazard=checklist.hazard,
        level=_settle(checklist, case, share_unknown),
        at=at,
        reasons=_reasons(case, source(checklist)),
        share_unknown=share_unknown,
        points=_points(checklist, case),
        open_critical=tuple(sorted(s.item for s in case.values() if s.critical)),
        checklist=f"{checklist.id}/{checklist.version}",
    )


def with_model(assessment: RiskAssessment, assessed: Assessed) -> RiskAssessment:
    """The assessment with a model's index and reasons added; its level stays what it is."""
    return msgspec.structs.replace(
        assessment,
        reasons=assessment.reasons + assessed.reasons,
        index=assessed.index,
        model=assessed.model,
        model_manifest=assessed.manifest,
        abstained=assessed.abstained,
        features=assessed.features,
        day=assessed.day,
        feature_hash=assessed.feature_hash,
        outputs=assessed.outputs,
        contributions=assessed.contributions,
        routine=assessed.routine,
        entry=assessed.entry,
    )


def _settle(checklist: Checklist, case: Case, share_unknown: float) -> Level:
    if checklist.levels is None:
        return Level.GREY  # a list without rules for levels can set none
    if checklist.levels.by is LevelsBy.FINDINGS:
        found = _level(checklist, checklist.levels, case)
        return found if found in ACT else Level.GREY  # ten observations make nothing green
    low = _level(checklist, checklist.levels, case)
    high = _level(checklist, checklist.levels, feared(checklist, case))
    if low in ACT:
        return low
    if share_unknown > checklist.unknown_share_max or high in ACT:
        return Level.GREY
    return high


def _level(checklist: Checklist, rules: LevelRules, case: Case) -> Level:
    grades = _grades(checklist, case)
    total = sum(grades.values())
    if rules.by is LevelsBy.POINTS:
        total = sum(standing.points for standing in case.values())
    critical = _critical_gates(checklist, case)
    if rules.red_gate in critical and _any_red(rules, case, grades, critical):
        return Level.RED
    if _reaches(total, rules.red_from):
        return Level.RED
    if critical or _reaches(total, rules.orange_from):
        return Level.ORANGE
    return Level.YELLOW if _reaches(total, rules.yellow_from) else Level.GREEN


def _reaches(total: int, start: int) -> bool:
    return start > 0 and total >= start


def _any_red(
    rules: LevelRules, case: Case, grades: Mapping[str, int], critical: frozenset[str]
) -> bool:
    return any(_holds(red, case, grades, critical) for red in rules.red_cases)


def _holds(red: RedCase, case: Case, grades: Mapping[str, int], critical: frozenset[str]) -> bool:
    if red.item:
        return red.item in case and case[red.item].code == red.answer
    if red.open_critical:
        return red.gate in critical
    return grades[red.gate] >= red.grade_from


def _critical_gates(checklist: Checklist, case: Case) -> frozenset[str]:
    return frozenset(
        gate for item in checklist.items if case[item.id].critical for gate in item.gates
    )


def _points(checklist: Checklist, case: Case) -> dict[str, int]:
    points = dict.fromkeys(sorted({gate for item in checklist.items for gate in item.gates}), 0)
    for item in checklist.items:
        for gate in item.gates:
            points[gate] += case[item.id].points
    return points


def _grades(checklist: Checklist, case: Case) -> dict[str, int]:
    """The grade 0 to 2 of every graded gate."""
    points = _points(checklist, case)
    return {
        gate: sum(points.get(gate, 0) >= threshold for threshold in thresholds)
        for gate, thresholds in checklist.gates.items()
    }


def _reasons(case: Case, told_by: str) -> tuple[Reason, ...]:
    weighed = [(s.points, s.item, s.code) for s in case.values() if s.points]
    in_doubt = [(0, s.item, s.doubt) for s in case.values() if s.doubt]
    ordered = sorted(weighed + in_doubt, key=lambda reason: (-reason[0], reason[1], reason[2]))
    return tuple(
        Reason(code=f"{item}:{code}", weight=float(points), source=told_by)
        for points, item, code in ordered
    )
