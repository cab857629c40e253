"""The virtual instruments: their bytes, read by decoders that were written apart from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Instant, Observation, Quality
from edge.drivers import DRIVERS
from edge.drivers.base import SerialFrame
from edge.sim import encode_vitals
from edge.sim.encode_vitals import Reading
from edge.sim.line import Cable
from edge.sim.line_instruments import PARTS, LineCuff
from tests.drivers.tools import device, vectors
from tests.support.clock import instant

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 7  # format 1 is believed in its fifth


def read(wire: str, reading: Reading, at: Instant) -> list[list[Observation]]:
    """Some seconds of the stream, as the gateway reads them."""
    name = wire.partition("-")[0]
    driver = DRIVERS[name]
    assert driver.framer is not None
    framer = driver.framer()
    frames = [
        frame for part in range(SECONDS * 3) for frame in framer.feed(PARTS[wire](reading, part))
    ]
    assert framer.dropped_bytes == 0
    return [
        list(driver.decode(device(name), b"", SerialFrame(data=frame), at).observations)
        for frame in frames
    ]


@pytest.mark.parametrize("wire", PARTS)
@given(saturation=st.integers(1, 100), pulse=st.integers(25, 250))
def test_what_is_shown_is_what_is_read(wire: str, saturation: int, pulse: int) -> None:
    """Every value in every format, one reading a second."""
    readings = read(wire, (saturation, pulse), instant())
    # A pulse of 128 and more sets the bit that begins a packet elsewhere: told a second later.
    assert len(readings) >= (SECONDS - 5 if wire == "nonin-1" else SECONDS)
    for seen in readings:
        assert [o.value for o in seen] == [saturation, pulse, "none"]


@pytest.mark.parametrize("wire", PARTS)
def test_without_a_finger_there_is_no_number(wire: str, at: Instant) -> None:
    """No saturation, no pulse, and why."""
    for saturation, pulse, _ in read(wire, None, at):
        for seen in (saturation, pulse):
            assert (seen.value, seen.quality) == (None, Quality.NOT_AVAILABLE)


def test_the_virtual_packet_has_the_published_numbers() -> None:
    """Byte 4 of each of the 25 frames is that of the source's packet: 72, 97, revision 48."""
    published = bytes.fromhex(vectors("nonin")["cases"][0]["payload"])
    ours = encode_vitals.nonin_packet((97, 72), wide=False, sample=0)
    assert ours[3::5] == published[3::5]


async def test_the_cuff_sleeps_answers_and_tells_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first byte wakes it unanswered; a result is said when it is made and when asked."""
    cuff = LineCuff(Cable(tmp_path / "cuff", lambda _: None))
    said: list[bytes] = []
    monkeypatch.setattr(cuff.cable, "say", said.append)
    request = DRIVERS["and_ua767"].poll[1]
    cuff.heard(request)
    cuff.switch(on=True)
    cuff.heard(b"\x55")
    assert said == []
    cuff.heard(request[:3])
    cuff.heard(request[3:])
    assert said == [b"\x0170PC\x06"]
    cuff.measure(152, 76, 73)
    cuff.heard(request)
    assert said[1:] == [b"804C4C4960", b"\x0170PC\x06804C4C4960"]
    cuff.heard(b"x" * 1_000)
    assert len(cuff._heard) <= 64
