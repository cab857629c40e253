"""Claims, profiles and what a desk answers to them: records in, bytes out. Pure."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from edge.domain import ClaimKind, Instant, OutboxClass, OutboxEntry, Priority, Record, Telling
from edge.uplink.envelope import wire, wire_claim
from edge.uplink.envelope.instants import iso
from edge.uplink.envelope.line import desk_source, gateway_source
from edge.uplink.envelope.origin import Origin, clock_part
from edge.uplink.envelope.wire_claim import PART_BYTES_MAX, ClaimStep

_encode = msgspec.json.Encoder().encode


class ProfilePart(Record, frozen=True, kw_only=True):
    """One part of the sealed profile `number`; `digest` is the SHA-256 of the whole."""

    number: int
    digest: str
    size: int
    part: int
    parts: int
    body: bytes


def cut(sealed: bytes, *, number: int) -> tuple[ProfilePart, ...]:
    """The parts of a sealed profile, in order; an empty one has a single empty part."""
    starts = range(0, max(1, len(sealed)), PART_BYTES_MAX)
    pieces = [sealed[at : at + PART_BYTES_MAX] for at in starts]
    digest = sha256(sealed).hexdigest()
    return tuple(
        ProfilePart(
            number=number,
            digest=digest,
            size=len(sealed),
            part=n,
            parts=len(pieces),
            body=piece,
        )
        for n, piece in enumerate(pieces, 1)
    )


def claim(
    origin: Origin,
    request: str,
    step: ClaimStep,
    *,
    id: str,  # noqa: A002 - the member's own name
    sequence: int,
    at: Instant,
    kind: ClaimKind | None = None,
    code: str | None = None,
    replaces: str | None = None,
    address: str | None = None,
) -> OutboxEntry:
    """One step of a claim. The first holds the code: its bytes are wiped with its receipt."""
    data = wire_claim.ClaimData(
        subject=wire.SubjectPart(client=origin.customer, site=origin.site),
        clock=clock_part(at),
        request=request,
        step=step,
        kind=kind,
        code=code,
        replaces=replaces,
        address=address,
    )
    envelope = wire_claim.ClaimEnvelope(
        specversion="1.0",
        type="fi.kotivahti.claim.v1",
        source=gateway_source(origin.gateway),
        id=id,
        time=iso(at),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:claim:1.0",
        subject=origin.site,
        storeid=origin.store_id,
        sequence=f"{sequence:016d}",
        data=data,
    )
    return OutboxEntry(
        sequence=sequence,
        id=id,
        cls=OutboxClass.CLAIM,
        priority=Priority.NORMAL,  # an installer waits for it
        body=_encode(envelope),
        created_ms=at.wall_ms,
        tells=Telling(what=step.value),
    )


def profile(
    origin: Origin,
    part: ProfilePart,
    *,
    id: str,  # noqa: A002 - the member's own name
    sequence: int,
    at: Instant,
    superseded: bool = False,
) -> OutboxEntry:
    """One part of a sealed profile; `superseded` without its bytes, so that no number is missed."""
    envelope = wire_claim.ProfileEnvelope(
        specversion="1.0",
        type="fi.kotivahti.profile.v1",
        source=gateway_source(origin.gateway),
        id=id,
        time=iso(at),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:profile:1.0",
        subject=origin.site,
        storeid=origin.store_id,
        sequence=f"{sequence:016d}",
        data=wire_claim.ProfileData(
            subject=wire.SubjectPart(client=origin.customer, site=origin.site),
            clock=clock_part(at),
            number=part.number,
            digest=part.digest,
            size=part.size,
            part=part.part,
            parts=part.parts,
            body=b"" if superseded else part.body,
            superseded=superseded,
        ),
    )
    return OutboxEntry(
        sequence=sequence,
        id=id,
        cls=OutboxClass.PROFILE,
        priority=None,  # behind everything that tells about the resident
        body=_encode(envelope),
        created_ms=at.wall_ms,
    )


def claimed(
    desk: str,
    data: wire_claim.ClaimedData,
    *,
    id: str,  # noqa: A002 - the member's own name
    at: Instant,
) -> bytes:
    """What the desk answers to a claim."""
    envelope = wire_claim.ClaimedEnvelope(
        specversion="1.0",
        type="fi.kotivahti.claimed.v1",
        source=desk_source(desk),
        id=id,
        time=iso(at),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:claimed:1.0",
        data=data,
    )
    return _encode(envelope)


def restore(
    desk: str,
    data: wire_claim.RestoreData,
    *,
    id: str,  # noqa: A002 - the member's own name
    at: Instant,
) -> bytes:
    """One part of a profile for the box that takes over."""
    envelope = wire_claim.RestoreEnvelope(
        specversion="1.0",
        type="fi.kotivahti.restore.v1",
        source=desk_source(desk),
        id=id,
        time=iso(at),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:restore:1.0",
        data=data,
    )
    return _encode(envelope)
