"""Where a tag is, window by window: the chain as it runs in a home, and as it is judged.

A statement is made a little behind now (`Pace`), because what comes after a doorway says more
about it than what came before. Silence is never a room: after SILENT_MS it is "unknown".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace

from edge.locating import chain
from edge.locating.moving import arriving, news, turn_of, view
from edge.locating.reading import (
    emission,
    learned_gain,
    residual_db,
    room_nats,
    silence,
)
from edge.locating.records import (
    AWAY_MS,
    LIVE,
    NEAR_DBM,
    SILENT_MS,
    SLOT_MS,
    UNSURE_BELOW,
    Evidence,
    EvidenceKind,
    Fit,
    Pace,
    Place,
    PlaceKind,
    Sighting,
    Slot,
    Track,
)
from edge.locating.slots import levels_of, slots_of

# After so many slots without a call (5 min) where somebody was says nothing of where they are.
GAP_SLOTS = 120
# A sensor that speaks is this much likelier where its only resident is than elsewhere.
EVIDENCE = {EvidenceKind.MOTION: 4.0, EvidenceKind.DOOR: 3.0}
# An outer door this close to the last sighting is the way out.
EXIT_MS = 120_000
# How sure "away" is when an outer door spoke, and when only the last room has one.
AWAY_BY_DOOR = 0.9
AWAY_BY_ROOM = 0.6


def follow(
    fit: Fit,
    track: Track,
    sightings: Sequence[Sighting],
    evidence: Sequence[Evidence],
    now_ms: int,
    *,
    pace: Pace = LIVE,
    receivers_up: Collection[str] | None = None,
    residents: int = 1,
    exits: Collection[str] = (),
) -> tuple[Track, Place]:
    """One call: what was heard since the last one, up to `now_ms`. Any hop will do.

    `receivers_up` names the receivers that work (None: all); `exits` the rooms with an outer
    door. The place is that of `pace.lag_ms` ago.
    """
    down = _down(fit, receivers_up)
    track = _noted(track, sightings, evidence, now_ms)
    track = _closed(fit, track, now_ms, down, residents)
    track, place = _told(fit, track, now_ms, pace, down, exits)
    return _trimmed(fit, replace(track, place=place), pace), place


def likelihoods(
    fit: Fit, sightings: Iterable[Sighting], *, gain_db: float = 0.0
) -> dict[str, float]:
    """How probable each room is by these sightings alone, all rooms the same before; sums to 1.

    Nothing that the fit's receivers heard gives the shares of silence in the walk.
    """
    index = {name: at for at, name in enumerate(fit.receivers)}
    (slot,) = slots_of(sightings, index, 0, 1)
    found = _seen(fit, slot, gain_db, frozenset())
    whole = sum(found)
    return {room: one / whole for room, one in zip(fit.rooms, found, strict=True)}


def strangers(fit: Fit, sightings: Iterable[Sighting]) -> frozenset[str]:
    """Receivers that the fit does not know: heard, ignored, and to be told to the installer."""
    return frozenset(one.receiver for one in sightings) - frozenset(fit.receivers)


def _down(fit: Fit, receivers_up: Collection[str] | None) -> frozenset[int]:
    if receivers_up is None:
        return frozenset()
    return frozenset(at for at, name in enumerate(fit.receivers) if name not in receivers_up)


def _noted(
    track: Track, sightings: Sequence[Sighting], evidence: Sequence[Evidence], now_ms: int
) -> Track:
    """What came in, put beside what waits for its slot to end."""
    began = track.began_ms
    if began is None:
        began = min((one.at_ms for one in sightings), default=now_ms)
    heard = max((one.at_ms for one in sightings), default=track.last_heard_ms)
    outer = [one.at_ms for one in evidence if one.kind is EvidenceKind.DOOR and len(one.rooms) == 1]
    return replace(
        track,
        began_ms=began,
        pending=(*track.pending, *sightings),
        pending_evidence=(*track.pending_evidence, *evidence),
        last_heard_ms=heard,
        last_exit_ms=max(outer, default=track.last_exit_ms),
    )


def _closed(fit: Fit, track: Track, now_ms: int, down: frozenset[int], residents: int) -> Track:
    """The slots that ended since the last call, read and put to the chain's end."""
    began = track.began_ms or 0
    new = (now_ms - began) // SLOT_MS - track.slots_closed
    if new <= 0:
        return track
    if new > GAP_SLOTS:
        track, new = _anew(track, new - 1), 1
    from_ms = began + track.slots_closed * SLOT_MS
    until_ms = from_ms + new * SLOT_MS
    index = {name: at for at, name in enumerate(fit.receivers)}
    over = [one for one in track.pending if one.at_ms < until_ms]
    slots = slots_of(over, index, from_ms, new)
    bonus = _bonus(fit, track.pending_evidence, from_ms, new, residents)
    ring = [*track.last_slots, *slots]
    extra = [*track.bonus, *bonus]
    first = min(1, len(track.last_slots) - 1) if track.last_slots else 0
    heard, levels, turns = list(track.heard), list(track.levels), list(track.turns)
    fresh, weight = list(track.fresh), track.weight
    for at in range(max(0, first), len(ring) - 1):
        near, size = view(ring, at, fit.change_db)
        fresh.append(news(size, fit.rest_weight))
        weight = arriving(fresh[-1], weight)
        found = _seen(fit, near, track.gain_db, down, weight)
        turns.append(turn_of(fit.turnover, size))
        heard.append(tuple(e * b for e, b in zip(found, extra[at], strict=True)))
        levels.append(levels_of(near, track.gain_db))
    return replace(
        track,
        slots_closed=track.slots_closed + new,
        pending=tuple(one for one in track.pending if one.at_ms >= until_ms),
        pending_evidence=tuple(one for one in track.pending_evidence if one.at_ms >= until_ms),
        last_slots=tuple(ring[-2:]),
        bonus=tuple(extra[-2:]),
        heard=tuple(heard),
        turns=tuple(turns),
        fresh=tuple(fresh),
        weight=weight,
        levels=tuple(levels),
    )


