"""What is known of each number of a stretch, as one sign, and what a digest says of it. Pure.

r received, o owed, p parked; not here any more: s shed, w withdrawn, f forgotten.
"""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from edge.store.digests import Found
from edge.uplink.envelope import Digest, LeftOut, Why, digest_of

RECEIVED, OWED, PARKED, WITHDRAWN = "r", "o", "p", "w"
_WHY: dict[str, Why] = {"p": "parked", "s": "shed", "w": "withdrawn", "f": "forgotten"}
_SIGN: dict[str, str] = {why: sign for sign, why in _WHY.items()}
_ID_BYTES = 16
_NO_ID = bytes(_ID_BYTES)


def first_marks(first: int, last: int, found: Found, *, may_be_pruned: bool) -> str:
    """Of a stretch that is closed now. `may_be_pruned`: it is so old that received messages may
    have gone by their age; then one that is not here was one of those, for all that is known.
    """
    marks = {row.sequence: row.mark for row in found.rows}
    gone = _gone(found)
    lost = _SIGN["forgotten"] if may_be_pruned else _SIGN["withdrawn"]
    return "".join(marks.get(n) or gone.get(n, lost) for n in range(first, last + 1))


def next_marks(first: int, before: str, found: Found) -> str:
    """What became of those that were owed or parked; of the others nothing more can come."""
    marks = {row.sequence: row.mark for row in found.rows}
    gone = _gone(found)
    return "".join(
        (marks.get(n) or gone.get(n, _SIGN["withdrawn"])) if sign in (OWED, PARKED) else sign
        for n, sign in enumerate(before, first)
    )


def is_settled(marks: str) -> bool:
    """Whether every message has found its end."""
    return OWED not in marks and PARKED not in marks


def left_out(first: int, marks: str) -> tuple[LeftOut, ...]:
    """The numbers that the digest does not hold, as stretches, and why."""
    found: list[LeftOut] = []
    at = first
    for sign, run in groupby(marks):
        size = len(list(run))
        if sign in _WHY:
            found.append(LeftOut(first=at, last=at + size - 1, why=_WHY[sign]))
        at += size
    return tuple(found)


def words(left: tuple[LeftOut, ...]) -> str:
    """As it is remembered, to see whether it is still so."""
    return " ".join(f"{one.first}-{one.last}:{one.why}" for one in left)


def packed(first: int, last: int, found: Found) -> bytes:
    """The ids of a stretch, 16 bytes a number; zeros where none is known."""
    ids = {row.sequence: UUID(row.id).bytes for row in found.rows}
    return b"".join(ids.get(n, _NO_ID) for n in range(first, last + 1))


def digest_now(first: int, marks: str, ids: bytes) -> Digest:
    """The digest of what is not left out."""
    last = first + len(marks) - 1
    known: dict[int, str] = {}
    for place, sign in enumerate(marks):
        if sign not in _WHY:
            part = ids[place * _ID_BYTES : (place + 1) * _ID_BYTES]
            known[first + place] = str(UUID(bytes=part))
    return digest_of(first, last, known)


def _gone(found: Found) -> dict[int, str]:
    """A number that is not here, and stands in a line about what was dropped, was dropped."""
    return {n: _SIGN[why] for first, last, why in found.gone for n in range(first, last + 1)}
