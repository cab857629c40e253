"""Whether a level rises from one assessment to the next: twice in a row is a coordinator's case.

An assessment is what people answered within half a day, with the level that it ended at. Grey rates
nothing and is passed over. Two rises of four levels end at orange or red, which are told anyway: a
case costs no attention of its own, it says whose that attention is.
"""

from __future__ import annotations

import msgspec

from edge.domain import Hazard, Level
from edge.home.state import Course, Home, latest_wall_ms

# As for a critical that is found again: within half a day it is the same look, or a slip mended.
APART_MS = 12 * 3_600_000
# So many rises in a row; one is what any finding does.
CASE_RISES = 2
_RATED = (Level.GREEN, Level.YELLOW, Level.ORANGE, Level.RED)


def followed(home: Home, hazard: Hazard) -> Home:
    """The home after answers made an assessment of this hazard."""
    level, old = home.assessments[hazard].level, home.courses.get(hazard)
    if level not in _RATED:
        return home
    wall_ms = latest_wall_ms(home)
    if old is None:
        now = Course(level=level, began_ms=wall_ms)
    elif wall_ms - old.began_ms < APART_MS:
        now = msgspec.structs.replace(old, level=level)
    else:
        now = Course(level=level, began_ms=wall_ms, before=old.level, rises=_rises(old))
    return msgspec.structs.replace(home, courses={**home.courses, hazard: now})


def is_case(home: Home, hazard: Hazard) -> bool:
    """Whether its level rose at the last two assessments."""
    course = home.courses.get(hazard)
    return course is not None and _rises(course) >= CASE_RISES


def _rises(course: Course) -> int:
    if course.before is None or _RATED.index(course.level) <= _RATED.index(course.before):
        return 0
    return course.rises + 1
