"""Somebody is home again from care elsewhere: how they manage there has to be assessed anew."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Said
from edge.domain import Instant, Stay, StayKind, Sync
from edge.events import Event
from edge.home.state import Home
from edge.home.staying import stay_of

CODE = "assessment_due"
SUBJECT = "home"
# What people come home from changed: weaker, with other medicines and other aids.
_FROM = frozenset({StayKind.HOSPITAL, StayKind.RESPITE})


def check(before: Home, _after: Home, event: Event, now: Instant) -> Iterator[Said]:
    """Told when a person ends such a stay; one that ran out says it itself (`stay_expired`)."""
    if not isinstance(event, Stay) or event.kind is not StayKind.HOME:
        return
    ended = stay_of(before, event.person)
    stays = [] if ended is None else [ended]
    if event.person is None:
        stays += before.stays.values()
    for stay in stays:
        if stay.kind in _FROM and (now.sync is Sync.NONE or stay.from_ms <= now.wall_ms):
            person = stay.person or event.person
            yield Finding(
                code=CODE,
                subject=person or SUBJECT,
                params={"stay": stay.kind.value, "resident": person},
                person=person,
            )
