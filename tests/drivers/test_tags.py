from __future__ import annotations

import pytest

from edge.domain import Instant, Role
from edge.drivers import best_match
from edge.drivers.advert import eddystone, ibeacon
from edge.drivers.advert.told_lately import AGAIN_MS, THINGS_MAX
from edge.drivers.base import Advert, Decode, Decoded
from edge.errors import DecodeError
from tests.drivers.tools import MAC, device, frame
from tests.support.clock import instant

UUID = bytes.fromhex("E2C56DB5DFFB48D2B060D0F5A71096E0")
TLM = bytes.fromhex("20000BB8158000000E1000008CA0")


def beacon(major: int, minor: int = 7) -> bytes:
    return b"\x02\x15" + UUID + major.to_bytes(2) + minor.to_bytes(2) + b"\xc5"


def uid(instance: int) -> bytes:
    return b"\x00\xee" + bytes(10) + instance.to_bytes(6) + b"\0\0"


class Tag:
    """A tag of one of the two drivers, with the state that a store keeps for it."""

    def __init__(self, name: str, decode: Decode) -> None:
        self.device = device(name)
        self.state = b""
        self._name = name
        self._decode = decode

    def hear(self, payload: bytes, at: Instant) -> list[object]:
        decoded: Decoded = self._decode(self.device, self.state, frame(self._name, payload), at)
        if decoded.state is not None:
            self.state = decoded.state
        assert decoded.duplicate == (not decoded.observations)
        return [seen.value for seen in decoded.observations]


def ibeacon_tag() -> Tag:
    return Tag("ibeacon", ibeacon.decode)


def eddystone_tag() -> Tag:
    return Tag("eddystone", eddystone.decode)


def test_a_tag_is_told_once_a_minute() -> None:
    """Ten beacons a second are one sign of life a minute, and one entry."""
    tag = ibeacon_tag()
    told = sum(bool(tag.hear(beacon(1), instant(tenth * 100))) for tenth in range(3 * 600))
    assert told == 3
    assert len(tag.state) == 33


def test_another_identity_is_told_at_once() -> None:
    """A tag that says its alarm as another minor is news, and so is its return after a minute."""
    tag = ibeacon_tag()
    assert tag.hear(beacon(1, 7), instant()) == ["e2c56db5-dffb-48d2-b060-d0f5a71096e0/1/7"]
    assert tag.hear(beacon(1, 8), instant(100)) == ["e2c56db5-dffb-48d2-b060-d0f5a71096e0/1/8"]
    assert tag.hear(beacon(1, 7), instant(200)) == []
    assert tag.hear(beacon(1, 8), instant(300)) == []
    assert tag.hear(beacon(1, 7), instant(AGAIN_MS)) != []


def test_more_identities_than_a_tag_has_are_refused_and_bounded() -> None:
    """Who shouts names under its address fills no store; a minute later it is a tag again."""
    tag = ibeacon_tag()
    for number in range(THINGS_MAX):
        assert tag.hear(beacon(number), instant(number))
    before = tag.state
    for number in range(THINGS_MAX, 1000):
        with pytest.raises(DecodeError) as refused:
            tag.hear(beacon(number), instant(number))
        assert refused.value.reason == "too_many"
    assert tag.state == before
    assert tag.hear(beacon(5000), instant(2 * AGAIN_MS))
    assert tag.hear(beacon(0), instant(2 * AGAIN_MS + 1))  # the first one heard was kept
    assert len(tag.state) == len(before)


def test_telemetry_and_identity_are_told_apart() -> None:
    """Frames of both kinds alternate; each has its own minute."""
    tag = eddystone_tag()
    assert tag.hear(uid(1), instant()) == ["00000000000000000000/000000000001"]
    assert tag.hear(TLM, instant(100)) == [3000, 21.5, 3600, 3600.0]
    assert tag.hear(uid(1), instant(200)) == []
    assert tag.hear(TLM, instant(300)) == []
    assert tag.hear(uid(2), instant(400)) == ["00000000000000000000/000000000002"]
    assert tag.hear(TLM, instant(AGAIN_MS + 100)) != []


@pytest.mark.parametrize(
    "payload, reason, byte",
    [
        ("", "length", 0),
        ("10EE0267", "url", 0),
        ("30EE0011223344556677", "eid", 0),
        ("2001" + "00" * 16, "encrypted_tlm", 1),
        ("2002" + "00" * 12, "version", 1),
        ("40", "format", 0),
        ("20", "length", 1),
        ("20000BB8158000000E1000008CA000", "length", 14),
        ("00EE" + "00" * 17, "length", 19),
        ("00EE" + "00" * 19, "length", 20),
    ],
)
def test_eddystone_frames_that_are_not_read_are_refused_by_name(
    payload: str, reason: str, byte: int
) -> None:
    """A URL, an identity that changes and an encrypted frame say nothing about our tag."""
    with pytest.raises(DecodeError) as refused:
        eddystone_tag().hear(bytes.fromhex(payload), instant())
    assert (refused.value.reason, refused.value.byte) == (reason, byte)


@pytest.mark.parametrize(
    "payload, reason, byte",
    [
        ("", "length", 0),
        ("02", "length", 1),
        ("0215E2C5", "length", 4),
        ("0215" + "00" * 22, "length", 23),
        ("021A" + "00" * 21, "not_ours", 0),
        ("1005011824", "not_ours", 0),
        ("12190000", "not_ours", 0),
    ],
)
def test_other_apple_data_is_no_ibeacon(payload: str, reason: str, byte: int) -> None:
    """Of all that Apple's devices say, one type is a beacon."""
    with pytest.raises(DecodeError) as refused:
        ibeacon_tag().hear(bytes.fromhex(payload), instant())
    assert (refused.value.reason, refused.value.byte) == (reason, byte)


def test_a_tag_is_claimed_and_a_richer_format_goes_first() -> None:
    """Many tags send several formats; the one that tells most of itself claims them."""
    apple = {ibeacon.COMPANY_ID: beacon(1)}
    both = Advert(address=MAC, manufacturer=apple, service={eddystone.SERVICE: TLM})
    rich = Advert(
        address=MAC,
        manufacturer={
            **apple,
            0x0499: bytes.fromhex("0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F"),
        },
    )
    for advert, name in (
        (Advert(address=MAC, manufacturer=apple), "ibeacon"),
        (both, "eddystone"),
        (rich, "ruuvitag"),
    ):
        claim = best_match(advert)
        assert claim is not None
        assert claim[0].id == name
    assert ibeacon.suggests(both) is Role.TAG is eddystone.suggests(both)
    assert ibeacon.suggests(Advert(address=MAC)) is None is eddystone.suggests(Advert(address=MAC))
    assert best_match(Advert(address=MAC, service={eddystone.SERVICE: b"\x10\xee\x02"})) is None
