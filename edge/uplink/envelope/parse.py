"""Bytes in, records out, or a `MessageError` that names the key. Never anything else."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from edge.domain import Actor, Record
from edge.errors import EdgeError
from edge.events import Acknowledgement, Receipt
from edge.uplink.envelope import wire
from edge.uplink.envelope.instants import wall_ms
from edge.uplink.envelope.line import DOWN_BYTES_MAX, UP_BYTES_MAX, gateway_source
from edge.uplink.envelope.wire import AckKind, Outcome

# The deepest of our messages has 5 levels. A parser's stack is not for others to spend.
DEPTH_MAX = 16

# A string that is never closed takes the rest of the bytes: it must not be tried again from every
# quotation mark in it, which is quadratic and holds the event loop for seconds.
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_OPENING = (b"[", b"{")
_PATH = re.compile(r" - at `\$\.?([^`]*)`")
_DESK = "urn:kotivahti:desk:"

_DECISIONS = frozenset({AckKind.ACCEPTED, AckKind.DECLINED, AckKind.CLOSED})


class MessageError(EdgeError):
    """The other end sent bytes that we refuse: count it, do not act on it.

    `reason` is a short stable code (size, depth, json, schema, type, source,
    gateway, kind, time), `key` the member that is wrong, "" for the whole body.
    """

    def __init__(self, reason: str, text: str, key: str = "") -> None:
        super().__init__(f"{key}: {text}" if key else text)
        self.reason = reason
        self.key = key


class Ack(Record, frozen=True, kw_only=True):
    """One answer of a desk: a receipt, a refusal or a person's decision."""

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


def as_event(ack: Ack) -> Acknowledgement | Receipt | None:
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
        )
    if ack.kind is AckKind.RECEIVED and ack.rev is not None:
        return Receipt(alert=ack.alert, rev=ack.rev)
    return None


def parse_downlink(body: bytes, gateway: str) -> Ack:
    """An answer meant for `gateway`; raises MessageError."""
    envelope = _decode(body, _ACK, DOWN_BYTES_MAX)
    _expect_type(envelope, "ack")
    if not envelope.source.startswith(_DESK):
        raise MessageError("source", f"'{envelope.source}' is not a desk", "source")
    data = envelope.data
    if data.of.source != gateway_source(gateway):
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
    )


def _actor(part: wire.ActorPart | None) -> Actor | None:
    return None if part is None else Actor(account=part.account, role=part.role)


def _check_decision(kind: AckKind, data: wire.AckData) -> None:
    if kind not in _DECISIONS:
        return
    if data.of.alert is None:
        raise MessageError("schema", f"is missing and '{kind}' needs it", "data.of.alert")
    if data.actor is None:
        raise MessageError("schema", f"is missing: '{kind}' is a named person's", "data.actor")
    if kind is AckKind.CLOSED and data.outcome is None:
        raise MessageError("schema", "is missing: a closed alert has one", "data.outcome")


def parse_alert(body: bytes, gateway: str) -> wire.AlertEnvelope:
    """An alert sent by `gateway`; raises MessageError."""
    envelope = _decode(body, _ALERT, UP_BYTES_MAX)
    _expect_origin(envelope, "alert", gateway)
    for key in ("raised", "changed", "next_by"):
        _expect_time(getattr(envelope.data.alert, key), f"data.alert.{key}")
    return envelope


def parse_observations(body: bytes, gateway: str) -> wire.ObservationsEnvelope:
    """A batch of observations sent by `gateway`; raises MessageError."""
    envelope = _decode(body, _OBSERVATIONS, UP_BYTES_MAX)
    _expect_origin(envelope, "obs", gateway)
    data = envelope.data
    if data.columns[: len(wire.OBSERVATION_COLUMNS)] != wire.OBSERVATION_COLUMNS:
        raise MessageError("schema", f"{data.columns} are not ours", "data.columns")
    stretch = data.last_seq - data.first_seq + 1
    if data.count != len(data.rows) or data.count + data.withheld > stretch:
        raise MessageError("schema", f"does not add up to {len(data.rows)} rows", "data.count")
    return envelope


def parse_device_status(body: bytes, gateway: str) -> wire.DeviceStatusEnvelope:
    """A device's state sent by `gateway`; raises MessageError."""
    envelope = _decode(body, _DEVICE_STATUS, UP_BYTES_MAX)
    _expect_origin(envelope, "devstatus", gateway)
    for key in ("since", "last_seen"):
        _expect_time(getattr(envelope.data, key), f"data.{key}")
    return envelope


def parse_heartbeat(body: bytes, gateway: str) -> wire.HeartbeatEnvelope:
    """A sign of life of `gateway`; raises MessageError."""
    envelope = _decode(body, _HEARTBEAT, UP_BYTES_MAX)
    _expect_origin(envelope, "hb", gateway)
    return envelope


def parse_state(body: bytes) -> wire.StateBody:
    """Birth or last will; raises MessageError."""
    return _decode(body, _STATE, DOWN_BYTES_MAX)


def readable_id(body: bytes) -> str | None:
    """The id of a refused message, when there is one to answer to."""
    try:
        return _decode(body, _HEAD, UP_BYTES_MAX).id
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

M = TypeVar("M")


def _decode(body: bytes, decoder: msgspec.json.Decoder[M], bytes_max: int) -> M:
    if len(body) > bytes_max:
        raise MessageError("size", f"{len(body)} bytes, at most {bytes_max}")
    _check_depth(body)
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _schema_error(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MessageError("json", f"not JSON: {error}") from error


def _schema_error(error: msgspec.ValidationError) -> MessageError:
    """The sentence of msgspec without what was sent: only the place and the rule."""
    text = str(error)
    found = _PATH.search(text)
    key = "" if found is None else found.group(1)
    return MessageError("schema", _PATH.sub("", text).replace("`", "'"), key)


def _check_depth(body: bytes) -> None:
    # Fewer brackets than the limit cannot nest deeper than it: the common case, for free.
    if body.count(b"{") + body.count(b"[") <= DEPTH_MAX:
        return
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in _OPENING else -1
        if depth > DEPTH_MAX:
            raise MessageError("depth", f"nested deeper than {DEPTH_MAX}")


def _expect_origin(envelope: wire.UpEnvelope, kind: str, gateway: str) -> None:
    _expect_type(envelope, kind)
    if envelope.source != gateway_source(gateway):
        text = f"'{envelope.source}' spoke on the topic of '{gateway}'"
        raise MessageError("source", text, "source")
    _expect_time(envelope.time, "time")


def _expect_type(envelope: wire.Envelope, kind: str) -> None:
    wanted = f"fi.kotivahti.{kind}.v1"
    if envelope.type != wanted:
        raise MessageError("type", f"'{envelope.type}', here is '{wanted}'", "type")


def _expect_time(text: str | None, key: str) -> None:
    if text is None:
        return
    try:
        wall_ms(text)
    except (ValueError, OverflowError) as error:
        raise MessageError("time", f"'{text}' is no moment", key) from error
