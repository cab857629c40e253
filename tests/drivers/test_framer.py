from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from edge.drivers.serial.appliance_line import FRAME_BYTES, LineFramer
from tests.drivers.tools import SERIAL, line

FIRST = line(f"{SERIAL},HB,7,1,100,battery=90")
SECOND = line(f"{SERIAL},EV,7,2,200,event=JAM,id=1")
BYTES = st.binary(max_size=40) | st.sampled_from(
    [b"$", b"\n", b"\r\n", b"*", FIRST, SECOND, b"$" * 3]
)


def fed(*chunks: bytes) -> tuple[list[bytes], int]:
    framer = LineFramer()
    return [frame for chunk in chunks for frame in framer.feed(chunk)], framer.dropped_bytes


def test_whole_lines() -> None:
    """Two lines in one chunk are two frames, without their line ends; nothing is dropped."""
    assert fed(FIRST + b"\r\n" + SECOND + b"\n") == ([FIRST, SECOND], 0)


def test_a_line_in_single_bytes() -> None:
    """A frame is whole when its line end has come, not before."""
    framer = LineFramer()
    for byte in FIRST + b"\r":
        assert framer.feed(bytes([byte])) == []
    assert framer.feed(b"\n") == [FIRST]


def test_garbage_before_a_frame_is_counted() -> None:
    """What stands before the dollar sign belongs to no frame."""
    assert fed(b"\x00\xffnoise" + FIRST + b"\r\n") == ([FIRST], 7)
    assert fed(b"noise\r\n" + FIRST + b"\r\n") == ([FIRST], 7)


def test_a_frame_begun_again_is_resynchronised() -> None:
    """A second dollar sign starts the frame anew: the first lost its end."""
    assert fed(SECOND[:20] + FIRST + b"\r\n") == ([FIRST], 20)


def test_a_frame_has_its_bound() -> None:
    """200 bytes with the line end are a frame, one more is none, and nothing of it is kept."""
    longest = b"$" + b"x" * (FRAME_BYTES - 3)
    assert fed(longest + b"\r\n") == ([longest], 0)
    assert fed(longest + b"x\r\n") == ([], FRAME_BYTES + 1)
    framer = LineFramer()
    for _ in range(10_000):
        framer.feed(b"$" + b"x" * 500)
    assert framer.dropped_bytes == 10_000 * 501
    assert len(framer._begun) < FRAME_BYTES


@given(parts=st.lists(BYTES, max_size=12), cuts=st.lists(st.integers(0, 400), max_size=8))
def test_chunks_make_no_difference(parts: list[bytes], cuts: list[int]) -> None:
    """However the line's bytes come in, the frames and the count of the rest are the same."""
    stream = b"".join(parts) + b"\n"
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    chunks = [stream[start:stop] for start, stop in itertools.pairwise(edges)]
    assert fed(*chunks) == fed(stream)
    assert fed(*(bytes([byte]) for byte in stream)) == fed(stream)


@given(st.binary(max_size=600))
def test_no_byte_is_both_kept_and_dropped(stream: bytes) -> None:
    """Every byte is in a frame, in its line end, dropped, or still waiting for its end."""
    framer = LineFramer()
    frames = framer.feed(stream)
    inside = sum(len(frame) for frame in frames)
    ends = len(stream) - inside - framer.dropped_bytes - len(framer._begun)
    assert len(frames) <= ends <= 2 * len(frames)
