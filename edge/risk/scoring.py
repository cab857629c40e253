"""What an answer, time or an event does to the levels of a home, and what is stored of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from edge.domain import Checklist, Hazard, Instant, RiskAssessment
from edge.events import Consult, Effect, KeepAssessment
from edge.home.course import followed
from edge.home.levelling import begin, settle
from edge.home.state import Home, latest_wall_ms
from edge.ports import Ids
from edge.risk import home_risk, profile
from edge.risk.features import HOME_RISK, INDICES
from edge.risk.grounds import grounds_of

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
    """Assess one hazard by its lists; told when it says something else, or `always`: answers."""
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
        return home, _asked_again(old, home, now, wall_ms)
    found = msgspec.structs.replace(found, grounds=grounds_of(home, wall_ms))
    home, effects = keep(home, found)
    if always:
        home = followed(home, hazard)
    if hazard in INDICES:
        effects += (_consult(home, hazard, now, wall_ms),)
    return home, effects


def is_touched(home: Home, hazard: Hazard, lists: Sequence[Checklist], given: set[str]) -> bool:
    """Whether answers to the lists `given` change what one hazard is assessed by, or asked with.

    A memory that fails is asked about with the falls, and bears on the fire index as well.
    """
    if any(checklist.id in given for checklist in lists):
        return True
    assessed = home.assessments.get(hazard)
    if hazard not in INDICES or assessed is None or assessed.features is None:
        return False
    at = msgspec.structs.replace(assessed.at, wall_ms=latest_wall_ms(home))
    told = home_risk.features(hazard, home.settings.checklists, home.answers, at)
    return told != assessed.features


def _asked_again(old: RiskAssessment, home: Home, now: Instant, wall_ms: int) -> tuple[Effect, ...]:
    """The question to the model that a stop between question and answer lost."""
    if old.hazard not in INDICES or old.model is not None or old.abstained is not None:
        return ()
    return (_consult(home, old.hazard, now, wall_ms),)


def _consult(home: Home, hazard: Hazard, now: Instant, wall_ms: int) -> Consult:
    at = msgspec.structs.replace(now, wall_ms=wall_ms)
    told = home_risk.features(hazard, home.settings.checklists, home.answers, at)
    return Consult(hazard=hazard, model=HOME_RISK, features=told)


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
