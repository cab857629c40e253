"""Claims and profiles on the wire: codes that people type, parts that add up, letters refused."""

from __future__ import annotations

import json
import random
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.app.provisioning.profile_parts import Parts
from edge.uplink import envelope
from edge.uplink.envelope import (
    DOWN_BYTES_MAX,
    PART_BYTES_MAX,
    PROFILE_BYTES_MAX,
    UP_BYTES_MAX,
    ClaimCodeError,
    MessageError,
    make_code,
    read_code,
    shown_code,
)
from edge.uplink.envelope.claim_code import ALPHABET
from tests.uplink import samples
from tests.uplink.samples import NOW, ORIGIN, uid
from tests.uplink.test_envelope import PARSERS, claim_messages, validate

codes = st.integers(0, 2**32).map(lambda seed: make_code(random.Random(seed).randrange))


@given(code=codes)
def test_a_code_is_read_as_people_write_it(code: str) -> None:
    """Lower case, gaps, hyphens, and letters that look like digits."""
    assert len(code) == 11
    assert set(code) <= set(ALPHABET)
    assert read_code(shown_code(code)) == code
    assert read_code(f" {shown_code(code).lower().replace('-', ' ')} ") == code
    assert read_code(code.replace("0", "O").replace("1", "l")) == code


@given(code=codes, place=st.integers(0, 10), other=st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(code: str, place: int, other: str) -> None:
    """Every single mistake is found before it costs one of five attempts."""
    wrong = code[:place] + other + code[place + 1 :]
    if wrong == code:
        return
    with pytest.raises(ClaimCodeError) as caught:
        read_code(wrong)
    assert wrong not in str(caught.value)


@given(code=codes, place=st.integers(0, 9))
def test_two_neighbours_in_the_wrong_order_are_noticed(code: str, place: int) -> None:
    """The other mistake that people make."""
    first, second = code[place], code[place + 1]
    swapped = code[:place] + second + first + code[place + 2 :]
    if swapped == code:
        return
    with pytest.raises(ClaimCodeError):
        read_code(swapped)


@pytest.mark.parametrize(
    "typed, says", [("", "has 0"), ("0" * 12, "has 12"), ("00000U00000", "character 6")]
)
def test_what_is_no_code_says_where(typed: str, says: str) -> None:
    """Length, then alphabet, then the check."""
    with pytest.raises(ClaimCodeError, match=says):
        read_code(typed)


@pytest.mark.parametrize("size", [0, 1, PART_BYTES_MAX, PART_BYTES_MAX + 1])
def test_a_profile_goes_up_and_down_whole(size: int) -> None:
    """Cut, sent, received in any order and twice, put together: the same bytes."""
    sealed = random.Random(size).randbytes(size)
    cut = envelope.cut(sealed, number=7)
    read = [
        envelope.parse_profile(
            envelope.profile(ORIGIN, part, id=uid(n), sequence=n, at=NOW).body, "gw-0001"
        ).data
        for n, part in enumerate(cut, 1)
    ]
    assert b"".join(one.body for one in read) == sealed
    bodies = [
        envelope.restore("area-07", samples.restored(part), id=uid(n), at=NOW)
        for n, part in enumerate(cut, 1)
    ]
    told = [envelope.parse_restore(body, "gw-0001") for body in bodies]
    random.Random(1).shuffle(told)
    parts = Parts()
    done = [parts.take(one) for one in [*told[:-1], *told[:-1], told[-1], told[-1]]]
    whole = [one for one in done if one is not None]
    assert [(one.sealed, one.number, one.replaces) for one in whole] == [(sealed, 7, "gw-0000")]
    assert whole[0].held[0].missing == ((118, 119), (121, 121))


def test_the_largest_profile_fits_its_messages() -> None:
    """Each part of 1 MiB is below what its receiver takes, and fits its schema."""
    sealed = bytes(PROFILE_BYTES_MAX)
    cut = envelope.cut(sealed, number=1)
    body = envelope.profile(ORIGIN, cut[0], id=uid(1), sequence=1, at=NOW).body
    assert len(body) < UP_BYTES_MAX
    validate(body)
    letter = envelope.restore("area-07", samples.restored(cut[-1]), id=uid(1), at=NOW)
    first = envelope.restore("area-07", samples.restored(cut[0]), id=uid(1), at=NOW)
    assert len(first) < DOWN_BYTES_MAX
    validate(first)
    validate(letter)
    assert len(cut) == 32


def test_parts_that_are_not_what_was_sealed_are_refused() -> None:
    """One changed byte in one part: the whole is dropped, and may come again."""
    sealed = random.Random(2).randbytes(PART_BYTES_MAX + 10)
    first, last = (samples.restored(part) for part in envelope.cut(sealed, number=1))
    parts = Parts()
    forged = samples.restored(
        envelope.cut(sealed, number=1)[0],
        body=bytes(len(first.body)),
    )
    assert parts.take(forged) is None
    with pytest.raises(MessageError, match="not what was sealed"):
        parts.take(last)
    assert parts.take(first) is None
    whole = parts.take(last)
    assert whole is not None
    assert sha256(whole.sealed).hexdigest() == last.digest


@pytest.mark.parametrize(
    "name, key, value, reason, where",
    [
        ("claim-1.0-asked", "code", ..., "schema", "data.code"),
        ("claim-1.0-asked", "code", "0123456789", "schema", "data.code"),
        ("claim-1.0-asked", "kind", ..., "schema", "data.kind"),
        ("claim-1.0-asked", "step", "stolen", "schema", "data.step"),
        ("claim-1.0-asked", "request", "7", "schema", "data.request"),
        ("claim-1.0-asked", "address", "x" * 201, "schema", "data.address"),
        ("claimed-1.0-confirmed", "name", ..., "schema", "data.name"),
        ("claimed-1.0-confirmed", "name", "a\nb", "schema", "data.name"),
        ("claimed-1.0-confirmed", "address", ..., "schema", "data.address"),
        ("claimed-1.0-refused", "reason", ..., "schema", "data.reason"),
        (
            *("claimed-1.0-confirmed", "gateway", "urn:kotivahti:gateway:gw-2"),
            *("gateway", "data.gateway"),
        ),
        ("profile-1.0", "parts", 33, "schema", "data.parts"),
        ("profile-1.0", "part", 2, "schema", "data.part"),
        ("profile-1.0", "size", 63, "schema", "data.body"),
        ("profile-1.0", "body", "no base64", "schema", "data.body"),
        ("profile-1.0", "digest", "00", "schema", "data.digest"),
        ("restore-1.0", "part", 0, "schema", "data.part"),
        ("restore-1.0", "size", PROFILE_BYTES_MAX + 1, "schema", "data.size"),
        ("restore-1.0", "gateway", "urn:kotivahti:gateway:gw-2", "gateway", "data.gateway"),
        ("restore-1.0-none", "part", 1, "schema", "data.number"),
    ],
)
def test_a_refused_letter_names_the_key(
    name: str, key: str, value: Any, reason: str, where: str
) -> None:
    """One wrong member is refused with a stable code and its place, never with what was sent."""
    message = json.loads(claim_messages()[name])
    if value is ...:
        del message["data"][key]
    else:
        message["data"][key] = value
    with pytest.raises(MessageError) as caught:
        PARSERS[name.split("-", maxsplit=1)[0]](json.dumps(message).encode())
    assert (caught.value.reason, caught.value.key) == (reason, where)
    assert samples.CODE not in str(caught.value)
    assert "Aino" not in str(caught.value)


@pytest.mark.parametrize("name", ["claimed-1.0-confirmed", "restore-1.0"])
def test_only_a_desk_answers(name: str) -> None:
    """A gateway that got a word in on another's topic is no desk."""
    message = json.loads(claim_messages()[name])
    message["source"] = "urn:kotivahti:gateway:gw-0002"
    with pytest.raises(MessageError) as caught:
        PARSERS[name.split("-", maxsplit=1)[0]](json.dumps(message).encode())
    assert caught.value.reason == "source"


def test_a_carried_receipt_is_for_who_took_over() -> None:
    """A receipt for another gateway's message is ours only when we send its messages on."""
    of = envelope.OfPart(source="urn:kotivahti:gateway:gw-0000", id=uid(1))
    body = envelope.receipt("area-07", of, id=uid(2), at=NOW)
    with pytest.raises(MessageError):
        envelope.parse_downlink(body, "gw-0001")
    assert envelope.parse_downlink(body, "gw-0001", {"gw-0000"}).carried
