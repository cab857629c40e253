"""Whose box this is: a claim by a code of the desk, and what the desk said to it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.domain.alert import OutboxEntry
from edge.domain.base import Instant, Record


class ClaimKind(StrEnum):
    NEW = "new"  # a box for a home that has none
    REPLACE = "replace"  # a box that takes over from another one


class ClaimState(StrEnum):
    WAITING = "waiting"  # for the desk
    ANSWERED = "answered"  # the code is right; nobody has compared name and address yet
    CONFIRMED = "confirmed"  # name and address are those of this home
    REFUSED = "refused"
    MISMATCH = "mismatch"  # the code is right, and belongs to another home


class Claim(Record, frozen=True, kw_only=True):
    """One claim. Name and address are known to the desk's register and to this home alone."""

    id: str  # UUIDv7 of the request
    kind: ClaimKind
    state: ClaimState
    told_by: str
    told: Instant
    changed: Instant
    typed_address: str = ""  # by an installer without a line; compared when the answer comes
    customer: str = ""
    name: str = ""
    address: str = ""
    reason: str = ""  # why it was refused, in a short code


class ProfileSent(msgspec.Struct, frozen=True, kw_only=True):
    """A sealed profile that goes out with this commit.

    Parts of an older one without a receipt are needed no more, and upstream their numbers would be
    missed. `instead` are parts of this one, each with the number of an older part; `emptied` are
    older parts for which there is none: the same numbers and ids with next to nothing in them.
    """

    number: int
    digest: str  # SHA-256 of the sealed bytes, hexadecimal
    at: Instant
    instead: tuple[OutboxEntry, ...] = ()
    emptied: tuple[OutboxEntry, ...] = ()
    gone: tuple[str, ...] = ()  # ids of all older parts: what is held of them is out of date
