from __future__ import annotations

from decimal import Decimal

import pytest

from edge.domain import Instant
from edge.drivers import ruuvitag
from edge.errors import DecodeError
from tests.drivers.tools import device, frame

VALID = bytes.fromhex("0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F")
NEXT = VALID[:16] + b"\x00\xce" + VALID[18:]
UNNUMBERED = VALID[:16] + b"\xff\xff" + VALID[18:]
TAG = device("ruuvitag", address="CB:B8:33:4C:88:4F")


def test_a_measurement_heard_again_is_a_duplicate(at: Instant) -> None:
    """The tag repeats a measurement; only a new sequence number is news."""
    first = ruuvitag.decode(TAG, b"", frame("ruuvitag", VALID), at)
    assert not first.duplicate
    assert first.state == b"\x00\xcd"
    again = ruuvitag.decode(TAG, first.state, frame("ruuvitag", VALID), at)
    assert again.duplicate
    assert not again.observations
    assert again.state is None
    following = ruuvitag.decode(TAG, first.state, frame("ruuvitag", NEXT), at)
    assert not following.duplicate
    assert {seen.device_seq for seen in following.observations} == {206}


def test_a_measurement_without_a_number_is_never_a_duplicate(at: Instant) -> None:
    """Without a sequence number there is no telling, so every one is kept."""
    for state in (b"", b"\xff\xff"):
        decoded = ruuvitag.decode(TAG, state, frame("ruuvitag", UNNUMBERED), at)
        assert not decoded.duplicate
        assert decoded.state is None
        assert decoded.observations[0].device_seq is None


def test_the_payload_names_the_tag(at: Instant) -> None:
    """Another tag's payload is refused, whatever address it came from."""
    other = device("ruuvitag", address="CB:B8:33:4C:88:50")
    with pytest.raises(DecodeError, match="another tag") as refused:
        ruuvitag.decode(other, b"", frame("ruuvitag", VALID), at)
    assert (refused.value.reason, refused.value.byte) == ("not_ours", 18)
    assert "CB:B8" not in str(refused.value).upper()


def test_a_tag_without_address_takes_any_payload(at: Instant) -> None:
    """Where no address is known there is nothing to hold the payload against."""
    nameless = device("ruuvitag", address="")
    assert ruuvitag.decode(nameless, b"", frame("ruuvitag", VALID), at).observations


@pytest.mark.parametrize(
    "payload, reason, byte",
    [
        (b"", "length", 0),
        (VALID[:23], "length", 23),
        (VALID + b"\x00", "length", 24),
        (b"\x03" + VALID[1:], "format", 0),
        (b"\x06", "format", 0),
    ],
)
def test_refusals_name_the_byte(payload: bytes, reason: str, byte: int, at: Instant) -> None:
    """Another format and another length are told apart, with the byte."""
    with pytest.raises(DecodeError) as refused:
        ruuvitag.decode(TAG, b"", frame("ruuvitag", payload), at)
    assert (refused.value.reason, refused.value.byte) == (reason, byte)


def test_no_reading_has_more_decimals_than_its_resolution(at: Instant) -> None:
    """Every raw number is told as the decimal that the tag means: 24.3, not 24.300000000000001."""
    for raw in range(0, 0x7FFF, 7):
        payload = b"\x05" + raw.to_bytes(2) + (raw * 2).to_bytes(2) + VALID[5:]
        seen = ruuvitag.decode(TAG, b"", frame("ruuvitag", payload), at).observations
        temperature, humidity = (str(one.value) for one in seen[:2])
        assert Decimal(temperature) == Decimal(raw) / 200
        assert Decimal(humidity) == Decimal(raw * 2) / 400
