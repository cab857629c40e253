"""The recovery code: 120 bits in six groups that a person can write down and read out.

Crockford's base32 (https://www.crockford.com/base32.html): no I, L, O or U, and what
looks like a 1 or a 0 is read as one. Each group has four characters and a check
character over GF(32), so that a typing error is named by its group. The check
also counts the group, so that two groups in each other's place are noticed.

The code is stored nowhere. HKDF-SHA256 (RFC 5869) makes of it an X25519 private key;
only the public key stays in the home. The code is random, so no slow hash is needed.
"""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from edge.profile.errors import CodeError

# 120 bits are out of reach of any search, and 30 characters fit on one line of a card.
ENTROPY_BYTES = 15
GROUPS = 6
GROUP_DATA = 4
GROUP_CHARS = GROUP_DATA + 1

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {sign: value for value, sign in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_BITS = 5
_FIELD = 32
_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive
# Distinct, and none is 1, the check character's own: a pair in the wrong order never adds up.
_WEIGHTS = (2, 4, 8, 16)

# A key of another purpose or of a later version is another key.
_INFO = b"kotivahti home profile recipient v1"
KEY_BYTES = 32


def make_code(entropy: bytes) -> str:
    """The code of ENTROPY_BYTES random bytes: six groups of five characters, with dashes."""
    if len(entropy) != ENTROPY_BYTES:
        msg = f"{len(entropy)} bytes of entropy; a recovery code has {ENTROPY_BYTES}"
        raise ValueError(msg)
    number = int.from_bytes(entropy, "big")
    count = GROUPS * GROUP_DATA
    values = [(number >> (_BITS * (count - 1 - i))) % _FIELD for i in range(count)]
    groups = []
    for index in range(GROUPS):
        data = values[index * GROUP_DATA : (index + 1) * GROUP_DATA]
        groups.append("".join(_ALPHABET[v] for v in (*data, _check(index, data))))
    return "-".join(groups)


def read_code(text: str) -> bytes:
    """The entropy of a code as somebody typed it; raises CodeError naming the group."""
    bare = "".join(sign for sign in text.upper() if not sign.isspace() and sign != "-")
    values = []
    for at, sign in enumerate(bare):
        value = _VALUES.get(sign)
        if value is None:
            group = at // GROUP_CHARS + 1
            # The sign itself is part of a secret: only its place is told.
            wrong = f"group {group}, character {at % GROUP_CHARS + 1}: is in no recovery code"
            raise CodeError(f"{wrong}; codes have digits and letters without I, L, O and U", group)
        values.append(value)
    wanted = GROUPS * GROUP_CHARS
    if len(values) != wanted:
        wrong = f"{len(values)} characters, a recovery code has {wanted}"
        raise CodeError(f"{wrong} in {GROUPS} groups of {GROUP_CHARS}; type all of them")
    number = 0
    for index in range(GROUPS):
        *data, check = values[index * GROUP_CHARS : (index + 1) * GROUP_CHARS]
        if check != _check(index, data):
            text = f"group {index + 1} is not as it was given out; read it again from the paper"
            raise CodeError(text, index + 1)
        for value in data:
            number = number << _BITS | value
    return number.to_bytes(ENTROPY_BYTES, "big")


def private_of(entropy: bytes) -> bytes:
    """The X25519 private key of a code's entropy: opens what was sealed for `public_of` it."""
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=_INFO).derive(entropy)


def public_of(entropy: bytes) -> bytes:
    """The public key, which may stand in the home: it seals and cannot open."""
    private = X25519PrivateKey.from_private_bytes(private_of(entropy))
    return private.public_key().public_bytes_raw()


def _check(index: int, data: list[int]) -> int:
    check = index + 1
    for weight, value in zip(_WEIGHTS, data, strict=True):
        check ^= _product(weight, value)
    return check


def _product(a: int, b: int) -> int:
    """The product of two elements of GF(32)."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & _FIELD:
            a ^= _POLYNOMIAL
        b >>= 1
    return product
