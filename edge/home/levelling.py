"""Which level of each hazard counts as told, and when another one is news.

A level that changes while somebody visits is settled when the visit is over: whoever stands there
sees what is wrong and mends half of it, and nobody else is called for what is gone in ten minutes.
A level that comes back within a week for the same findings is the same one: answers of devices
hold a week, and a worker comes by once a week.
"""

from __future__ import annotations

import msgspec

from edge.domain import Hazard, Level, RiskAssessment, VisitKind
from edge.home.state import Home, ToldLevel, is_visited, latest_wall_ms

FLAP_MS = 7 * 86_400_000
# Levels that ask somebody to act, the milder first.
ACT = (Level.ORANGE, Level.RED)


def settle(home: Home) -> Home:
    """The home with the levels in force taken as told, unless a visit goes on."""
    if not is_unsettled(home) or is_visited(home):
        return home
    wall_ms = latest_wall_ms(home)
    levels = {
        hazard: _settled(home.levels.get(hazard), found, wall_ms)
        for hazard, found in home.assessments.items()
    }
    return msgspec.structs.replace(home, levels=levels)


def begin(home: Home, hazard: Hazard) -> Home:
    """The home with a level of this hazard to compare the next one with: all begin grey."""
    if hazard in home.levels:
        return home
    found = home.assessments.get(hazard)  # in force since before there were told levels
    told = ToldLevel(level=Level.GREY if found is None else found.level)
    return msgspec.structs.replace(home, levels={**home.levels, hazard: told})


def is_unsettled(home: Home) -> bool:
    return any(_differs(home.levels.get(h), found) for h, found in home.assessments.items())


def visit_ends(home: Home) -> list[int]:
    """Wall times, UTC ms, at which a visit is over that a changed level waits for."""
    if not home.visits or not is_unsettled(home):
        return []
    wall_ms = home.at_ms + home.frame.drift_ms
    return [
        one.until_ms
        for one in home.visits
        if one.kind is VisitKind.PHYSICAL and one.from_ms <= wall_ms < one.until_ms
    ]


def is_news(told: ToldLevel, wall_ms: int) -> bool:
    """Whether this level asks people anew: orange or red that is no return of the last one."""
    if told.level not in ACT:
        return False
    if told.act is None or wall_ms - told.act_ms >= FLAP_MS:
        return True
    worse = ACT.index(told.level) > ACT.index(told.act)
    return worse or not set(told.act_critical).issuperset(told.critical)


def _differs(told: ToldLevel | None, found: RiskAssessment) -> bool:
    if told is None or told.level is not found.level:
        return True
    return found.level in ACT and not set(told.critical).issuperset(found.open_critical)


def _settled(told: ToldLevel | None, found: RiskAssessment, wall_ms: int) -> ToldLevel:
    """What is told from now on; the findings of a spell of orange or red are gathered."""
    critical = found.open_critical if found.level in ACT else ()
    if told is None:
        return ToldLevel(level=found.level, critical=critical)
    if told.level is found.level:
        gathered = tuple(sorted({*told.critical, *critical}))
        return msgspec.structs.replace(told, critical=gathered)
    left = told
    if told.level in ACT:
        recent = told.act is not None and wall_ms - told.act_ms < FLAP_MS
        if not (recent and told.act is Level.RED):  # the worse one is what a return is held against
            left = msgspec.structs.replace(told, act=told.level, act_ms=wall_ms)
        spells = {*told.critical, *(told.act_critical if recent else ())}
        left = msgspec.structs.replace(left, act_critical=tuple(sorted(spells)))
    return msgspec.structs.replace(left, level=found.level, critical=critical)
