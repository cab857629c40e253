from __future__ import annotations

import pytest
from msgspec.structs import replace

from edge.locating import FitError, Sample, Track, encode_fit, fit, follow
from tests.locating.small import LEVELS, RECEIVERS, heard, samples, small_fit


def test_the_same_samples_give_the_same_bytes() -> None:
    """A fit is repeatable: no clock and no random number is in it."""
    assert encode_fit(fit(samples(), RECEIVERS)) == encode_fit(small_fit())


def test_what_to_expect_is_told_by_room() -> None:
    """Clear rooms: everything right by stretches left out, and nothing alike."""
    found = small_fit().expected
    assert (found.by, found.windows, found.alike) == ("stretch", 18, ())
    assert found.right >= 17
    assert set(found.rooms) == set(LEVELS)


def test_persons_are_left_out_before_sessions() -> None:
    """Two persons, 6 dB apart: each is told by the other's walk, and the gain does not confuse."""
    both = samples() + samples(session="bb", person="b", gain=6)
    found = fit(both, RECEIVERS).expected
    assert found.by == "person"
    assert found.right / found.windows > 0.9


def test_rooms_that_are_alike_are_named() -> None:
    """Two names for one place cannot be told apart, and the fit says which two."""
    twice = [
        replace(one, room="closet") if at % 2 and one.room == "kitchen" else one
        for at, one in enumerate(samples(windows=12))
    ]
    found = fit(twice, RECEIVERS).expected
    assert ("closet", "kitchen") in found.alike


def test_a_room_of_20_seconds_a_deaf_receiver_and_one_room() -> None:
    """Short walks are fits too; a receiver that heard nothing is named, not used."""
    short = [one for one in samples() if one.room != "kitchen"]
    short += [one for one in samples() if one.room == "kitchen"][:2]
    found = fit(short, (*RECEIVERS, "s7"))
    assert found.deaf == ("s7",)
    assert found.receivers == RECEIVERS
    assert found.expected.rooms["kitchen"].windows == 2
    alone = fit([one for one in samples() if one.room == "living"], RECEIVERS)
    assert alone.rooms == ("living",)
    track, place = Track(began_ms=0), None
    for now in range(5_000, 40_000, 5_000):
        some = heard("living", now - 5_000, length_ms=5_000)
        track, place = follow(alone, track, some, (), now)
    assert place is not None
    assert place.room == "living"


def test_a_silent_room_is_known_by_its_silence() -> None:
    """Nobody hears the cellar: sightings stop, and for a while that is where somebody is."""
    cellar = [
        Sample(
            session="a",
            person="a",
            room="cellar",
            sightings=(),
            from_ms=180_000 + at * 10_000,
            until_ms=190_000 + at * 10_000,
        )
        for at in range(6)
    ]
    found = fit(samples() + cellar, RECEIVERS)
    assert found.silent[found.rooms.index("cellar")] > 0.1
    track, place = Track(began_ms=0), None
    for now in range(5_000, 90_001, 5_000):
        some = heard("living", now - 5_000, length_ms=5_000) if now <= 50_000 else ()
        track, place = follow(found, track, some, (), now)
    assert place is not None
    assert place.room == "cellar"


@pytest.mark.parametrize(
    "given, receivers, mend",
    [
        ([], RECEIVERS, "walk each room"),
        (samples(), ("elsewhere",), "battery"),
        ([replace(samples()[0], room=f"r{n}") for n in range(40)], RECEIVERS, "join small ones"),
    ],
)
def test_what_cannot_be_fitted_says_the_mend(
    given: list[Sample], receivers: tuple[str, ...], mend: str
) -> None:
    """No samples, nobody who heard, too many rooms."""
    with pytest.raises(FitError, match=mend):
        fit(given, receivers)


def test_where_most_packets_are_lost_each_is_believed_more() -> None:
    """A packet now and then teaches with histograms, which a denser walk does not need."""
    thin = [replace(one, sightings=one.sightings[:: len(RECEIVERS) * 6 + 1]) for one in samples()]
    sparse, dense = fit(thin, RECEIVERS), small_fit()
    assert sparse.weights.histograms > 0.0 == dense.weights.histograms
    assert sparse.rest_weight > dense.rest_weight
