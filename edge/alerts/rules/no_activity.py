"""Living sensors have seen nobody move for a whole span of day."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from edge.alerts.findings import Finding, Note, Said, evidence_of, unsure_eyes
from edge.alerts.flags import Flag
from edge.domain import Evidence, Instant, Observation, Quality
from edge.events import ConfigLoaded, Event
from edge.home.dating import told_minute
from edge.home.hearing import MOVEMENT_ROLES
from edge.home.localday import DAY_MS, MINUTE_MS
from edge.home.state import Home, Stillness

CODE = "no_activity"
SUBJECT = "home"
_HOUR_MS = 3_600_000


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """Told at the span and again at each further one; movement is noted and ends nothing.

    Only time in which a sensor was heard without movement counts (`Stillness`), so a home
    whose sensors are silent is a device fault and never reaches this.
    """
    if after.still is before.still or not isinstance(event, Observation):
        return
    span_ms = threshold_ms(after.settings, after.still)
    spans = after.still.ms // span_ms
    if spans > before.still.ms // span_ms:
        yield _finding(after, event)
    elif after.still.ms == 0 and before.still.ms >= _shortest_ms(before):
        yield Note(code=CODE, subject=SUBJECT, flag=Flag.ACTIVITY_SEEN, evidence=evidence_of(event))


def threshold_ms(settings: ConfigLoaded, still: Stillness) -> int:
    """How much stillness is told, in ms.

    Whoever has shut the front door behind them is out for a day more often than ill: a whole day
    of day, and no further, for they may have fallen in the doorway.
    Movement that may have been the pet's puts it off to a whole day of day, and no further: a
    home that nothing but movement tells of is asked after once a day, not every few hours.
    Without a synchronised clock night cannot be told from day: the nights that the span can
    hold are added, so that it holds the whole span of day whatever the hour is.
    """
    span_ms = settings.no_activity_after_s * 1000
    day_ms = (settings.day_until_min - settings.day_from_min) * MINUTE_MS
    if may_be_pet(still) or still.left:
        span_ms = max(span_ms, day_ms)
    if not still.unsynced:
        return span_ms
    if day_ms <= 0:
        return span_ms
    nights = -(-span_ms // day_ms)
    return span_ms + nights * (DAY_MS - day_ms)


def may_be_pet(still: Stillness) -> bool:
    """Whether something moved since a person was last known to."""
    return still.moved is not None and still.moved != still.since


def _shortest_ms(home: Home) -> int:
    """The stillness at which an alert may be out already."""
    return threshold_ms(home.settings, msgspec.structs.replace(home.still, moved=None, left=False))


def _finding(home: Home, event: Observation) -> Finding:
    still = home.still
    evidence = evidence_of(event)
    since = None
    if still.since is not None:
        since = told_minute(home, still.since)
        moved = Evidence(device=None, kind="movement", value=True, unit="1", at=still.since)
        evidence = (moved, *evidence)
    flags: list[str] = [Quality.CLOCK_DOUBTFUL] if still.unsynced else []
    if any(d.silent and d.role in MOVEMENT_ROLES for d in home.devices.values()):
        flags.append(Flag.SENSOR_MISSING)
    if may_be_pet(still):
        flags.append(Flag.PET_MAY_MOVE)
    if still.left:
        flags.append(Flag.DOOR_LAST)
    return Finding(
        code=CODE,
        subject=SUBJECT,
        evidence=evidence,
        params={"hours": round(still.ms / _HOUR_MS, 1), "since": since},
        flags=(*flags, *unsure_eyes(home)),
    )
