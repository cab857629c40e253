"""What the rules said, merged into the open alerts: one for each code and subject.

No alert disappears here: a finding raises, revises or reopens, a note adds,
and only a fault of our own that we know to be gone cancels, as a revision.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from edge.alerts.dating import date_alerts
from edge.alerts.findings import Finding, Note, Over, Said
from edge.alerts.flags import OF_THE_MOMENT, Flag
from edge.alerts.lifecycle import Refused, cancel, reopen, with_flag
from edge.alerts.rules import BY_CODE, identity_doubtful
from edge.domain import Alert, AlertState, Evidence, Instant, Priority
from edge.events import Effect, Raise, Revise
from edge.home import behaving
from edge.home.reassess import after_end
from edge.home.state import CLOSED_MAX, Closed, Home, alert_key
from edge.home.staying import is_ended
from edge.ports import Ids

# What an alert stands on, newest first; the store has the rest.
EVIDENCE_MAX = 8
# A fault that comes back this soon after it cancelled itself is a loose contact: it is raised
# when it still stands after this, and not at every flicker.
FLICKER_MS = 10 * 60_000

# Revisions of one open alert before its repeats are slowed down. Nobody presses a button that
# often; an appliance gone wild, or a stranger on the line, would fill the disk with alerts, and
# alerts are never dropped.
REVISIONS_FREE = 1_000
PESTERING_GAP_MS = 60_000

_ORDER = (Priority.NORMAL, Priority.HIGH, Priority.CRITICAL)


def merge(
    home: Home, said: Iterable[Said], now: Instant, ids: Ids
) -> tuple[Home, tuple[Effect, ...]]:
    """The home with what was said, and the alerts to store."""
    effects: tuple[Effect, ...] = ()
    for one in said:
        match one:
            case Finding():
                home, more = _found(home, one, now, ids)
            case Note():
                home, more = _noted(home, one, now)
            case _:
                home, more = _over(home, one, now)
        effects += more
    return home, effects


def keep(home: Home, key: str, alert: Alert) -> Home:
    """The home with an open alert's newest revision; its hold is as long as it says."""
    holds = {k: due_ms for k, due_ms in home.holds.items() if k != key}
    if alert.next_by is not None:
        old = home.alerts.get(key)
        same = old is not None and old.next_by == alert.next_by and key in home.holds
        holds[key] = home.holds[key] if same else alert.next_by.boottime_ms
    return msgspec.structs.replace(home, alerts={**home.alerts, key: alert}, holds=holds)


def put_away(home: Home, key: str, alert: Alert) -> Home:
    """The home after an alert ended: remembered, and looked at again if its cause stands."""
    rule = BY_CODE.get(alert.code)
    again_ms = None
    if rule is not None and rule.again_ms is not None:
        again_ms = home.at_ms + rule.again_ms
    closed = {k: c for k, c in home.closed.items() if k != key}
    closed[key] = Closed(id=alert.id, state=alert.state, at_ms=home.at_ms, again_ms=again_ms)
    while len(closed) > CLOSED_MAX:
        del closed[next(iter(closed))]
    return msgspec.structs.replace(
        behaving.closed(home, alert),
        alerts={k: a for k, a in home.alerts.items() if k != key},
        holds={k: due_ms for k, due_ms in home.holds.items() if k != key},
        closed=closed,
        anew=after_end(home.anew, alert),
    )


def look_again(home: Home) -> tuple[Home, list[Finding]]:
    """Causes that still stand although their alert was closed long enough ago."""
    found = []
    closed = dict(home.closed)
    for key, one in home.closed.items():
        if one.again_ms is None or one.again_ms > home.at_ms:
            continue
        closed[key] = msgspec.structs.replace(one, again_ms=None)
        code, _, subject = key.partition("/")
        rule = BY_CODE.get(code)
        finding = None if rule is None or rule.stands is None else rule.stands(home, subject)
        if finding is not None and key not in home.alerts:
            found.append(finding)
    return msgspec.structs.replace(home, closed=closed), found


def settle(home: Home, now: Instant, ids: Ids) -> tuple[Home, tuple[Effect, ...]]:
    """What time alone brings to alerts: causes that still stand, and dates of before the clock."""
    home, found = look_again(home)
    home, told = merge(home, found, now, ids)
    home, dated = date_alerts(home, now)
    return home, told + dated