def _anew(track: Track, skipped: int) -> Track:
    """After a gap: the chain begins again, what was learned of the tag stays."""
    return replace(
        track,
        slots_closed=track.slots_closed + skipped,
        last_slots=(),
        bonus=(),
        before=(),
        heard=(),
        turns=(),
        fresh=(),
        weight=0.0,
        levels=(),
    )


def _seen(
    fit: Fit, near: Slot, gain_db: float, down: frozenset[int], weight: float = 1.0
) -> list[float]:
    if not any(cell[0] for at, cell in enumerate(near) if at not in down):
        return [1.0] * len(fit.rooms) if down else silence(fit)
    return emission(fit.weights, room_nats(fit, near, levels_of(near, gain_db), down), weight)


def _bonus(
    fit: Fit, evidence: Sequence[Evidence], from_ms: int, count: int, residents: int
) -> list[tuple[float, ...]]:
    """What sensors add to each slot: with several residents it may have been another one."""
    found = [[1.0] * len(fit.rooms) for _ in range(count)]
    for one in evidence:
        at = (one.at_ms - from_ms) // SLOT_MS
        if at >= count:
            continue
        factor = 1.0 + (EVIDENCE[one.kind] - 1.0) / max(1, residents) ** 2
        for room in one.rooms:
            if room in fit.rooms:
                place = fit.rooms.index(room)
                row = found[max(0, at)]
                row[place] = max(row[place], factor)
    return [tuple(row) for row in found]


def _told(
    fit: Fit,
    track: Track,
    now_ms: int,
    pace: Pace,
    down: frozenset[int],
    exits: Collection[str],
) -> tuple[Track, Place]:
    up = len(fit.receivers) - len(down)
    silent_ms = None if track.last_heard_ms is None else now_ms - track.last_heard_ms
    if up == 0 or silent_ms is None or silent_ms >= SILENT_MS:
        return _unheard(track, now_ms, exits, silent_ms if up else None)
    if up == 1:
        return _by_one(track, now_ms, down)
    shares = _shares(fit, track, pace)
    if shares is None:
        return track, _place(track, PlaceKind.UNKNOWN, None, 0.0, now_ms)
    best = max(range(len(shares)), key=shares.__getitem__)
    if track.told in fit.rooms:
        held = fit.rooms.index(track.told)
        if shares[best] < shares[held] + pace.margin:
            best = held
    if shares[best] < UNSURE_BELOW:
        return track, _place(track, PlaceKind.UNKNOWN, None, shares[best], now_ms)
    room = fit.rooms[best]
    # The statement is about the span before the lag; it began no later than there.
    place = _place(track, PlaceKind.ROOM, room, shares[best], now_ms - pace.lag_ms)
    return replace(track, told=room, last_room=room), place


