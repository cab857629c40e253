"""A meal was begun and not taken, or none was taken by the agreed hour."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Note, Said, device_params, evidence_of
from edge.alerts.flags import Flag
from edge.domain import Evidence, Instant, Observation, Scalar
from edge.events import Event
from edge.home.contradictions import Fact, against
from edge.home.dating import told_minute
from edge.home.hearing import is_sure
from edge.home.localday import DAY_MS, MINUTE_MS, iso_minute
from edge.home.state import Home
from edge.home.watch import Meal, Wait

CODE = "missed_meal"


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """A later "taken" is noted and ends nothing: taken out is not eaten."""
    if isinstance(event, Observation):
        if event.value == "taken" and is_sure(after, event):
            why = against(after, Fact.MEAL_TAKEN, after.devices[event.device])
            yield Note(
                code=CODE,
                subject=event.device,
                flag=Flag.MEAL_TAKEN,
                evidence=evidence_of(event),
                against=why,
            )
        return
    for key, meal in after.watch.meals.items():
        old = before.watch.meals.get(key, Meal())
        was_told = old.wait is not None and old.wait.told
        if meal.wait is not None and meal.wait.told and not was_told:
            yield _finding(after, key, "left", meal.wait)
        elif meal.missed_day is not None and meal.missed_day != old.missed_day:
            yield _finding(after, key, "none", None, meal.missed_day)


def _finding(home: Home, key: str, why: str, wait: Wait | None, day: int = 0) -> Finding:
    device = home.devices[key]
    evidence: tuple[Evidence, ...] = ()
    since: Scalar
    if wait is None:
        since = iso_minute(day * DAY_MS + (home.settings.meal_by_min or 0) * MINUTE_MS)
    else:
        since = told_minute(home, wait.at)
        evidence = (Evidence(device=key, kind="meal", value="selected", unit="1", at=wait.at),)
    return Finding(
        code=CODE,
        subject=key,
        evidence=evidence,
        params={**device_params(device), "why": why, "since": since},
        room=device.room,
        person=device.person,
    )
