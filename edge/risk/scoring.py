"""What an answer, time or an event does to the levels of a home, and what is stored of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from edge.domain import Checklist, Hazard, Instant, RiskAssessment
from edge.events import Consult, Effect, KeepAssessment
from edge.home.levelling import begin, settle
from edge.home.state import Home, latest_wall_ms
from edge.ports import Ids
from edge.risk import profile
from edge.risk.features import HOME_RISK

Scored = tuple[Home, tuple[Effect, ...]]


def rescore(
    home: Home,
    hazard: Hazard,
    lists: Sequence[Checklist],
    now: Instant,
    ids: Ids,
    *,
    always: bool = False,
) -> Scored:
    """Assess one hazard by its lists; told when it says something else, or `always`."""
    wall_ms = latest_wall_ms(home)
    by = {key: ms for key, ms in home.assess_by.items() if key is not hazard}
    due_ms = profile.next_end_ms(lists, home.answers, wall_ms)
    if due_ms is not None:
        by[hazard] = due_ms
    home = msgspec.structs.replace(home, assess_by=by)
    if not lists:
        return home, ()
    found = profile.assess_all(lists, home, now, wall_ms, ids)
    old = home.assessments.get(hazard)
    if not always and old is not None and profile.says_the_same(old, found):
        return home, ()
    home, effects = keep(home, found)
    if hazard is Hazard.FIRE:
        features = profile.fire_features(lists, home.answers, wall_ms)
        effects += (Consult(hazard=hazard, model=HOME_RISK, features=features),)
    return home, effects


def rescore_all(home: Home, hazards: Iterable[Hazard], now: Instant, ids: Ids) -> Scored:
    """Assess these hazards, each by the lists that have answers."""
    lists = profile.answered(home)
    effects: tuple[Effect, ...] = ()
    for hazard in sorted(hazards):
        home, more = rescore(home, hazard, lists.get(hazard, []), now, ids)
        effects += more
    return home, effects


def run_out(home: Home) -> list[Hazard]:
    """Hazards of which an answer has run out, or may have since the clock was set."""
    if not home.assess_by or not home.frame.synced:
        return []
    wall_ms = latest_wall_ms(home)
    return [hazard for hazard, due_ms in home.assess_by.items() if due_ms <= wall_ms]


def keep(home: Home, assessment: RiskAssessment) -> Scored:
    """The home with this assessment in force, and the word to store it."""
    assessments = {**home.assessments, assessment.hazard: assessment}
    home = settle(msgspec.structs.replace(begin(home, assessment.hazard), assessments=assessments))
    return home, (KeepAssessment(assessment=assessment),)
