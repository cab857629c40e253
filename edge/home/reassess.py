"""What makes a home be assessed anew: a fall, a fire event, coming home from care, a move.

Pure. Each is kept with its moment until the bound; whether it was followed up is read off the
answers given since (`edge.risk.profile`). An alarm that a person closed as false or as a test is
forgotten: nothing happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from edge.domain import Alert, AlertState, Hazard, Instant, Record
from edge.events import Reassess, Trigger

# A home in which more happens between two assessments has its coordinator's attention already.
ANEW_MAX = 16

_BY_ALERT: Mapping[str, Trigger] = {
    "possible_fall": Trigger.FALL,
    "smoke": Trigger.FIRE_EVENT,
    "heat": Trigger.FIRE_EVENT,
    "assessment_due": Trigger.DISCHARGE,
}

HAZARDS: Mapping[Trigger, frozenset[Hazard]] = {
    Trigger.FALL: frozenset({Hazard.FALL}),
    Trigger.FIRE_EVENT: frozenset({Hazard.FIRE}),
    Trigger.DISCHARGE: frozenset({Hazard.FIRE, Hazard.FALL}),
    Trigger.MOVE: frozenset({Hazard.FIRE, Hazard.FALL}),
}

_NOTHING_HAPPENED = frozenset({"false_alarm", "test"})


class Anew(Record, frozen=True, kw_only=True):
    """Why the home is to be assessed anew, and since when."""

    trigger: Trigger
    at: Instant


Anews = Mapping[str, Anew]


def after_alerts(
    anew: Anews, before: Mapping[str, Alert], after: Mapping[str, Alert], now: Instant
) -> Anews:
    """With what the alerts say that were raised, or raised again, between two states."""
    for key, alert in after.items():
        trigger = _BY_ALERT.get(alert.code)
        old = before.get(key)
        if trigger is None or (old is not None and old.repeats == alert.repeats):
            continue
        anew = _with(anew, alert.id, Anew(trigger=trigger, at=now))
    return anew


def after_end(anew: Anews, alert: Alert) -> Anews:
    """Without what turned out not to have happened."""
    if not _is_nothing(alert) or alert.id not in anew:
        return anew
    return {key: one for key, one in anew.items() if key != alert.id}


def of_alerts(alerts: Iterable[Alert]) -> Anews:
    """What stored alerts say, in their order: for a home whose snapshot was lost."""
    anew: Anews = {}
    for alert in alerts:
        trigger = _BY_ALERT.get(alert.code)
        if trigger is not None and not _is_nothing(alert):
            anew = _with(anew, alert.id, Anew(trigger=trigger, at=alert.raised))
    return anew


def after_word(anew: Anews, event: Reassess, now: Instant) -> Anews:
    """With what a person says has happened."""
    return _with(anew, event.trigger.value, Anew(trigger=event.trigger, at=now))


def hazards_of(before: Anews, after: Anews) -> frozenset[Hazard]:
    """Whose assessment changes between two states."""
    changed = [one for key, one in after.items() if before.get(key) != one]
    changed += [one for key, one in before.items() if key not in after]
    return frozenset(hazard for one in changed for hazard in HAZARDS[one.trigger])


def _is_nothing(alert: Alert) -> bool:
    return alert.state is AlertState.CANCELLED or alert.outcome in _NOTHING_HAPPENED


def _with(anew: Anews, key: str, one: Anew) -> Anews:
    kept = {k: a for k, a in anew.items() if k != key}
    kept[key] = one
    while len(kept) > ANEW_MAX:
        del kept[next(iter(kept))]
    return kept
