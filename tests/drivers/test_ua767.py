"""A&D UA-767PC: results without checksum, repeats without a number, a request and nothing more."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Instant, Quality
from edge.drivers.base import Decoded, SerialFrame
from edge.drivers.serial import and_ua767
from edge.drivers.serial.and_ua767 import ACK, NAK, ResultFramer
from edge.errors import DecodeError
from tests.drivers.tools import device

RESULT = b"804C4C4960"
OTHER = b"80373C4200"


def decode(data: bytes, state: bytes, at: Instant) -> Decoded:
    return and_ua767.decode(device("and_ua767"), state, SerialFrame(data=data), at)


def fed(*chunks: bytes) -> tuple[list[bytes], int]:
    framer = ResultFramer()
    return [frame for chunk in chunks for frame in framer.feed(chunk)], framer.dropped_bytes


def test_the_request_is_the_documented_one_and_nothing_else_is_ever_written() -> None:
    """Wake, then STX "CPC05" and its sum. 12 would clear the memory, 40 start a measurement."""
    assert and_ua767.DRIVER.poll == (b"\x55", b"\x02CPC05\x3b")
    assert sum(b"CPC05") & 0xFF == 0x3B
    assert and_ua767.DRIVER.on_open is None


def test_a_result_that_was_told_is_a_repeat_until_another_comes(at: Instant) -> None:
    """Asked every minute, one measurement is told once; its error in between makes it new."""
    first = decode(RESULT, b"", at)
    assert [o.quality for o in first.observations] == [Quality.CLOCK_DOUBTFUL] * 4
    assert first.state == RESULT
    again = decode(RESULT, RESULT, at)
    assert (again.duplicate, again.observations, again.state) == (True, (), None)
    next_one = decode(OTHER, RESULT, at)
    assert [o.value for o in next_one.observations] == [115, 60, 66, "none"]
    assert {o.quality for o in next_one.observations} == {Quality.OK}
    assert decode(RESULT, OTHER, at).observations


def test_no_reply_is_ever_asked_for(at: Instant) -> None:
    """Nothing a monitor says makes the gateway write."""
    for data in (RESULT, ACK):
        assert decode(data, b"", at).replies == ()


@pytest.mark.parametrize(
    "data, reason, byte",
    [
        (NAK, "nak", 5),
        (b"", "length", 0),
        (b"804C4C496", "length", 9),
        (b"804C4C49600", "length", 10),
        (b"844C4C4960", "field", 0),
        (b"804C4c4960", "field", 5),
    ],
)
def test_what_is_refused_and_why(data: bytes, reason: str, byte: int, at: Instant) -> None:
    """A refusal by the monitor, a length, a code outside 80 to 83, a small letter."""
    with pytest.raises(DecodeError) as refused:
        decode(data, b"", at)
    assert (refused.value.reason, refused.value.byte) == (reason, byte)


def test_answers_and_results_are_cut_apart() -> None:
    """ACK and result in one chunk, in single bytes, and one result right after another."""
    both = ACK + RESULT + RESULT + NAK
    assert fed(both) == ([ACK, RESULT, RESULT, NAK], 0)
    assert fed(*(bytes([byte]) for byte in both)) == ([ACK, RESULT, RESULT, NAK], 0)


@pytest.mark.parametrize(
    "stream, frames",
    [
        (b"8" + RESULT + ACK + OTHER, [ACK, OTHER]),
        (b"7" + RESULT + b"\r\n" + OTHER, [OTHER]),
        (RESULT[1:] + ACK + RESULT, [ACK, RESULT]),
        (b"\x00\xff" + RESULT, [RESULT]),
        (ACK[:4] + RESULT, [RESULT]),
    ],
)
def test_a_result_that_is_not_where_one_begins_is_thrown_away(
    stream: bytes, frames: list[bytes]
) -> None:
    """No checksum: digits shifted by one would read as another pressure, so they are not read."""
    found, dropped = fed(stream)
    assert found == frames
    assert dropped == len(stream) - sum(map(len, frames))


@given(
    parts=st.lists(
        st.sampled_from([RESULT, OTHER, ACK, NAK, b"\x01", b"8", b"80"]) | st.binary(max_size=8),
        max_size=12,
    ),
    cuts=st.lists(st.integers(0, 120), max_size=8),
)
def test_chunks_make_no_difference(parts: list[bytes], cuts: list[int]) -> None:
    """However the bytes come in; each is in a frame, dropped, or one of nine that wait."""
    stream = b"".join(parts)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    framer = ResultFramer()
    found = [
        frame
        for start, stop in itertools.pairwise(edges)
        for frame in framer.feed(stream[start:stop])
    ]
    assert (found, framer.dropped_bytes) == fed(stream)
    assert len(framer._rest) < 10
    assert sum(map(len, found)) + framer.dropped_bytes + len(framer._rest) == len(stream)
