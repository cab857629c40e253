from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Quality
from edge.drivers import codec
from edge.errors import DecodeError
from tests.drivers.tools import crc16_bitwise, vectors

NUMBERS = vectors("numbers")
FLOAT_QUALITIES = {
    Quality.OK,
    Quality.NOT_A_NUMBER,
    Quality.NOT_AT_RESOLUTION,
    Quality.POSITIVE_INFINITY,
    Quality.NEGATIVE_INFINITY,
    Quality.RESERVED,
}


@pytest.mark.parametrize("word, value, quality", NUMBERS["sfloat"])
def test_sfloat(word: str, value: float | None, quality: str) -> None:
    """Exponent and mantissa are two's complement; the specials have no value."""
    assert codec.sfloat(int(word, 16)) == (value, quality)


@pytest.mark.parametrize("word, value, quality", NUMBERS["float"])
def test_medfloat32(word: str, value: float | None, quality: str) -> None:
    """As SFLOAT, with 8 and 24 bits."""
    assert codec.medfloat32(int(word, 16)) == (value, quality)


def test_every_sfloat_word_has_a_value_or_a_named_reason() -> None:
    """All 65,536 words: None exactly beside a quality that is not OK."""
    for word in range(0x10000):
        value, quality = codec.sfloat(word)
        assert quality in FLOAT_QUALITIES
        assert (value is None) == (quality is not Quality.OK)


@given(st.integers(0, 2**32 - 1))
def test_every_float_word_has_a_value_or_a_named_reason(word: int) -> None:
    """Any word of 32 bits: None exactly beside a quality that is not OK."""
    value, quality = codec.medfloat32(word)
    assert (value is None) == (quality is not Quality.OK)


@pytest.mark.parametrize("raw, text, quality", NUMBERS["date_time"])
def test_date_time(raw: str, text: str | None, quality: str) -> None:
    """A date is told as far as it is known, and a moment that cannot be is none."""
    assert codec.date_time(bytes.fromhex(raw)) == (text, quality)


@given(st.binary(min_size=7, max_size=7))
def test_any_seven_bytes_are_a_moment_or_doubtful(raw: bytes) -> None:
    """No seven bytes make `date_time` fail."""
    text, quality = codec.date_time(raw)
    assert (text is None) == (quality is Quality.CLOCK_DOUBTFUL)


@pytest.mark.parametrize("size", [0, 6, 8])
def test_a_date_time_of_another_length_is_refused(size: int) -> None:
    """A date and time has seven bytes."""
    with pytest.raises(DecodeError, match="7 bytes") as refused:
        codec.date_time(bytes(size))
    assert (refused.value.reason, refused.value.byte) == ("length", size)


@pytest.mark.parametrize("text, crc", NUMBERS["crc16_ccitt_false"])
def test_crc16(text: str, crc: str) -> None:
    """CRC-16/CCITT-FALSE of the published strings."""
    assert codec.crc16_ccitt_false(text.encode()) == int(crc, 16)


@given(st.binary(max_size=300))
def test_crc16_is_the_one_of_the_definition(data: bytes) -> None:
    """The fast CRC is the one that its definition gives bit by bit."""
    assert codec.crc16_ccitt_false(data) == crc16_bitwise(data)


@pytest.mark.parametrize(
    "address, raw",
    [
        ("54:48:E6:8F:80:A5", bytes.fromhex("5448E68F80A5")),
        ("54-48-e6-8f-80-a5", bytes.fromhex("5448E68F80A5")),
        ("", None),
        ("54:48:E6:8F:80", None),
        ("/dev/ttyUSB0", None),
        ("robot", None),
    ],
)
def test_mac_bytes(address: str, raw: bytes | None) -> None:
    """Six bytes of a MAC however it is written; anything else is no MAC."""
    assert codec.mac_bytes(address) == raw


TAKES: list[tuple[Any, int]] = [
    (codec.Reader.u8, 1),
    (codec.Reader.u16, 2),
    (codec.Reader.sfloat, 2),
    (codec.Reader.medfloat32, 4),
    (codec.Reader.date_time, 7),
]


@pytest.mark.parametrize("take, size", TAKES, ids=lambda one: getattr(one, "__name__", one))
def test_the_reader_names_the_byte_that_is_missing(take: Any, size: int) -> None:
    """A value that ends too early is refused at its end, and one that goes on at the rest."""
    for short in range(size):
        with pytest.raises(DecodeError, match="the thing") as refused:
            take(codec.Reader(bytes(short)), "thing")
        assert (refused.value.reason, refused.value.byte) == ("length", short)
    reader = codec.Reader(bytes(size + 2))
    take(reader, "thing")
    with pytest.raises(DecodeError, match="2 bytes more") as refused:
        reader.done()
    assert refused.value.byte == size
