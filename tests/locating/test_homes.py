"""The locator in simulated homes: bytes of nobody, but walls, bodies, reflections and lost packets.

The thresholds are what it does there, with room for one bad spot; docs/decisions/0021 has
the measurements, and where they stay below what was aimed at.
"""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from edge.locating import LIVE, SLOT_MS, Fit, PlaceKind, Sighting, fit
from edge.sim.radio_map import Plan, RadioMap
from edge.sim.strolls import FLAT_3, FLAT_6, Place, flat, listen
from tests.support.walks import Changes, Walk, changes, lived, places, score, walk, walk_tested

ORDER = ("living", "kitchen", "bathroom", "hallway", "bedroom") * 2
PLAN = flat(2)
RADIO = RadioMap(PLAN, FLAT_3)
# 95 % is aimed at, and is not what a short walk teaches of every flat (docs/decisions/0021).
RIGHT = 0.88
# What is aimed at on a lived day; soon is 15 s, where all but one of twenty is aimed at.
LIVED_RIGHT = 0.95
LIVED_SOON = 0.85
# Two rounds of five rooms, as an installer has time for them.
WALK_MAX_MS = 750_000


def walk_test(plan: Plan, radio: RadioMap) -> Fit:
    """Each room twice for 100 s, one packet a second, three receivers."""
    done = walk(plan, FLAT_3, seed=2, rooms=ORDER, stay_s=100, minutes=60, rate_hz=1, radio=radio)
    return fit(done.samples(), tuple(FLAT_3), plan.neighbours())


@pytest.fixture(scope="module")
def walked() -> Fit:
    return walk_test(PLAN, RADIO)


@pytest.mark.timeout(60)
def test_a_lived_day_after_an_installers_walk() -> None:
    """Habitual places, heavy-tailed stays: the windows, the changes and the rest of an hour."""
    told, shares = Changes(), []
    for seed in (1, 5, 201, 202):
        plan = flat(seed)
        radio = RadioMap(plan, FLAT_3)
        samples = walk_tested(plan, radio, seed=seed).samples()
        begin_ms, end_ms = samples[0].from_ms, samples[-1].until_ms
        assert begin_ms is not None
        assert end_ms is not None
        assert end_ms - begin_ms <= WALK_MAX_MS
        learned = fit(samples, tuple(FLAT_3), plan.neighbours())
        day = lived(plan, radio, seed=seed, hours=1.5)
        shares.append(score(learned, [day]).share)
        changes(learned, day, told)
    assert len(told.lags_s) >= 20
    assert sum(shares) / len(shares) >= LIVED_RIGHT
    assert told.told_within(15.0) >= LIVED_SOON
    assert told.false_an_hour <= 1.0


@pytest.mark.timeout(60)
def test_flats_with_three_receivers_on_another_day() -> None:
    """Somebody lives there the day after the walk: most windows of 10 s are right."""
    windows = rights = 0
    for seed in (1, 201, 202, 203):  # the first one is hard
        plan = flat(seed)
        radio = RadioMap(plan, FLAT_3)
        day = walk(
            *(plan, FLAT_3),
            seed=60 + seed,
            day=1,
            minutes=20,
            stay_s=120,
            rate_hz=1,
            gain_db=2,
            radio=radio,
        )
        found = score(walk_test(plan, radio), [day])
        windows += found.windows
        rights += found.right
    assert windows >= 480
    assert rights / windows >= RIGHT


@pytest.mark.timeout(60)
def test_at_rest_no_room_changes(walked: Fit) -> None:
    """Four spots, half an hour each: at most one change of room an hour in the mean."""
    rng = random.Random(5)
    changes = 0
    for spot in range(4):
        room = rng.choice(PLAN.rooms)
        at = (rng.uniform(room.left + 0.5, room.right - 0.5), room.bottom + 1.0, room.floor)
        heading = rng.uniform(0.0, 6.28)
        still = Walk(session="rest", person="a", begin_ms=0)
        way = (
            Place(
                t_s=step * 0.5,
                position=at,
                heading_rad=heading + rng.gauss(0, 0.15),
                room=room.name,
            )
            for step in range(3_600)
        )
        for place, heard in listen(RADIO, way, gain_db=0.0, rate_hz=0.5, seed=spot):
            still.rooms.append((round(place.t_s * 1000), place.room))
            still.sightings += [
                Sighting(receiver=one.receiver, rssi_dbm=one.rssi_dbm, at_ms=round(one.t_s * 1000))
                for one in heard
            ]
        rooms = [p.room for t, p in places(walked, still, hop_ms=10_000, pace=LIVE) if t > 60_000]
        changes += sum(a != b for a, b in pairwise(rooms))
    assert changes <= 2


@pytest.mark.timeout(60)
def test_six_receivers_and_a_person_who_was_not_fitted() -> None:
    """Leaving one person out, whose tag is 5 dB stronger and on the other side of the body."""
    plan = flat(1)
    radio = RadioMap(plan, FLAT_6)
    done = [
        walk(
            plan,
            FLAT_6,
            seed=10 + day,
            person=person,
            day=day,
            gain_db=gain,
            turn_rad=turn,
            minutes=9,
            stay_s=90,
            rate_hz=1,
            radio=radio,
        )
        for day, (person, gain, turn) in enumerate((("a", 0, 0.0), ("b", 5, 1.5), ("c", -4, -1.5)))
    ]
    found = fit(
        [one for part in (done[0], done[2]) for one in part.samples()],
        tuple(FLAT_6),
        plan.neighbours(),
    )
    assert found.expected.by == "person"
    assert score(found, [done[1]]).share >= 0.9


@pytest.mark.timeout(60)
def test_a_change_of_room_is_told_soon(walked: Fit) -> None:
    """Whoever walks into a room and sits down there is told within 15 s, three times of four."""
    day = walk(PLAN, FLAT_3, seed=64, minutes=40, stay_s=150, rate_hz=1, radio=RADIO)
    said = places(walked, day, hop_ms=SLOT_MS, pace=LIVE)
    entered = [day.rooms[0], *(b for a, b in pairwise(day.rooms) if a[1] != b[1])]
    stays = [(t, room) for (t, room), (end, _) in pairwise(entered) if end - t >= 20_000]
    soon = [
        any(t < now <= t + 15_000 and place.room == room for now, place in said)
        for t, room in stays
    ]
    assert len(soon) >= 15
    assert sum(soon) / len(soon) >= 0.7


def test_one_receiver_says_home_or_near() -> None:
    """With the gateway alone nobody is put into a room, however well the walk went."""
    only = {"": FLAT_3[""]}
    radio = RadioMap(PLAN, only)
    done = walk(PLAN, only, seed=2, rooms=ORDER, stay_s=30, minutes=60, rate_hz=1, radio=radio)
    found = fit(done.samples(), ("",), PLAN.neighbours())
    kinds = {place.kind for _, place in places(found, done, hop_ms=5_000, pace=LIVE)}
    assert kinds == {PlaceKind.NEAR, PlaceKind.HOME}