def _found(home: Home, finding: Finding, now: Instant, ids: Ids) -> tuple[Home, tuple[Effect, ...]]:
    rule = BY_CODE[finding.code]
    key = alert_key(finding.code, finding.subject)
    finding = _with_identity(home, finding)
    if is_ended(home, finding.person):
        finding = msgspec.structs.replace(finding, flags=with_flag(finding.flags, Flag.ENDED))
    alert = home.alerts.get(key)
    if alert is not None:
        return _found_again(home, alert, finding, now)
    closed = home.closed.get(key)
    if closed is not None:
        if not finding.fresh and (rule.stands or home.at_ms - closed.at_ms < rule.gap_ms):
            return home, ()  # a cause that `stands` is told anew when `again_ms` says so
        flicker_ms = closed.at_ms + FLICKER_MS
        if closed.state is AlertState.CANCELLED and home.at_ms < flicker_ms:
            later = msgspec.structs.replace(closed, again_ms=flicker_ms)
            return msgspec.structs.replace(home, closed={**home.closed, key: later}), ()
    alert = Alert(
        id=ids.uuid7(now),
        rev=1,
        code=finding.code,
        subject=finding.subject,
        priority=finding.priority or rule.priority,
        state=AlertState.RAISED,
        raised=now,
        changed=now,
        room=finding.room,
        person=finding.person,
        evidence=_newest((), finding.evidence),
        params=finding.params,
        flags=finding.flags,
    )
    return keep(home, key, alert), (Raise(alert=alert),)


def _found_again(
    home: Home, alert: Alert, finding: Finding, now: Instant
) -> tuple[Home, tuple[Effect, ...]]:
    """The same thing once more: a revision of the open alert, never a second alert."""
    rule = BY_CODE[finding.code]
    priority = max(alert.priority, finding.priority or rule.priority, key=_ORDER.index)
    worse = priority is not alert.priority
    if not finding.fresh and not worse and _since_ms(alert, now) < rule.gap_ms:
        return home, ()
    state = alert.state
    pestering = state is AlertState.RAISED and alert.rev >= REVISIONS_FREE
    if pestering and not worse and _since_ms(alert, now) < PESTERING_GAP_MS:
        return home, ()  # it stands open already, and the observation itself is stored
    flags = alert.flags
    if finding.fresh:
        flags = tuple(flag for flag in flags if flag not in OF_THE_MOMENT)
    for flag in finding.flags:
        flags = with_flag(flags, flag)
    told = alert
    if state is AlertState.ACKNOWLEDGED and (worse or (finding.fresh and rule.reopens)):
        reopened = reopen(alert, now)
        if not isinstance(reopened, Refused):
            told, flags = reopened, with_flag(flags, Flag.REOPENED)
    told = msgspec.structs.replace(
        told,
        rev=alert.rev + 1,
        changed=now,
        priority=priority,
        repeats=alert.repeats + 1,
        evidence=_newest(alert.evidence, finding.evidence),
        params={**alert.params, **finding.params},
        flags=flags,
    )
    return keep(home, alert_key(told.code, told.subject), told), (Revise(alert=told),)


def _with_identity(home: Home, finding: Finding) -> Finding:
    """Whoever answers should know that the device may hang, or belong, elsewhere."""
    device = home.devices.get(finding.subject)
    if device is None or not device.identity or finding.code == identity_doubtful.CODE:
        return finding
    return msgspec.structs.replace(finding, flags=with_flag(finding.flags, Flag.IDENTITY))


def _noted(home: Home, note: Note, now: Instant) -> tuple[Home, tuple[Effect, ...]]:
    key = alert_key(note.code, note.subject)
    alert = home.alerts.get(key)
    if alert is None:
        return home, ()
    flags = with_flag(alert.flags, note.flag)
    for flag in (Flag.CONTRADICTED, *note.against) if note.against else ():
        flags = with_flag(flags, flag)
    if flags == alert.flags:
        return home, ()
    told = msgspec.structs.replace(
        alert,
        rev=alert.rev + 1,
        changed=now,
        flags=flags,
        evidence=_newest(alert.evidence, note.evidence),
    )
    return keep(home, key, told), (Revise(alert=told),)


def _over(home: Home, over: Over, now: Instant) -> tuple[Home, tuple[Effect, ...]]:
    key = alert_key(over.code, over.subject)
    alert = home.alerts.get(key)
    if alert is None:
        return home, ()
    cancelled = cancel(alert, now)
    if isinstance(cancelled, Refused):  # somebody has it: they close it, and should know
        return _noted(home, Note(code=over.code, subject=over.subject, flag=over.flag), now)
    return put_away(home, key, cancelled), (Revise(alert=cancelled),)


def _newest(old: tuple[Evidence, ...], new: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return (*new, *old)[:EVIDENCE_MAX]


def _since_ms(alert: Alert, now: Instant) -> int:
    """Time since the last revision; after a new boot as good as long ago."""
    if alert.changed.boot != now.boot:
        return 1 << 62
    return max(0, now.boottime_ms - alert.changed.boottime_ms)
