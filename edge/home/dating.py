"""Gives what was said or seen its date once the clock is set, when it was before that."""

from __future__ import annotations

import msgspec

from edge.domain import Answer, Instant, Sync
from edge.home.localday import MINUTE_MS, iso_minute
from edge.home.state import Home, latest_wall_ms


def dated_at(home: Home, at: Instant) -> Instant:
    """The moment by the wall clock that is known now; as it was told where nobody knows it.

    Within a boot the time since is known to the millisecond, across one it is lost.
    """
    frame = home.frame
    if at.sync is not Sync.NONE or not frame.synced or at.boot != frame.boot:
        return at
    return msgspec.structs.replace(
        at,
        wall_ms=at.boottime_ms + frame.drift_ms,
        offset_min=frame.offset_min,
        sync=Sync.HOLDOVER,
    )


def told_minute(home: Home, at: Instant) -> str | None:
    """The home's local time of a moment as people read it; None where nobody knows it."""
    known = dated_at(home, at)
    if known.sync is Sync.NONE:
        return None
    return iso_minute(known.wall_ms + known.offset_min * MINUTE_MS)


def dated(home: Home, answer: Answer) -> Answer:
    """The answer as said at the wall time that is known now, in a home whose clock is set.

    Within a boot the time since is known to the millisecond. An answer of an earlier boot
    counts from now: how long ago it was given is lost with that boot, so it may hold longer
    than the list means, by the time for which the clock was not set; what a person has said
    is not thrown away for a clock. A date of its own that the unset clock gave it moves
    along: it says for how long, not until when. The store keeps the answer as it was told.
    """
    at = _dated_latest(home, answer.at)
    if at is answer.at:
        return answer
    until_ms = answer.valid_until_ms
    return msgspec.structs.replace(
        answer,
        at=at,
        valid_until_ms=None if until_ms is None else until_ms + at.wall_ms - answer.at.wall_ms,
    )


def _dated_latest(home: Home, at: Instant) -> Instant:
    """The moment as late as it can have been; as it was told while nobody knows the time."""
    frame = home.frame
    if at.sync is not Sync.NONE or not frame.synced:
        return at
    wall_ms = latest_wall_ms(home)
    if at.boot == frame.boot:
        wall_ms = min(wall_ms, at.boottime_ms + frame.drift_ms)
    return msgspec.structs.replace(
        at, wall_ms=wall_ms, offset_min=frame.offset_min, sync=Sync.HOLDOVER
    )


def _date_events(home: Home) -> Home:
    """What makes the home be assessed anew, dated: an answer of before it must not count."""
    if all(one.at.sync is not Sync.NONE for one in home.anew.values()):
        return home
    anew = {
        key: msgspec.structs.replace(one, at=_dated_latest(home, one.at))
        for key, one in home.anew.items()
    }
    return msgspec.structs.replace(home, anew=anew)


def date_all(home: Home) -> Home:
    """The home with every answer and event dated that was told while nobody knew the time."""
    home = _date_events(home)
    if all(a.at.sync is not Sync.NONE for items in home.answers.values() for a in items.values()):
        return home
    answers = {
        checklist: {item: dated(home, answer) for item, answer in items.items()}
        for checklist, items in home.answers.items()
    }
    return msgspec.structs.replace(home, answers=answers)
