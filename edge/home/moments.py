"""When something was, as far as it is known now: exactly, between two moments, or not at all.

A row keeps the wall time that its clock told. Was that clock not set, one fact of its boot says
what the time was: how far the wall was from boottime once it was set. A boot that never knew the
time lies between the last trusted moment before it and the first one after it, and the time that
it ran itself makes that narrower: what happened an hour after its start was no earlier than an
hour after the last trusted moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from edge.domain import Instant, Record, Sync

# A time service sets the clock to within this and slews the rest (chrony `makestep 1`, timesyncd
# 0.4 s, ntpd 0.128 s).
SET_WITHIN_MS = 1_000
# Until it is disciplined a gateway's quartz runs free: 50 ppm in its whole range of temperature,
# and as much for its age.
FREE_RUN_PPM = 100


class BootFact(Record, frozen=True, kw_only=True):
    """What is known of one boot; every wall time is UTC ms.

    `offset_ms`: wall minus boottime at `set_ms`, its first moment with a trusted clock; None: it
    had none. Then its boottime 0 was not before `start_ms`, and its boottime `last_ms`, up to
    which it ran at least, was not after `end_ms`.
    """

    offset_ms: int | None = None
    set_ms: int = 0
    offset_min: int = 0
    start_ms: int | None = None
    end_ms: int | None = None
    last_ms: int = 0


class When(Record, frozen=True, kw_only=True):
    """A moment by the wall clock, UTC ms: `wall_ms` within `error_ms`, else its interval.

    Both ends None: nothing at all is known. `error_ms` is 0 where the clock was trusted.
    """

    wall_ms: int | None = None
    error_ms: int = 0
    after_ms: int | None = None
    before_ms: int | None = None
    offset_min: int = 0


UNKNOWN = BootFact()


def when(at: Instant, fact: BootFact = UNKNOWN) -> When:
    """When `at` was; `fact` is of its boot."""
    if at.sync is not Sync.NONE:
        return When(wall_ms=at.wall_ms, offset_min=at.offset_min)
    if fact.offset_ms is not None:
        apart_ms = abs(at.boottime_ms - fact.set_ms)
        return When(
            wall_ms=fact.offset_ms + at.boottime_ms,
            error_ms=SET_WITHIN_MS + apart_ms * FREE_RUN_PPM // 1_000_000,
            offset_min=fact.offset_min,
        )
    after_ms = None if fact.start_ms is None else fact.start_ms + at.boottime_ms
    before_ms = None
    if fact.end_ms is not None:
        before_ms = fact.end_ms - max(0, fact.last_ms - at.boottime_ms)
    if after_ms is not None and before_ms is not None and after_ms > before_ms:
        return When(
            offset_min=at.offset_min
        )  # a clock that was trusted was wrong: which, is unknown
    return When(after_ms=after_ms, before_ms=before_ms, offset_min=at.offset_min)


def starts_after(trusted_ms: int | None, ran_ms: Iterable[int]) -> int | None:
    """Before when the next boot cannot have begun.

    `trusted_ms`: the last trusted moment; `ran_ms`: for how long each boot since then ran.
    """
    return None if trusted_ms is None else trusted_ms + sum(ran_ms)


def ends_before(set_start_ms: int, ran_ms: Sequence[int]) -> list[int]:
    """After when each of the boots without a clock cannot have ended, the latest boot first.

    `set_start_ms`: boottime 0 of the boot that knows the time; `ran_ms`: as long as each of the
    boots before it ran at least, the latest first.
    """
    ends: list[int] = []
    end_ms = set_start_ms
    for ran in ran_ms:
        ends.append(end_ms)
        end_ms -= ran
    return ends
