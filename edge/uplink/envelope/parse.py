"""Bytes in, records out, or a `MessageError` that names the key. Never anything else."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from edge.domain import Actor, Record
from edge.events import Acknowledgement, Escalated, Receipt
from edge.uplink.envelope import wire
from edge.uplink.envelope.line import DOWN_BYTES_MAX, UP_BYTES_MAX, gateway_source
from edge.uplink.envelope.reading import (
    MessageError,
    decode,
    expect_desk,
    expect_origin,
    expect_time,
    expect_type,
)
from edge.uplink.envelope.wire import AckKind, Outcome

_DECISIONS = frozenset({AckKind.ACCEPTED, AckKind.DECLINED, AckKind.CLOSED})
_ABOUT_ALERTS = _DECISIONS | {AckKind.ESCALATED}


class Ack(Record, frozen=True, kw_only=True):
    """One answer of a desk: a receipt, a refusal, a person's decision or the level it asks."""

    id: str
    source: str
    of: str  # the id of the envelope that is answered
    kind: AckKind
    alert: str | None = None
    rev: int | None = None
    actor: Actor | None = None
    eta_s: int | None = None
    next_by: str | None = None
    outcome: Outcome | None = None
    reason: str | None = None
    level: int | None = None
    carried: bool = False  # about a message of a gateway that this one took over from


def as_event(ack: Ack) -> Acknowledgement | Escalated | Receipt | None:
    """What the answer means to the rules; None for one that is about no alert."""
    if ack.alert is None:
        return None
    if ack.kind in _DECISIONS and ack.actor is not None:
        return Acknowledgement(
            alert=ack.alert,
            kind=ack.kind.value,
            actor=ack.actor,
            eta_s=ack.eta_s,
            outcome=None if ack.outcome is None else ack.outcome.value,
            message=ack.id,
            rev=ack.rev,
        )
    if ack.kind is AckKind.RECEIVED and ack.rev is not None:
        return Receipt(alert=ack.alert, rev=ack.rev)
    if ack.kind is AckKind.ESCALATED and ack.level is not None:
        return Escalated(alert=ack.alert, level=ack.level)
    return None


def parse_downlink(body: bytes, gateway: str, carried: Collection[str] = ()) -> Ack:
    """An answer meant for `gateway`; raises MessageError.

    `carried` are the gateways whose unsent messages this one sends on.
    """
    envelope = decode(body, _ACK, DOWN_BYTES_MAX)
    expect_type(envelope, "ack")
    expect_desk(envelope)
    data = envelope.data
    of_other = data.of.source != gateway_source(gateway)
    if of_other and data.of.source not in map(gateway_source, carried):
        raise MessageError("gateway", f"'{data.of.source}' is not this gateway", "data.of.source")
    try:
        kind = AckKind(data.kind)
    except ValueError as error:
        known = ", ".join(AckKind)
        raise MessageError("kind", f"'{data.kind}', known are {known}", "data.kind") from error
    _check_decision(kind, data)
    return Ack(
        id=envelope.id,
        source=envelope.source,
        of=data.of.id,
        kind=kind,
        alert=data.of.alert,
        rev=data.of.rev,
        actor=_actor(data.actor),
        eta_s=data.eta_s,
        next_by=data.next_by,
        outcome=data.outcome,
        reason=data.reason,
        level=data.level,
        carried=of_other,
    )


def _actor(part: wire.ActorPart | None) -> Actor | None:
    return None if part is None else Actor(account=part.account, role=part.role)


def _check_decision(kind: AckKind, data: wire.AckData) -> None:
    if kind not in _ABOUT_ALERTS:
        return
    if data.of.alert is None:
        raise MessageError("schema", f"is missing and '{kind}' needs it", "data.of.alert")
    if kind is AckKind.ESCALATED:
        if data.level is None:
            raise MessageError(
                "schema", "is missing: a level that is reached has one", "data.level"
            )
        return
    if data.actor is None:
        raise MessageError("schema", f"is missing: '{kind}' is a named person's", "data.actor")
    if kind is AckKind.CLOSED and data.outcome is None:
        raise MessageError("schema", "is missing: a closed alert has one", "data.outcome")


def parse_alert(body: bytes, gateway: str | None) -> wire.AlertEnvelope:
    """An alert sent by `gateway`; raises MessageError."""
    envelope = decode(body, _ALERT, UP_BYTES_MAX)
    expect_origin(envelope, "alert", gateway)
    for key in ("raised", "changed", "next_by"):
        expect_time(getattr(envelope.data.alert, key), f"data.alert.{key}")
    return envelope


def parse_observations(body: bytes, gateway: str | None) -> wire.ObservationsEnvelope:
    """A batch of observations sent by `gateway`; raises MessageError."""
    envelope = decode(body, _OBSERVATIONS, UP_BYTES_MAX)
    expect_origin(envelope, "obs", gateway)
    data = envelope.data
    if data.columns[: len(wire.OBSERVATION_COLUMNS)] != wire.OBSERVATION_COLUMNS:
        raise MessageError("schema", f"{data.columns} are not ours", "data.columns")
    stretch = data.last_seq - data.first_seq + 1
    if data.count != len(data.rows) or data.count + data.withheld > stretch:
        raise MessageError("schema", f"does not add up to {len(data.rows)} rows", "data.count")
    return envelope


def parse_device_status(body: bytes, gateway: str | None) -> wire.DeviceStatusEnvelope:
    """A device's state sent by `gateway`; raises MessageError."""
    envelope = decode(body, _DEVICE_STATUS, UP_BYTES_MAX)
    expect_origin(envelope, "devstatus", gateway)
    for key in ("since", "last_seen"):
        expect_time(getattr(envelope.data, key), f"data.{key}")
    return envelope


def parse_heartbeat(body: bytes, gateway: str) -> wire.HeartbeatEnvelope:
    """A sign of life of `gateway`; raises MessageError."""
    envelope = decode(body, _HEARTBEAT, UP_BYTES_MAX)
    expect_origin(envelope, "hb", gateway)
    return envelope


def parse_state(body: bytes) -> wire.StateBody:
    """Birth or last will; raises MessageError."""
    return decode(body, _STATE, DOWN_BYTES_MAX)


def readable_id(body: bytes) -> str | None:
    """The id of a refused message, when there is one to answer to."""
    try:
        return decode(body, _HEAD, UP_BYTES_MAX).id
    except MessageError:
        return None


class _Head(wire.Part, frozen=True, kw_only=True):
    id: wire.Id


_ACK = msgspec.json.Decoder(wire.AckEnvelope)
_ALERT = msgspec.json.Decoder(wire.AlertEnvelope)
_OBSERVATIONS = msgspec.json.Decoder(wire.ObservationsEnvelope)
_DEVICE_STATUS = msgspec.json.Decoder(wire.DeviceStatusEnvelope)
_HEARTBEAT = msgspec.json.Decoder(wire.HeartbeatEnvelope)
_STATE = msgspec.json.Decoder(wire.StateBody)
_HEAD = msgspec.json.Decoder(_Head)
