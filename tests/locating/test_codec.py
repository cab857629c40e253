from __future__ import annotations

import base64
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.locating import FORMAT, Fit, FitCodecError, Track, decode_fit, encode_fit, follow
from edge.locating.codec import MARK
from tests.locating.small import heard, small_fit

# Fits as gateways have stored them, one a format: two rooms of `small`, and never made anew.
STORED = Path(__file__).parent / "fits"


def test_a_fit_comes_back_as_it_was() -> None:
    """Encoding and decoding changes nothing, and a fit of three rooms is small."""
    fit = small_fit()
    data = encode_fit(fit)
    assert decode_fit(data) == fit
    assert len(data) < 200_000


def test_a_fit_cut_anywhere_is_refused_by_name() -> None:
    """Truncation at any length is a FitCodecError that names the mend."""
    data = encode_fit(small_fit())
    for length in [*range(40), *range(40, len(data), 997), len(data) - 1]:
        with pytest.raises(FitCodecError, match="locator fit"):
            decode_fit(data[:length])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_byte_is_refused_or_harmless(at: int, value: int) -> None:
    """Any byte changed: a FitCodecError, or a fit that passes all checks."""
    data = bytearray(encode_fit(small_fit()))
    data[at % len(data)] = value
    try:
        found = decode_fit(bytes(data))
    except FitCodecError:
        return
    assert isinstance(found, Fit)


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "length"),
        (b"JUNKJUNK", "mark"),
        (MARK + bytes((FORMAT + 1,)) + b"xx", "format"),
        (MARK + bytes((FORMAT,)) + b"\xc1\xc1", "content"),
    ],
)
def test_foreign_bytes_are_named(data: bytes, reason: str) -> None:
    """Each way of being no fit has its reason."""
    with pytest.raises(FitCodecError) as error:
        decode_fit(data)
    assert error.value.reason == reason


def test_a_tree_that_would_not_end_is_refused() -> None:
    """A node whose child is itself, or behind the end, never reaches the reader."""
    fit = small_fit()
    tree = fit.trees[0]
    for child in (0, len(tree.feature)):
        bad = replace(tree, feature=(0, *tree.feature[1:]), child=(child, *tree.child[1:]))
        data = encode_fit(replace(fit, trees=(bad,)))
        with pytest.raises(FitCodecError, match="tree"):
            decode_fit(data)


def test_tables_of_another_shape_are_refused() -> None:
    """A room without its row would be an IndexError hours later."""
    fit = small_fit()
    for part in (
        {"levels": fit.levels[:-1]},
        {"means": tuple(row[:-1] for row in fit.means)},
        {"prior": (0.0, *fit.prior[1:])},
        {"turnover": fit.turnover[:-1]},
        {"normals": fit.normals[:-1]},
    ):
        fields = msgspec.structs.asdict(fit) | part
        with pytest.raises(FitCodecError):
            decode_fit(encode_fit(Fit(**fields)))


@pytest.mark.parametrize("room", ["bedroom", "living"])
def test_a_fit_of_an_older_version_still_tells_rooms(room: str) -> None:
    """A home keeps its fit over an update: it decodes with its own weights, and is followed.

    When this fails a gateway in the field would lose its rooms without a word. Read the old form,
    or raise FORMAT: then the test below is what it is told.
    """
    found = decode_fit(stored(FORMAT))
    assert found.rooms == ("bedroom", "living")
    assert found.weights.normals == 0.28
    track, place = Track(began_ms=0), None
    for now in range(5_000, 60_001, 5_000):
        some = heard(room, now - 5_000, length_ms=5_000)
        track, place = follow(found, track, some, (), now)
    assert place is not None
    assert place.room == room


def test_a_fit_of_another_form_asks_for_a_new_one() -> None:
    """Another format number, a field that is missing: refused by name, with what to do."""
    data = bytearray(stored(1))
    data[len(MARK)] = FORMAT + 1
    with pytest.raises(FitCodecError, match=rf"format {FORMAT + 1}, not {FORMAT}.*locator fit"):
        decode_fit(bytes(data))
    fields = msgspec.msgpack.decode(stored(1)[len(MARK) + 1 :])
    del fields["turnover"]
    before = MARK + bytes((FORMAT,)) + msgspec.msgpack.encode(fields)
    with pytest.raises(FitCodecError, match=r"turnover.*locator fit"):
        decode_fit(before)


def stored(number: int) -> bytes:
    return zlib.decompress(base64.b64decode((STORED / f"format-{number}.b64").read_text()))
