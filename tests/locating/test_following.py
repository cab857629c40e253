from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from edge.locating import (
    LIVE,
    Evidence,
    EvidenceKind,
    Fit,
    Place,
    PlaceKind,
    Sighting,
    Track,
    fit,
    follow,
    likelihoods,
    strangers,
)
from tests.locating.small import LEVELS, RECEIVERS, heard, samples, small_fit

HOP_MS = 5_000


def told(
    found: Fit,
    rooms: Sequence[str | None],
    *,
    gain: int = 0,
    up: Collection[str] | None = None,
    evidence: dict[int, Evidence] | None = None,
    exits: Collection[str] = (),
    residents: int = 1,
    only: Collection[str] = RECEIVERS,
) -> list[Place]:
    """What is said hop by hop while somebody is in each of `rooms` (None: heard by nobody)."""
    track, places = Track(began_ms=0), []
    for number, room in enumerate(rooms):
        at = number * HOP_MS
        some = heard(room, at, length_ms=HOP_MS, gain=gain, seed=9) if room else ()
        some = tuple(one for one in some if one.receiver in only)
        extra = (evidence or {}).get(number)
        track, place = follow(
            found,
            track,
            some,
            () if extra is None else (extra,),
            at + HOP_MS,
            receivers_up=up,
            exits=exits,
            residents=residents,
        )
        places.append(place)
    return places


def test_a_change_of_room_is_told_within_15_s_and_kept() -> None:
    """Clear levels: the new room within three hops, then no other one; `since` is its beginning."""
    places = told(small_fit(), ["bedroom"] * 12 + ["kitchen"] * 12)
    assert [p.room for p in places[3:12]] == ["bedroom"] * 9
    assert [p.room for p in places[14:]] == ["kitchen"] * 10
    assert len({p.since_ms for p in places[14:]}) == 1
    assert 12 * HOP_MS - LIVE.lag_ms <= places[-1].since_ms <= 15 * HOP_MS
    assert places[-1].confidence > 0.8


@pytest.mark.parametrize("hop_ms", [2_500, 3_000, 7_000, 10_000])
def test_any_hop_gives_the_same_room(hop_ms: int) -> None:
    """The chain runs on its own slots: how often it is asked changes nothing of what it knows."""
    track, room = Track(began_ms=0), None
    some = heard("living", 0, length_ms=60_000)
    for now in range(hop_ms, 60_001, hop_ms):
        near = [one for one in some if now - hop_ms <= one.at_ms < now]
        track, place = follow(small_fit(), track, near, (), now)
        room = place.room
    assert room == "living"
    assert track.slots_closed == 60_000 // hop_ms * hop_ms // 2_500


def test_the_track_stays_small() -> None:
    """What is kept of a tag does not grow with the hours."""
    track = Track(began_ms=0)
    for now in range(HOP_MS, 100 * HOP_MS, HOP_MS):
        some = heard("living", now - HOP_MS, length_ms=HOP_MS)
        track, _ = follow(small_fit(), track, some, (), now)
    assert len(track.heard) == len(track.levels) == len(track.turns) <= 4
    assert len(track.last_slots) == 2
    assert track.pending == ()


def test_a_stronger_tag_is_learned() -> None:
    """A tag 6 dB stronger than in the walk: its gain is found to 2 dB, the rooms are right."""
    track = Track(began_ms=0)
    rooms = (["living"] * 30 + ["bedroom"] * 30 + ["kitchen"] * 30) * 2
    right = 0
    for number, room in enumerate(rooms):
        at = number * HOP_MS
        some = heard(room, at, length_ms=HOP_MS, gain=6, seed=4)
        track, place = follow(small_fit(), track, some, (), at + HOP_MS)
        right += place.room == room
    assert track.gain_db == pytest.approx(6, abs=2)
    assert right / len(rooms) > 0.95


def test_silence_is_unknown_and_never_a_room() -> None:
    """Heard by nobody: "unknown" after a minute, for ever, without a sign of going out."""
    places = told(small_fit(), ["living"] * 10 + [None] * 60)
    assert {p.kind for p in places[22:]} == {PlaceKind.UNKNOWN}
    assert {p.room for p in places[22:]} == {None}


