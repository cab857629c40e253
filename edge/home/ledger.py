"""The coverage ledger: when each question was one, and when it could not have been answered.

A ledger is laid from one moment to the next, and knows its time as ledger time: wall time, UTC ms,
as long as the clock is set. What is laid while it is not set (from `apart_ms` on) follows what was
known before and is moved to its true place when the clock is set; until then it belongs to no hour.

Spans are kept as long as they may still change: a device that turns out to have been silent takes
back what was counted since it was heard last.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from edge.domain import Record

HOUR_MS = 3_600_000
# A device that beats every 2 minutes and is lost every time makes 30 holes an hour, and what is
# settled is let go hourly. Beyond it the two that lie closest become one: less counts as known.
HOLES_MAX = 64
# A question is asked and paused by people: leaving and coming back twice a day for a month.
ASKED_MAX = 128


class Span(Record, frozen=True):
    """From a moment until another, in ledger ms; `why` a question could not be answered in it."""

    start_ms: int
    end_ms: int
    why: str = ""


class Track(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question. What was before `since_ms` is let go; hours from `fresh_ms` on are to write."""

    since_ms: int
    fresh_ms: int
    asked: tuple[Span, ...] = ()
    holes: tuple[Span, ...] = ()


class Ledger(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All questions by code. Ledger time is boottime and `shift_ms`, up to `to_ms`."""

    to_ms: int | None = None  # None: it has not begun
    shift_ms: int = 0
    apart_ms: int | None = None  # from here on it is not known which hour it was
    gap: str = ""  # what to call the time between what was before `apart_ms` and what is after
    eyes_ms: int | None = None  # until here movement could have been seen, or it was passed over
    drop_ms: int | None = None  # hours from here on were written for a clock that was ahead
    past_ms: int | None = None  # hours until here were written, and then the clock went far back
    # Where the clock leapt from and to last, and no week has passed since: it may be ahead.
    leap_ms: tuple[int, int] | None = None
    paths: tuple[str, ...] = ()  # of the settings: they are not in the snapshot
    path_up: bool = False  # the line upstream was up since the start, and is not known to be lost
    tracks: dict[str, Track] = {}


def with_hole(track: Track, start_ms: int, end_ms: int, why: str) -> Track:
    """The track with a hole more; where one is already, its reason stays."""
    start_ms = max(start_ms, track.since_ms)
    if start_ms >= end_ms:
        return track
    holes = _joined(_filled(track.holes, Span(start_ms, end_ms, why)))
    while len(holes) > HOLES_MAX:
        holes = _coarser(holes)
    return msgspec.structs.replace(
        track, holes=tuple(holes), fresh_ms=min(track.fresh_ms, start_ms)
    )


def with_asked(track: Track, start_ms: int, end_ms: int) -> Track:
    """The track with a stretch in which it was a question, after all the others."""
    asked = _joined([*track.asked, Span(start_ms, end_ms)])
    return msgspec.structs.replace(track, asked=tuple(asked[-ASKED_MAX:]))


def cut(ledger: Ledger, at_ms: int) -> Ledger:
    """The ledger without what lies at `at_ms` and after it."""
    tracks = {
        key: Track(
            since_ms=min(track.since_ms, at_ms),
            fresh_ms=min(track.fresh_ms, at_ms),
            asked=clipped(track.asked, None, at_ms),
            holes=clipped(track.holes, None, at_ms),
        )
        for key, track in ledger.tracks.items()
    }
    eyes_ms = ledger.eyes_ms
    return msgspec.structs.replace(
        ledger,
        tracks=tracks,
        to_ms=at_ms,
        eyes_ms=None if eyes_ms is None else min(eyes_ms, at_ms),
    )


def moved_from(ledger: Ledger, from_ms: int, by_ms: int) -> Ledger:
    """The ledger with all that lies at `from_ms` and after it `by_ms` later."""

    def moved(at_ms: int) -> int:
        return at_ms + by_ms if at_ms >= from_ms else at_ms

    tracks = {
        key: Track(
            since_ms=moved(track.since_ms),
            fresh_ms=moved(track.fresh_ms),
            asked=(*clipped(track.asked, None, from_ms), *later(track.asked, from_ms, by_ms)),
            holes=(*clipped(track.holes, None, from_ms), *later(track.holes, from_ms, by_ms)),
        )
        for key, track in ledger.tracks.items()
    }
    eyes_ms, to_ms = ledger.eyes_ms, ledger.to_ms
    return msgspec.structs.replace(
        ledger,
        tracks=tracks,
        to_ms=None if to_ms is None else to_ms + by_ms,
        eyes_ms=None if eyes_ms is None else moved(eyes_ms),
    )


def later(spans: tuple[Span, ...], from_ms: int, by_ms: int) -> tuple[Span, ...]:
    """What of the spans lies at `from_ms` and after it, `by_ms` later."""
    return tuple(
        Span(one.start_ms + by_ms, one.end_ms + by_ms, one.why)
        for one in clipped(spans, from_ms, None)
    )


def clipped(spans: Iterable[Span], start_ms: int | None, end_ms: int | None) -> tuple[Span, ...]:
    """What of the spans lies from `start_ms` until `end_ms`; None: without a bound."""
    found = []
    for one in spans:
        start = one.start_ms if start_ms is None else max(one.start_ms, start_ms)
        end = one.end_ms if end_ms is None else min(one.end_ms, end_ms)
        if start < end:
            found.append(Span(start, end, one.why))
    return tuple(found)


def _filled(spans: tuple[Span, ...], new: Span) -> list[Span]:
    """In order, with what of `new` no span holds yet."""
    found: list[Span] = []
    at_ms = new.start_ms
    for one in spans:
        if at_ms < min(one.start_ms, new.end_ms):
            found.append(Span(at_ms, min(one.start_ms, new.end_ms), new.why))
        found.append(one)
        if one.end_ms > new.start_ms:
            at_ms = max(at_ms, min(one.end_ms, new.end_ms))
    if at_ms < new.end_ms:
        found.append(Span(at_ms, new.end_ms, new.why))
    return sorted(found, key=lambda one: one.start_ms)


def _joined(spans: list[Span]) -> list[Span]:
    found: list[Span] = []
    for one in spans:
        last = found[-1] if found else None
        if last is not None and last.end_ms == one.start_ms and last.why == one.why:
            found[-1] = Span(last.start_ms, one.end_ms, one.why)
        else:
            found.append(one)
    return found


def _coarser(holes: list[Span]) -> list[Span]:
    """With the two that lie closest as one, by the reason of the longer."""
    at = min(range(len(holes) - 1), key=lambda i: holes[i + 1].start_ms - holes[i].end_ms)
    first, second = holes[at], holes[at + 1]
    longer = max(first, second, key=lambda one: one.end_ms - one.start_ms)
    return [*holes[:at], Span(first.start_ms, second.end_ms, longer.why), *holes[at + 2 :]]
