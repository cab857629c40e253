"""A sealed profile: whole or refused, and silent to whoever has no code."""

from __future__ import annotations

import random
import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.profile import (
    SEALED_MAX_BYTES,
    Header,
    ProfileError,
    decode,
    digest_of,
    encode,
    header_of,
    open_sealed,
    private_of,
    public_of,
    seal,
)
from edge.profile.sealing import PAD_BYTES, TEXT_MAX_BYTES
from tests.profile.homes import CANARY, profiles, whole

ENTROPY = bytes(range(15))
OTHER = bytes(range(1, 16))
HEADER = Header(
    gateway="gw-0001", store_id="store-1", message=118, made_ms=1, number=7, recipient=""
)


def sealed_home(text: bytes | None = None) -> bytes:
    return seal(encode(whole()) if text is None else text, public_of(ENTROPY), HEADER)


SEALED = sealed_home()


def refusal(sealed: bytes, entropy: bytes = ENTROPY) -> str:
    with pytest.raises(ProfileError) as caught:
        open_sealed(sealed, private_of(entropy))
    assert CANARY not in str(caught.value)
    assert ";" in str(caught.value), "every refusal names its mend"
    return caught.value.reason


def test_the_code_opens_what_the_public_key_sealed() -> None:
    """Header and text come back as they were."""
    header, text = open_sealed(SEALED, private_of(ENTROPY))
    assert (header.gateway, header.message, header.number) == ("gw-0001", 118, 7)
    assert decode(text) == whole()
    assert header_of(SEALED) == header


@settings(max_examples=50)
@given(profiles)
def test_any_home_survives_the_round_trip(profile: Any) -> None:
    """Encoded, sealed, opened, decoded: the same home."""
    _, text = open_sealed(seal(encode(profile), public_of(ENTROPY), HEADER), private_of(ENTROPY))
    assert decode(text) == profile


def test_another_code_is_told_from_damage() -> None:
    """Whoever took the wrong paper is not sent to fetch the profile again."""
    assert refusal(SEALED, OTHER) == "other_code"


@settings(max_examples=300)
@given(st.integers(0, len(SEALED) * 8 - 1))
def test_one_flipped_bit_opens_nothing(bit: int) -> None:
    """Wherever it is: magic, version, header, key, ciphertext, tag."""
    changed = bytearray(SEALED)
    changed[bit // 8] ^= 1 << bit % 8
    refusal(bytes(changed))


def test_a_profile_cut_at_any_length_is_refused() -> None:
    """At every length; a whole page less looks like a smaller profile and fails its seal."""
    for size in range(len(SEALED)):
        reason = refusal(SEALED[:size])
        assert reason in {"truncated", "damaged"}, size
    assert refusal(SEALED + b"\0") == "truncated"


def test_a_changed_header_opens_nothing() -> None:
    """It can be read by anybody, and changed by nobody."""
    assert b'"message":118' in SEALED
    assert refusal(SEALED.replace(b'"message":118', b'"message":119')) == "damaged"


@pytest.mark.parametrize("point", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32])
def test_a_key_of_low_order_opens_nothing(point: bytes) -> None:
    """Points whose shared secret anybody knows (RFC 7748 §6.1)."""
    start = len(SEALED) - PAD_BYTES - 32 - 16
    assert refusal(SEALED[:start] + point + SEALED[start + 32 :]) == "damaged"


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_bring_down_the_reader(tail: bytes, ours: bool) -> None:
    """Whatever is in the file, the answer is a refusal."""
    refusal((b"KVHP\x01" if ours else b"") + tail)


@pytest.mark.parametrize("foreign", [b"PK\x03\x04" + bytes(5000), b"SQLite format 3\0", b"{}"])
def test_a_foreign_file_is_named_as_one(foreign: bytes) -> None:
    """A ZIP, a database, a JSON text."""
    assert refusal(foreign) == "not_ours"


def test_a_newer_form_asks_for_the_newer_release() -> None:
    """It is neither damage nor a foreign file."""
    assert refusal(SEALED[:4] + b"\x02" + SEALED[5:]) == "newer"


def test_a_home_too_large_is_refused_when_sealed_and_when_opened() -> None:
    """What the gateway cannot send, and what a command will not read."""
    noise = random.Random(1).randbytes(SEALED_MAX_BYTES)
    for text in (noise, bytes(TEXT_MAX_BYTES + 1)):
        with pytest.raises(ProfileError) as caught:
            sealed_home(text)
        assert caught.value.reason == "too_large"
    assert refusal(SEALED[:4] + SEALED[4:5] + bytes(SEALED_MAX_BYTES)) == "too_large"


def test_a_compressed_bomb_stays_within_its_bound() -> None:
    """Only who has the public key can make one; it is refused all the same."""
    from edge.profile import sealing  # noqa: PLC0415 - the bound alone is moved

    bomb = bytes(TEXT_MAX_BYTES)
    sealed = sealed_home(bomb)
    assert open_sealed(sealed, private_of(ENTROPY))[1] == bomb
    packed = zlib.compress(bytes(TEXT_MAX_BYTES * 4), 9)
    with pytest.raises(ProfileError):
        sealing._unpacked(sealing._LENGTH.pack(len(packed)) + packed)


def test_the_length_says_nothing_of_the_home() -> None:
    """One device or three, a long note or none: the same number of bytes."""
    small = sealed_home(encode(whole(devices=(), answers=(), persons=())))
    assert len(small) == len(SEALED)
    assert (len(SEALED) - len(sealed_home(b""))) % PAD_BYTES == 0


def test_sealed_bytes_hold_nothing_that_was_sealed() -> None:
    """No text of the home in plain, in base64's or in compressed form; two seals differ."""
    for secret in (CANARY.encode(), b"help-button", b"54:48:E6", bytes(range(16)), b"bedroom"):
        assert secret not in SEALED
    assert SEALED[-PAD_BYTES:] != sealed_home()[-PAD_BYTES:]
    _, body = SEALED[:200], SEALED[200:]
    assert len(zlib.compress(body, 9)) >= len(body), "ciphertext has no pattern"


def test_older_profiles_are_read_and_newer_ones_refused_by_their_format() -> None:
    """Members that are not there take their defaults, those of a newer release are skipped."""
    raw = msgspec.json.decode(encode(whole()))
    assert "format" not in raw or raw["format"] == 1
    bare = {k: raw[k] for k in ("gateway", "store_id", "message", "made", "site", "customer")}
    assert decode(msgspec.json.encode(bare)).devices == ()
    assert decode(msgspec.json.encode(raw | {"letters": [{"id": "t"}]})) == whole()
    with pytest.raises(ProfileError) as caught:
        decode(msgspec.json.encode(raw | {"format": 2}))
    assert caught.value.reason == "newer"
    for text in (b"", b"[]", b"{}", b'{"format": "x"}', b"\xff"):
        with pytest.raises(ProfileError):
            decode(text)


def test_a_refusal_never_tells_a_value() -> None:
    """A profile with a wrong member names the member alone."""
    raw = msgspec.json.decode(encode(whole()))
    raw["devices"][0]["role"] = CANARY
    with pytest.raises(ProfileError) as caught:
        decode(msgspec.json.encode(raw))
    assert CANARY not in str(caught.value)
    assert "devices" in str(caught.value)


def test_counters_alone_change_the_second_digest_alone() -> None:
    """So that a day's presses are no reason to send a home again at once."""
    still, moving = digest_of(whole())
    later = whole(states={"help-button": b"2"}, message=119, number=8)
    assert digest_of(later)[0] == still
    assert digest_of(later)[1] != moving
    assert digest_of(whole(site="other"))[0] != still
