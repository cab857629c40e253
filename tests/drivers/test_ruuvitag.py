from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from edge.domain import Instant
from edge.drivers.advert import ruuvi_air, ruuvitag
from edge.drivers.base import Advert, Decoded
from edge.errors import DecodeError
from tests.drivers.tools import device, frame
from tests.support.clock import instant

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
        (b"\x04", "format", 0),
        (b"\x06", "length", 1),
        (b"\xe1" + VALID[1:], "length", 24),
    ],
)
def test_refusals_name_the_byte(payload: bytes, reason: str, byte: int, at: Instant) -> None:
    """Another format and another length are told apart, with the byte."""
    with pytest.raises(DecodeError) as refused:
        ruuvitag.decode(TAG, b"", frame("ruuvitag", payload), at)
    assert (refused.value.reason, refused.value.byte) == (reason, byte)


AIR = device("ruuvitag", address="CB:B8:33:4C:88:4F")
SIX = bytes.fromhex("06170C5668C79E007000C90501D9FFCD004C884F")
LONG = bytes.fromhex(
    "E1170C5668C79E0065007004BD11CA00C90A0213E0ACFFFFFF0000CD10FFFFFFFFFFCBB8334C884F"
)


def numbered(payload: bytes, sequence: int) -> bytes:
    """The same sample under another number."""
    if payload[0] == 6:
        return payload[:15] + bytes([sequence]) + payload[16:]
    return payload[:25] + sequence.to_bytes(3) + payload[28:]


def air(payload: bytes, state: bytes, at: Instant) -> Decoded:
    return ruuvitag.decode(AIR, state, frame("ruuvitag", payload), at)


@pytest.mark.parametrize("payload", [SIX, LONG])
def test_a_sample_of_the_air_heard_again_is_a_duplicate(payload: bytes, at: Instant) -> None:
    """Only a new number is news, in either format."""
    first = air(payload, b"", at)
    assert {seen.device_seq for seen in first.observations} == {205}
    assert first.state is not None
    assert air(payload, first.state, at).duplicate
    assert not air(numbered(payload, 206), first.state, at).duplicate


def test_the_short_format_is_left_while_the_long_one_is_heard() -> None:
    """The page: "the format 6 packet should be discarded" by who receives both."""
    state = air(LONG, b"", instant()).state
    assert state is not None
    assert air(numbered(SIX, 206), state, instant(ruuvi_air.E1_HEARD_MS - 1)).duplicate
    lost = air(numbered(SIX, 206), state, instant(ruuvi_air.E1_HEARD_MS))
    assert [seen.kind for seen in lost.observations][:2] == ["temperature", "humidity"]
    assert air(SIX, state, instant(ruuvi_air.E1_HEARD_MS)).duplicate  # the same sample


def test_the_air_of_another_boot_does_not_hold_the_short_format_off() -> None:
    """Boottimes of two boots cannot be compared."""
    state = air(LONG, b"", instant(500)).state
    assert state is not None
    later = replace(instant(600), boot="another boot")
    assert not air(numbered(SIX, 206), state, later).duplicate


@pytest.mark.parametrize("payload, byte", [(SIX, 17), (LONG, 34)])
def test_the_air_payload_names_its_device(payload: bytes, byte: int, at: Instant) -> None:
    """Format 6 has the lower half of the address only; both are held against the enrolled one."""
    other = device("ruuvitag", address="CB:B8:33:4C:88:50")
    with pytest.raises(DecodeError, match="another device") as refused:
        ruuvitag.decode(other, b"", frame("ruuvitag", payload), at)
    assert (refused.value.reason, refused.value.byte) == ("not_ours", byte)


@pytest.mark.parametrize("high, bit, value", [(0xFA, 0, 500), (0xFA, 1, None), (0xFF, 0, None)])
def test_an_index_above_its_scale_is_no_value(
    high: int, bit: int, value: int | None, at: Instant
) -> None:
    """The indices end at 500; 511 means "not available", what lies between means nothing."""
    payload = SIX[:11] + bytes([high]) + SIX[12:16] + bytes([bit << 6]) + SIX[17:]
    (seen,) = [one for one in air(payload, b"", at).observations if one.kind == "voc_index"]
    assert (seen.value, seen.quality.value) == (value, "ok" if value else "out_of_range")


def test_a_model_is_told_by_its_format() -> None:
    """Who looks around sees which of the two devices it is."""
    models = [ruuvitag.model_of(Advert(address="", manufacturer={0x0499: VALID}))]
    models.append(ruuvitag.model_of(Advert(address="", manufacturer={0x0499: SIX})))
    models.append(ruuvitag.model_of(Advert(address="", manufacturer={0x0499: b""})))
    assert models == ["RuuviTag", "Ruuvi Air", None]


def test_no_reading_has_more_decimals_than_its_resolution(at: Instant) -> None:
    """Every raw number is told as the decimal that the tag means: 24.3, not 24.300000000000001."""
    for raw in range(0, 0x7FFF, 7):
        payload = b"\x05" + raw.to_bytes(2) + (raw * 2).to_bytes(2) + VALID[5:]
        seen = ruuvitag.decode(TAG, b"", frame("ruuvitag", payload), at).observations
        temperature, humidity = (str(one.value) for one in seen[:2])
        assert Decimal(temperature) == Decimal(raw) / 200
        assert Decimal(humidity) == Decimal(raw * 2) / 400
