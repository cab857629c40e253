"""A rule that needs a recorded decision is off, because its review date is past."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Over, Said
from edge.domain import Instant
from edge.events import Event
from edge.home.state import Home

CODE = "decision_expired"


def check(before: Home, after: Home, _event: Event, _now: Instant) -> Iterator[Said]:
    """Told once when it runs out; a renewed decision, or none at all, ends it by itself."""
    for name in after.watch.lapsed:
        if name not in before.watch.lapsed:
            yield _finding(after, name)
    for name in before.watch.lapsed:
        if name not in after.watch.lapsed:
            yield Over(code=CODE, subject=name)


def stands(home: Home, subject: str) -> Finding | None:
    return _finding(home, subject) if subject in home.watch.lapsed else None


def _finding(home: Home, name: str) -> Finding:
    decision = home.settings.night_door
    return Finding(
        code=CODE,
        subject=name,
        params={
            "rule": name,
            "decided_by": None if decision is None else decision.decided_by,
            "review_by": None if decision is None else decision.review_by,
        },
    )
