"""The life of an alert: one table of what may follow what.

After ISA-18.2 (an alarm is acknowledged by a person, which is not its end) and
FHIR R6 DeviceAlert. A pair that is not in the table is refused with a reason;
nothing here raises. The escalation level is a field and not a state.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.alerts.flags import Flag
from edge.domain import ESCALATION_MAX, Actor, Alert, AlertState, Instant, Record
from edge.events import Acknowledgement


class Trigger(StrEnum):
    ACCEPTED = "accepted"  # a named person takes it
    DECLINED = "declined"  # a named person cannot take it
    CLOSED = "closed"  # a named person has dealt with it, with an outcome
    CANCEL = "cancel"  # its cause is known to be gone, and nobody had taken it yet
    REOPEN = "reopen"  # its hold ran out, or it became worse than what was taken


_RAISED, _ACKNOWLEDGED = AlertState.RAISED, AlertState.ACKNOWLEDGED

TRANSITIONS: dict[tuple[AlertState, Trigger], AlertState] = {
    (_RAISED, Trigger.ACCEPTED): _ACKNOWLEDGED,
    # "Not me" leaves it raised, one level higher at once.
    (_RAISED, Trigger.DECLINED): _RAISED,
    # Whoever reports the outcome has dealt with it, also without having said so before.
    (_RAISED, Trigger.CLOSED): AlertState.CLOSED,
    (_RAISED, Trigger.CANCEL): AlertState.CANCELLED,
    # One more reply extends the hold, or hands it to a colleague.
    (_ACKNOWLEDGED, Trigger.ACCEPTED): _ACKNOWLEDGED,
    # Who had it gives it back: it is nobody's again.
    (_ACKNOWLEDGED, Trigger.DECLINED): _RAISED,
    (_ACKNOWLEDGED, Trigger.CLOSED): AlertState.CLOSED,
    (_ACKNOWLEDGED, Trigger.REOPEN): _RAISED,
}

OUTCOMES = frozenset({"helped", "false_alarm", "test", "no_contact", "handed_to_112", "other"})

# Accepting without an ETA: three quarters of an hour reach any home of a town and its
# surroundings; one reply extends it.
HOLD_MS = 45 * 60_000
# No round of home care is longer than half a shift; who needs more says so again by then.
ETA_MAX_S = 4 * 3600
# A shorter one would reopen the alert before the reply to it has been read.
ETA_MIN_S = 60


class Refused(Record, frozen=True, kw_only=True):
    """Why a trigger changes nothing; `reason` is a short stable code."""

    reason: str


def next_state(state: AlertState, trigger: Trigger) -> AlertState | Refused:
    """The state after `trigger`, or why there is none."""
    after = TRANSITIONS.get((state, trigger))
    if after is None:
        return Refused(reason=f"{trigger.value}_when_{state.value}")
    return after


def acknowledge(alert: Alert, ack: Acknowledgement, now: Instant) -> Alert | Refused:
    """What a named person decided, as the next revision of the alert."""
    if ack.kind not in ("accepted", "declined", "closed"):
        return Refused(reason="unknown_kind")
    if not ack.actor.account:
        return Refused(reason="no_actor")
    trigger = Trigger(ack.kind)
    state = next_state(alert.state, trigger)
    if isinstance(state, Refused):
        return state
    if _comes_second(alert, trigger, ack):
        return Refused(reason="taken_already")
    match trigger:
        case Trigger.ACCEPTED:
            return _taken(alert, state, ack, now)
        case Trigger.DECLINED:
            escalation = min(alert.escalation + 1, ESCALATION_MAX)
            return revised(alert, state, now, escalation=escalation)
        case _:
            return _closed(alert, state, ack, now)


def escalate(alert: Alert, level: int, now: Instant) -> Alert | None:
    """The next revision, asked of a higher level; None where that changes nothing."""
    level = min(level, ESCALATION_MAX)
    if alert.state is not AlertState.RAISED or level <= alert.escalation:
        return None
    return revised(alert, alert.state, now, escalation=level)


def reopen(alert: Alert, now: Instant) -> Alert | Refused:
    """Nobody has it any more: raised again, and said so."""
    state = next_state(alert.state, Trigger.REOPEN)
    if isinstance(state, Refused):
        return state
    return revised(alert, state, now, flags=with_flag(alert.flags, Flag.REOPENED))


def cancel(alert: Alert, now: Instant) -> Alert | Refused:
    state = next_state(alert.state, Trigger.CANCEL)
    if isinstance(state, Refused):
        return state
    return revised(alert, state, now)


def revised(
    alert: Alert,
    state: AlertState,
    now: Instant,
    *,
    actor: Actor | None = None,
    next_by: Instant | None = None,
    escalation: int | None = None,
    flags: tuple[str, ...] | None = None,
) -> Alert:
    """The next revision, in `state`. Who has it and until when is only what is given here."""
    return msgspec.structs.replace(
        alert,
        rev=alert.rev + 1,
        state=state,
        changed=now,
        actor=actor,
        next_by=next_by,
        escalation=alert.escalation if escalation is None else escalation,
        flags=alert.flags if flags is None else flags,
    )


def flagged(alert: Alert, flag: str, now: Instant) -> Alert:
    """The next revision, in the same state and the same hands, with one flag more."""
    flags = with_flag(alert.flags, flag)
    return msgspec.structs.replace(alert, rev=alert.rev + 1, changed=now, flags=flags)


def with_flag(flags: tuple[str, ...], flag: str) -> tuple[str, ...]:
    return flags if flag in flags else (*flags, flag)


def later(now: Instant, ms: int) -> Instant:
    """The moment `ms` milliseconds after `now`."""
    return msgspec.structs.replace(now, boottime_ms=now.boottime_ms + ms, wall_ms=now.wall_ms + ms)


def mermaid() -> str:
    """The table as a mermaid state diagram, as the documentation shows it."""
    lines = ["stateDiagram-v2", "    [*] --> raised"]
    for (state, trigger), after in TRANSITIONS.items():
        lines.append(f"    {state.value} --> {after.value}: {trigger.value}")
    lines += [f"    {state.value} --> [*]" for state in (AlertState.CLOSED, AlertState.CANCELLED)]
    return "\n".join(lines) + "\n"


def _comes_second(alert: Alert, trigger: Trigger, ack: Acknowledgement) -> bool:
    """Whether somebody else has it since: the first answer wins, on whatever path it came.

    Who takes it over from a colleague has seen the revision that gave it to the colleague.
    """
    theirs = alert.state is AlertState.ACKNOWLEDGED and alert.actor is not None
    if not theirs or _is_holder(alert, ack.actor) or trigger is Trigger.CLOSED:
        return False
    return ack.rev is not None and ack.rev < alert.taken


def _taken(alert: Alert, state: AlertState, ack: Acknowledgement, now: Instant) -> Alert:
    after = revised(alert, state, now, actor=ack.actor, next_by=later(now, _hold_ms(ack.eta_s)))
    if _is_holder(alert, ack.actor):
        return after
    return msgspec.structs.replace(after, taken=after.rev)


def _is_holder(alert: Alert, actor: Actor) -> bool:
    """By the account: a person may have one role at the desk and another in a plan."""
    return alert.actor is not None and alert.actor.account == actor.account


def _closed(alert: Alert, state: AlertState, ack: Acknowledgement, now: Instant) -> Alert | Refused:
    if not ack.outcome:
        return Refused(reason="no_outcome")
    if ack.outcome not in OUTCOMES:
        return Refused(reason="unknown_outcome")
    return msgspec.structs.replace(revised(alert, state, now, actor=ack.actor), outcome=ack.outcome)


def _hold_ms(eta_s: int | None) -> int:
    """An ETA holds until the ETA; none, or one that says nothing, the ordinary time."""
    if eta_s is None or eta_s <= 0:
        return HOLD_MS
    return min(max(eta_s, ETA_MIN_S), ETA_MAX_S) * 1000
