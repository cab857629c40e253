"""Whether a question is answered in this home: only under a decision, and only until its review.

Location, wandering, night doors and sleep are each off until a basis, a decider and a review
date are recorded. A decision holds to the end of its last day in the home's own time; while the
wall clock is not synchronised nobody knows the day, so none is in force, and none runs out.
"""

from __future__ import annotations

from edge.domain import Decision, Question
from edge.home.localday import DAY_MS, MINUTE_MS, day_of
from edge.home.state import Home

# Whoever has to decide anew meets the resident and asks for opinions first: a month is the
# rhythm of the care meetings in which that happens.
REVIEW_AHEAD_MS = 30 * DAY_MS


def is_decided(home: Home, question: Question) -> bool:
    """Whether a decision for it is recorded and in force now; without the date nobody knows."""
    decision = home.decisions.get(question)
    if decision is None or not home.frame.synced:
        return False
    ends_ms = lapses_ms(home, question)
    return ends_ms is not None and _wall_ms(home) < ends_ms


def lapses_ms(home: Home, question: Question) -> int | None:
    """When its decision runs out (wall time, UTC ms): the end of the local day `review_by`.

    None: there is no decision, or it says no basis, no decider or no date, and never holds.
    """
    decision = home.decisions.get(question)
    if decision is None or not _is_whole(decision):
        return None
    day = day_of(decision.review_by)
    return None if day is None else (day + 1) * DAY_MS - home.frame.offset_min * MINUTE_MS


def lapsed(home: Home) -> tuple[str, ...]:
    """Questions that are off because their decision ran out; the clock must be set."""
    return tuple(q.value for q in sorted(home.decisions) if not is_decided(home, q))


def reviews(home: Home) -> tuple[str, ...]:
    """Questions in force whose decision has to be made anew soon; the clock must be set."""
    return tuple(
        question.value
        for question in sorted(home.decisions)
        if is_decided(home, question)
        and (lapses_ms(home, question) or 0) - REVIEW_AHEAD_MS <= _wall_ms(home)
    )


def decision_times(home: Home) -> list[int]:
    """Wall times, UTC ms, at which a decision runs out or has to be reviewed soon."""
    times: list[int] = []
    for question in home.decisions:
        ends_ms = lapses_ms(home, question)
        if ends_ms is not None:
            times += (ends_ms, ends_ms - REVIEW_AHEAD_MS)
    return times


def _is_whole(decision: Decision) -> bool:
    return bool(decision.basis.strip() and decision.decided_by.strip())


def _wall_ms(home: Home) -> int:
    return home.at_ms + home.frame.drift_ms