def test_away_needs_an_outer_door_or_a_room_that_has_one() -> None:
    """Silence after an outer door, or after a room with one, is "away" from two minutes on."""
    door = {9: Evidence(rooms=("living",), kind=EvidenceKind.DOOR, at_ms=47_000)}
    inner = {9: Evidence(rooms=("living", "kitchen"), kind=EvidenceKind.DOOR, at_ms=47_000)}
    way = ["living"] * 10 + [None] * 40
    assert told(small_fit(), way, evidence=door)[-1].kind is PlaceKind.AWAY
    assert told(small_fit(), way, exits=("living",))[-1].kind is PlaceKind.AWAY
    assert told(small_fit(), way, evidence=inner)[-1].kind is PlaceKind.UNKNOWN
    assert told(small_fit(), way, exits=("bedroom",))[-1].kind is PlaceKind.UNKNOWN
    assert told(small_fit(), way, exits=("living",))[30].kind is PlaceKind.UNKNOWN


def test_nobody_was_ever_heard() -> None:
    """A tag without one reception is nowhere: not at home, and not away either."""
    places = told(small_fit(), [None] * 40, exits=tuple(LEVELS))
    assert {p.kind for p in places} == {PlaceKind.UNKNOWN}


def test_one_receiver_claims_no_room() -> None:
    """With one receiver left, or one in the home, only home and near are said of who is heard."""
    way = ["living"] * 6 + ["bedroom"] * 6 + [None] * 40
    alone = fit(
        [
            type(one)(
                session=one.session,
                person=one.person,
                room=one.room,
                sightings=tuple(s for s in one.sightings if s.receiver == ""),
                from_ms=one.from_ms,
                until_ms=one.until_ms,
            )
            for one in samples()
        ],
        ("",),
    )
    for places in (told(small_fit(), way, up=("",)), told(alone, way, only=("",))):
        assert {p.room for p in places} == {None}
        assert places[4].kind is PlaceKind.NEAR
        assert places[10].kind is PlaceKind.HOME
        assert places[-1].kind is PlaceKind.UNKNOWN


def test_a_receiver_that_is_down_is_not_far() -> None:
    """Two of three receivers still tell the rooms; as silence the third would say another one."""
    way = ["kitchen"] * 12
    up = ("", "s2")
    assert told(small_fit(), way, up=up, only=up)[-1].room == "kitchen"
    assert told(small_fit(), ["bedroom"] * 12, up=up, only=up)[-1].room == "bedroom"


def test_no_receiver_works() -> None:
    """All receivers down: nothing is known, whatever still trickles in."""
    assert told(small_fit(), ["kitchen"] * 12, up=())[-1].kind is PlaceKind.UNKNOWN


def test_motion_moves_the_answer_less_with_several_residents() -> None:
    """Motion is evidence for its room; of four residents it was probably another one."""
    one = told(small_fit(), ["kitchen"] * 3, evidence=dict.fromkeys(range(3), _motion()))
    four = told(
        small_fit(), ["kitchen"] * 3, evidence=dict.fromkeys(range(3), _motion()), residents=4
    )
    none = told(small_fit(), ["kitchen"] * 3)
    assert one[1].confidence > four[1].confidence >= none[1].confidence


def _motion() -> Evidence:
    return Evidence(rooms=("kitchen",), kind=EvidenceKind.MOTION, at_ms=6_000)


def test_an_unknown_receiver_is_ignored_and_told() -> None:
    """A satellite that came after the walk changes no room, and is named."""
    some = heard("living", 0)
    new = Sighting(receiver="s9", rssi_dbm=-30, at_ms=100)
    assert strangers(small_fit(), (*some, new)) == {"s9"}
    assert likelihoods(small_fit(), (*some, new)) == likelihoods(small_fit(), some)


def test_likelihoods_name_the_room_and_sum_to_one() -> None:
    """A fingerprint on its own, for the check and for a device that was moved."""
    for room in LEVELS:
        found = likelihoods(small_fit(), heard(room, 50_000, seed=3))
        assert max(found, key=found.__getitem__) == room
        assert sum(found.values()) == pytest.approx(1.0)


def test_a_gap_of_an_hour_begins_anew() -> None:
    """After an hour without a call the old room is no evidence, and costs no hour of slots."""
    track, room = Track(began_ms=0), None
    for at in range(0, 60_000, HOP_MS):
        some = heard("living", at, length_ms=HOP_MS)
        track, _ = follow(small_fit(), track, some, (), at + HOP_MS)
    for at in range(3_600_000, 3_630_000, HOP_MS):
        some = heard("kitchen", at, length_ms=HOP_MS)
        track, place = follow(small_fit(), track, some, (), at + HOP_MS)
        room = place.room
    assert room == "kitchen"
    assert track.slots_closed == 3_630_000 // 2_500
