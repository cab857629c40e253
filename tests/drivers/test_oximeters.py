"""The oximeters' lines: cut into readings whatever the chunks, and never mistaken for another."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Instant
from edge.drivers.base import Framer, SerialFrame
from edge.drivers.serial import bci, nonin
from edge.drivers.serial.bci import BciFramer
from edge.drivers.serial.nonin_line import PACKET_BYTES, NoninFramer
from edge.errors import DecodeError
from tests.drivers.tools import device, vectors

NONIN = {case["name"]: bytes.fromhex(case["payload"]) for case in vectors("nonin")["cases"]}
FORMAT_2 = NONIN["format 2, the whole packet of the source"]
FORMAT_7 = NONIN["format 7, pulse above 255"]
SHORT = NONIN["format 1, pulse 72 and saturation 97"]
TEXT = b"SPO2=097 HR=072\r\n"
BCI = bytes([0x84, 0x40, 0x05, 0x48, 0x61])
SECOND = BCI * 60


def fed(framer: Framer, *chunks: bytes) -> tuple[list[bytes], int]:
    return [frame for chunk in chunks for frame in framer.feed(chunk)], framer.dropped_bytes


@pytest.mark.parametrize(
    "stream, frames",
    [
        (FORMAT_2 * 9, [FORMAT_2 * 3] * 3),
        (FORMAT_7 * 9, [FORMAT_7 * 3] * 3),
        (SHORT * 9, [SHORT] * 5),
        (TEXT * 3, [TEXT[:-2]] * 3),
        (FORMAT_2 * 3 + TEXT + FORMAT_7 * 3, [FORMAT_2 * 3, TEXT[:-2], FORMAT_7 * 3]),
    ],
    ids=["format 2", "format 7", "format 1", "text", "switches changed on the way"],
)
def test_nonin_tells_its_format_by_itself(stream: bytes, frames: list[bytes]) -> None:
    """One reading a second of every format; format 1 after five of them in a row."""
    assert fed(NoninFramer(), stream) == (frames, 0)


@pytest.mark.parametrize("packet", [FORMAT_2, FORMAT_7], ids=["2", "7"])
@pytest.mark.parametrize("lost", [0, 1, 3, 5, 6, 62, 124])
def test_nonin_finds_its_packets_again_after_a_lost_byte(packet: bytes, lost: int) -> None:
    """One byte lost costs its packet and no other; the joined second is of whole packets."""
    hurt = packet[:lost] + packet[lost + 1 :]
    frames, dropped = fed(NoninFramer(), packet * 2 + hurt + packet)
    assert frames == [packet * 3]
    # Three bytes of a hurt packet may look like a reading of format 1; alone they are not one.
    assert 0 < dropped <= PACKET_BYTES


def test_a_packet_that_ends_like_a_line_is_a_packet() -> None:
    """The last checksum may be the byte of a line end."""
    wave = next(n for n in range(256) if (0x01 + 0x80 + n) & 0xFF == ord("\n"))
    packet = FORMAT_2[:-5] + bytes([0x01, 0x80, wave, 0x00, ord("\n")])
    assert fed(NoninFramer(), packet * 3) == ([packet * 3], 0)


def test_nonin_does_not_believe_a_short_reading_alone() -> None:
    """Four readings of format 1, a byte too many, four more: no proof, so no reading."""
    assert fed(NoninFramer(), SHORT * 4 + b"\x00" + SHORT * 4) == ([], 1)


@pytest.mark.parametrize("start", range(PACKET_BYTES))
@pytest.mark.parametrize("packet", [FORMAT_2, FORMAT_7], ids=["2", "7"])
def test_a_packet_entered_in_its_middle_is_never_format_1(packet: bytes, start: int) -> None:
    """Plugged in at any byte, the stream gives seconds of its own format and nothing else."""
    frames, _ = fed(NoninFramer(), packet[start:] + packet * 3)
    assert frames == [packet * 3]


PARTS = st.sampled_from([FORMAT_2, FORMAT_7, SHORT * 6, TEXT, SECOND, b"SPO2=", b"\x01\x81", BCI])


@given(
    parts=st.lists(PARTS | st.binary(max_size=20), max_size=9),
    cuts=st.lists(st.integers(0, 900), max_size=9),
)
@pytest.mark.parametrize("framer", [NoninFramer, BciFramer])
def test_chunks_make_no_difference(framer: type[Framer], parts: list[bytes], cuts: list[int]):
    """However the bytes come in, readings and the count of garbage are the same, memory bounded."""
    stream = b"".join(parts)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    chunks = [stream[start:stop] for start, stop in itertools.pairwise(edges)]
    whole = fed(framer(), stream)
    assert fed(framer(), *chunks) == whole
    bytewise = framer()
    assert fed(bytewise, *(bytes([byte]) for byte in stream)) == whole
    assert len(bytewise._rest) < PACKET_BYTES  # type: ignore[attr-defined]
    assert len(bytewise._packets) < 60  # type: ignore[attr-defined]


@given(st.binary(max_size=2000))
def test_every_frame_that_is_cut_out_is_read(stream: bytes) -> None:
    """A framer hands over nothing that its decoder refuses."""
    for driver in (nonin.DRIVER, bci.DRIVER):
        assert driver.framer is not None
        for frame in driver.framer().feed(stream):
            driver.decode(device(driver.id), b"", SerialFrame(data=frame), _at())


def _at() -> Instant:
    return Instant(boot="b", boottime_ms=0, wall_ms=0)


def test_bci_thins_sixty_packets_to_one_reading() -> None:
    """A minute of the stream is sixty readings."""
    assert fed(BciFramer(), SECOND * 60) == ([SECOND] * 60, 0)


def test_bci_resynchronises_at_the_high_bit() -> None:
    """Garbage before, a byte lost in between: the next second begins anew, nothing is mixed."""
    frames, dropped = fed(BciFramer(), b"\x00\x7f\x80\x00" + SECOND)
    assert (frames, dropped) == ([SECOND], 4)
    frames, dropped = fed(BciFramer(), SECOND[:150] + BCI[:3] + SECOND)
    assert (frames, dropped) == ([SECOND], 153)


@pytest.mark.parametrize("name", NONIN)
def test_no_nonin_stream_is_taken_for_bci(name: str) -> None:
    """A minute of each format gives no second of the other protocol, so a probe tells them."""
    packet = NONIN[name]
    stream = (packet + b"\r\n" if packet.isascii() and len(packet) > 3 else packet) * 180
    assert BciFramer().feed(stream) == []


def test_no_bci_stream_is_taken_for_nonin() -> None:
    """The other way round, for every status byte: no checksum fits and no three bytes repeat."""
    for status in range(0x80, 0x100):
        assert NoninFramer().feed((bytes([status]) + BCI[1:]) * 120) == []


@pytest.mark.parametrize(
    "at_byte, wrong, reason, byte",
    [
        (4, 0x84, "checksum", 4),
        (0, 0x02, "text", 0),
        (6, 0x00, "frame", 6),
        (6, 0x81, "frame", 6),
        (5, 0x00, "frame", 5),
    ],
)
def test_a_damaged_packet_is_refused_by_its_byte(
    at_byte: int, wrong: int, reason: str, byte: int, at: Instant
) -> None:
    """Checksum, lead byte, high bit and SYNC are checked again in what is decoded by hand."""
    hurt = bytearray(FORMAT_2)
    hurt[at_byte] = wrong
    with pytest.raises(DecodeError) as refused:
        nonin.decode(device("nonin"), b"", SerialFrame(data=bytes(hurt)), at)
    assert (refused.value.reason, refused.value.byte) == (reason, byte)


def test_nothing_is_written_to_an_oximeter() -> None:
    """They speak by themselves; a command could only change how they measure."""
    for driver in (nonin.DRIVER, bci.DRIVER):
        assert (driver.poll, driver.on_open) == ((), None)
