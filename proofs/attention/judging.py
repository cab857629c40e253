"""What was asked, held against what was planted: true, our own fault, or false."""

from __future__ import annotations

from collections.abc import Iterable

from edge.escalation import Attention
from proofs.attention.asked import Asked
from proofs.attention.story import Planted
from proofs.attention.week import Lived

# After these nobody lies on the floor any more: a line of today's list is enough.
ENOUGH_TODAY = frozenset({"gets up"})
# A true alert may be told again while somebody is on the way.
AGAIN_MS = 60 * 60_000


def is_caught(planted: Planted, asked: Iterable[Asked]) -> bool:
    wanted = {Attention.INTERRUPT}
    if planted.how in ENOUGH_TODAY:
        wanted.add(Attention.TODAY)
    return any(
        one.attention in wanted
        and one.code in planted.codes
        and planted.at_ms <= one.at_ms <= planted.until_ms
        for one in asked
    )


def cause(one: Asked, lived: Lived) -> str:
    """The planted kind that explains it, "fault: ..." where equipment was broken, or "" (false)."""
    for planted in lived.planted:
        if one.code in planted.codes and _is_within(one, planted):
            return planted.kind
    for broken in lived.faults:
        if one.code in broken.codes and _is_within(one, broken):
            return f"fault: {broken.kind}"
    return ""


def _is_within(one: Asked, planted: Planted) -> bool:
    of_it = planted.subject in ("", one.subject)
    return of_it and planted.at_ms <= one.at_ms <= planted.until_ms + AGAIN_MS