def _unheard(
    track: Track, now_ms: int, exits: Collection[str], silent_ms: int | None
) -> tuple[Track, Place]:
    """Nobody hears the tag: gone out if there is a sign of it, else not known. Never a room."""
    track = replace(track, told=None)
    heard, door = track.last_heard_ms, track.last_exit_ms
    if silent_ms is None or silent_ms < AWAY_MS or heard is None:
        return track, _place(track, PlaceKind.UNKNOWN, None, 0.0, now_ms)
    if door is not None and abs(door - heard) <= EXIT_MS:
        return track, _place(track, PlaceKind.AWAY, None, AWAY_BY_DOOR, now_ms)
    if track.last_room in exits:
        return track, _place(track, PlaceKind.AWAY, None, AWAY_BY_ROOM, now_ms)
    return track, _place(track, PlaceKind.UNKNOWN, None, 0.0, now_ms)


def _by_one(track: Track, now_ms: int, down: frozenset[int]) -> tuple[Track, Place]:
    """One receiver tells distances, and those badly: near it, or somewhere at home."""
    heard = [
        level
        for levels in track.levels[-4:]
        for at, level in enumerate(levels)
        if level is not None and at not in down
    ]
    strong = sorted(heard)[len(heard) // 2] if heard else None
    if strong is None:
        held = track.place
        if held is not None and held.kind in {PlaceKind.HOME, PlaceKind.NEAR}:
            return track, held
        return track, _place(track, PlaceKind.HOME, None, 1.0, now_ms)
    near = strong >= NEAR_DBM
    # A level on the border says as little of the one as of the other; 6 dB away it is clear.
    sure = min(1.0, 0.5 + abs(strong - NEAR_DBM) / 12.0)
    kind = PlaceKind.NEAR if near else PlaceKind.HOME
    return track, _place(track, kind, None, sure if near else 1.0, now_ms)


def _place(
    track: Track, kind: PlaceKind, room: str | None, confidence: float, since_ms: int
) -> Place:
    """The place, with the beginning of the one before when it is the same."""
    before = track.place
    if before is not None and (before.kind, before.room) == (kind, room):
        since_ms = before.since_ms
    return Place(kind=kind, room=room, confidence=round(confidence, 3), since_ms=since_ms)


def _shares(fit: Fit, track: Track, pace: Pace) -> list[float] | None:
    """The probability of each room over the span that is spoken of."""
    if not track.heard:
        return None
    found = chain.smoothed(fit.chain, track.before or fit.chain.start, track.heard, track.turns)
    # The newest emission belongs to the slot before the newest: its neighbour had to end.
    first = track.slots_closed - 1 - len(found)
    end = track.slots_closed - pace.lag_ms // SLOT_MS - first
    span = max(1, pace.span_ms // SLOT_MS)
    end = min(len(found), max(1, end))
    chosen = found[max(0, end - span) : end]
    return [sum(column) / len(chosen) for column in zip(*chosen, strict=True)]


def _trimmed(fit: Fit, track: Track, pace: Pace) -> Track:
    """What no later statement looks at goes into `before`, and teaches the tag's gain."""
    keep = (pace.lag_ms + pace.span_ms) // SLOT_MS + 1
    spare = len(track.heard) - keep
    if spare <= 0:
        return track
    found = chain.smoothed(fit.chain, track.before or fit.chain.start, track.heard, track.turns)
    before: Sequence[float] = track.before or fit.chain.start
    gain_db, weight = track.gain_db, track.gain_weight
    for at in range(spare):
        before = chain.forward(fit.chain, before, track.heard[at], track.turns[at])
        residual = residual_db(fit, track.levels[at], found[at])
        gain_db, weight = learned_gain(gain_db, weight, residual, track.fresh[at])
    return replace(
        track,
        before=tuple(before),
        heard=track.heard[spare:],
        turns=track.turns[spare:],
        fresh=track.fresh[spare:],
        levels=track.levels[spare:],
        gain_db=gain_db,
        gain_weight=weight,
    )
