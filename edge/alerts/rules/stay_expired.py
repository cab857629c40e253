"""A stay elsewhere ran out: the paused rules run again, and somebody should know."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Said
from edge.alerts.flags import Flag
from edge.domain import Instant, Stay, StayKind
from edge.events import Event
from edge.home.contradictions import Against
from edge.home.localday import MINUTE_MS, iso_minute
from edge.home.state import Home

CODE = "stay_expired"
SUBJECT = "home"


def check(before: Home, after: Home, _event: Event, now: Instant) -> Iterator[Said]:
    """Only a stay that time ended; one that a person ended needs no telling."""
    if before.stay is not None and after.stay is None:
        yield from _finding(after, before.stay, SUBJECT, now)
    for person, stay in before.stays.items():
        if after.stays.get(person) is not stay:
            yield from _finding(after, stay, person, now)


def _finding(home: Home, stay: Stay, subject: str, now: Instant) -> Iterator[Said]:
    if stay.until_ms is None or stay.kind is StayKind.HOME:
        return
    until = iso_minute(stay.until_ms + now.offset_min * MINUTE_MS)
    yield Finding(
        code=CODE,
        subject=subject,
        params={"stay": stay.kind.value, "until": until, "resident": stay.person},
        flags=_doubts(home, stay),
        person=stay.person,
    )


def _doubts(home: Home, stay: Stay) -> tuple[str, ...]:
    """Something happened at home meanwhile that a resident elsewhere does not do."""
    during = any(
        Against.STAY in doubt.against and doubt.at.wall_ms >= stay.from_ms
        for doubt in home.watch.doubts
    )
    return (Flag.CONTRADICTED, Flag.STAY_ELSEWHERE) if during else ()
