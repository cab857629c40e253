"""A question is off because the decision on it ran out: somebody has to decide anew."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Over, Said
from edge.domain import Instant, Question
from edge.events import Event
from edge.home.state import Home

CODE = "decision_expired"


def check(before: Home, after: Home, _event: Event, _now: Instant) -> Iterator[Said]:
    """Told once when it runs out; a renewed decision, or none at all, ends it by itself."""
    yield from said_of(CODE, before.watch.lapsed, after.watch.lapsed, after)


def stands(home: Home, subject: str) -> Finding | None:
    return finding_of(CODE, home, subject) if subject in home.watch.lapsed else None


def said_of(
    code: str, before: tuple[str, ...], after: tuple[str, ...], home: Home
) -> Iterator[Said]:
    """What it means that these questions were named before, and those are now."""
    for name in after:
        if name not in before:
            yield finding_of(code, home, name)
    for name in before:
        if name not in after:
            yield Over(code=code, subject=name)


def finding_of(code: str, home: Home, name: str) -> Finding:
    decision = home.decisions.get(Question(name))
    return Finding(
        code=code,
        subject=name,
        params={
            "question": name,
            "decided_by": None if decision is None else decision.decided_by,
            "review_by": None if decision is None else decision.review_by,
        },
    )
