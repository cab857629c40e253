"""Reads a text message that answers: "K7Q4M OTAN", "K7Q4M OTAN 20", "K7Q4M EI".

The code was given to one recipient for one alert: it is what names the sender. A number proves
nothing. Words come from the catalogues; case, order and signs between do not matter.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Collection
from hashlib import sha256

from edge.domain import Record

# Crockford's base32 (crockford.com/base32.html): nothing that looks like something else. A letter
# and a digit from 2 on come first: no word of a person is a code, and no number is one.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIRST = "ABCDEFGHJKMNPQRSTVWXYZ"
_SECOND = "23456789"
# 27 bits: a number that guesses five times an hour for a whole year finds one of ten codes that
# are alive with a chance of one in four hundred; a code lives as long as its alert.
CODE_CHARS = 6
# An answer is a line; what is longer is somebody's letter.
REPLY_CHARS_MAX = 160
ETA_MIN_MAX = 240  # as at the desk: edge.alerts.lifecycle.ETA_MAX_S
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_TOKEN = re.compile(r"[^\W_]+")


class Answered(Record, frozen=True, kw_only=True):
    code: str
    take: bool  # True: takes it, False: cannot
    eta_s: int | None = None


class Unread(Record, frozen=True, kw_only=True):
    """Why a message is no answer: `long`, `no_code`, `codes`, `no_word`, `both_words`, `eta`."""

    reason: str
    code: str = ""


def make_code(below: Callable[[int], int]) -> str:
    """A new code; `below(n)` gives a random number from 0 to n - 1."""
    signs = (_FIRST, _SECOND, *(CODE_CHARS - 2) * (ALPHABET,))
    return "".join(some[below(len(some))] for some in signs)


def code_hash(code: str, page: str) -> bytes:
    """What is stored of a code: of no use for another page."""
    return hmac.new(page.encode(), code.encode(), sha256).digest()


def is_code(code: str, page: str, stored: bytes) -> bool:
    """Whether this is the page's code, in a time that does not depend on it."""
    return hmac.compare_digest(code_hash(code, page), stored)


def read_reply(text: str, take: Collection[str], refuse: Collection[str]) -> Answered | Unread:
    """What a text message answers. `take`, `refuse`: words in lower case."""
    if len(text) > REPLY_CHARS_MAX:
        return Unread(reason="long")
    tokens = _TOKEN.findall(text)
    words = [token for token in tokens if token.casefold() in (*take, *refuse)]
    codes = list(dict.fromkeys(code for token in tokens if (code := _code(token, words))))
    if len(codes) != 1:
        return Unread(reason="codes" if codes else "no_code")
    said = {word.casefold() in take for word in words}
    if len(said) != 1:
        return Unread(reason="both_words" if said else "no_word", code=codes[0])
    numbers = [int(token) for token in tokens if token.isdecimal() and token.isascii()]
    if said == {False} or not numbers:
        return Answered(code=codes[0], take=said == {True})
    if len(numbers) > 1 or not 1 <= numbers[0] <= ETA_MIN_MAX:
        return Unread(reason="eta", code=codes[0])
    return Answered(code=codes[0], take=True, eta_s=numbers[0] * 60)


def _code(token: str, words: Collection[str]) -> str:
    """The code that a person meant with this token, or ''."""
    if len(token) != CODE_CHARS or token in words or not token.isascii():
        return ""
    code = token[:2].upper() + token[2:].upper().translate(_LOOKALIKES)
    is_one = code[0] in _FIRST and code[1] in _SECOND and all(c in ALPHABET for c in code[2:])
    return code if is_one else ""
