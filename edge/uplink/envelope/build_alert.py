"""An alert as a message: what it says, and what of its evidence stays in the home."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.domain import (
    Actor,
    Alert,
    Evidence,
    Instant,
    OutboxClass,
    OutboxEntry,
    Quality,
    Sync,
    Telling,
)
from edge.uplink.envelope import wire
from edge.uplink.envelope.instants import iso
from edge.uplink.envelope.line import gateway_source
from edge.uplink.envelope.origin import Origin, clock_part
from edge.uplink.envelope.sharing import KIND_CLASSES, tells_value

# The strongest facts stand first; what follows is counted and stays in the home.
EVIDENCE_MAX = 8

_encode = msgspec.json.Encoder().encode


def alert(
    origin: Origin,
    told: Alert,
    titles: Mapping[str, str],
    *,
    id: str,  # noqa: A002 - the member's own name
    sequence: int,
    at: Instant,
) -> OutboxEntry:
    """One revision of an alert, with its words in every language of `titles`.

    `time` is when the alert changed; parameters go where the words go that are
    made of them, except one named like a kind whose values stay in the home.
    """
    envelope = wire.AlertEnvelope(
        specversion="1.0",
        type="fi.kotivahti.alert.v1",
        source=gateway_source(origin.gateway),
        id=id,
        time=iso(told.changed),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:alert:1.0",
        subject=origin.site,
        storeid=origin.store_id,
        sequence=f"{sequence:016d}",
        data=wire.AlertData(
            alert=_alert_part(told, titles, at),
            subject=wire.SubjectPart(client=origin.customer, site=origin.site),
            clock=clock_part(at),
            test="test" in told.flags,
            evidence=tuple(_evidence(e, told.changed) for e in told.evidence[:EVIDENCE_MAX]),
            evidence_more=max(0, len(told.evidence) - EVIDENCE_MAX),
        ),
    )
    return OutboxEntry(
        sequence=sequence,
        id=id,
        cls=OutboxClass.ALERT,
        priority=told.priority,
        body=_encode(envelope),
        created_ms=at.wall_ms,
        tells=Telling(what=told.code),
    )


def _alert_part(told: Alert, titles: Mapping[str, str], at: Instant) -> wire.AlertPart:
    raised = _dated(told, at)
    return wire.AlertPart(
        id=told.id,
        rev=told.rev,
        state=told.state,
        code=told.code,
        subject=told.subject,
        priority=told.priority,
        title=dict(titles),
        raised=iso(raised),
        changed=iso(told.changed),
        escalation=told.escalation,
        raised_sync=None if raised.sync is at.sync else raised.sync,
        raised_after=_bound(told.raised_after_ms, at),
        raised_before=_bound(told.raised_before_ms, at),
        repeats=told.repeats,
        room=told.room,
        person=told.person,
        params={
            key: value
            for key, value in told.params.items()
            if key not in KIND_CLASSES or tells_value(key)
        },
        flags=told.flags,
        actor=_actor(told.actor),
        next_by=None if told.next_by is None else iso(told.next_by),
        outcome=told.outcome,
    )


def _bound(wall_ms: int | None, at: Instant) -> str | None:
    """One end of the interval in which it was raised, in the home's local time."""
    return None if wall_ms is None else iso(msgspec.structs.replace(at, wall_ms=wall_ms))


def _dated(told: Alert, now: Instant) -> Instant:
    """When it was raised, by the clock of `now` where nobody knew the time then.

    In a boot that never knew it: the latest moment at which it can have been.
    """
    then = told.raised
    if told.raised_before_ms is not None:
        return msgspec.structs.replace(
            then, wall_ms=told.raised_before_ms, offset_min=now.offset_min
        )
    if then.sync is not Sync.NONE or now.sync is Sync.NONE or then.boot != now.boot:
        return then
    return msgspec.structs.replace(
        then,
        wall_ms=now.wall_ms - (now.boottime_ms - then.boottime_ms),
        offset_min=now.offset_min,
        sync=Sync.HOLDOVER,
    )


def _evidence(fact: Evidence, changed: Instant) -> wire.EvidencePart:
    told = tells_value(fact.kind)
    return wire.EvidencePart(
        kind=fact.kind,
        age_ms=_age_ms(fact.at, changed),
        device=fact.device,
        value=fact.value if told else None,
        unit=fact.unit if told else None,
        quality=None if fact.quality is Quality.OK else fact.quality.value,
    )


def _age_ms(then: Instant, now: Instant) -> int:
    """Time passed; across a boot only the wall clock knows."""
    if then.boot == now.boot:
        return now.boottime_ms - then.boottime_ms
    return now.wall_ms - then.wall_ms


def _actor(actor: Actor | None) -> wire.ActorPart | None:
    return None if actor is None else wire.ActorPart(account=actor.account, role=actor.role)
