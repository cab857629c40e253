"""What a store has numbered in one stretch, as a digest that another end can make of what it got.

The digest is SHA-256 over one line a message, in the order of the numbers: the number with 16
digits, a space, the message's id, a line feed. What the home has put aside is named, and not in it.
Pure; the page for who builds another desk is docs/developer/completeness.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.domain import Instant, OutboxClass, OutboxEntry, Record, Telling
from edge.uplink.envelope.instants import iso
from edge.uplink.envelope.line import UP_BYTES_MAX, gateway_source
from edge.uplink.envelope.origin import Origin, clock_part
from edge.uplink.envelope.reading import MessageError, decode, expect_origin
from edge.uplink.envelope.wire import ClockPart, Count, OwedEnvelope, Part, Positive, SubjectPart

# Three days of an ordinary home. What is left out of so many can be named in 110 kB, less than
# half of what a message may have; a home that makes more in a day tells several stretches of it.
NUMBERS_MAX = 4_096
# A message that differs is found among so many, by 16 hex digits each: 1.3 kB at most.
BLOCK = 64
_BLOCK_HEX = 16

# shed: dropped for want of room; parked: refused here time and again, and kept at home;
# withdrawn: taken back before it was received; forgotten: received, its id no longer known at home
Why = Literal["shed", "parked", "withdrawn", "forgotten"]


class LeftOut(Record, frozen=True, kw_only=True):
    """Numbers that are not in the digest. Of `forgotten` ones the desk should have the messages."""

    first: int
    last: int
    why: Why


class Digest(Record, frozen=True, kw_only=True):
    count: int  # of the messages in it
    sha256: str
    blocks: tuple[str, ...]


class LeftOutPart(Part, frozen=True, kw_only=True):
    first: Positive
    last: Positive
    why: Why


class DigestData(Part, frozen=True, kw_only=True):
    """`day` is the day of UTC in which the stretch was begun; left out under an unset clock.

    A higher `rev` of the same `first` takes the place of a lower one.
    """

    subject: SubjectPart
    clock: ClockPart
    rev: Positive
    first: Positive
    last: Positive
    count: Count
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    blocks: tuple[Annotated[str, Meta(pattern=r"^[0-9a-f]{16}\Z")], ...]
    day: Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")] | None = None
    left_out: tuple[LeftOutPart, ...] = ()


class DigestEnvelope(OwedEnvelope, frozen=True, kw_only=True):
    data: DigestData


def digest_of(first: int, last: int, ids: Mapping[int, str]) -> Digest:
    """Of the messages from `first` to `last` that are in `ids`, by their numbers."""
    whole, blocks = hashlib.sha256(), []
    for start in range(first, last + 1, BLOCK):
        part = hashlib.sha256()
        for number in range(start, min(start + BLOCK, last + 1)):
            if number in ids:
                line = f"{number:016d} {ids[number]}\n".encode()
                whole.update(line)
                part.update(line)
        blocks.append(part.hexdigest()[:_BLOCK_HEX])
    count = sum(first <= number <= last for number in ids)
    return Digest(count=count, sha256=whole.hexdigest(), blocks=tuple(blocks))


def differing(first: int, last: int, ours: Digest, theirs: DigestData) -> list[tuple[int, int]]:
    """The stretches of numbers whose blocks differ."""
    pairs = zip(range(first, last + 1, BLOCK), ours.blocks, theirs.blocks, strict=True)
    starts = [start for start, one, other in pairs if one != other]
    return joined((start, min(start + BLOCK - 1, last)) for start in starts)


def joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbours as one; they come in order."""
    found: list[tuple[int, int]] = []
    for first, last in stretches:
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def numbers(left_out: Iterable[LeftOut | LeftOutPart], *, but: Sequence[Why] = ()) -> Iterator[int]:
    """Every number that is left out, except for the reasons `but`."""
    for one in left_out:
        if one.why not in but:
            yield from range(one.first, one.last + 1)


def digest(
    origin: Origin,
    found: Digest,
    *,
    first: int,
    last: int,
    rev: int,
    day: str | None,
    left_out: Iterable[LeftOut],
    id: str,  # noqa: A002 - the member's own name
    sequence: int,
    at: Instant,
) -> OutboxEntry:
    """The digest of one stretch as a message, last of all in the queue."""
    envelope = DigestEnvelope(
        specversion="1.0",
        type="fi.kotivahti.digest.v1",
        source=gateway_source(origin.gateway),
        id=id,
        time=iso(at),
        datacontenttype="application/json",
        dataschema="urn:kotivahti:schema:digest:1.0",
        subject=origin.site,
        storeid=origin.store_id,
        sequence=f"{sequence:016d}",
        data=DigestData(
            subject=SubjectPart(client=origin.customer, site=origin.site),
            clock=clock_part(at),
            rev=rev,
            day=day,
            first=first,
            last=last,
            count=found.count,
            sha256=found.sha256,
            blocks=found.blocks,
            left_out=tuple(
                LeftOutPart(first=one.first, last=one.last, why=one.why) for one in left_out
            ),
        ),
    )
    return OutboxEntry(
        sequence=sequence,
        id=id,
        cls=OutboxClass.DIGEST,
        priority=None,
        body=msgspec.json.encode(envelope),
        created_ms=at.wall_ms,
        tells=Telling(what="digest"),
    )


_DIGEST = msgspec.json.Decoder(DigestEnvelope)


def parse_digest(body: bytes, gateway: str | None) -> DigestEnvelope:
    """A digest sent by `gateway`, or with None by any; raises MessageError."""
    envelope = decode(body, _DIGEST, UP_BYTES_MAX)
    expect_origin(envelope, "digest", gateway)
    data = envelope.data
    size = data.last - data.first + 1
    if not 0 < size <= NUMBERS_MAX:
        text = f"{data.first} to {data.last} is no stretch of 1 to {NUMBERS_MAX} numbers"
        raise MessageError("schema", text, "data.last")
    before = data.first - 1
    for one in data.left_out:
        if not before < one.first <= one.last <= data.last:
            raise MessageError(
                "schema", "is not in order, or not within the stretch", "data.left_out"
            )
        before = one.last
    left = sum(one.last - one.first + 1 for one in data.left_out)
    if data.count != size - left or len(data.blocks) != -(-size // BLOCK):
        raise MessageError("schema", f"does not add up to {size} numbers", "data.count")
    return envelope
