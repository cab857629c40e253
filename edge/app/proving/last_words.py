"""The last digests of a box that was replaced, made from its card: what it numbered has an end.

What of it still waits goes with the alerts that are carried; the rest stays on the card, and is
named as taken back. Made again from the same card they are the same messages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from edge.app.proving import stretches
from edge.clock import uuid7
from edge.domain import Instant, OutboxEntry
from edge.store.oldcard import OldCard
from edge.uplink import envelope
from edge.uplink.envelope import DIGEST_NUMBERS_MAX, Origin


def last_words(card: OldCard, origin: Origin, at: Instant) -> Iterator[OutboxEntry]:
    """Digests that the card owes, then new ones; `origin` is the old box, `at` the moment now.

    New ones are numbered on from the card's last number, in which nothing else was sent.
    """
    owed = card.owed_digests()
    yield from owed
    sequence = card.heads.message
    for row in card.unsettled():
        marks = _ended(
            card,
            row.first,
            stretches.next_marks(row.first, row.marks, card.look(row.first, row.last)),
        )
        left = stretches.left_out(row.first, marks)
        if stretches.words(left) != row.left_out:
            sequence += 1
            ids = row.ids or b""
            yield _message(origin, row.first, marks, ids, row.rev + 1, row.day, sequence, at)
    first = card.proved() + 1
    while first <= card.heads.message:
        last = min(card.heads.message, first + DIGEST_NUMBERS_MAX - 1)
        found = card.look(first, last)
        # Whatever is not there any more was received, for all that is known: the desk must have it.
        marks = stretches.first_marks(first, last, found, may_be_pruned=True)
        marks = _ended(card, first, marks)
        sequence += 1
        ids = stretches.packed(first, last, found)
        yield _message(origin, first, marks, ids, 1, "", sequence, at)
        first = last + 1


def _ended(card: OldCard, first: int, marks: str) -> str:
    """Without what stays on the card for ever."""
    stays = card.staying(first, first + len(marks) - 1)
    return "".join(
        stretches.WITHDRAWN if number in stays else sign for number, sign in enumerate(marks, first)
    )


def _message(
    origin: Origin,
    first: int,
    marks: str,
    ids: bytes,
    rev: int,
    day: str,
    sequence: int,
    at: Instant,
) -> OutboxEntry:
    last = first + len(marks) - 1
    named = f"{origin.store_id}/{first}/{last}/{rev}/{marks}".encode()
    entropy = int.from_bytes(hashlib.sha256(named).digest()[:10], "big")
    return envelope.digest(
        *(origin, stretches.digest_now(first, marks, ids)),
        first=first,
        last=last,
        rev=rev,
        day=day or None,
        left_out=stretches.left_out(first, marks),
        # No clock in it: asked again on another day, it is the same message.
        id=uuid7(sequence, entropy),
        sequence=sequence,
        at=at,
    )
