"""What the desk has to show: one record a thing that happened."""

from __future__ import annotations

import msgspec

from edge.uplink.envelope import AckKind, AlertEnvelope


class AlertShown(msgspec.Struct, frozen=True, kw_only=True, tag="alert"):
    """A new revision of an alert is in the database."""

    at_ms: int
    gateway: str
    envelope: AlertEnvelope
    raised_ms: int
    changed_ms: int
    late: bool
    received_ms: int  # when the first revision came


class Decided(msgspec.Struct, frozen=True, kw_only=True, tag="decision"):
    """A person's decision: made, sent for the `sent`-th time, shown by the gateway, or not."""

    at_ms: int
    gateway: str
    alert: str
    kind: AckKind
    account: str
    state: str  # made, sent, shown, superseded, expired
    after_ms: int


class Asked(msgspec.Struct, frozen=True, kw_only=True, tag="asked"):
    """A recipient of the plan is asked about an alert that nobody has."""

    at_ms: int
    gateway: str
    alert: str
    level: int
    recipient: str
    next_ms: int  # when more are asked


class Readings(msgspec.Struct, frozen=True, kw_only=True, tag="obs"):
    at_ms: int
    gateway: str
    rows: int
    withheld: int
    first_seq: int
    last_seq: int
    newest_ms: int


class DeviceShown(msgspec.Struct, frozen=True, kw_only=True, tag="device"):
    at_ms: int
    gateway: str
    device: str
    state: str
    reasons: tuple[str, ...]


class Presence(msgspec.Struct, frozen=True, kw_only=True, tag="gateway"):
    """A gateway came, said goodbye, or is silent: about the installation, not the resident."""

    at_ms: int
    gateway: str
    state: str  # online, offline, lost, back
    silent_s: int = 0


class SilenceTold(msgspec.Struct, frozen=True, kw_only=True, tag="silence"):
    """News of a silent gateway: it joined an incident, or the coordinator is told of it."""

    at_ms: int
    gateway: str
    news: str  # coordinator, joined, replaced
    silent_s: int
    incident: int | None


class IncidentShown(msgspec.Struct, frozen=True, kw_only=True, tag="incident"):
    """Many gateways of one area are silent: one incident, not as many faults."""

    at_ms: int
    incident: int
    area: str
    news: str  # incident, coordinator, over
    homes: int  # silent now


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    at_ms: int
    gateway: str
    reason: str
    text: str
    count: int


class ClaimShown(msgspec.Struct, frozen=True, kw_only=True, tag="claim"):
    """A box was claimed, or its claim settled; neither name nor address."""

    at_ms: int
    gateway: str
    customer: str
    state: str  # answered, refused, confirmed, mismatch, withdrawn
    reason: str


class ProfileShown(msgspec.Struct, frozen=True, kw_only=True, tag="profile"):
    """A sealed profile is here, whole."""

    at_ms: int
    gateway: str
    number: int
    size: int


class RequestShown(msgspec.Struct, frozen=True, kw_only=True, tag="request"):
    """A customer asked for something that belongs to them."""

    at_ms: int
    gateway: str
    kind: str  # erase, sending
    what: str  # a class, for a switch
    allowed: bool | None
    rows: int  # erased


class NoticeShown(msgspec.Struct, frozen=True, kw_only=True, tag="notice"):
    """A notification to an authority waits for a person: prompted, or a deputy was named."""

    at_ms: int
    gateway: str
    notice: str
    news: str  # prompted, deputy
    who: str  # the deputy's account


class LineShown(msgspec.Struct, frozen=True, kw_only=True, tag="line"):
    """Our own line to the broker."""

    at_ms: int
    up: bool
    text: str


Happened = (
    AlertShown
    | Decided
    | Asked
    | Readings
    | DeviceShown
    | Presence
    | SilenceTold
    | IncidentShown
    | Refused
    | ClaimShown
    | ProfileShown
    | RequestShown
    | NoticeShown
    | LineShown
)
