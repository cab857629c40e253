"""The ledger when time itself changes: a start, a new boot, a clock that was set.

Time between two boots is asked and not known: the gateway was off. Of a boot that ended without a
clock nobody knows which hours it had: they stay not known, and nothing of it is counted. Where a
clock was ahead, what was counted for hours that have not come yet is dropped, as in the days of
`edge.home.coverage`; where it was behind, there is a gap of which nobody asks, as no time passed.

A clock that goes back by more than a day was ahead, or is wrong now. It was ahead when it had leapt
forward within the last week; otherwise hours that were written stay, because nothing brings them
back, and when the clock is right again it goes on behind them.
"""

from __future__ import annotations

import msgspec

from edge.domain import Instant
from edge.home.accounting import laid
from edge.home.asking import Why
from edge.home.ledger import HOUR_MS, Ledger, Track, cut, later, moved_from
from edge.home.localday import DAY_MS
from edge.home.state import Frame, Home

# What one home was without its gateway, and what a clock that was set to nonsense makes of it: the
# rows of longer than this are nobody's question. As many days as `edge.home.coverage` keeps.
GAP_MAX_MS = 100 * DAY_MS
# As the store's bounds of clocks: a person corrects hours; after a week a clock is proved.
LEAP_MS = DAY_MS
PROVED_MS = 7 * DAY_MS


def carried(old: Home, frame: Frame, now: Instant) -> Ledger:
    """The ledger of `old` as it goes on in the time of `frame`, whose first moment is `now`."""
    ledger = laid(old)
    if ledger.to_ms is None:
        return begun(ledger, frame, now)
    if old.frame.boot != now.boot:
        return _other_boot(old, ledger, frame, now)
    if old.frame.synced and frame.synced:
        return _stepped(ledger, old.at_ms, frame.drift_ms)
    if old.frame.synced:
        return msgspec.structs.replace(ledger, apart_ms=ledger.to_ms, gap="")
    return _placed(old, ledger, frame.drift_ms) if frame.synced else ledger


def begun(ledger: Ledger, frame: Frame, now: Instant) -> Ledger:
    """A ledger that begins now."""
    at_ms = now.boottime_ms + frame.drift_ms
    return msgspec.structs.replace(
        ledger,
        to_ms=at_ms,
        shift_ms=frame.drift_ms,
        apart_ms=None if frame.synced else at_ms,
        leap_ms=(0, at_ms),
    )


def paused(home: Home, until: Instant) -> Ledger:
    """The process did not run until now, within the same boot."""
    ledger = home.ledger
    if ledger.to_ms is None:
        return begun(ledger, home.frame, until)
    off = msgspec.structs.replace(home, ledger=laid(home))
    return laid(off, Why.GATEWAY_OFF, until.boottime_ms + ledger.shift_ms)


def _other_boot(old: Home, ledger: Ledger, frame: Frame, now: Instant) -> Ledger:
    why: str = Why.GATEWAY_OFF
    if ledger.apart_ms is not None:
        why = Why.CLOCK_UNSET
        ledger = cut(ledger, ledger.apart_ms)
    to_ms = ledger.to_ms or 0
    if not frame.synced:
        shift_ms = to_ms - now.boottime_ms
        return msgspec.structs.replace(ledger, apart_ms=to_ms, gap=why, shift_ms=shift_ms)
    ledger = _bridged(old, ledger, now.wall_ms, why)
    return msgspec.structs.replace(ledger, shift_ms=frame.drift_ms, apart_ms=None, gap="")


