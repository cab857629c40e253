"""What a desk answers: records in, bytes out. Pure: ids and times are arguments."""

from __future__ import annotations

import msgspec

from edge.domain import Actor, Instant
from edge.uplink.envelope import wire
from edge.uplink.envelope.instants import iso
from edge.uplink.envelope.line import desk_source
from edge.uplink.envelope.wire import AckKind, Outcome

_encode = msgspec.json.Encoder().encode


def receipt(
    desk: str,
    of: wire.OfPart,
    *,
    id: str,  # noqa: A002 - the member's own name
    at: Instant,
    rejected: str | None = None,
) -> bytes:
    """The desk's machine answer: it has committed the message, or refuses it for `rejected`."""
    kind = AckKind.RECEIVED if rejected is None else AckKind.REJECTED
    return _ack(desk, wire.AckData(of=of, kind=kind.value, reason=rejected), id, at)


def decision(
    desk: str,
    of: wire.OfPart,
    kind: AckKind,
    actor: Actor,
    *,
    id: str,  # noqa: A002 - the member's own name
    at: Instant,
    eta_s: int | None = None,
    outcome: Outcome | None = None,
) -> bytes:
    """What a named person decided: accepted, declined or closed."""
    data = wire.AckData(
        of=of,
        kind=kind.value,
        actor=wire.ActorPart(account=actor.account, role=actor.role),
        eta_s=eta_s,
        outcome=outcome,
    )
    return _ack(desk, data, id, at)


def escalated(
    desk: str,
    of: wire.OfPart,
    level: int,
    *,
    id: str,  # noqa: A002 - the member's own name
    at: Instant,
) -> bytes:
    """Which level the desk asks about an alert; the home's own only rises to it."""
    return _ack(desk, wire.AckData(of=of, kind=AckKind.ESCALATED.value, level=level), id, at)


def _ack(desk: str, data: wire.AckData, id_: str, at: Instant) -> bytes:
    envelope = wire.AckEnvelope(
        specversion="1.0",
        type="fi.kotivahti.ack.v1",
        source=desk_source(desk),
        id=id_,
        time=iso(at),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:ack:1.0",
        data=data,
    )
    return _encode(envelope)
