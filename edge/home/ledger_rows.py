"""The ledger as rows by the hour, and what of it can be let go once they are written."""

from __future__ import annotations

import msgspec

from edge.domain import HourCoverage
from edge.home.accounting import laid, settled_ms
from edge.home.ledger import HOUR_MS, Track, clipped
from edge.home.localday import DAY_MS
from edge.home.state import Home

# What a device may take back: twice the longest deadline of a role, 14 days, and its rhythm.
KEPT_MAX_MS = 31 * DAY_MS
# Hours of each question in one commit: two days take milliseconds, and months follow in the next.
HOURS_MAX = 48
_S_MS = 1_000


def is_due(home: Home) -> bool:
    """Whether an hour is over that is not written, or one was taken back."""
    ledger = home.ledger
    if ledger.to_ms is None:
        return False
    if ledger.drop_ms is not None:
        return True
    now_ms = home.at_ms + ledger.shift_ms if ledger.apart_ms is None else ledger.apart_ms
    hour_ms = _hour(now_ms)
    if _hour(ledger.to_ms) < hour_ms:  # what is not laid yet may be a question's first hour
        return True
    return any(track.fresh_ms < hour_ms for track in ledger.tracks.values())


def write_out(home: Home, *, running: bool = False) -> tuple[Home, list[HourCoverage], int | None]:
    """The home whose hours are written, their rows, and from where on older ones go first.

    Whole hours alone, unless `running`: then the one that runs too, as far as it is.
    """
    ledger = laid(home)
    if ledger.to_ms is None:
        return home, [], None
    home = msgspec.structs.replace(home, ledger=ledger)
    end_ms = ledger.to_ms if ledger.apart_ms is None else min(ledger.to_ms, ledger.apart_ms)
    whole_ms = _hour(end_ms)
    rows: list[HourCoverage] = []
    tracks = {}
    for question, track in ledger.tracks.items():
        until_ms = min(whole_ms, _first_hour(track) + HOURS_MAX * HOUR_MS)
        rows += hours(question, track, _hour(track.fresh_ms), until_ms)
        if running and until_ms == whole_ms:
            rows += hours(question, track, whole_ms, end_ms)
        fresh_ms = max(track.fresh_ms, until_ms) if until_ms <= whole_ms else track.fresh_ms
        # One hour more: a clock that is set back a little must not cost a written hour its head.
        settled = max(settled_ms(home, question), ledger.to_ms - KEPT_MAX_MS)
        keep_ms = max(_hour(min(fresh_ms, settled, end_ms)) - HOUR_MS, track.since_ms)
        kept = Track(
            since_ms=keep_ms,
            fresh_ms=fresh_ms,
            asked=clipped(track.asked, keep_ms, None),
            holes=clipped(track.holes, keep_ms, None),
        )
        tracks[question] = kept
    drop_ms = ledger.drop_ms
    ledger = msgspec.structs.replace(
        ledger, tracks={key: t for key, t in tracks.items() if t.asked}, drop_ms=None
    )
    return msgspec.structs.replace(home, ledger=ledger), rows, drop_ms


def forget_hours(home: Home) -> Home:
    """The home without the hours that are over: they were erased, and nothing brings them back."""
    ledger = laid(home)
    if ledger.to_ms is None:
        return home
    hour_ms = _hour(ledger.to_ms)
    tracks = {
        question: Track(
            since_ms=hour_ms,
            fresh_ms=hour_ms,
            asked=clipped(track.asked, hour_ms, None),
            holes=clipped(track.holes, hour_ms, None),
        )
        for question, track in ledger.tracks.items()
    }
    ledger = msgspec.structs.replace(ledger, tracks=tracks)
    return msgspec.structs.replace(home, ledger=ledger)


def unwritten(home: Home) -> list[HourCoverage]:
    """Rows of every hour that may be other than it is written, and of the one that runs."""
    ledger = laid(home)
    if ledger.to_ms is None:
        return []
    end_ms = ledger.to_ms if ledger.apart_ms is None else min(ledger.to_ms, ledger.apart_ms)
    return [
        row
        for question, track in ledger.tracks.items()
        for row in hours(question, track, _hour(track.fresh_ms), end_ms)
    ]


def hours(question: str, track: Track, start_ms: int, end_ms: int) -> list[HourCoverage]:
    """One row for each hour in which it was a question, from an hour's beginning on."""
    asked: dict[int, int] = {}
    missed: dict[int, dict[str, int]] = {}
    for span in clipped(track.asked, start_ms, end_ms):
        for hour_ms, ms in _by_hour(span.start_ms, span.end_ms):
            asked[hour_ms] = asked.get(hour_ms, 0) + ms
        for hole in clipped(track.holes, span.start_ms, span.end_ms):
            for hour_ms, ms in _by_hour(hole.start_ms, hole.end_ms):
                whys = missed.setdefault(hour_ms, {})
                whys[hole.why] = whys.get(hole.why, 0) + ms
    return [_row(question, hour_ms, ms, missed.get(hour_ms, {})) for hour_ms, ms in asked.items()]


def _row(question: str, hour_ms: int, asked_ms: int, whys: dict[str, int]) -> HourCoverage:
    asked_s = min(round(asked_ms / _S_MS), HOUR_MS // _S_MS)
    known_s = min(asked_s, max(0, asked_ms - sum(whys.values())) // _S_MS)
    reason = max(whys, key=lambda why: (whys[why], why), default="")
    return HourCoverage(
        hour_ms=hour_ms,
        question=question,
        asked_s=asked_s,
        known_s=known_s,
        reason=reason if known_s < asked_s else "",
    )


def _by_hour(start_ms: int, end_ms: int) -> list[tuple[int, int]]:
    """The hours of a stretch, each with how much of it lies there."""
    found = []
    while start_ms < end_ms:
        hour_ms = _hour(start_ms)
        stop_ms = min(end_ms, hour_ms + HOUR_MS)
        found.append((hour_ms, stop_ms - start_ms))
        start_ms = stop_ms
    return found


def _first_hour(track: Track) -> int:
    """The first hour to write: a stretch that nobody asks about is passed over at once."""
    later = (s.start_ms for s in track.asked if s.end_ms > track.fresh_ms)
    return _hour(max(track.fresh_ms, next(later, track.fresh_ms)))


def _hour(at_ms: int) -> int:
    return at_ms // HOUR_MS * HOUR_MS
