"""Where a tag is without a fit: near the gateway, at home, away or unknown. Never a room."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from edge.domain.base import Record
from edge.locating.records import (
    AWAY_MS,
    NEAR_DBM,
    SILENT_MS,
    WINDOW_MS,
    Evidence,
    EvidenceKind,
    Place,
    PlaceKind,
    Sighting,
)

# An outer door this close to the last reception is the way out.
EXIT_MS = 120_000
AWAY_BY_DOOR = 0.9
# Receptions of the near receiver that are looked at: ten a second over a window.
NEAR_KEPT = 100
# So much beyond the border a level is beyond doubt, in dB.
CLEAR_DB = 12.0


class Presence(Record, frozen=True, kw_only=True):
    """What is kept of one tag between two calls. Begin with `Presence()`."""

    last_heard_ms: int | None = None
    last_exit_ms: int | None = None
    near: tuple[Sighting, ...] = ()  # by the receiver that "near" is said of
    place: Place | None = None


def attend(
    held: Presence,
    sightings: Sequence[Sighting],
    evidence: Sequence[Evidence],
    now_ms: int,
    *,
    receivers_up: Collection[str],
) -> tuple[Presence, Place]:
    """One call: what was heard since the last one. `near` is said of the gateway's own radio.

    A home without that radio has "near" only where it has a single receiver.
    """
    around = "" if "" in receivers_up or len(receivers_up) != 1 else next(iter(receivers_up))
    near = (*held.near, *(one for one in sightings if one.receiver == around))
    held = replace(
        held,
        near=tuple(one for one in near if now_ms - one.at_ms < WINDOW_MS)[-NEAR_KEPT:],
        last_heard_ms=max((one.at_ms for one in sightings), default=held.last_heard_ms),
        last_exit_ms=max(
            (e.at_ms for e in evidence if e.kind is EvidenceKind.DOOR and len(e.rooms) == 1),
            default=held.last_exit_ms,
        ),
    )
    kind, confidence = _judged(held, now_ms, anybody=bool(receivers_up))
    before = held.place
    since_ms = before.since_ms if before is not None and before.kind is kind else now_ms
    place = Place(kind=kind, room=None, confidence=round(confidence, 3), since_ms=since_ms)
    return replace(held, place=place), place


def _judged(held: Presence, now_ms: int, *, anybody: bool) -> tuple[PlaceKind, float]:
    heard_ms, door_ms = held.last_heard_ms, held.last_exit_ms
    if not anybody or heard_ms is None:
        return PlaceKind.UNKNOWN, 0.0
    silent_ms = now_ms - heard_ms
    if silent_ms >= SILENT_MS:
        out = door_ms is not None and abs(door_ms - heard_ms) <= EXIT_MS
        if silent_ms >= AWAY_MS and out:
            return PlaceKind.AWAY, AWAY_BY_DOOR
        return PlaceKind.UNKNOWN, 0.0
    levels = sorted(one.rssi_dbm for one in held.near)
    if not levels:
        return PlaceKind.HOME, 1.0
    above_db = levels[len(levels) // 2] - NEAR_DBM
    if above_db < 0:
        return PlaceKind.HOME, 1.0
    return PlaceKind.NEAR, min(1.0, 0.5 + above_db / CLEAR_DB)
