"""Something of ours broke: a radio, a line, a path, the clock, the model, the store, the power."""

from __future__ import annotations

from collections.abc import Iterator

from edge.alerts.findings import Finding, Over, Said
from edge.domain import ALARM_ROLES, Instant, Priority
from edge.events import Event, Fault, FaultKind
from edge.home.state import Home, alert_key

CODE = "gateway_fault"


def fault_key(fault: Fault) -> str:
    return f"{fault.kind.value}/{fault.subject}"


def check(before: Home, after: Home, event: Event, _now: Instant) -> Iterator[Said]:
    """What we know of ourselves needs no person to be believed: gone raises, back cancels."""
    if not isinstance(event, Fault):
        return
    key = fault_key(event)
    if not event.gone:
        yield Over(code=CODE, subject=key)
    elif key in before.faults:
        # A certificate ends on a day that is known: each step towards it is news.
        if event.kind is FaultKind.CERTIFICATE and event.detail != before.faults[key].detail:
            yield _finding(after, event, fresh=True)
    else:
        # After a start every standing fault is found anew: no news when its alert is open.
        yield _finding(after, event, fresh=alert_key(CODE, key) not in before.alerts)


def stands(home: Home, subject: str) -> Finding | None:
    fault = home.faults.get(subject)
    return None if fault is None else _finding(home, fault, fresh=True)


def _finding(home: Home, fault: Fault, *, fresh: bool) -> Finding:
    # A deaf radio makes every alarm device deaf at once, and a box without power soon does; all
    # else can wait for working hours.
    deaf = fault.kind is FaultKind.RADIO and any(
        d.role in ALARM_ROLES for d in home.devices.values()
    )
    return Finding(
        code=CODE,
        subject=fault_key(fault),
        priority=Priority.HIGH if deaf or fault.kind is FaultKind.POWER else Priority.NORMAL,
        params={"fault": fault.kind.value, "part": fault.subject, "detail": fault.detail or None},
        fresh=fresh,
    )
