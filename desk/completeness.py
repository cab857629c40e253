"""What a home's digest proves about what is here: whole, or what is missing or differs. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from edge.uplink.envelope import DigestData, differing, digest_of, joined, numbers

Ranges = list[tuple[int, int]]

COMPLETE, COUNTED, MISSING, DIFFERENT = "complete", "counted", "missing", "different"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`complete`: every message is here under its number and id. `counted`: every number came, and
    some ids cannot be compared any more. `missing` and `different` say where.
    """

    state: str
    lacking: int
    missing: Ranges
    different: Ranges


def judge(
    told: DigestData, have: Mapping[int, Collection[str]], counted: Collection[int] = ()
) -> Verdict:
    """`have`: the ids that came under each number; `counted`: numbers that came, ids forgotten.

    Two ids under one number are a home that numbered twice: a database that was set back.
    """
    not_owed = set(numbers(told.left_out, but=("forgotten",)))
    # Of these the home knows no id itself: they are in neither digest, and their number counts.
    forgotten = set(numbers(told.left_out, but=("shed", "parked", "withdrawn")))
    wanted = [n for n in range(told.first, told.last + 1) if n not in not_owed]
    missing = [n for n in wanted if n not in have and n not in counted]
    twice = [n for n in wanted if len(have.get(n, ())) > 1]
    ids = {n: next(iter(have[n])) for n in wanted if n in have and n not in forgotten}
    ours = digest_of(told.first, told.last, ids)
    unsure = joined((n, n) for n in wanted if n not in have and n not in forgotten)
    different = [(n, n) for n in twice]
    if ours.sha256 != told.sha256:
        found = differing(told.first, told.last, ours, told)
        # A block with a hole differs by its hole; what else is in it nobody can tell.
        different += [one for one in found if not _overlaps(one, unsure)]
    state = _state(missing, different, whole=ours.sha256 == told.sha256 and not forgotten)
    return Verdict(
        state=state,
        lacking=len(missing),
        missing=joined((n, n) for n in missing),
        different=joined(sorted(different)),
    )


def _state(missing: list[int], different: Ranges, *, whole: bool) -> str:
    if missing:
        return MISSING
    if different:
        return DIFFERENT
    return COMPLETE if whole else COUNTED


def _overlaps(one: tuple[int, int], others: Ranges) -> bool:
    return any(first <= one[1] and last >= one[0] for first, last in others)
