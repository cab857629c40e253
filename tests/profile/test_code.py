"""The recovery code: what was typed wrong is named, and nothing wrong is taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.profile import CodeError, make_code, private_of, public_of, read_code
from edge.profile.code import ENTROPY_BYTES, GROUP_CHARS, GROUPS

entropies = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(entropies)
def test_a_code_is_read_as_it_was_made(entropy: bytes) -> None:
    """Also in small letters, with blanks for dashes, and with O and L for 0 and 1."""
    code = make_code(entropy)
    assert read_code(code) == entropy
    sloppy = code.lower().replace("-", "  ").replace("0", "o").replace("1", "l")
    assert read_code(sloppy) == entropy


def test_a_code_has_at_least_120_bits() -> None:
    """What an attacker with the sealed profile would have to guess."""
    assert ENTROPY_BYTES * 8 >= 120


@given(entropies, st.integers(0, GROUPS * GROUP_CHARS - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_named_by_its_group(entropy: bytes, at: int, sign: str) -> None:
    """Whichever character it is, check characters included."""
    bare = make_code(entropy).replace("-", "")
    if bare[at] == sign:
        return
    with pytest.raises(CodeError) as caught:
        read_code(bare[:at] + sign + bare[at + 1 :])
    assert caught.value.group == at // GROUP_CHARS + 1
    assert f"group {at // GROUP_CHARS + 1}" in str(caught.value)


@given(entropies, st.data())
def test_two_characters_in_each_others_place_are_noticed(entropy: bytes, data: st.DataObject):
    """Any two of one group."""
    signs = list(make_code(entropy).replace("-", ""))
    group = data.draw(st.integers(0, GROUPS - 1)) * GROUP_CHARS
    i, j = (group + data.draw(st.integers(0, GROUP_CHARS - 1)) for _ in range(2))
    if signs[i] == signs[j]:
        return
    signs[i], signs[j] = signs[j], signs[i]
    with pytest.raises(CodeError):
        read_code("".join(signs))


@given(entropies)
def test_two_groups_in_each_others_place_are_noticed(entropy: bytes) -> None:
    """Lines read in the wrong order."""
    groups = make_code(entropy).split("-")
    groups[0], groups[1] = groups[1], groups[0]
    with pytest.raises(CodeError) as caught:
        read_code("-".join(groups))
    assert caught.value.group == 1


@pytest.mark.parametrize("text", ["", "ABCDE", "A" * 31, "-" * 30, "Ä" * 30, "U" * 30])
def test_what_is_no_code_is_refused_without_telling_it_back(text: str) -> None:
    """Half a secret in an error message would end up in a log or a screenshot."""
    with pytest.raises(CodeError) as caught:
        read_code(text)
    assert len(text) < 5 or text not in str(caught.value)


def test_the_key_of_a_code_never_changes() -> None:
    """A paper that was printed with an older release must open with this one."""
    entropy = bytes(range(ENTROPY_BYTES))
    assert make_code(entropy) == "000GC-40R4Y-0M301-E209M-185G2-R38EE"
    public = "e6d52efb0016b2a7cc9ce0a0ee97e1f04f9a5f3fba9772ddef446e754dfaa20b"
    assert public_of(entropy).hex() == public
    assert private_of(entropy) != public_of(entropy)