def _placed(old: Home, ledger: Ledger, drift_ms: int) -> Ledger:
    """The clock was set: what was laid without one goes to its hours."""
    apart_ms, by_ms = ledger.apart_ms, drift_ms - ledger.shift_ms
    if apart_ms is None:
        return msgspec.structs.replace(ledger, shift_ms=drift_ms)
    starts_ms = apart_ms + by_ms
    before = cut(ledger, apart_ms)
    if before.tracks and ledger.gap:
        before = _bridged(old, before, starts_ms, ledger.gap)
    elif starts_ms < apart_ms:
        before = _set_back(before, starts_ms)
    else:
        before = _leapt(before, apart_ms, starts_ms)
    moved = moved_from(ledger, apart_ms, by_ms)
    tracks = {}
    for key, track in ledger.tracks.items():
        early, late = before.tracks.get(key), moved.tracks[key]
        known = Track(since_ms=late.since_ms, fresh_ms=late.fresh_ms) if early is None else early
        tracks[key] = Track(
            since_ms=min(known.since_ms, late.since_ms),
            fresh_ms=min(known.fresh_ms, late.fresh_ms),
            asked=(*known.asked, *later(track.asked, apart_ms, by_ms)),
            holes=(*known.holes, *later(track.holes, apart_ms, by_ms)),
        )
    return msgspec.structs.replace(
        moved,
        tracks=tracks,
        shift_ms=drift_ms,
        apart_ms=None,
        gap="",
        drop_ms=before.drop_ms,
        past_ms=before.past_ms,
        leap_ms=before.leap_ms,
    )


def _stepped(ledger: Ledger, at_ms: int, drift_ms: int) -> Ledger:
    """The wall clock was set while it counted as known."""
    to_ms = at_ms + drift_ms
    if ledger.to_ms is not None and to_ms < ledger.to_ms:
        ledger = _set_back(ledger, to_ms)
    elif ledger.to_ms is not None:
        ledger = _leapt(ledger, ledger.to_ms, to_ms)
    return msgspec.structs.replace(ledger, to_ms=to_ms, shift_ms=drift_ms)


def _bridged(old: Home, ledger: Ledger, until_ms: int, why: str) -> Ledger:
    """A stretch without a gateway: asked as it was at its beginning, and never known."""
    to_ms, past_ms = ledger.to_ms or 0, ledger.past_ms or 0
    if until_ms < to_ms:
        return _set_back(ledger, until_ms)
    start_ms = max(to_ms, until_ms - GAP_MAX_MS, past_ms if past_ms <= until_ms else 0)
    ledger = msgspec.structs.replace(_leapt(ledger, to_ms, until_ms), to_ms=start_ms)
    return laid(msgspec.structs.replace(old, ledger=ledger), why, until_ms)


def _leapt(ledger: Ledger, from_ms: int, until_ms: int) -> Ledger:
    """Remembers that the clock leapt, unless it is back where it was before it went far back."""
    if until_ms - from_ms <= LEAP_MS:
        return ledger
    if ledger.past_ms is not None and until_ms >= ledger.past_ms - LEAP_MS:
        return msgspec.structs.replace(ledger, past_ms=None, leap_ms=None)
    before = _unproved(ledger, from_ms)
    leap_ms = (from_ms if before is None else before[0], until_ms)
    return msgspec.structs.replace(ledger, leap_ms=leap_ms)


def _unproved(ledger: Ledger, to_ms: int) -> tuple[int, int] | None:
    """The last leap, while nobody knows whether the clock was right before it or is after it."""
    leap_ms = ledger.leap_ms
    return None if leap_ms is None or to_ms - leap_ms[1] >= PROVED_MS else leap_ms


def _set_back(ledger: Ledger, at_ms: int) -> Ledger:
    """The clock goes on at `at_ms`, which is over."""
    to_ms = ledger.to_ms or 0
    leap_ms = _unproved(ledger, to_ms)
    was_ahead = leap_ms is not None and at_ms >= leap_ms[0] - LEAP_MS
    if was_ahead or to_ms - at_ms <= LEAP_MS:
        return _dropped(ledger, at_ms)
    past_ms = max(to_ms, ledger.past_ms or 0)
    return msgspec.structs.replace(cut(ledger, at_ms), past_ms=past_ms, leap_ms=None)


def _dropped(ledger: Ledger, from_ms: int) -> Ledger:
    hour_ms = from_ms // HOUR_MS * HOUR_MS
    drop_ms = hour_ms if ledger.drop_ms is None else min(ledger.drop_ms, hour_ms)
    ledger = cut(ledger, from_ms)
    return msgspec.structs.replace(ledger, drop_ms=drop_ms)
