"""Open alerts that were raised before the clock was set are dated once it is.

The correction is the next revision of the same alert: its state, its priority and who has it stay,
so nobody is asked anew. What was told at the time stands in the earlier revisions.
"""

from __future__ import annotations

import msgspec

from edge.domain import Alert, Instant, Scalar, Sync
from edge.events import Effect, Revise
from edge.home.dating import dated_at, told_minute
from edge.home.moments import BootFact, ends_before, starts_after, when
from edge.home.state import Home

# Of alerts whose words say when: the parameter, and the kind of evidence whose moment it is.
_TOLD = {
    "missed_dose": ("due", "dose"),
    "missed_meal": ("since", "meal"),
    "no_activity": ("since", "movement"),
    "device_silent": ("last", "heard"),
    "home_silent": ("last", "heard"),
}


def date_alerts(home: Home, now: Instant) -> tuple[Home, tuple[Effect, ...]]:
    """The home with its open alerts dated, and their revisions; the clock must be set."""
    if not home.frame.synced:
        return home, ()
    effects: tuple[Effect, ...] = ()
    alerts = dict(home.alerts)
    facts: dict[str, BootFact] | None = None
    for key, alert in home.alerts.items():
        if alert.raised.sync is not Sync.NONE or alert.raised_before_ms is not None:
            continue
        facts = _facts(home) if facts is None else facts
        alerts[key] = _dated(home, alert, facts, now)
        effects += (Revise(alert=alerts[key]),)
    if effects or home.undated:
        home = msgspec.structs.replace(home, alerts=alerts, undated=())
    return home, effects


def _dated(home: Home, alert: Alert, facts: dict[str, BootFact], now: Instant) -> Alert:
    raised = dated_at(home, alert.raised)
    told = msgspec.structs.replace(
        alert,
        rev=alert.rev + 1,
        changed=now,
        raised=raised,
        params={**alert.params, **_told(home, alert)},
    )
    if raised.sync is not Sync.NONE:
        return told
    between = when(raised, facts.get(raised.boot, facts[""]))
    before_ms = home.at_ms + home.frame.drift_ms if between.before_ms is None else between.before_ms
    return msgspec.structs.replace(
        told, raised_after_ms=between.after_ms, raised_before_ms=before_ms
    )


def _told(home: Home, alert: Alert) -> dict[str, Scalar]:
    """The moment in its words, where nobody knew it and somebody does now."""
    name, kind = _TOLD.get(alert.code, ("", ""))
    if alert.params.get(name, "") is not None:
        return {}
    found = [one.at for one in alert.evidence if one.kind == kind]
    return {name: told_minute(home, found[-1])} if found else {}


def _facts(home: Home) -> dict[str, BootFact]:
    """Of each boot that is over and never knew the time; "": of one that is remembered no more."""
    ends = ends_before(home.frame.drift_ms, [one.last_ms for one in reversed(home.undated)])
    facts = {
        one.boot: BootFact(start_ms=one.start_ms, end_ms=end, last_ms=one.last_ms)
        for one, end in zip(reversed(home.undated), ends, strict=True)
    }
    since_ms = starts_after(home.trusted_wall_ms or None, ())
    return {"": BootFact(start_ms=since_ms, end_ms=home.frame.drift_ms), **facts}
