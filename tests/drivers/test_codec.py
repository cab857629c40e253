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


@pytest.mark.parametrize("data, crc", NUMBERS["crc16_mcrf4xx"])
def test_crc16_mcrf4xx(data: str, crc: str) -> None:
    """CRC-16/MCRF4XX of the published bytes, the E2E-CRCs of glucose sensors among them."""
    assert codec.crc16_mcrf4xx(bytes.fromhex(data)) == int(crc, 16)


@given(st.binary(max_size=60))
def test_a_value_with_its_crc_has_none_left(data: bytes) -> None:
    """A value followed by its CRC, low byte first, gives 0, as every such code does."""
    crc = codec.crc16_mcrf4xx(data)
    assert codec.crc16_mcrf4xx(data + crc.to_bytes(2, "little")) == 0


@pytest.mark.parametrize("text, minutes, later", NUMBERS["shifted"])
def test_shifted(text: str | None, minutes: int, later: str | None) -> None:
    """Minutes are added to what is known of a time, and to no more."""
    assert codec.shifted(text, minutes) == later


@given(st.binary(min_size=7, max_size=7), st.integers(-(2**15), 2**16 - 1))
def test_any_time_is_shifted_or_not_known(raw: bytes, minutes: int) -> None:
    """No device time makes `shifted` fail, and what it says can be shifted back."""
    text, _ = codec.date_time(raw)
    later = codec.shifted(text, minutes)
    if later is not None:
        assert text is not None
        assert len(later) == len(text)
        back = codec.shifted(later, -minutes)
        assert back == text or text.startswith("--")  # the unknown year may be no leap year


@pytest.mark.parametrize("power, value", [(0, 0.0012), (3, 1.2), (5, 120.0), (6, 1200.0)])
def test_a_power_of_ten_is_not_rounded_twice(power: int, value: float) -> None:
    """120e-5 kg/L is the float nearest to 120 mg/dL."""
    assert codec.sfloat(0xB078, power) == (value, Quality.OK)


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
    (codec.Reader.s16, 2),
    (codec.Reader.u24, 3),
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
