"""A decision will run out within a month: whoever decides needs the time to do it well."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Said
from edge.alerts.rules.decision_expired import finding_of, said_of
from edge.domain import Instant
from edge.events import Event
from edge.home.state import Home

CODE = "decision_review"


def check(before: Home, after: Home, _event: Event, _now: Instant) -> Iterator[Said]:
    """Told once, for the next visit; decided anew, or run out, it ends by itself."""
    yield from said_of(CODE, before.watch.reviews, after.watch.reviews, after)


def stands(home: Home, subject: str) -> Finding | None:
    return finding_of(CODE, home, subject) if subject in home.watch.reviews else None
