"""No wireless device of the home is heard: nobody would hear a help button either."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Note, Over, Said, evidence_of
from edge.alerts.flags import Flag
from edge.alerts.rules.device_silent import fallen_silent, last_text, last_word
from edge.domain import ALARM_ROLES, Instant, Observation, Priority
from edge.events import Event
from edge.home.state import Home, alert_key

CODE = "home_silent"
SUBJECT = "home"


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """One alert in place of one for each device (`edge.home.timers` decides what "quiet" is)."""
    if isinstance(event, Observation):
        if before.quiet and not after.quiet:
            evidence = evidence_of(event)
            alert = after.alerts.get(alert_key(CODE, SUBJECT))
            if alert is not None and alert.priority is Priority.NORMAL:
                yield Over(code=CODE, subject=SUBJECT)  # nobody's call for help hung on it
            else:
                yield Note(code=CODE, subject=SUBJECT, flag=Flag.HEARD_AGAIN, evidence=evidence)
    elif after.quiet and fallen_silent(before, after):
        yield _finding(after, fresh=not before.quiet)


def stands(home: Home, _subject: str) -> Finding | None:
    return _finding(home, fresh=True) if home.quiet else None


def _finding(home: Home, *, fresh: bool) -> Finding:
    wireless = [d for d in home.devices.values() if not d.wired]
    newest = max(
        (d for d in wireless if d.last_heard is not None),
        key=lambda d: d.heard_ms or 0,
        default=None,
    )
    alarms = any(d.role in ALARM_ROLES for d in wireless)
    return Finding(
        code=CODE,
        subject=SUBJECT,
        # Without an alarm that could go unheard it is today's work, in working hours.
        priority=Priority.HIGH if alarms else Priority.NORMAL,
        evidence=() if newest is None else last_word(newest),
        params={
            "silent": sum(d.silent for d in wireless),
            "devices": len(wireless),
            "last": None if newest is None else last_text(home, newest),
        },
        fresh=fresh,
    )
