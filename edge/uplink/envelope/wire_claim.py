"""Claims and profiles as records: what stands in the JSON, by the names it has there."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from edge.domain import ClaimKind
from edge.uplink.envelope.wire import (
    ClockPart,
    Count,
    Envelope,
    Id,
    Name,
    OwedEnvelope,
    Part,
    Positive,
    SubjectPart,
)

# What a home is made of has some 100 kB sealed; ten times that is not one of ours.
PROFILE_BYTES_MAX = 1 << 20
# As base64 45,000 characters, below DOWN_BYTES_MAX. A broker's verdict is waited for for 5 s: at
# 100 kbit/s, a poor line of a telephone network, a part takes 4.
PART_BYTES_MAX = 33_750
# How many parts the largest profile has.
PARTS_MAX = -(-PROFILE_BYTES_MAX // PART_BYTES_MAX)
# Gaps that are told to a box that takes over; beyond this the rest is told as one.
GAPS_MAX = 32
# A home has had a handful of databases, if any.
HELD_MAX = 8

Code = Annotated[str, Meta(pattern=r"^[0-9A-HJKMNP-TV-Z]{11}\Z")]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
ProfileSize = Annotated[int, Meta(ge=0, le=PROFILE_BYTES_MAX)]


class ClaimStep(StrEnum):
    """What a gateway says of one claim; everything but the first is an answer to the answer."""

    ASKED = "asked"
    SEEN = "seen"  # the answer stands in the home's database
    CONFIRMED = "confirmed"  # and is the home's, says who compared it
    MISMATCH = "mismatch"  # and is another home's
    WITHDRAWN = "withdrawn"  # nobody waits for an answer any more
    RESTORED = "restored"  # the whole profile stands on the home's disk


class ClaimRefusal(StrEnum):
    """Why a desk refuses a claim."""

    WRONG_CODE = "wrong_code"
    EXPIRED = "expired"
    LOCKED = "locked"  # after too many wrong codes of this gateway
    USED = "used"
    CUSTOMER_MISMATCH = "customer_mismatch"  # another customer than the settings name
    WRONG_KIND = "wrong_kind"  # a code for a replacement used for a new home, or the reverse
    WRONG_GATEWAY = "wrong_gateway"  # the code replaces another gateway than was said


class ClaimData(Part, frozen=True, kw_only=True):
    """`asked` has a kind and a code; the other steps have neither."""

    subject: SubjectPart
    clock: ClockPart
    request: Id
    step: ClaimStep
    kind: ClaimKind | None = None
    code: Code | None = None
    replaces: Name | None = None  # the gateway that is taken over from
    address: Name | None = None  # as an installer without a line typed it


class ClaimEnvelope(OwedEnvelope, frozen=True, kw_only=True):
    data: ClaimData


class ClaimedData(Part, frozen=True, kw_only=True):
    """The desk's answer to one claim."""

    gateway: Name  # CloudEvents source of the gateway that asked
    request: Id
    state: Literal["confirmed", "refused"]  # confirmed: by the code
    customer: Name | None = None
    name: Name | None = None
    address: Name | None = None
    replaces: Name | None = None
    reason: ClaimRefusal | None = None


class ClaimedEnvelope(Envelope, frozen=True, kw_only=True):
    data: ClaimedData


class ProfileData(Part, frozen=True, kw_only=True):
    """One part of a sealed profile; without a body when a newer one made it needless."""

    subject: SubjectPart
    clock: ClockPart
    number: Positive  # of the profile, counted by its gateway
    digest: Digest  # SHA-256 of the whole
    size: ProfileSize
    part: Annotated[int, Meta(ge=1, le=PARTS_MAX)]
    parts: Annotated[int, Meta(ge=1, le=PARTS_MAX)]
    body: Annotated[bytes, Meta(max_length=PART_BYTES_MAX)] = b""
    superseded: bool = False


class ProfileEnvelope(OwedEnvelope, frozen=True, kw_only=True):
    data: ProfileData


class HeldPart(Part, frozen=True, kw_only=True):
    """What the desk has of one store: up to which number, and which stretches are missing."""

    storeid: Name
    highest: Count
    missing: Annotated[tuple[tuple[Positive, Positive], ...], Meta(max_length=GAPS_MAX)] = ()


class RestoreData(Part, frozen=True, kw_only=True):
    """One part of a profile on its way to the box that takes over.

    Number and parts are 0 when the desk has no profile of the gateway that is replaced.
    """

    gateway: Name  # CloudEvents source of the gateway that asked
    request: Id
    replaces: Name
    number: Count
    digest: Digest
    size: ProfileSize
    part: Annotated[int, Meta(ge=0, le=PARTS_MAX)]
    parts: Annotated[int, Meta(ge=0, le=PARTS_MAX)]
    body: Annotated[bytes, Meta(max_length=PART_BYTES_MAX)] = b""
    held: Annotated[tuple[HeldPart, ...], Meta(max_length=HELD_MAX)] = ()


class RestoreEnvelope(Envelope, frozen=True, kw_only=True):
    data: RestoreData
