"""What somebody must act on, and the message that tells them."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.domain.base import Actor, Instant, Priority, Quality, Record, Scalar
from edge.domain.disclosure import Telling

# The first receiver, the second, everybody.
ESCALATION_MAX = 3


class AlertState(StrEnum):
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Evidence(Record, frozen=True, kw_only=True):
    """What an alert stands on: one fact, with its age and its doubt."""

    device: str | None
    kind: str
    value: Scalar
    unit: str
    at: Instant
    quality: Quality = Quality.OK


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person must act on (FHIR R6 DeviceAlert).

    `rev` grows by one with every change, so that whoever holds a higher `rev`
    holds the newer truth. `code` and `params` are for the catalogues: there is
    no human language in an alert.
    """

    id: str  # UUIDv7
    rev: int
    code: str  # "smoke", "help_button", ...
    subject: str  # the device or hazard it is about: one open alert per (code, subject)
    priority: Priority
    state: AlertState
    raised: Instant
    changed: Instant
    escalation: int = 1
    repeats: int = 0
    room: str | None = None
    person: str | None = None
    evidence: tuple[Evidence, ...] = ()
    params: dict[str, Scalar] = {}
    flags: tuple[str, ...] = ()
    actor: Actor | None = None
    next_by: Instant | None = None  # accepted until then
    taken: int = 0  # the revision by which `actor` got it; 0: nobody ever did
    # Raised in a boot that never knew the time: not before and not after these, UTC ms.
    raised_after_ms: int | None = None
    raised_before_ms: int | None = None
    outcome: str | None = None  # helped, false_alarm, test, no_contact, handed_to_112, other


class OutboxClass(StrEnum):
    """What a message is; the topic below `up/` and its place in the queue."""

    ALERT = "alert"
    RISK = "risk"
    DEVICE_STATUS = "devstatus"
    OBSERVATIONS = "obs"
    CLAIM = "claim"
    PROFILE = "profile"
    REQUEST = "request"
    DIGEST = "digest"
    WORK = "work"  # what waits for the next visit; the newest takes the place of the others


class OutboxEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A message owed upstream. The same bytes and id go out on every attempt."""

    sequence: int  # per store, strictly increasing; below 0: carried from another store
    id: str  # UUIDv7 of the envelope
    cls: OutboxClass
    priority: Priority | None  # None: telemetry and profiles, last of all
    body: bytes
    created_ms: int
    tells: Telling | None = None  # for the log of disclosures; not kept with the message
