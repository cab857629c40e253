"""The messages as records: what stands in the JSON, by the names it has there.

A reader ignores members that it does not know, so a newer sender may add some.
A member that may be missing has a default and is left out when it is not known.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.domain import ESCALATION_MAX, AlertState, Priority, Scalar, Sync

SPEC = "1.0"
CONTENT = "application/json"

Id = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
]
# No control characters: names stand on people's screens.
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\Z")]
Sequence16 = Annotated[str, Meta(pattern=r"^[0-9]{16}\Z")]
Time = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
        r"(\.[0-9]{1,6})?[+-][0-9]{2}:[0-9]{2}\Z",
        max_length=40,
    ),
]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Positive = Annotated[int, Meta(ge=1, le=2**53 - 1)]


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A JSON object; what has its default is left out."""


class ClockPart(Part, frozen=True, kw_only=True):
    """How far the sender's time can be trusted, so that a wrong wall clock can be repaired."""

    sync: Sync
    boot: Name
    boottime_ms: Count


class ActorPart(Part, frozen=True, kw_only=True):
    account: Name
    role: Name


class SubjectPart(Part, frozen=True, kw_only=True):
    """Whose home: pseudonyms that only the desk's own register can resolve."""

    client: Name
    site: Name


class EvidencePart(Part, frozen=True, kw_only=True):
    """What an alert stands on; `age_ms` is how old it was when the alert changed."""

    kind: Name
    age_ms: int
    device: Name | None = None
    value: Scalar = None
    unit: str | None = None
    quality: str | None = None  # left out: ok


class AlertPart(Part, frozen=True, kw_only=True):
    id: Id
    rev: Positive
    state: AlertState
    code: Name
    subject: Name
    priority: Priority
    title: dict[str, str]
    raised: Time
    changed: Time
    escalation: Count
    raised_sync: Sync | None = None  # left out: raised under the clock that this message has
    raised_after: Time | None = None  # in a boot that never knew the time: not before this, and
    raised_before: Time | None = None  # not after this, which `raised` says too
    repeats: Count = 0
    room: str | None = None
    person: str | None = None
    params: dict[str, Scalar] = {}
    flags: tuple[str, ...] = ()
    actor: ActorPart | None = None
    next_by: Time | None = None
    outcome: str | None = None


class AlertData(Part, frozen=True, kw_only=True):
    alert: AlertPart
    subject: SubjectPart
    clock: ClockPart
    test: bool
    evidence: tuple[EvidencePart, ...] = ()
    evidence_more: Count = 0

    @property
    def sync(self) -> Sync:
        """How far the alert's times can be trusted: as far as the worse of them."""
        return Sync.NONE if self.alert.raised_sync is Sync.NONE else self.clock.sync


class ObservationRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One reading as a JSON array; a newer sender may add columns at its end."""

    seq: Positive
    t: Time
    kind: Name
    code: Name
    value: Scalar
    unit: str
    device: Name
    q: str


OBSERVATION_COLUMNS = ("seq", "t", "kind", "code", "value", "unit", "device", "q")


class ObservationsData(Part, frozen=True, kw_only=True):
    """A stretch of rows; `withheld` of them have no purpose to leave the home."""

    subject: SubjectPart
    purposes: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[ObservationRow, ...]
    first_seq: Positive
    last_seq: Positive
    count: Count
    withheld: Count
    gap: bool  # rows of the stretch were thinned away before they could be sent
    clock: ClockPart


class DevicePart(Part, frozen=True, kw_only=True):
    id: Name
    driver: Name
    role: Name
    room: str | None = None


class DeviceStatusData(Part, frozen=True, kw_only=True):
    subject: SubjectPart
    device: DevicePart
    state: Literal["ok", "degraded", "lost"]
    since: Time
    clock: ClockPart
    reasons: tuple[str, ...] = ()
    battery_pct: Annotated[float, Meta(ge=0, le=100)] | None = None
    last_seen: Time | None = None


class OutboxPart(Part, frozen=True, kw_only=True):
    alerts: Count
    unreceipted: Count
    oldest_s: Count


class DevicesPart(Part, frozen=True, kw_only=True):
    ok: Count
    degraded: Count
    lost: Count


class ProofPart(Part, frozen=True, kw_only=True):
    """How the daily alert that proves the way stands: seconds since the last receipt, and how
    long that one took. Left out by releases that make none.
    """

    state: Literal["off", "waiting", "ok", "late"]
    age_s: Count | None = None
    total_ms: Count | None = None


class HeartbeatData(Part, frozen=True, kw_only=True):
    subject: SubjectPart
    interval_s: Count
    sw: Name
    uptime_s: Count
    last_message: Count  # the highest `sequence` given out
    last_observation: Count
    outbox: OutboxPart
    devices: DevicesPart
    clock: ClockPart
    faults: tuple[str, ...] = ()
    model: dict[str, str] = {}
    proof: ProofPart | None = None


class Envelope(Part, frozen=True, kw_only=True):
    """CloudEvents 1.0 context attributes that every message has."""

    specversion: Literal["1.0"]
    type: str
    source: Name
    id: Id
    time: Time
    datacontenttype: Literal["application/json"]
    dataschema: Name


class UpEnvelope(Envelope, frozen=True, kw_only=True):
    subject: Name
    storeid: Name


class OwedEnvelope(UpEnvelope, frozen=True, kw_only=True):
    """A message of the outbox: numbered without holes within its store."""

    sequence: Sequence16


class AlertEnvelope(OwedEnvelope, frozen=True, kw_only=True):
    """Has no `expirytime`: an alert is never too late to be known."""

    data: AlertData


class ObservationsEnvelope(OwedEnvelope, frozen=True, kw_only=True):
    expirytime: Time
    data: ObservationsData


class DeviceStatusEnvelope(OwedEnvelope, frozen=True, kw_only=True):
    expirytime: Time
    data: DeviceStatusData


class HeartbeatEnvelope(UpEnvelope, frozen=True, kw_only=True):
    expirytime: Time
    data: HeartbeatData


class AckKind(StrEnum):
    """Who says what: a system stored it or refuses it, or asks a higher level about it; a person
    takes, passes on, ends it.
    """

    RECEIVED = "received"
    REJECTED = "rejected"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CLOSED = "closed"


class Outcome(StrEnum):
    HELPED = "helped"
    FALSE_ALARM = "false_alarm"
    TEST = "test"
    NO_CONTACT = "no_contact"
    HANDED_TO_112 = "handed_to_112"
    OTHER = "other"


class OfPart(Part, frozen=True, kw_only=True):
    """The message that is answered; `alert` and `rev` when it told about an alert."""

    source: Name
    id: Id
    alert: Id | None = None
    rev: Positive | None = None


class AckData(Part, frozen=True, kw_only=True):
    of: OfPart
    kind: str  # an AckKind; checked by the reader, so that an unknown one can be named
    actor: ActorPart | None = None
    eta_s: Annotated[int, Meta(ge=0, le=86_400)] | None = None
    next_by: Time | None = None
    outcome: Outcome | None = None
    reason: Annotated[str, Meta(max_length=300)] | None = None
    level: Annotated[int, Meta(ge=1, le=ESCALATION_MAX)] | None = None  # that a desk has reached


class AckEnvelope(Envelope, frozen=True, kw_only=True):
    data: AckData


class StateBody(Part, frozen=True, kw_only=True):
    """Retained birth and last will; `boot` ties a death to its birth.

    Not a CloudEvent: a broker publishes a will long after anybody could give it a time.
    """

    online: bool
    boot: Name
