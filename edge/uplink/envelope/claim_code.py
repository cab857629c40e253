"""The code by which a box is claimed: made at the desk, read aloud or typed in a home. Pure.

Ten characters of Crockford's base32 (crockford.com/base32.html: no I, L, O or U) and his check
character, modulo 37. Codes whose check would be one of the five signs beyond the alphabet are
never made, so that everything can be said on a telephone.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.errors import EdgeError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# 50 bits: more than can be tried at five guesses an hour, and two groups to type.
CODE_CHARS = 10
_MODULUS = 37
_GROUPS = (4, 8)
# A person may write them and mean what they look like.
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


class ClaimCodeError(EdgeError):
    """What was typed is no code; the text says what to look at, and never repeats it.

    `reason` is `length`, `character` or `sum`, for words in the language of who types.
    """

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(text)
        self.reason = reason


def make_code(below: Callable[[int], int]) -> str:
    """A new code; `below(n)` gives a random number from 0 to n - 1."""
    while True:
        number = below(32**CODE_CHARS)
        check = number % _MODULUS
        if check < len(ALPHABET):
            digits = [ALPHABET[number >> 5 * place & 31] for place in range(CODE_CHARS)]
            return "".join(reversed(digits)) + ALPHABET[check]


def shown_code(code: str) -> str:
    """In groups of 4, 4 and 3, as it is read aloud: `4K7Q-9ZMD-X2H`."""
    first, second = _GROUPS
    return f"{code[:first]}-{code[first:second]}-{code[second:]}"


def read_code(typed: str) -> str:
    """The code of what a person typed; raises ClaimCodeError."""
    text = typed.upper().translate(_LOOKALIKES)
    if len(text) != CODE_CHARS + 1:
        wanted = CODE_CHARS + 1
        raise ClaimCodeError(
            f"a claim code has {wanted} characters, this has {len(text)}", "length"
        )
    wrong = next((place for place, c in enumerate(text, 1) if c not in ALPHABET), None)
    if wrong is not None:
        raise ClaimCodeError(
            f"character {wrong} of the claim code is no letter or digit of it", "character"
        )
    number = 0
    for character in text[:CODE_CHARS]:
        number = number << 5 | ALPHABET.index(character)
    if number % _MODULUS != ALPHABET.index(text[CODE_CHARS]):
        raise ClaimCodeError(
            "the claim code does not add up: compare it character by character", "sum"
        )
    return text
